// The whole of Tenure in one process: real core, real handlers, real state machines, over stores and systems in memory.
// Whether and how each await goes wrong is decided by `fate`; without one, nothing does.

import { createHash } from 'node:crypto';
import type { Role } from '../../lambdas/api/roles.ts';
import type { ResidualWindow, Target } from '../../lambdas/connectors/contract/connector.ts';
import type { RetryPolicy } from '../../lambdas/core/access/settlement.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AccessModel, Application } from '../../lambdas/core/access-model/access-model.ts';
import type { Actor } from '../../lambdas/core/audit/audit.ts';
import { type MassErrorGuardSettings, massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../lambdas/core/hr/population-walk.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';
import type { Stage } from '../../lambdas/core/identity/stage.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { type CampaignItemState, campaignItemStates } from '../../lambdas/core/reviews/campaign-answers.ts';
import { planAccess } from '../../lambdas/handlers/access/plan-access.ts';
import { settle } from '../../lambdas/handlers/access/settle.ts';
import { walkPopulation } from '../../lambdas/handlers/access/walk-population.ts';
import { dropHold } from '../../lambdas/handlers/hr/drop-hold.ts';
import { importPopulation } from '../../lambdas/handlers/hr/import-population.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { releaseHold } from '../../lambdas/handlers/hr/release-hold.ts';
import { resumeHoldDecisions } from '../../lambdas/handlers/hr/resume-hold-decisions.ts';
import { handOverOwnership } from '../../lambdas/handlers/identity/hand-over-ownership.ts';
import { mergeIdentity } from '../../lambdas/handlers/identity/merge-identity.ts';
import { routeFacts } from '../../lambdas/handlers/identity/route-facts.ts';
import { sweep } from '../../lambdas/handlers/identity/sweep.ts';
import { takeEffect } from '../../lambdas/handlers/identity/take-effect.ts';
import { undoMerge } from '../../lambdas/handlers/identity/undo-merge.ts';
import { beginReconciliation } from '../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { decideReconciliation } from '../../lambdas/handlers/reconciliation/decide-reconciliation.ts';
import { findMissingAccess } from '../../lambdas/handlers/reconciliation/find-missing-access.ts';
import { finishReconciliation } from '../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { repairAccess } from '../../lambdas/handlers/reconciliation/repair-access.ts';
import { awaitAttestations } from '../../lambdas/handlers/removal/await-attestations.ts';
import { certifyRemoval } from '../../lambdas/handlers/removal/certify-removal.ts';
import { fenceOff } from '../../lambdas/handlers/removal/fence-off.ts';
import { askReviewers } from '../../lambdas/handlers/reviews/ask-reviewers.ts';
import { fixPopulation } from '../../lambdas/handlers/reviews/fix-population.ts';
import { judgePopulation } from '../../lambdas/handlers/reviews/judge-population.ts';
import { openCampaign } from '../../lambdas/handlers/reviews/open-campaign.ts';
import { startDueCampaigns } from '../../lambdas/handlers/reviews/start-due-campaigns.ts';
import { tendCampaigns } from '../../lambdas/handlers/reviews/tend-campaigns.ts';
import { appendFact, type Pause } from '../../lambdas/handlers/shared/append-fact.ts';
import { callApplication } from '../../lambdas/handlers/systems/call-application.ts';
import type { Connected } from '../../lambdas/handlers/systems/connect-application.ts';
import { rateLimitedConnect } from '../../lambdas/handlers/systems/rate-limited-target.ts';
import { recordAttestation } from '../../lambdas/handlers/systems/record-attestation.ts';
import type { ApiHandler } from '../../lambdas/middleware/serve-api.ts';
import type { SendAlert } from '../../lambdas/stores/alerts.ts';
import type { CampaignFiles } from '../../lambdas/stores/campaigns/campaign-files.ts';
import type { StageEvent } from '../../lambdas/stores/event-bus.ts';
import type { Hold, HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import type { ModelChangeStore } from '../../lambdas/stores/model-changes/model-change-store.ts';
import type { NoticeStore } from '../../lambdas/stores/notices/notice-store.ts';
import type { PopulationFiles } from '../../lambdas/stores/population-files.ts';
import type { KeptRateLimit, RateLimitStore } from '../../lambdas/stores/rate-limits/rate-limit-store.ts';
import type { ReconciliationStore } from '../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { answer, CLAIMS, requestAs, SECRET, signedRequest } from '../support/api-requests.ts';
import { memoryCampaignFiles } from '../support/memory-campaign-files.ts';
import { type MemoryCampaigns, memoryCampaigns } from '../support/memory-campaigns.ts';
import { type MemoryHolds, memoryHolds } from '../support/memory-holds.ts';
import { memoryNotices } from '../support/memory-notices.ts';
import { memoryRateLimits } from '../support/memory-rate-limits.ts';
import { memoryReconciliations } from '../support/memory-reconciliations.ts';
import { type MemoryStores, memoryStores } from '../support/memory-stores.ts';
import { memorySubjects } from '../support/memory-subjects.ts';
import type { Merge } from './history.ts';
import { MemorySystem, type SystemChange } from './memory-system.ts';
import { type Execution, type WorkflowName, Workflows } from './workflows.ts';

/** One Lambda invocation as the world sees it: each of its effects passes `act`. */
export interface Invocation {
  readonly name: string;
  /** Carries out one effect: at once, later, twice, not at all, or after the invocation has died. */
  act<Result>(label: string, effect: () => Promise<Result>): Promise<Result>;
  clock(): number;
}

export interface Fate {
  /** Runs one invocation; may end it early. */
  invoke<Result>(name: string, run: (invocation: Invocation) => Promise<Result>): Promise<Result>;
  /** Hands something on asynchronously (stream record, bus event, schedule): perhaps late, twice or again. */
  deliver(label: string, deliver: () => Promise<unknown>): void;
  nowMs(): number;
}

export interface WorldOptions {
  readonly model: AccessModel;
  readonly retryPolicy: RetryPolicy;
  readonly fate?: Fate;
  /** What outlasts a removal in every system with an API. */
  readonly residual?: ResidualWindow | undefined;
  /** Connects an application to a system outside this process; to the one in memory where it answers undefined. */
  readonly connect?: (applicationId: string) => Promise<Connected | undefined>;
  readonly onChange?: (applicationId: string, change: SystemChange) => void;
  /** Whose requests are to be looked at, and what is to be told of them. @default nobody is told */
  readonly notices?: NoticeStore | undefined;
  /** Told of each write to the identity store, right after it took effect. */
  readonly onStored?: (method: string, input: unknown, outcome: unknown) => void;
  /** Told when a function sends a call to a system, with the right under which it acts. */
  readonly onCall?: (applicationId: string, method: string, right: Right) => void;
  /** A fault planted on purpose: what handlers get in place of the faithful dependencies. */
  readonly plant?: ((dependencies: WorldDependencies, functionName: string) => WorldDependencies) | undefined;
  /** Told when a merge was proposed, and by whom. */
  readonly onProposed?: (holdId: string, operatorId: string) => void;
  /** Told before somebody asks to decide on a hold of a merge. */
  readonly onDeciding?: (holdId: string, decided: 'release' | 'drop', operatorId: string) => void;
  /** Who proposed a merge tries to decide on it as well. @default they do not */
  readonly decidesAlone?: boolean | undefined;
  readonly onCarried?: ((name: WorkflowName, value: unknown) => void) | undefined;
  /** Told of each function that is called, and with what. */
  readonly onInvoked?: ((name: string, payload: unknown) => void) | undefined;
  /** The folder of the state machines as they are deployed now. @default those at hand */
  readonly definitions?: (() => string | undefined) | undefined;
  /** Whether many passes are under way, as the sweep is told. @default they never are */
  readonly isBusy?: () => boolean;
  readonly onExecution?: (name: WorkflowName, execution: Execution) => void;
  /** @default in memory */
  readonly stores?: Omit<MemoryStores, 'table'>;
  /** @default in memory */
  readonly holds?: HoldStore;
  /** @default in memory */
  readonly reconciliations?: ReconciliationStore;
  /** @default in memory, with nothing that takes time */
  readonly rateLimits?: RateLimitStore;
  /** What connector functions know of rate limits from one call to the next. @default nothing */
  readonly lastKnownLimits?: Map<string, KeptRateLimit> | undefined;
  readonly instantWaits?: boolean;
  /** Whether one call visits several applications. @default as deployed */
  readonly together?: boolean | undefined;
  /** @default as deployed */
  readonly guard?: MassErrorGuardSettings | undefined;
  /** @default every source has the same say */
  readonly precedence?: HrSourcePrecedence | undefined;
}

export const STAGE_WORKFLOWS = {
  joiner: 'joiner',
  mover: 'mover',
  suspension: 'mover',
  return: 'mover',
  leaver: 'leaver',
  unchanged: 'converge',
} as const satisfies Record<Stage, WorkflowName>;

export type WorldDependencies = ReturnType<World['faithfulDependencies']>;

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Operation {
  readonly name: string;
  readonly handle: (
    dependencies: WorldDependencies & { readonly alert: SendAlert; readonly claims: typeof CLAIMS },
  ) => ApiHandler;
  readonly as: string;
  readonly role: Role;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
}

export type CalledDependencies = WorldDependencies & { readonly invocation: Invocation };
type WritingDependencies = WorldDependencies & { readonly pause: Pause; readonly invocation: Invocation };

/** An object in the bucket that HR systems put files into. */
export interface LyingFile {
  readonly key: string;
  readonly text: string;
  /** Epoch ms. */
  readonly writtenMs: number;
}

interface Watchers {
  readonly onSent?: ((method: string) => void) | undefined;
  readonly onDone?: ((method: string, input: unknown, outcome: unknown) => void) | undefined;
  /** All of them, where they were read before. */
  readonly methods?: readonly Method[] | undefined;
}

/** For whom, and under which epoch, a connector function acts. */
export interface Right {
  readonly identityId: string;
  readonly epoch: number;
}

export const DUE_HOURS = 24;
const MAXIMUM_SKEW_MS = 2_000;
/** So few that a row of a file lies in two. */
const CHUNK_BYTES = 100;
/** Who proposes merges, and who releases them. */
const HR = 'E900';
export const SECURITY = 'E901';

export class World {
  readonly stores: Omit<MemoryStores, 'table'>;
  readonly reconciliations: ReconciliationStore;
  readonly campaigns: MemoryCampaigns;
  readonly #rateLimits: RateLimitStore;
  readonly #onStored: WorldOptions['onStored'];
  /** What people are told changes nothing: where nobody is, none of it goes wrong. */
  readonly #untold = memoryNotices();
  readonly holds: HoldStore;
  /** Undefined where the store was given: only one in memory knows without being asked. */
  readonly #memoryHolds: MemoryHolds | undefined;
  readonly #settings: MassErrorGuardSettings;
  readonly systems: ReadonlyMap<string, MemorySystem>;
  /** What a person was told. */
  readonly escalations: string[] = [];
  /** Every access model that was deployed; the last one counts. */
  readonly models: AccessModel[];
  readonly #options: WorldOptions;
  readonly #fate: Fate;
  readonly #workflows: Workflows;
  readonly #files: CampaignFiles = methodsAlone(memoryCampaignFiles());
  readonly #subjects = memorySubjects(undefined, countedBytes());
  readonly #opened = new Set<string>();
  readonly #scheduled = new Set<string>();
  readonly #methods = new Map<object, readonly Method[]>();
  #routed = 0;
  #walked: string | undefined;
  #ids = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#onStored = options.onStored && eachStored(options.onStored);
    const { table, ...stores } = memoryStores();
    this.stores = options.stores ?? stores;
    this.#memoryHolds = options.holds === undefined ? memoryHolds(table) : undefined;
    this.holds = options.holds ?? (this.#memoryHolds as MemoryHolds);
    this.reconciliations = options.reconciliations ?? memoryReconciliations(table);
    this.campaigns = memoryCampaigns(table);
    this.#settings = options.guard ?? massErrorGuardSchema.parse({});
    this.models = [options.model];
    this.#rateLimits = options.rateLimits ?? memoryRateLimits();
    this.#fate = options.fate ?? faithful();
    this.systems = new Map(
      options.model.applications
        .filter(({ connector }) => connector !== 'manual')
        .map(({ id, connector }) => {
          const onChange = (change: SystemChange) => options.onChange?.(id, change);
          const canDisable = connector === 'suspending';
          // One of each kind, by what the model says: a draw would give every seed another history.
          return [id, new MemorySystem({ canDisable, revokesTogether: !canDisable, onChange })];
        }),
    );
    this.#workflows = new Workflows({
      invoke: (name, payload) => {
        options.onInvoked?.(name, payload);
        return this.#invoke(name, payload);
      },
      publish: async ({ Message }) => {
        this.escalations.push(Message);
      },
      onCarried: options.onCarried,
      ...(options.definitions === undefined ? {} : { definitions: options.definitions }),
      ...(options.instantWaits === undefined ? {} : { instantWaits: options.instantWaits }),
    });
  }

  /** A fact arrives, as intake would append it. */
  record(fact: Fact): Promise<void> {
    const options = { payloadHash: fact.factId, actor: { type: 'hr-source', id: fact.source } } as const;
    return this.#write('append-fact', (dependencies) => appendFact(dependencies, fact, options));
  }

  /** People decided on access for a time, as the outcome of a request is recorded; or, without them, Tenure did. */
  decide(fact: Fact, operator: string | undefined): Promise<void> {
    const actor: Actor =
      operator === undefined ? { type: 'tenure', id: 'campaign' } : { type: 'operator', id: operator };
    const options = { payloadHash: fact.factId, actor };
    return this.#write('append-fact', (dependencies) => appendFact(dependencies, fact, options));
  }

  /** A function is called that is part of no workflow. Throws when it dies. @returns what it answered */
  async call<Result>(name: string, run: (dependencies: CalledDependencies) => Promise<Result>): Promise<Result> {
    let result: { readonly answered: Result } | undefined;
    await this.#write(name, async (dependencies) => {
      result = { answered: await run(dependencies) };
    });
    if (result === undefined) throw new Error(`${name} has answered nothing`);
    return result.answered;
  }

  /** Somebody asks something of the operators' API. @returns what they are answered */
  async operate({ name, handle, as, role, parameters = {}, body }: Operation): Promise<Answered> {
    let answered: Answered | undefined;
    const sent = body === undefined ? '' : JSON.stringify(body);
    await this.#write(name, async (dependencies) => {
      const request = requestAs([role], as, { pathParameters: parameters, body: Buffer.from(sent) });
      answered = (await answer(handle({ ...dependencies, claims: CLAIMS }), request)) as Answered;
    });
    if (answered === undefined) throw new Error(`${name} has answered nothing`);
    return answered;
  }

  /** Somebody states that a manual task was done, as the operators' API would record it. */
  attest(task: TaskRecord, operator: string): Promise<void> {
    return this.#write('attest-task', (dependencies) =>
      recordAttestation(dependencies, task, { attestedBy: operator, evidence: undefined }),
    );
  }

  /**
   * HR states that two ids are one person, or two after all, and somebody else agrees. Refused when either is not known, was
   * merged already, or is not merged.
   */
  async merge(identityId: string, duplicate: string, change: Merge['change'] = 'merge'): Promise<void> {
    const body = Buffer.from(JSON.stringify({ duplicate, reason: 'the same passport' }));
    const request = requestAs(['hr'], HR, { pathParameters: { id: identityId }, body });
    let holdId: string | undefined;
    const propose = change === 'merge' ? mergeIdentity : undoMerge;
    await this.#write(change === 'merge' ? 'merge-identity' : 'undo-merge', async (dependencies) => {
      const answered = await propose({ ...dependencies, claims: CLAIMS })(request);
      holdId = (answered.body as { readonly holdId?: string }).holdId;
    });
    if (holdId === undefined) return;
    this.#options.onProposed?.(holdId, HR);
    if (this.#options.decidesAlone === true) {
      this.#options.onDeciding?.(holdId, 'release', HR);
      await this.decideHold(holdId, 'release', HR).catch(() => undefined);
    }
    const decision = Buffer.from(JSON.stringify({ reason: 'saw both' }));
    const release = requestAs(['security'], SECURITY, { pathParameters: { id: holdId }, body: decision });
    this.#options.onDeciding?.(holdId, 'release', SECURITY);
    await this.#write('release-hold', (dependencies) => releaseHold({ ...dependencies, claims: CLAIMS })(release));
  }

  /** An HR system posts events, alone or as a batch. @returns the HTTP status; undefined: no answer came */
  async post(source: string, events: readonly object[]): Promise<number | undefined> {
    let status: number | undefined;
    const [single] = events;
    await this.#write('receive-hr-event', async (dependencies) => {
      const secretsOf = async () => [SECRET];
      const { precedence } = this.#options;
      const handle = receiveHrEvent({ ...dependencies, secretsOf, ...(precedence && { precedence }) });
      const body = events.length === 1 ? single : events;
      ({ status } = await answer(handle, signedRequest(body, { source, atMs: this.#fate.nowMs() })));
    });
    return status;
  }

  /** An HR system has put a file of everybody into the bucket. @returns how it ended; undefined: no answer came */
  async importFile({ key, text, writtenMs }: LyingFile): Promise<string | undefined> {
    let outcome: string | undefined;
    await this.#write('import-population', async (dependencies) => {
      const files = acting<PopulationFiles>(lying(text, writtenMs), dependencies.invocation, 'files');
      const { precedence = {} } = this.#options;
      const handle = importPopulation({
        ...dependencies,
        files,
        precedence,
        hrSources: [key.slice(0, key.indexOf('/'))],
      });
      ({ outcome } = await handle({ detail: { object: { key, etag: String(writtenMs) } } }));
    });
    return outcome;
  }

  async openHolds(): Promise<readonly Hold[]> {
    return (await this.holds.listHolds({ status: 'open', limit: 100 })).items;
  }

  /** Whom a hold is about. */
  async heldIn(holdId: string): Promise<readonly string[]> {
    return (await this.holds.listHeld({ holdId, limit: 1_000 })).items;
  }

  /** Somebody decides on a hold. @returns the HTTP status; undefined: no answer came */
  async decideHold(holdId: string, decided: 'release' | 'drop', operatorId: string): Promise<number | undefined> {
    let status: number | undefined;
    const decide = decided === 'release' ? releaseHold : dropHold;
    const body = Buffer.from(JSON.stringify({ reason: 'asked HR' }));
    await this.#write(`${decided}-hold`, async (dependencies) => {
      const handle = decide({ ...dependencies, claims: CLAIMS });
      ({ status } = await answer(
        handle,
        requestAs(['security'], operatorId, { pathParameters: { id: holdId }, body }),
      ));
    });
    return status;
  }

  /** Whether a decision was begun and has not been carried out. */
  isDeciding(): boolean {
    if (this.#memoryHolds === undefined) throw new Error('only holds in memory tell whether a decision is under way');
    return this.#memoryHolds.isDeciding();
  }

  resumeDecisions(): void {
    this.#fate.deliver('resume-hold-decisions', () => this.#invoke('resume-hold-decisions', {}));
  }

  /** One run of the clock of review campaigns. */
  tendCampaigns(): void {
    this.#fate.deliver('tend-campaigns', () => this.#invoke('tend-campaigns', {}));
  }

  /** One run of the clock that begins review campaigns, and has those go on that are not open yet. */
  startDueCampaigns(): void {
    this.#fate.deliver('start-due-campaigns', () => this.#invoke('start-due-campaigns', {}));
  }

  /** What somebody is told has come of each item of a campaign. @param facts of one identity */
  outcomesOf(facts: readonly Fact[], campaignId: string, nowMs: number): readonly CampaignItemState[] {
    return campaignItemStates(buildTimeline(facts), campaignId, nowMs);
  }

  get model(): AccessModel {
    return this.models.at(-1) as AccessModel;
  }

  /** Another access model is deployed, to every function at once. Nobody is told: the walk finds out. */
  deploy(model: AccessModel): void {
    this.models.push(model);
  }

  /** One run of the clock that walks the population. */
  walk(): void {
    this.#fate.deliver('walk', () => this.#invoke('walk-population', {}));
  }

  /** Whether there is nothing left to do about the model that was deployed last. */
  isWalked(): boolean {
    return this.#walked === this.model.hash;
  }

  /** Lists the accounts of an application and reports what is not as it should be; or repairs what the last report said. */
  reconcile(applicationId: string, ask = 'report'): Promise<Execution> {
    return this.start('reconcile', { applicationId, ask });
  }

  /** Somebody has looked at the report of an application. @returns the HTTP status of the answer */
  async decideReconciliation(applicationId: string, decided: 'report' | 'repair'): Promise<number> {
    let status = 0;
    await this.#write('decide-reconciliation', async (dependencies) => {
      const handle: ApiHandler = decideReconciliation({ ...dependencies, claims: CLAIMS });
      const body = Buffer.from(JSON.stringify({ answer: decided, reason: 'looked at' }));
      ({ status } = await answer(handle, requestAs(['security'], HR, { pathParameters: { applicationId }, body })));
    });
    return status;
  }

  /** Delivers what the table's stream holds and has not delivered. */
  pumpStream(): void {
    const fresh = this.stores.inserted.slice(this.#routed);
    this.#routed = this.stores.inserted.length;
    for (const { pk, sk } of fresh) {
      const record = { eventName: 'INSERT', dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } } } } as const;
      this.#fate.deliver(`stream ${sk}`, () => this.#invoke('route-facts', { Records: [record] }));
    }
  }

  sweep(): void {
    this.#fate.deliver('sweep', () => this.#invoke('sweep', {}));
  }

  /** One run of the clock that looks at the tickets of one connector's tasks. */
  lookAtTickets(connectorFunction: string): void {
    const payload = { mode: 'look-at-tickets', connectorFunction };
    this.#fate.deliver('look-at-tickets', () => this.#invoke(`connector-${connectorFunction}`, payload));
  }

  /** Whether the next sweep has anybody to look at; its clock may be a little ahead. */
  isAnythingDue(): boolean {
    return this.stores.isAnythingDue(this.#fate.nowMs() + MAXIMUM_SKEW_MS);
  }

  start(name: WorkflowName, input: object): Promise<Execution> {
    return this.#workflows.start(name, input);
  }

  async #write<Result>(name: string, write: (dependencies: WritingDependencies) => Promise<Result>): Promise<void> {
    try {
      await this.#fate.invoke(name, (invocation) => {
        const pause = () => invocation.act('pause', async () => {});
        return write({ ...this.#dependencies(invocation), pause, invocation });
      });
    } finally {
      this.pumpStream();
    }
  }

  async #invoke(name: string, payload: unknown): Promise<unknown> {
    try {
      const asked = this.#options.together === false ? oneByOne(payload) : payload;
      return await this.#fate.invoke(name, (invocation) => this.#run(name, invocation, asked as never));
    } finally {
      // What a function wrote before it died is in the stream all the same.
      this.pumpStream();
    }
  }

  #run(name: string, invocation: Invocation, payload: never): Promise<unknown> {
    const own =
      this.#options.plant === undefined
        ? this.#ofIdentities(invocation, payload)
        : this.#dependencies(invocation, payload);
    switch (name) {
      case 'route-facts':
        return routeFacts(own)(payload);
      case 'take-effect':
        return takeEffect(own)(payload);
      case 'sweep':
        return sweep({
          ...own,
          running: { areAtLeast: async () => this.#options.isBusy?.() === true },
          publishBacklog: () => {},
        })();
      case 'plan-access':
        return planAccess(own)(payload);
      case 'settle':
        return settle(own)(payload);
      case 'fence-off':
        return fenceOff(own)(payload);
      case 'await-attestations':
        return awaitAttestations(own)(payload);
      case 'certify-removal':
        return certifyRemoval(own)(payload);
      default:
        if (!name.startsWith('connector-')) return this.#runSeldom(name, invocation, payload);
        return callApplication({
          reconciliations: this.#acting(invocation, this.reconciliations, 'reconciliations'),
          ...own,
        })(payload);
    }
  }

  #runSeldom(name: string, invocation: Invocation, payload: never): Promise<unknown> {
    const dependencies = this.#dependencies(invocation, payload);
    switch (name) {
      case 'walk-population':
        return this.#walk(dependencies);
      case 'hand-over-ownership':
        return handOverOwnership(dependencies)(payload);
      case 'begin-reconciliation':
        return beginReconciliation(dependencies)(payload);
      case 'find-missing-access':
        return findMissingAccess(dependencies)(payload);
      case 'finish-reconciliation':
        return finishReconciliation(dependencies)(payload);
      case 'repair-access':
        return repairAccess(dependencies)(payload);
      case 'tend-campaigns':
        return tendCampaigns(dependencies)();
      case 'start-due-campaigns':
        return startDueCampaigns({ ...dependencies, workflow: dependencies.campaignWorkflow })();
      case 'fix-population':
        return fixPopulation(this.#opening(dependencies, invocation))(payload);
      case 'judge-population':
        return judgePopulation(this.#opening(dependencies, invocation))(payload);
      case 'ask-reviewers':
        return askReviewers(this.#opening(dependencies, invocation))(payload);
      case 'open-campaign':
        return openCampaign(dependencies)(payload);
      case 'resume-hold-decisions':
        return resumeHoldDecisions(dependencies)();
      default:
        throw new Error(`there is no function ${name}`);
    }
  }

  async #walk(dependencies: WorldDependencies): Promise<void> {
    const { hash } = this.model;
    const guardSettings = () => massErrorGuardSchema.parse({});
    const changeSettings = () => modelChangeSchema.parse({});
    const walk = walkPopulation({ ...dependencies, guardSettings, changeSettings });
    if ((await walk())?.step === 'done') this.#walked = hash;
  }

  /** What only the steps need that open a campaign. */
  #opening(dependencies: WorldDependencies, invocation: Invocation) {
    return {
      ...dependencies,
      files: acting(this.#files, invocation, 'files', { methods: this.#methodsOf(this.#files) }),
      subjects: acting(this.#subjects, invocation, 'subjects', { methods: this.#methodsOf(this.#subjects) }),
      activity: { recall: async () => new Map<string, never>() },
      pause: (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    };
  }

  async #openCampaign(campaignId: string, attempt: number): Promise<void> {
    const name = `${campaignId}.${attempt}`;
    if (this.#opened.has(name)) return;
    this.#opened.add(name);
    await this.#workflows.start('access-review', { campaignId });
  }

  #dependencies(invocation: Invocation, right?: Right): WorldDependencies {
    const dependencies = this.faithfulDependencies(invocation, right);
    const planted = this.#options.plant?.(dependencies, invocation.name) ?? dependencies;
    const { accounts } = planted;
    if (accounts.saveAccount === dependencies.accounts.saveAccount) return planted;
    // What is wrong with keeping one account is wrong with keeping several.
    const saveAccounts: typeof accounts.saveAccounts = (inputs) => Promise.all(inputs.map(accounts.saveAccount));
    return { ...planted, accounts: { ...accounts, saveAccounts } };
  }

  faithfulDependencies(invocation: Invocation, right?: Right) {
    const own = this.#ofIdentities(invocation, right);
    const holds = this.#acting<HoldStore>(invocation, this.holds, 'holds');
    return {
      ...own,
      reconciliations: this.#acting(invocation, this.reconciliations, 'reconciliations'),
      campaigns: this.#acting(invocation, this.campaigns, 'campaigns'),
      holds,
      workflow: {
        start: async (applicationId: string, ask: string) => {
          await invocation.act('workflow.start', async () => void this.reconcile(applicationId, ask));
        },
      },
      campaignWorkflow: {
        start: async (campaignId: string, attempt: number) => {
          await invocation.act('campaignWorkflow.start', async () => void this.#openCampaign(campaignId, attempt));
        },
      },
      guard: { settings: this.#settings, holds, alert: own.alert },
    };
  }

  #acting<Effects extends object>(
    invocation: Invocation,
    effects: Effects,
    name: string,
    onDone?: Watchers['onDone'],
  ): Effects {
    return acting(effects, invocation, name, { onDone, methods: this.#methodsOf(effects) });
  }

  /** All that most functions need: to make the rest for every invocation would take as long again. */
  #ofIdentities(invocation: Invocation, right?: Right) {
    const { retryPolicy } = this.#options;
    const onStored = this.#onStored;
    const clock = () => invocation.clock();
    const { stores } = this;
    const acts = <Effects extends object>(effects: Effects, name: string, onDone?: Watchers['onDone']) =>
      this.#acting(invocation, effects, name, onDone);
    const newId = () => {
      this.#ids += 1;
      return `id-${this.#ids}`;
    };
    const alert: SendAlert = ({ message }) =>
      invocation.act('alert', async () => void this.escalations.push(message)).then(() => {});
    // Plain members, though few functions need them all: for each object that has getters of its own the engine makes new
    // maps, which keep whatever the invocation knew alive until the whole heap is collected.
    return {
      facts: acts(stores.facts, 'facts', onStored),
      leases: acts(stores.leases, 'leases', onStored),
      accounts: acts(stores.accounts, 'accounts', onStored),
      tasks: acts(stores.tasks, 'tasks', onStored),
      directory: acts(stores.directory, 'directory', onStored),
      // What is in use draws nothing: the histories of old seeds say what they said.
      modelChanges: { ...acts(stores.modelChanges, 'modelChanges'), ...inUseOf(stores.modelChanges) },
      audit: acts(stores.audit, 'audit'),
      clock,
      newId,
      model: () => this.model,
      alert,
      retryPolicy: () => retryPolicy,
      publishRevocationTimes: () => {},
      publishUnreadTickets: () => {},
      // The rate limit is kept apart from what goes wrong: a function that dies leaves its place taken all the same.
      connect: rateLimitedConnect({
        connect: async ({ id }: Application) => this.#connect(id, invocation, right),
        rateLimits: this.#rateLimits,
        clock,
        newId,
        pause: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
        lastKnown: this.#options.lastKnownLimits,
      }),
      bus: {
        publish: (stage: Stage, event: StageEvent) =>
          invocation.act('bus.publish', async () => this.#startFromBus(stage, event)),
      },
      scheduler: {
        schedule: (identityId: string, instantMs: number) =>
          invocation.act('scheduler.schedule', async () => this.#schedule(identityId, instantMs)),
      },
      executions: {
        wake: (token: string) => invocation.act('executions.wake', async () => this.#workflows.wake(token)),
      },
      notices: this.#options.notices === undefined ? this.#untold : acts(this.#options.notices, 'notices'),
      // No records of activity are judged here.
      activity: { noteEmergency: async () => {} },
    };
  }

  /** Stores last as long as the world, and each invocation asks for their methods. */
  #methodsOf(store: object): readonly Method[] {
    const known = this.#methods.get(store);
    if (known !== undefined) return known;
    const methods = methodsOf(store);
    this.#methods.set(store, methods);
    return methods;
  }

  async #connect(applicationId: string, invocation: Invocation, right: Right | undefined): Promise<Connected> {
    const outside = await this.#options.connect?.(applicationId);
    if (outside !== undefined) return outside;
    const system = this.systems.get(applicationId);
    if (system !== undefined) {
      const onSent = (method: string) => right && this.#options.onCall?.(applicationId, method, right);
      const part = <Result>(effect: () => Promise<Result>) => invocation.act(`${applicationId}.revoke`, effect);
      const target = acting<Target>(system.target(part), invocation, applicationId, { onSent });
      return { kind: 'api', target, residual: this.#options.residual };
    }
    return { kind: 'manual', task: { assignee: 'it', instructions: 'by hand', dueHours: DUE_HOURS } };
  }

  #startFromBus(stage: Stage, event: StageEvent): void {
    const name = STAGE_WORKFLOWS[stage];
    this.#fate.deliver(`bus ${stage}`, async () => {
      const execution = await this.#workflows.start(name, event);
      this.#options.onExecution?.(name, execution);
    });
  }

  #schedule(identityId: string, instantMs: number): void {
    const key = `${identityId} ${instantMs}`;
    if (this.#scheduled.has(key)) return;
    this.#scheduled.add(key);
    const waitMs = Math.max(0, Math.ceil(instantMs / 1_000) * 1_000 - this.#fate.nowMs());
    setTimeout(() => {
      this.#fate.deliver(`schedule ${key}`, () => this.#invoke('take-effect', { identityId, instantMs }));
    }, waitMs);
  }
}

type Method = readonly [name: string, run: (...input: unknown[]) => Promise<unknown>];

function methodsOf(effects: object): readonly Method[] {
  return Object.entries(effects);
}

/** Every method of a store or system as an effect of the invocation that calls it. */
function acting<Effects extends object>(
  effects: Effects,
  invocation: Invocation,
  name: string,
  { onSent, onDone, methods = methodsOf(effects) }: Watchers = {},
): Effects {
  const acting: Record<string, unknown> = {};
  for (const [method, run] of methods) {
    acting[method] = (...input: unknown[]) => {
      onSent?.(method);
      if (onDone === undefined) return invocation.act(`${name}.${method}`, () => run(...input));
      return invocation.act(`${name}.${method}`, async () => {
        const outcome = await run(...input);
        onDone(method, input[0], outcome);
        return outcome;
      });
    };
  }
  return acting as Effects;
}

function lying(text: string, writtenMs: number): PopulationFiles {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) yield bytes.subarray(start, start + CHUNK_BYTES);
  }
  return {
    open: async () => ({ sizeBytes: bytes.length, writtenMs, chunks: chunks() }),
    putReport: async () => {},
  };
}

/** Nothing goes wrong and nothing takes time. */
function faithful(): Fate {
  return {
    invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: () => Date.now() }),
    deliver: (_label, deliver) => void deliver(),
    nowMs: () => Date.now(),
  };
}

function oneByOne(payload: unknown): unknown {
  const { together: _, ...asked } = payload as { readonly together?: number };
  return asked;
}

/** Of each account that was kept, as if it had been so alone. */
function eachStored(onStored: NonNullable<WorldOptions['onStored']>): WorldOptions['onStored'] {
  return (method, input, outcome) => {
    if (method !== 'saveAccounts') return onStored(method, input, outcome);
    for (const [index, one] of (input as readonly object[]).entries()) {
      onStored('saveAccount', one, (outcome as readonly boolean[])[index]);
    }
  };
}

function methodsAlone({ put, read }: CampaignFiles): CampaignFiles {
  return { put, read };
}

/** Pseudonyms are the same with every run of a seed. */
function countedBytes(): (size: number) => Uint8Array {
  let drawn = 0;
  return (size) => {
    drawn += 1;
    return createHash('sha256').update(String(drawn)).digest().subarray(0, size);
  };
}

function inUseOf({ noteInUse, listInUse, forgetInUse }: ModelChangeStore) {
  return { noteInUse, listInUse, forgetInUse };
}
