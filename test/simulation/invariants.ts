// What must hold after every step, whatever goes wrong. Each watcher is told what happened and keeps the first violation;
// the bounds are worked out from what fate.ts may do. What should be is asked of the reference model (test/reference),
// what is of the systems in memory and of the witness; never of the code under test.
import type { IdentityRecord } from '../../lambdas/core/access/identity-record.ts';
import type { TaskRecord } from '../../lambdas/core/access/task-record.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { SaveAccount, SaveRemoval } from '../../lambdas/stores/accounts/account-store.ts';
import type { RecordFact } from '../../lambdas/stores/facts/fact-store.ts';
import { handoverEnds, type ReferenceAccount, referenceAccess } from '../reference/access.ts';
import { isUsable } from '../reference/certificates.ts';
import { faultsOfDecision, type Stated } from '../reference/decisions.ts';
import { forbiddenBeside } from '../reference/duties.ts';
import { answersFor } from '../reference/heirs.ts';
import { differenceOf, weighedBy } from '../reference/intake.ts';
import { faultsOfRequests } from '../reference/requests.ts';
import { faultsOfReviews } from '../reference/reviews.ts';
import {
  departuresOf,
  everKnown,
  isRescinded,
  type ReferenceState,
  referenceOf,
  standingMerges,
  turningPoints,
  turnsOfAgreed,
  withAbsorbed,
} from '../reference/state.ts';
import { AFTERLIFE_MS, LATENCY_MS, SKEW_MS, SLOW_MS } from './fate.ts';
import type { MemorySystem, SystemAccount, SystemChange } from './memory-system.ts';
import { auditFaults } from './oracle/audit.ts';
import {
  type AnsweredDecision,
  type Assigned,
  type CampaignDecision,
  campaignsIn,
  faultsOfCampaign,
  faultsOfOutcomes,
} from './oracle/campaigns.ts';
import { faultsOfHeld, faultsOfRevoked, type Keeping } from './oracle/credentials.ts';
import { handoverFaults } from './oracle/handovers.ts';
import { type Company, Deliveries } from './oracle/holds.ts';
import { unagreedModel } from './oracle/model-change.ts';
import { type Answered, type DeliveredFile, FilesOfEverybody } from './oracle/population.ts';
import { type Bounds, certificateFaults, evidenceFaults, unprovenSince } from './oracle/proof.ts';
import { faultsOfAnswerers, faultsOfPopulation, Queues, type SeenQueues } from './oracle/reviewers.ts';
import { OWNER, RULES_ASKED } from './oracle/rules-asked.ts';
import { taskFaults } from './oracle/tasks.ts';
import { type Mailed, Trust } from './oracle/trust.ts';
import { ACTIONS, Witness } from './oracle/witness.ts';
import { LEGACY } from './setting.ts';
import type { Right, World } from './world.ts';

/**
 * A function asks whether it may act, and acts on the answer: that long it may be wrong, with clocks as far apart as
 * they get. What is sent within it may still arrive later; the proof of removal waits for that.
 */
export const ANSWER_MS = 2 * LATENCY_MS + 2 * SKEW_MS;

/** How long after it was sent a call may take effect. */
const UNDER_WAY_MS = 2 * SLOW_MS + AFTERLIFE_MS;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The sweep comes every 10 minutes, and may come late once. */
const SWEPT_MS = 25 * MINUTE_MS;
/** By then whatever went wrong has been made good. */
const REPAIRED_MS = 3 * 60 * MINUTE_MS;

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

export interface Weather {
  /** Nothing goes wrong: what is done is told, and what is told was done. */
  readonly isCalm: boolean;
  /** No system says that it did what it did not, or the other way round. */
  readonly isHonest: boolean;
}

const PEOPLE: readonly string[] = ['employee', 'contractor', 'partner'];
function isWorking(status: ReferenceState['status']): boolean {
  return status === 'active' || status === 'suspended';
}

const UNKNOWN: ReferenceState = { status: 'unknown', attributes: {} };

interface Due {
  readonly state: ReferenceState;
  readonly want: ReferenceAccount | undefined;
  readonly applicationId: string;
  readonly canDisable: boolean;
}

interface Awaiting {
  readonly applicationId: string;
  readonly tasks: readonly TaskRecord[];
  readonly desired: readonly ReferenceAccount[];
  /** Somebody was told that not all could be done. */
  readonly isTold: boolean;
}

interface Adopted {
  readonly applicationId: string;
  readonly identityId: string;
  readonly status: ReferenceState['status'];
  readonly isTold: boolean;
}

const GIVES_ACCESS: ReadonlySet<string> = new Set(['createAccount', 'grant', 'enableAccount']);
/** Who states facts that follow from others. */
const OWN_SOURCE = 'tenure';
const ENTRIES_AT_A_TIME = 10_000;
const CAMPAIGNS_AT_A_TIME = 10;

export class Invariants {
  violation: Violation | undefined;
  /** Where Tenure may not do all it should: what it cannot bring about there it has to tell. */
  refusing: string | undefined;
  /** How long after a departure nothing is proven. */
  residualMs = 0;
  /** The applications in which somebody may have decided that nothing from before Tenure stays without a reason. */
  readonly lookedAt = new Set<string>();
  /** Those in which it is known that they did. */
  readonly repaired = new Set<string>();
  readonly #models: () => readonly AccessModel[];
  readonly #now: () => number;
  readonly #weather: Weather;
  readonly #witness: Witness;
  readonly #intended = new Set<string>();
  /** In which application an account of whom was ever seen. */
  readonly #contacted = new Set<string>();
  /** Whoever waits until somebody has looked at what their account holds from before Tenure. */
  readonly #heldBack = new Set<string>();
  /** By identity and application, when calls that take something away were sent. */
  readonly #revokes = new Map<string, readonly number[]>();
  /** Calls that announced a change and have not reported how it went. */
  /** Call → when it was announced (epoch ms). */
  readonly #open = new Map<string, number>();
  readonly #company: Company | undefined;
  readonly #deliveries: Deliveries | undefined;
  readonly #files: FilesOfEverybody | undefined;
  readonly #trust: Trust;
  readonly #decisions: Stated[] = [];
  readonly #inCampaigns: AnsweredDecision[] = [];
  readonly #queues: Queues;
  /** By hold, who really proposed what waits in it. */
  readonly #proposers = new Map<string, string>();

  /** @param models all that were deployed so far, the last one counts */
  constructor(
    models: () => readonly AccessModel[],
    now: () => number,
    weather: Weather = { isCalm: false, isHonest: false },
    company?: Company,
  ) {
    this.#models = models;
    this.#now = now;
    this.#weather = weather;
    this.#witness = new Witness(now);
    this.#queues = new Queues(this.#witness, weather.isCalm);
    this.#trust = new Trust(this.#witness, () => this.#model());
    this.#company = company;
    this.#deliveries = company && new Deliveries(this.#witness, company, () => this.#model());
    this.#files = company && new FilesOfEverybody(this.#witness, company);
  }

  /** HR posts these. @returns what is called with the answer */
  onPosted(facts: readonly Fact[]): (status: number | undefined) => void {
    const onAnswer = this.#deliveries?.begin(facts, this.#now);
    return (status) => {
      const [fault] = onAnswer?.(status) ?? [];
      if (fault !== undefined) this.#fail('who loses access with too many others waits, and nobody else', fault);
    };
  }

  /** A file of everybody lies there. @returns what is called with the answer, and tells what the file brought */
  onFile(file: DeliveredFile): (answered: Answered) => readonly Fact[] {
    this.#isBroughtByFiles();
    const onBrought = file.isDryRun ? undefined : this.#deliveries?.beginFile(this.#now);
    const onAnswer = this.#files?.begin(file, this.#now);
    return (answered) => {
      const { brought, faults } = onAnswer?.(answered) ?? { brought: [], faults: [] };
      const [fault] = faults;
      if (fault !== undefined) this.#fail('a file of everybody says what it says, or nothing', fault);
      const [held] = onBrought?.(brought, answered.isAgain) ?? [];
      if (held !== undefined) this.#fail('who loses access with too many others waits, and nobody else', held);
      return brought;
    };
  }

  #isBroughtByFiles(): void {
    const [fact] = this.#files?.unanswered ?? [];
    if (fact === undefined) return;
    const detail = `${fact.type} of ${fact.identityId} came when every file was answered`;
    this.#fail('a file of everybody says what it says, or nothing', detail);
  }

  /** Somebody asks to decide on a hold. @returns what is called with the answer */
  onDeciding(holdId: string, decided: Stated['decided'], identityId: string): (status: number | undefined) => void {
    this.#decisions.push({ holdId, decided, operator: identityId, identityId });
    const isConcerned = this.#isHeldIn(identityId, holdId);
    return (status) => {
      // Whoever died, or could not, has said nothing.
      if (!isConcerned || status === undefined || status === 403 || status >= 500) return;
      this.#fail('nobody decides what concerns them', `${identityId} on ${holdId} was answered ${status}`);
    };
  }

  /** Somebody answers in a campaign. @returns what is called each time it is sent, and what that returns with the answer */
  onCampaignDecision(
    decided: CampaignDecision,
  ): (before?: Assigned) => (status: number | undefined, after?: Assigned) => void {
    const answers: AnsweredDecision['answers'][number][] = [];
    this.#inCampaigns.push({ ...decided, answers });
    return (before) => {
      const sentMs = this.#now();
      return (status, after) => {
        const assigned = [before, after].filter((one) => one !== undefined);
        answers.push({ sentMs, answeredMs: this.#now(), status, assigned });
      };
    };
  }

  /** Somebody looks at the queues of a campaign. */
  onQueues(seen: SeenQueues): void {
    this.#failAll('a review is asked of whoever is there', seen.campaignId, this.#queues.faultsOf(seen, this.#now()));
  }

  /** Somebody was mailed a link to decide by. */
  onMailed(mailed: Mailed): void {
    this.#trust.onMailed(mailed);
  }

  /** Somebody decides by a link. @returns what is called with the answer */
  onPressed(mailed: Mailed): (status: number | undefined) => void {
    const onAnswer = this.#trust.onPressed(mailed);
    return (status) => {
      for (const fault of onAnswer(status)) this.#fail('a link decides once, for whom it was mailed to', fault);
    };
  }

  /** An identity says that a task is done. */
  onStated(taskId: string, identityId: string): void {
    this.#trust.onStated(taskId, identityId);
    this.#witness.onAttested(taskId, identityId);
  }

  #isEntrusted({ fact, also = [], together }: RecordFact): void {
    for (const one of [fact, ...also.map((each) => each.fact), ...(together ? [together.fact] : [])]) {
      for (const fault of this.#trust.faultsOf(one, this.#now()))
        this.#fail('what is done for others is theirs to do', fault);
    }
  }

  /** Somebody proposed a merge, which waits in a hold. */
  onProposed(holdId: string, identityId: string): void {
    if (!this.#proposers.has(holdId)) this.#proposers.set(holdId, identityId);
  }

  #isHeldIn(identityId: string, holdId: string): boolean {
    return withAbsorbed(this.#witness.factsOf(identityId)).some(({ held }) => held === holdId);
  }

  #isDecided({ fact, also = [], together }: RecordFact): void {
    for (const one of [fact, ...also.map((each) => each.fact), ...(together ? [together.fact] : [])]) {
      const isConcerned = (identityId: string, holdId: string) =>
        identityId === one.identityId ||
        identityId === this.#proposers.get(holdId) ||
        this.#isHeldIn(identityId, holdId);
      const [fault] = faultsOfDecision(one, this.#decisions, isConcerned);
      if (fault !== undefined) this.#fail('what waits for a person is decided by one', fault);
    }
  }

  onStored(method: string, input: unknown, outcome: unknown): void {
    if (method === 'recordFact' && outcome === 'recorded') {
      const { fact } = input as RecordFact;
      const [fault] = handoverFaults(this.#witness, fact, this.#now(), this.#weather.isCalm);
      if (fault !== undefined) this.#fail('what somebody owned goes to whom it should', fault);
    }
    this.#witness.onStored(method, input, outcome);
    // Refused: nothing was written.
    if (outcome === false) return;
    if (method === 'recordFact' && outcome === 'recorded') this.#isDecided(input as RecordFact);
    if (method === 'recordFact' && outcome === 'recorded') this.#isEntrusted(input as RecordFact);
    if (method === 'saveAccount') {
      const { identityId, account } = input as SaveAccount;
      if (account.account !== undefined) this.#contacted.add(`${identityId} ${account.applicationId}`);
    }
    for (const { identityId, event } of (input as { audit?: readonly AuditEntry[] }).audit ?? []) {
      if (event.type === 'task-opened') {
        for (const step of event.steps) {
          if (step.action !== 'grant') continue;
          this.#isApart(event.applicationId, identityId, this.#entitlementOf(event.applicationId, step.grant));
        }
      }
      if (event.type === 'access-intended') {
        this.#open.set(event.callId, this.#now());
        for (const step of event.steps) {
          const what = 'grant' in step ? step.grant : '';
          this.#intended.add(`${identityId} ${event.applicationId} ${step.action} ${what}`);
        }
      }
      if (event.type === 'access-read-back') this.#open.delete(event.callId);
    }
  }

  /**
   * A system was changed.
   *
   * @param account as it is now; undefined: there is none any more
   */
  onChange(applicationId: string, change: SystemChange, account: SystemAccount | undefined): void {
    this.#witness.onChange(applicationId, change, account);
    if (change.method === 'revoke' && change.isEarlier) {
      this.#mayBeTaken(applicationId, change.identityId, change.grant ?? '');
    }
    const isKey = change.method === 'revokeCredential' && !this.#mayBeClosed(applicationId, change.identityId);
    if (isKey && change.credential !== undefined) {
      const faults = faultsOfRevoked(this.#witness, change.identityId, change.credential, this.#keeping(applicationId));
      this.#failAll('a key goes with its holder or its owner', change.identityId, faults);
    }
    if (change.method === 'deleteAccount') this.#wasKeptLongEnough(applicationId, change.identityId);
    const { method, identityId, grant = '' } = change;
    if (method === 'grant') {
      const entitlement = this.#entitlementOf(applicationId, grant);
      this.#isGivenInTime(applicationId, identityId, entitlement);
      this.#isApart(applicationId, identityId, entitlement);
    }
    const action = ACTIONS[method] ?? method;
    if (this.#intended.has(`${identityId} ${applicationId} ${action} ${grant}`)) return;
    this.#fail(
      'every access change has its audit entry',
      `${action} ${grant} for ${identityId} in ${applicationId} was not announced`,
    );
  }

  /** Whether no reason holds up an account, now or as a call that is under way may have seen it. */
  #mayBeClosed(applicationId: string, identityId: string): boolean {
    const nowMs = this.#now();
    const facts = this.#witness.factsOf(identityId);
    const turns = [...turnsOfAgreed(facts), ...this.#witness.told.of(identityId).map(({ fromMs }) => fromMs)];
    const lately = turns.filter((atMs) => atMs > nowMs - UNDER_WAY_MS && atMs <= nowMs + SKEW_MS);
    return [...lately, nowMs, nowMs + SKEW_MS].some((atMs) =>
      this.#models().some((model) =>
        referenceAccess(this.#witness.stateAt(identityId, atMs, nowMs), model).every(
          (account) => account.applicationId !== applicationId,
        ),
      ),
    );
  }

  /** What Tenure gives brings no two sides of a rule together, not for a moment. */
  #isApart(applicationId: string, identityId: string, entitlement: string): void {
    for (const other of forbiddenBeside(`${applicationId}:${entitlement}`, this.#model())) {
      const [system = '', held = ''] = other.split(':');
      const name = `${identityId} ${system}`;
      const isOfIt = (grant: string) => this.#entitlementOf(system, grant) === held;
      const isShown = this.#witness.shown.of(name).at(-1)?.account?.grants.some(isOfIt) === true;
      const isGiven = this.#witness.done.of(name).some(({ action, what }) => action === 'grant' && isOfIt(what));
      if (!isShown || !isGiven) continue;
      const detail = `${identityId} is given ${entitlement} in ${applicationId} and holds ${held} in ${system}`;
      this.#fail('nobody holds two sides of a rule for a moment', detail);
    }
  }

  /** Rules and facts name entitlements, systems grants: a model that follows a renamed group calls the same one otherwise. */
  #entitlementOf(applicationId: string, grant: string): string {
    const known = this.#models()
      .flatMap(({ applications }) => applications)
      .flatMap(({ id, entitlements }) => (id === applicationId ? entitlements : []));
    return known.findLast((entitlement) => entitlement.grant === grant)?.id ?? grant;
  }

  /** What accounts hold is called otherwise from now on. */
  onRenamed(applicationId: string, { accounts }: MemorySystem): void {
    for (const account of accounts.values()) this.#witness.onRenamed(applicationId, account);
  }

  /** An account was there before Tenure. */
  onEarlier(applicationId: string, holder: string): void {
    this.#witness.earlier.add(`${holder} ${applicationId}`);
  }

  /** Somebody states that a task is done. */
  onAttested(taskId: string, operator: string): void {
    this.#witness.onAttested(taskId, operator);
  }

  /** A call is sent to a system. */
  onCall(applicationId: string, method: string, { identityId, epoch }: Right): void {
    if (ACTIONS[method] === undefined) return;
    const nowMs = this.#now();
    if (ACTIONS[method] === 'revoke') this.#sentRevoke(`${identityId} ${applicationId}`, nowMs);
    const newer = this.#witness.epochs.of(identityId).find((known) => known.epoch > epoch);
    if (newer !== undefined && nowMs - newer.fromMs > ANSWER_MS) {
      const detail = `${applicationId}.${method} for ${identityId} under epoch ${epoch} while ${newer.epoch} is current`;
      this.#fail('two holders of one lease never both write', detail);
    }
    if (!GIVES_ACCESS.has(method)) return;
    // A clock that runs ahead may see a rehire a little early.
    const heardMs = this.#witness.told.of(identityId).map(({ fromMs }) => fromMs);
    const departedThroughout = [
      nowMs - ANSWER_MS,
      ...heardMs.filter((fromMs) => fromMs > nowMs - ANSWER_MS),
      // Employed for a moment in between, perhaps.
      ...turningPoints(this.#witness.factsOf(identityId)).filter((atMs) => atMs > nowMs - ANSWER_MS && atMs <= nowMs),
      nowMs,
      nowMs + SKEW_MS,
    ].every((instantMs) => this.#witness.stateAt(identityId, instantMs).status === 'departed');
    if (departedThroughout) {
      this.#fail('no grant is made after a leaver is in effect', `${applicationId}.${method} for ${identityId}`);
    }
  }

  #sentRevoke(name: string, nowMs: number): void {
    this.#revokes.set(name, [...(this.#revokes.get(name) ?? []), nowMs]);
  }

  /** When the world has come to rest: every system agrees with the facts, as if they had come one by one. */
  async atRest(world: World, accepted: ReadonlyMap<string, Fact>): Promise<void> {
    const { models: keeping = [], fault } = (await unagreedModel(world, this.#witness)) ?? {};
    if (fault !== undefined) this.#fail('a person is asked about what concerns many', fault);
    for (const identityId of new Set([...accepted.values()].map((fact) => fact.identityId))) {
      const facts = [...accepted.values()].filter((fact) => fact.identityId === identityId);
      const record = await world.stores.directory.load(identityId);
      const known = record?.facts ?? [];
      const [merged] = standingMerges(known);
      const survivor = merged && (await world.stores.directory.load(merged.into));
      const kept = [...withAbsorbed(known), ...withAbsorbed(survivor?.facts ?? [])];
      const stored = new Map(kept.map((fact) => [fact.factId, fact]));
      for (const { factId } of facts) {
        if (!stored.has(factId)) this.#fail('every accepted event reaches the timeline', factId);
      }
      const counted = facts.map((fact) => this.#asKept(fact, stored.get(fact.factId)));
      // What people and Tenure itself stated since, and what was said about a duplicate.
      const followed = known.filter(({ source, about }) => source === OWN_SOURCE || about !== undefined);
      const all = [...counted, ...followed];
      // Whose contract ends in this very minute, or what they were given, has not come to rest.
      const nowMs = this.#now();
      const turns = [...turningPoints(all), ...turnsOfAgreed(all)];
      if (turns.some((atMs) => atMs > nowMs - MINUTE_MS && atMs <= nowMs + SKEW_MS)) continue;
      // When a handover is over the sweep sees to that.
      const due = all.flatMap((fact) => {
        if (fact.type === 'access-review-opened') return [fact.dueMs];
        if (fact.type === 'access-review-moved') return fact.stages.map(({ dueMs }) => dueMs);
        return fact.type === 'access-review-decided' && fact.endsMs !== undefined ? [fact.endsMs] : [];
      });
      const state = referenceOf(all)(nowMs);
      const { kind, owner = '' } = state.attributes;
      const handingOver = kind === 'ai-agent' ? [state, this.#witness.ownerAt(owner ?? '', nowMs).state] : [state];
      const ends = [...handingOver.flatMap((one) => handoverEnds(one, this.#model())), ...due];
      if (ends.some((atMs) => atMs > nowMs - SWEPT_MS && atMs <= nowMs + SKEW_MS)) continue;
      const ofOwner = (await world.stores.directory.load(OWNER))?.facts ?? [];
      const knownMs = this.#witness.told.of(OWNER)[0]?.fromMs ?? Number.POSITIVE_INFINITY;
      for (const fault of faultsOfRequests(known, RULES_ASKED, { identityId: OWNER, facts: ofOwner, knownMs })) {
        this.#fail('nobody has what not everybody agreed to who has to', fault);
      }
      this.#failAll('a cover ends with its right', identityId, this.#trust.faultsOfCovers(identityId, known, nowMs));
      const inTurn = faultsOfReviews(this.#witness.factsOf(identityId));
      this.#failAll('a review is answered by whom it is asked of', identityId, inTurn);
      const outcomes = campaignsIn(known).flatMap((campaignId) => world.outcomesOf(known, campaignId, nowMs));
      this.#failAll('no item is without an outcome', identityId, faultsOfOutcomes(known, outcomes, nowMs));
      this.#agrees(world, identityId, all, { tasks: record?.tasks ?? [], keeping });
      if (record !== undefined) await this.#isAtRest(world, record);
    }
    await this.#isCarriedOut(world);
    this.#isAnsweredInCampaigns();
    await this.#isAskedAbout(world);
    this.#isBroughtByFiles();
    // What a system refuses for ever is tried for ever: one such call may be under way.
    const open = [...this.#open]
      .filter(([, sinceMs]) => sinceMs <= this.#now() - UNDER_WAY_MS)
      .map(([callId]) => callId);
    if (open.length > 0) this.#fail('every access change has its audit entry', `no outcome for ${open.join(', ')}`);
  }

  /** What was said, with when it came and what it waits for, which are not HR's to say. */
  #asKept(said: Fact, kept: Fact | undefined): Fact {
    if (this.#company?.isPosted !== true || kept === undefined) return said;
    const weighed = weighedBy(said, this.#company.precedence);
    const difference = differenceOf(weighed, kept);
    if (difference !== undefined) this.#fail('what HR said is kept as it was said', `${said.factId}: ${difference}`);
    return { ...weighed, receivedMs: kept.receivedMs, held: kept.held };
  }

  /** What somebody decided of many is recorded of all of them, or of none. */
  #isAnsweredInCampaigns(): void {
    const all = this.#witness.identities().flatMap((identityId) => this.#witness.factsOf(identityId));
    const about = (identityId: string) =>
      everKnown(all).filter((fact) => (fact.about ?? fact.identityId) === identityId || fact.identityId === identityId);
    for (const decided of this.#inCampaigns) {
      const [fault] = faultsOfCampaign(decided, about, (id) => this.#witness.mergedInto(id));
      if (fault !== undefined) this.#fail('what is decided of many is decided of all', fault);
      const [other] = faultsOfAnswerers(decided, this.#witness, this.#model());
      if (other !== undefined) this.#fail('a review is answered by whom it is asked of', other);
    }
  }

  /** Of a campaign that was put there as it is nobody fixed the population. */
  async #isAskedAbout(world: World): Promise<void> {
    const { items } = await world.campaigns.listCampaigns({ limit: CAMPAIGNS_AT_A_TIME, after: undefined });
    for (const { campaignId, definition, begunMs, openedMs, modelHash, population } of items) {
      const model = this.#models().find(({ hash }) => hash === modelHash);
      if (population === undefined || openedMs === undefined || model === undefined) continue;
      const { applications = [] } = definition.scope;
      const opened = { campaignId, begunMs, openedMs, applications };
      const faults = faultsOfPopulation(opened, this.#witness, model);
      this.#failAll('a campaign asks about everything', campaignId, faults);
    }
  }

  /** A decision reaches everybody it is about. */
  async #isCarriedOut(world: World): Promise<void> {
    if (world.isDeciding()) this.#fail('a decision is carried out', 'a hold is decided, and nothing follows');
    const open = new Set((await world.openHolds()).map(({ holdId }) => holdId));
    for (const identityId of this.#witness.identities()) {
      const facts = this.#witness.factsOf(identityId);
      const decided = new Set(facts.flatMap((fact) => ('hold' in fact ? [fact.hold] : [])));
      const left = facts.find(({ held }) => held !== undefined && !open.has(held) && !decided.has(held));
      if (left === undefined) continue;
      this.#fail('a decision is carried out', `${left.factId} waits in ${left.held}, which is not open`);
    }
  }

  async #isAtRest(world: World, record: IdentityRecord): Promise<void> {
    const { header, facts } = record;
    const { identityId } = header;
    const bounds = this.#bounds();
    await this.#isAnsweredFor(world, record);
    await this.#isGivenBack(world, facts);
    this.#isDeletedInTime(world, identityId);
    this.#hasNoKeysTooMany(world, identityId);
    this.#failAll('people are asked for what is to be done', identityId, taskFaults(this.#witness, record, bounds));
    const entries = await allEntries(world, identityId);
    this.#failAll('the audit log tells what happened', identityId, auditFaults(this.#witness, record, entries, bounds));
    this.#failAll('a certificate is true', identityId, evidenceFaults(this.#witness, record, entries));
    if (this.#isTold(world, identityId)) return;
    this.#failAll('every removal is proven', identityId, unprovenSince(this.#witness, record, bounds));
    if (header.settledVersion !== header.version && !this.#heldBack.has(identityId)) {
      this.#fail(
        'everybody converges',
        `${identityId} is at version ${header.version}, settled ${header.settledVersion}`,
      );
    }
  }

  /** A removal that is called proven is true at that moment, and so is what is certified. */
  onProven(world: World, { identityId, certificate }: SaveRemoval, outcome: unknown): void {
    // It was judged by what has changed since, and is not kept.
    if (outcome === false) return;
    for (const [applicationId, system] of world.systems) {
      const account = system.heldBy(identityId);
      if (this.#isUnknownYet(account, identityId, applicationId)) continue;
      if (account === undefined || this.#witness.stateAt(identityId, this.#now()).status !== 'departed') continue;
      if (isUsable({ ...account, grants: [...account.grants] }) || account.credentials.size > 0) {
        this.#fail('a proven removal is true', `${identityId} still has access in ${applicationId}`);
      }
    }
    if (certificate === undefined || outcome !== true) return;
    const faults = certificateFaults(this.#witness, certificate, this.#bounds());
    this.#failAll('a certificate is true', identityId, faults);
  }

  notQuiet(calls: number): void {
    this.#fail('a converged identity stays quiet', `${calls} more calls to systems`);
  }

  /** Whether an agent holds less now than reasons give it, since its owner does not hold it. */
  isAnybodyLimited(): boolean {
    return this.#witness.identities().some((identityId) => {
      const state = this.#witness.stateAt(identityId, this.#now());
      const given = referenceAccess({ ...state, moved: state.moved, belongsTo: undefined }, this.#model());
      return JSON.stringify(given) !== JSON.stringify(referenceAccess(state, this.#model()));
    });
  }

  /** The state of somebody as it is known now. */
  statusOf(identityId: string): ReferenceState['status'] {
    return this.#witness.stateAt(identityId, this.#now()).status;
  }

  /** What was there before Tenure, from who is at work, only once somebody has looked. */
  #mayBeTaken(applicationId: string, identityId: string, grant: string): void {
    const nowMs = this.#now();
    // What was sent before a rehire took effect may arrive after it.
    const sent = (this.#revokes.get(`${identityId} ${applicationId}`) ?? []).filter(
      (atMs) => atMs > nowMs - UNDER_WAY_MS,
    );
    // Who leaves keeps nothing, however shortly they were gone: what a rehire does not give goes with the rest.
    const wasSeenGone = (sentMs: number) =>
      this.#witness.told
        .of(identityId)
        .filter(({ fromMs }) => fromMs <= sentMs)
        .some(({ facts, stateAt, fromMs }) => {
          const turns = turningPoints(facts).filter((atMs) => atMs <= sentMs);
          // Whose joiner was taken back is not there, either, or not yet.
          const { status } = stateAt(fromMs);
          const isCalledOff =
            facts.some(({ type }) => type === 'rescind') && (status === 'unknown' || status === 'pending');
          return isCalledOff || [...turns, sentMs].some((atMs) => stateAt(atMs).status === 'departed');
        });
    const isAtWork = [nowMs, ...sent].every(
      (sentMs) =>
        !wasSeenGone(sentMs) &&
        this.#underWayAt(identityId, sentMs).every(
          (instantMs) => this.#witness.stateAt(identityId, instantMs).status === 'active',
        ),
    );
    if (this.lookedAt.has(applicationId) || !isAtWork || this.#mayHaveBeenDue(applicationId, identityId, grant)) return;
    this.#fail('nothing is taken away that nobody has looked at', `${grant} of ${identityId} in ${applicationId}`);
  }

  /** Whether anything said so far could have given them the grant: what a reason has held up ends with the reason. */
  #mayHaveBeenDue(applicationId: string, identityId: string, grant: string): boolean {
    const reference = `${applicationId}:${this.#entitlementOf(applicationId, grant)}`;
    const isDecided = withAbsorbed(this.#witness.factsOf(identityId)).some(
      (fact) => fact.type === 'access-granted' && fact.entitlement === reference,
    );
    return isDecided || this.#mayBeOfProfile(identityId, reference);
  }

  #mayBeOfProfile(identityId: string, reference: string): boolean {
    const facts = this.#witness.factsOf(identityId);
    const said = facts.flatMap((fact) => ('attributes' in fact ? [fact.attributes as Record<string, unknown>] : []));
    const isSaid = ([name, values]: [string, unknown]) =>
      said.some((attributes) =>
        (values as readonly unknown[]).some((one) => typeof one !== 'string' || one === attributes[name]),
      );
    // A pass that began under the model before ends under it.
    const profiles = this.#models().flatMap((model) => model.profiles);
    return profiles.some(
      ({ entitlements, when }) => entitlements.includes(reference) && Object.entries(when).every(isSaid),
    );
  }

  /** What people alone decided on for a time is given after its start and before its end. */
  #isGivenInTime(applicationId: string, identityId: string, entitlement: string): void {
    const reference = `${applicationId}:${entitlement}`;
    const facts = withAbsorbed(this.#witness.factsOf(identityId));
    const isDecided = facts.some((fact) => fact.type === 'access-granted' && fact.entitlement === reference);
    // What a profile could have given is judged by others; so is what counted as somebody else's for a time.
    const isOfTwo = facts.some(({ about, type }) => about !== undefined || type === 'absorbed' || type === 'merged');
    if (!isDecided || isOfTwo || this.#mayBeOfProfile(identityId, reference)) return;
    const nowMs = this.#now();
    const heardMs = this.#witness.told.of(identityId).map(({ fromMs }) => fromMs);
    const sinceMs = nowMs - UNDER_WAY_MS - ANSWER_MS;
    const instants = [
      ...[sinceMs, ...heardMs, ...facts.flatMap((fact) => (fact.type === 'access-granted' ? [fact.startsMs] : []))],
      ...[nowMs, nowMs + SKEW_MS],
    ].filter((instantMs) => instantMs >= sinceMs && instantMs <= nowMs + SKEW_MS);
    const isGiven = instants.some(
      (instantMs) =>
        this.#witness.stateAt(identityId, instantMs, Math.max(instantMs, nowMs)).granted?.includes(reference) ||
        this.#witness.stateAt(identityId, instantMs).granted?.includes(reference),
    );
    if (isGiven) return;
    const detail = `${entitlement} of ${identityId} in ${applicationId}`;
    this.#fail('what was decided for a time is there for that time', detail);
  }

  /** The account of a leaver is kept for as long as its application asks for, from when Tenure knew of the departure. */
  #wasKeptLongEnough(applicationId: string, identityId: string): void {
    const days = this.#retentionDays(applicationId);
    if (days === undefined) return;
    // What was sent in time may take effect when the departure has been taken back.
    const nowMs = this.#now();
    const heardMs = this.#witness.told.of(identityId).map(({ fromMs }) => fromMs - 1);
    // And by a clock that is ahead the departure is over before it is by ours.
    const sentMs = [
      nowMs,
      nowMs + SKEW_MS,
      ...heardMs.filter((beforeMs) => beforeMs > nowMs - UNDER_WAY_MS && beforeMs < nowMs),
    ];
    const keptMs = Math.max(0, days * DAY_MS - MINUTE_MS);
    if (sentMs.some((atMs) => this.#departedFor(identityId, keptMs, atMs))) return;
    this.#fail('an account is kept for as long as was asked', `${identityId} in ${applicationId}, ${days} days`);
  }

  #keeping(applicationId: string): Keeping {
    const { credentialGraceHours = 24 } = this.#model().applications.find(({ id }) => id === applicationId) ?? {};
    const graceMs = credentialGraceHours * 60 * MINUTE_MS;
    return { nowMs: this.#now(), graceMs, isCalm: this.#weather.isCalm, underWayMs: UNDER_WAY_MS };
  }

  #hasNoKeysTooMany(world: World, identityId: string): void {
    for (const [applicationId, system] of world.systems) {
      const account = system.accountOf(identityId);
      if (account === undefined || (applicationId === this.refusing && this.#isTold(world, identityId))) continue;
      const held = system.credentialsOf(account);
      const faults = faultsOfHeld(this.#witness, identityId, held, this.#keeping(applicationId));
      this.#failAll('a key goes with its holder or its owner', identityId, faults);
    }
  }

  #isDeletedInTime(world: World, identityId: string): void {
    for (const [applicationId, system] of world.systems) {
      const days = this.#retentionDays(applicationId);
      if (days === undefined) continue;
      const durationMs = days * DAY_MS + REPAIRED_MS;
      // What was said since may be another departure, from which it counts anew.
      const saidMs = this.#witness.told.of(identityId).at(-1)?.fromMs ?? 0;
      // An employment that lasted no time was one all the same, from whose end it counts anew.
      const { departedMs = 0 } = this.#witness.stateAt(identityId, this.#now());
      const sinceMs = Math.max(saidMs, departedMs);
      const isOver = sinceMs < this.#now() - durationMs && this.#departedFor(identityId, durationMs, this.#now());
      if (!isOver || applicationId === this.refusing || system.heldBy(identityId) === undefined) continue;
      this.#fail('an account is deleted when its time is over', `${identityId} in ${applicationId}, ${days} days`);
    }
  }

  #model(): AccessModel {
    return this.#models().at(-1) as AccessModel;
  }

  #retentionDays(applicationId: string): number | undefined {
    return this.#model().applications.find(({ id }) => id === applicationId)?.retention?.deleteAfterDays;
  }

  /** All the time up to an instant, as was known at each time. */
  #departedFor(identityId: string, durationMs: number, untilMs: number): boolean {
    const heardMs = this.#witness.told.of(identityId).map(({ fromMs }) => fromMs);
    const steps = Array.from({ length: Math.ceil(durationMs / DAY_MS) }, (_, index) => untilMs - index * DAY_MS);
    const lately = heardMs.filter((fromMs) => fromMs > untilMs - durationMs && fromMs <= untilMs);
    return [...steps, ...lately, untilMs - durationMs].every(
      (instantMs) => this.#witness.stateAt(identityId, instantMs).status === 'departed',
    );
  }

  /** Whether somebody knows that not all could be done for the identity. */
  #isTold(world: World, identityId: string): boolean {
    return this.refusing !== undefined && this.#isEscalated(world, identityId);
  }

  #isEscalated(world: World, identityId: string): boolean {
    return world.escalations.some((told) => told.includes(`dentity ${identityId} `));
  }

  /** Where an account cannot be disabled, its grants are taken from whoever is on leave. */
  #isTakenForLeave(applicationId: string, identityId: string, grant: string): boolean {
    const isAway = (instantMs: number) => this.#witness.stateAt(identityId, instantMs).status === 'suspended';
    return this.#witness.done
      .of(`${identityId} ${applicationId}`)
      .filter(({ action, what }) => action === 'revoke' && what === grant)
      .some(({ atMs }) => this.#underWayAt(identityId, atMs).some(isAway));
  }

  /** The instants by which a call that has come to a system may have judged: a clock ahead sees a little more, a slow one less. */
  #underWayAt(identityId: string, atMs: number): readonly number[] {
    const turns = [
      ...this.#witness.told.of(identityId).map(({ fromMs }) => fromMs),
      ...turningPoints(this.#witness.factsOf(identityId)),
    ];
    const lately = turns.filter((turnMs) => turnMs > atMs - UNDER_WAY_MS && turnMs <= atMs);
    return [...lately, atMs - ANSWER_MS, atMs, atMs + SKEW_MS];
  }

  #isPrivileged(applicationId: string, grant: string): boolean {
    return this.#models().some(({ applications }) =>
      applications.some(
        ({ id, entitlements }) =>
          id === applicationId && entitlements.some((one) => one.grant === grant && one.privileged),
      ),
    );
  }

  #bounds(): Bounds {
    const [models, nowMs, { residualMs }] = [this.#models(), this.#now(), this];
    return { model: this.#model(), models, nowMs, answerMs: ANSWER_MS, residualMs, ...this.#weather };
  }

  /** What is not a person has a person who is there to answer for it, at work or on leave, or no use. */
  async #isAnsweredFor(world: World, { header, facts }: IdentityRecord): Promise<void> {
    const owned = referenceOf(facts)(this.#now());
    const ownerId = owned.attributes.owner;
    if (owned.status !== 'active' || ownerId === undefined) return;
    const owner = await world.stores.directory.load(ownerId);
    const { status, attributes } = referenceOf(owner?.facts ?? [])(this.#now());
    const isPerson = attributes.kind !== undefined && PEOPLE.includes(attributes.kind);
    if (isPerson && (status === 'active' || status === 'suspended')) return;
    this.#fail(
      'nothing outlives who answers for it',
      `${header.identityId} is active and its owner ${ownerId} is ${isPerson ? status : 'no person'}`,
    );
  }

  /** Whoever has not left after all has handed nothing over; nor has an id of somebody who is there by another. */
  async #isGivenBack(world: World, facts: readonly Fact[]): Promise<void> {
    const [merged] = standingMerges(facts);
    const person = merged === undefined ? facts : ((await world.stores.directory.load(merged.into))?.facts ?? []);
    // What is no person never answered for anything.
    if (!answersFor(referenceOf(person)(this.#now()))) return;
    const said = withAbsorbed(person);
    const takenBack = new Set(said.filter((fact) => isRescinded(fact, said)).map(({ factId }) => factId));
    const departures = departuresOf(facts, this.#now()).filter(
      (departure) => departure !== merged?.factId && !takenBack.has(departure),
    );
    const undone = withAbsorbed(facts).flatMap((fact) =>
      fact.type === 'handed-over' && !departures.includes(fact.departure) ? fact.owned : [],
    );
    for (const { identityId, factId } of undone) {
      const record = await world.stores.directory.load(identityId);
      const known = withAbsorbed(record?.facts ?? []);
      const handedOver = known.find((fact) => fact.factId === factId);
      if (handedOver === undefined || isRescinded(handedOver, known)) continue;
      // It went to the same person, by the id that counts.
      if (handedOver.type === 'mover' && handedOver.attributes.owner === merged?.into) continue;
      this.#fail('a departure that never was hands nothing over', `${factId} still counts for ${identityId}`);
    }
  }

  #agrees(
    world: World,
    identityId: string,
    facts: readonly Fact[],
    { tasks, keeping }: { readonly tasks: readonly TaskRecord[]; readonly keeping: readonly AccessModel[] },
  ): void {
    const ownerAt = (ownerId: string, atMs: number) => this.#witness.ownerAt(ownerId, atMs, this.#now());
    const state = referenceOf(facts, ownerAt)(this.#now());
    const desired = referenceAccess(state, this.#model());
    for (const [applicationId, system] of world.systems) {
      const want = desired.find((account) => account.applicationId === applicationId);
      const words = wordsFor(want, this.#model());
      const wanted = describeWanted(want, words, system.canDisable);
      const account = system.heldBy(identityId);
      if (this.#isUnknownYet(account, identityId, applicationId)) continue;
      const isTold = this.#isEscalated(world, identityId);
      const { status } = state;
      const adopted = { applicationId, identityId, status, isTold };
      if (account?.earlier !== undefined && this.#agreesAsAdopted(account, want, adopted)) continue;
      const found = describeAccount(account, (grant) => wordFor(grant, words, account, system), system.canDisable);
      if (wanted !== found && isTold && this.#lacksOnlyWhatIsGone(account, words, system)) {
        this.#heldBack.add(identityId);
        continue;
      }
      const unbarred = this.#withoutAwaited(world, want, { applicationId, tasks, desired, isTold });
      const given = wordsFor(unbarred, this.#model());
      const keeps = (model: AccessModel) =>
        this.#keeps(found, model, { state, want, applicationId, canDisable: system.canDisable });
      // What was suspended before it ever existed need not exist; what was disabled on leaving may stay.
      const fits =
        (keeping.length === 0 ? wanted === found : keeping.some(keeps)) ||
        (found === 'nothing' && want?.enabled !== true) ||
        found === describeWanted(want, given, system.canDisable) ||
        (found === 'nothing' && given.length === 0) ||
        (wanted === 'nothing' && found === 'disabled []') ||
        (applicationId === this.refusing && this.#isTold(world, identityId));
      if (!fits) {
        const detail = `${identityId} in ${applicationId}: wanted ${wanted}, found ${found}`;
        this.#fail('all histories of the same facts end in the same access', detail);
      }
    }
  }

  /** As by a model from before, or by that and the one that is deployed. */
  #keeps(found: string, model: AccessModel, { state, want, applicationId, canDisable }: Due): boolean {
    const had = referenceAccess(state, model).find((account) => account.applicationId === applicationId);
    const words = wordsFor(had, model);
    const either = [...new Set([...words, ...wordsFor(want, this.#model())])].sort();
    return [words, either].some((each) => found === describeWanted(had ?? want, each, canDisable));
  }

  /**
   * What people have yet to take away keeps what must not be held beside it from being given; and so does a system that a
   * person was told about, since it lacks a group: what it was asked for before nobody knows.
   */
  #withoutAwaited(
    world: World,
    want: ReferenceAccount | undefined,
    { applicationId, tasks, desired, isTold }: Awaiting,
  ): ReferenceAccount | undefined {
    const open = new Set(tasks.filter(({ status }) => status === 'open').map((task) => task.applicationId));
    const isStuck = (other: string) => {
      const due = desired.find((account) => account.applicationId === other);
      const system = world.systems.get(other);
      return isTold && system !== undefined && wordsFor(due, this.#model()).some((word) => !system.hasGroup(word));
    };
    const isAwaited = (entitlement: string) =>
      forbiddenBeside(`${applicationId}:${entitlement}`, this.#model()).some((reference) => {
        const [other = ''] = reference.split(':');
        return open.has(other) || isStuck(other);
      });
    return want && { ...want, entitlements: want.entitlements.filter((entitlement) => !isAwaited(entitlement)) };
  }

  /** Nobody can be given what no group is called any more; they hold nothing that they should not for that. */
  #lacksOnlyWhatIsGone(account: SystemAccount | undefined, words: readonly string[], system: MemorySystem): boolean {
    if (words.every((word) => system.hasGroup(word))) return false;
    return [...(account?.grants ?? [])].every((grant) => words.includes(wordFor(grant, words, account, system)));
  }

  /** Until somebody decides, whoever stays keeps what they had; whoever is yet to come is left alone. */
  #agreesAsAdopted(
    { enabled, grants, earlier = [] }: SystemAccount,
    want: ReferenceAccount | undefined,
    { applicationId, identityId, status, isTold }: Adopted,
  ): boolean {
    if (status === 'pending' || status === 'unknown') return true;
    if (status === 'departed') return false;
    const wanted = want?.entitlements ?? [];
    // What the model does not know goes with the account alone.
    const kept = this.repaired.has(applicationId) ? [LEGACY] : earlier;
    const isLookedAt = !kept.some((grant) => {
      // What a leave had to take is not given back before that either: as if there had been no leave.
      const isTheirs = grants.has(grant) || this.#isTakenForLeave(applicationId, identityId, grant);
      return isTheirs && !wanted.includes(grant) && this.#isPrivileged(applicationId, grant);
    });
    // Nobody is let on to privileged grants that were there before, and a person is told so.
    const isHeldBack = !isLookedAt && isTold;
    if (isHeldBack) this.#heldBack.add(identityId);
    const hasAll = want?.enabled !== true || isHeldBack || (enabled && wanted.every((grant) => grants.has(grant)));
    return hasAll && [...grants].every((grant) => wanted.includes(grant) || kept.includes(grant));
  }

  /**
   * An account from before of somebody who never had access there by any reason: Tenure looks only where it knows of an
   * account or gives one, so that reconciliation is what finds it, as an orphan. A removal is called proven all the same.
   */
  #isUnknownYet(account: SystemAccount | undefined, identityId: string, applicationId: string): boolean {
    if (account?.earlier === undefined || this.#contacted.has(`${identityId} ${applicationId}`)) return false;
    // Of whoever is at work it is found where access is due now.
    const { status } = this.#witness.stateAt(identityId, this.#now());
    return isWorking(status) || !this.#wasEverDue(identityId, applicationId);
  }

  /** At a time that somebody spoke of, by what is known now. */
  #wasEverDue(identityId: string, applicationId: string): boolean {
    const latest = this.#witness.told.of(identityId).at(-1);
    const spokenOf = this.#witness
      .factsOf(identityId)
      .flatMap((fact) => [
        fact.receivedMs,
        ...('effectiveAt' in fact && fact.effectiveAt !== undefined ? [Date.parse(fact.effectiveAt)] : []),
      ]);
    return spokenOf
      .filter((instantMs) => instantMs <= this.#now())
      .some((instantMs) =>
        referenceAccess(latest?.stateAt(instantMs) ?? UNKNOWN, this.#model()).some(
          (account) => account.applicationId === applicationId,
        ),
      );
  }

  #failAll(invariant: string, identityId: string, faults: readonly string[]): void {
    const [first] = faults;
    if (first !== undefined) this.#fail(invariant, `${identityId}: ${first}`);
  }

  #fail(invariant: string, detail: string): void {
    this.violation ??= new Violation(invariant, detail);
  }
}

/** What the access model calls them. */
function wordsFor(want: ReferenceAccount | undefined, { applications }: AccessModel): readonly string[] {
  const known = applications.find(({ id }) => id === want?.applicationId)?.entitlements ?? [];
  return (want?.entitlements ?? []).map((name) => known.find(({ id }) => id === name)?.grant ?? name).sort();
}

/** What is held stands for what it was granted as, however its system calls it by now. */
function wordFor(
  grant: string,
  words: readonly string[],
  account: SystemAccount | undefined,
  system: MemorySystem,
): string {
  const granted = account && system.grantedAs(account, grant);
  return !words.includes(grant) && granted !== undefined && words.includes(granted) ? granted : grant;
}

function describeWanted(want: ReferenceAccount | undefined, words: readonly string[], canDisable: boolean): string {
  if (want === undefined) return 'nothing';
  const keeps = want.enabled || canDisable;
  const grants = keeps ? words : [];
  return `${want.enabled || !canDisable ? 'enabled' : 'disabled'} [${grants.join(' ')}]`;
}

function describeAccount(
  account: SystemAccount | undefined,
  wordOf: (grant: string) => string,
  canDisable: boolean,
): string {
  if (account === undefined) return 'nothing';
  const grants = [...account.grants].map(wordOf).sort();
  return `${account.enabled || !canDisable ? 'enabled' : 'disabled'} [${grants.join(' ')}]`;
}

/** A system that fails for months leaves tens of thousands. */
async function allEntries(world: World, identityId: string): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let after: string | undefined;
  do {
    const page = await world.stores.audit.list(identityId, { limit: ENTRIES_AT_A_TIME, after });
    entries.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return entries;
}
