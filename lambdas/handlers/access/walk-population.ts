// A change of the access model is a trigger like any fact. Every minute this function compares the model that lies beside
// its code with the one for which the population was last walked, and with those by which passes planned since: one that is
// deployed and taken back within the minute has given somebody something all the same. So no deployment can be missed. It
// goes on where the last run stopped. Everybody is looked at before anybody loses anything; beyond what the settings let pass, a person
// is asked. Then those whom the change concerns are converged, so many a minute: by the same event as the sweep's, so
// that nobody waits behind them whom a fact concerns.
//
// A million identities take about a quarter of an hour to look at, by one function. A later deployment takes the place of
// the walk before it: each writing is refused to whoever has not seen the last one.
import * as z from 'zod';
import { answerToAsk } from '../../core/access/asking-owners.ts';
import { desiredAccessInState } from '../../core/access/desired-access.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import {
  type AccessChange,
  accessChange,
  changeBetween,
  changedApplications,
  dueGrants,
  grantsOnRecord,
} from '../../core/access/model-change.ts';
import { nextModelInstantMs } from '../../core/access/passing-time.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { AuditEntry, AuditEvent } from '../../core/audit/audit.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { isTold } from '../../core/duties/kept-violations.ts';
import { RetryableError } from '../../core/errors.ts';
import { type MassErrorGuardSettings, massErrorGuardSchema } from '../../core/hr/mass-error-guard.ts';
import {
  countSeen,
  type ModelChangeSettings,
  modelChangeSchema,
  NOTHING_COUNTED,
  type PopulationWalk,
  reasonToReport,
  type Seen,
  unread,
  walkHoldId,
} from '../../core/hr/population-walk.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { deployedSettings } from '../../stores/deployed-settings.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold, HoldStore } from '../../stores/holds/hold-store.ts';
import type { Concerned } from '../../stores/model-changes/model-change-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { openedEntry } from '../shared/hold-entries.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import { SWEEP_RETRY_MS } from '../shared/timing.ts';
import { recordSettings } from './record-settings.ts';

/** Done before the next run begins. */
const RUN_MS = 50_000;
const LOOKED_AT_ONCE = 200;
const HEADERS_AT_ONCE = 1_000;
const CONCURRENT_IDENTITIES = 10;
const WOKEN_AT_ONCE = 100;
/** Of those in use that are not deployed any more: each has an entry in the transaction that begins a walk. */
const MODELS_AT_ONCE = 20;
/** Who cannot be read holds up the others for that long, and is then passed over. */
const PATIENCE_MS = 15 * 60_000;
const UNKNOWN = 'unknown';
/** A deployment replaces functions one by one: whoever was settled by those from before is looked for after that long. */
const DEPLOYED_WITHIN_MS = 30 * 60_000;
/** The report stays readable for that long, and so does a hold that nobody decides. */
const KEPT_MS = 90 * 86_400_000;

export interface WalkDependencies extends Dependencies {
  readonly bus: EventBus;
  readonly holds: Pick<HoldStore, 'closeHold' | 'findHold' | 'markAlerted' | 'openHold'>;
  readonly alert: SendAlert;
  readonly guardSettings: () => MassErrorGuardSettings;
  readonly changeSettings: () => ModelChangeSettings;
}

/** What is left of one run. */
interface Run {
  readonly dependencies: WalkDependencies;
  readonly model: AccessModel;
  /** Of the identities that may be woken in it. */
  left: number;
}

/** What comes next; undefined: nothing for now. */
type Step = (run: Run, walk: PopulationWalk) => Promise<PopulationWalk | undefined>;

export const walkPopulation =
  (dependencies: WalkDependencies) => async (): Promise<Pick<PopulationWalk, 'step' | 'verdict'> | undefined> => {
    const { clock, modelChanges, changeSettings } = dependencies;
    const untilMs = clock() + RUN_MS;
    const run: Run = { dependencies, model: dependencies.model(), left: changeSettings().identitiesPerMinute };
    let walk = await currentWalk(run);
    while (walk !== undefined && clock() < untilMs) {
      const next = await STEPS[walk.step](run, walk);
      if (next === undefined) break;
      const saved = { ...next, revision: walk.revision + 1 };
      const entries = walk.verdict === undefined ? judgedEntries(next, clock()) : [];
      if (!(await modelChanges.saveWalk(saved, walk.revision, entries))) return undefined;
      walk = saved;
    }
    return walk && { step: walk.step, verdict: walk.verdict };
  };

function judgedEntries(
  { modelHash, startedMs, verdict, counts: { emptied, reduced, gaining } }: PopulationWalk,
  nowMs: number,
): readonly AuditEntry[] {
  if (verdict !== 'cleared' && verdict !== 'held') return [];
  const event = { type: 'model-judged', verdict, emptied, reduced, gaining } as const;
  return [walkEntry(modelHash, nowMs, `model-judged:${startedMs}`, event)];
}

function walkEntry(modelHash: string, atMs: number, entryId: string, event: AuditEvent): AuditEntry {
  const actor = { type: 'tenure', id: 'walk-population' } as const;
  return { identityId: auditKeyOf(DEPLOYMENT), entryId, at: toIso(atMs), actor, modelHash, event };
}

/** The walk for the model beside this code: begun where the last one was for another, or where another was in use since. */
async function currentWalk(run: Run): Promise<PopulationWalk | undefined> {
  const { model, dependencies } = run;
  const { modelChanges, holds, clock } = dependencies;
  const last = await modelChanges.findWalk();
  const inUse = await modelChanges.listInUse();
  const others = inUse.filter(({ modelHash }) => modelHash !== model.hash).slice(0, MODELS_AT_ONCE);
  if (last?.modelHash === model.hash && others.length === 0) {
    return last.verdict === 'held' ? await withDecision(run, last) : last;
  }
  await modelChanges.saveModel(model);
  const startedMs = clock();
  const holdId = walkHoldId(model.hash, startedMs);
  const revision = (last?.revision ?? 0) + 1;
  const begun = {
    modelHash: model.hash,
    startedMs,
    holdId,
    step: 'looking',
    revision,
    counts: NOTHING_COUNTED,
  } as const;
  const entryId = `model-deployed:${startedMs}`;
  const deployed = walkEntry(model.hash, startedMs, entryId, { type: 'model-deployed' });
  // Of what no walk was about. Should this die before they are forgotten, the next walk tells of them once more.
  const unwalked = others
    .filter(({ modelHash }) => modelHash !== last?.modelHash)
    .map(({ modelHash, sinceMs }) =>
      walkEntry(modelHash, sinceMs, `${entryId}:${modelHash}`, { type: 'model-deployed' }),
    );
  if (!(await modelChanges.saveWalk(begun, last?.revision ?? 0, [...unwalked, deployed]))) return undefined;
  await mapBounded(others, CONCURRENT_IDENTITIES, (one) => modelChanges.forgetInUse(one));
  // Nobody need decide any more on what is no longer deployed. What was decided and not begun is not, either.
  for (const from of ['open', 'releasing', 'dropping'] as const) {
    if (last?.verdict === 'held') await holds.closeHold(last.holdId, 'dropped', from);
  }
  return begun;
}

/** Closed before it counts: who dies in between finds it closed, and counts it then. */
async function withDecision({ dependencies }: Run, walk: PopulationWalk): Promise<PopulationWalk | undefined> {
  const { holds, modelChanges, clock } = dependencies;
  const { holdId, revision } = walk;
  const status = (await holds.findHold(holdId))?.status;
  if (status === undefined || status === 'open') return walk;
  const released = status === 'releasing' || status === 'released';
  await holds.closeHold(holdId, released ? 'released' : 'dropped');
  const verdict = released ? 'cleared' : 'dropped';
  const decided = { ...walk, verdict, decidedMs: clock(), revision: revision + 1 } as const;
  return (await modelChanges.saveWalk(decided, revision, [])) ? decided : undefined;
}

const lookAtPage: Step = async ({ dependencies, model }, walk) => {
  const { directory, modelChanges } = dependencies;
  const { items, next } = await directory.listIdentities({ limit: LOOKED_AT_ONCE, after: walk.after });
  const failures: Error[] = [];
  const looked = await mapBounded(items, CONCURRENT_IDENTITIES, (header) =>
    lookAt(dependencies, model, header).catch((cause: unknown) => {
      failures.push(new RetryableError(`identity ${header.identityId} could not be looked at`, { cause }));
      return asUnread(header);
    }),
  );
  const { stuckMs = dependencies.clock() } = walk;
  if (failures.length > 0 && dependencies.clock() - stuckMs < PATIENCE_MS) {
    if (walk.stuckMs === undefined) return { ...walk, stuckMs };
    throw failures[0];
  }
  const concerned = looked.flatMap(({ concerned }) => concerned ?? []);
  await modelChanges.noteConcerned(walk.holdId, concerned, walk.startedMs + KEPT_MS);
  const counts = countSeen(walk.counts, looked);
  const passed = { ...walk, counts, stuckMs: undefined };
  return next === undefined ? await judge(dependencies, passed) : { ...passed, after: next };
};

/** Nothing changes now, and something may sooner than was foreseen by the model before: a shorter handover, say. */
async function lookWhenDue({ directory }: WalkDependencies, loaded: LoadedIdentity, model: AccessModel): Promise<void> {
  const { record, timeline, nowMs } = loaded;
  const { identityId, nextCheckMs = Number.POSITIVE_INFINITY } = record.header;
  const dueMs = nextModelInstantMs(timeline, model, { identityId, nowMs });
  if (dueMs !== undefined && dueMs < nextCheckMs) await directory.saveNextCheck(identityId, dueMs);
}

/** It is woken with those who lose something: its own pass then fails, and names it. */
function asUnread({ identityId, summary, applications = [] }: IdentityHeader): Looked {
  return { ...unread(isAtWork(summary), applications), concerned: { identityId, loses: [UNKNOWN] } };
}

function isAtWork({ status }: IdentityHeader['summary']): boolean {
  return status === 'active' || status === 'suspended';
}

async function judge(dependencies: WalkDependencies, walk: PopulationWalk): Promise<PopulationWalk> {
  const { clock, guardSettings, changeSettings } = dependencies;
  const reason = reasonToReport(walk.counts, guardSettings(), changeSettings());
  const looked = { ...walk, step: 'gaining', after: undefined, decidedMs: clock() } as const;
  if (reason === undefined) return { ...looked, verdict: 'cleared' };
  await report(dependencies, walk, reason);
  return { ...looked, verdict: 'held' };
}

async function report(
  { holds, alert, clock }: WalkDependencies,
  { holdId, modelHash, counts }: PopulationWalk,
  reason: NonNullable<ReturnType<typeof reasonToReport>>,
): Promise<void> {
  const { emptied, reduced, gaining, closes } = counts;
  const opening: Hold = {
    holdId,
    source: 'access-model',
    openedMs: clock(),
    reason,
    status: 'open',
    alerted: false,
    modelChange: { modelHash, emptied, reduced, gaining, accounts: closes },
  };
  const hold = await holds.openHold(opening, [openedEntry(opening)]);
  if (hold.alerted) return;
  await alert({
    subject: 'Tenure holds a change of the access model',
    message: [
      `The access model that was deployed takes something from ${reason.count} identities, all of it from ${emptied};`,
      `from ${reason.threshold} on somebody has to agree. Until then they keep it. Hold: ${holdId}`,
      `GET /holds/${holdId} says who loses what; POST /holds/${holdId}/release or /drop decides.`,
      'Runbook: docs/runbook/mass-change-held.md',
    ].join('\n'),
  });
  await holds.markAlerted(holdId);
}

interface Looked extends Seen {
  readonly concerned: Concerned | undefined;
}

async function lookAt(dependencies: WalkDependencies, model: AccessModel, header: IdentityHeader): Promise<Looked> {
  const { identityId, modelHash, summary, applications = [] } = header;
  const nothing = { isEmployed: isAtWork(summary), applications, change: undefined, concerned: undefined };
  // Whoever never settled has a pass to come, and nothing to lose.
  if (modelHash === model.hash || header.settledVersion === undefined) return nothing;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return nothing;
  const before = modelHash === undefined ? undefined : await dependencies.modelChanges.findModel(modelHash);
  const change = changeFor(loaded, before, model);
  if (change === undefined) {
    await lookWhenDue(dependencies, loaded, model);
    return nothing;
  }
  const loses = change.loses.map(({ applicationId, entitlement }) => `${applicationId}:${entitlement}`);
  return { ...nothing, change, concerned: { identityId, loses } };
}

/** Undefined: the change does not concern it. Whoever settled under a model that nobody kept is always concerned. */
function changeFor(
  { record, timeline, state, nowMs }: LoadedIdentity,
  before: AccessModel | undefined,
  model: AccessModel,
): AccessChange | undefined {
  const whom = { identityId: record.header.identityId, nowMs };
  if (before === undefined) {
    return changeBetween(isEmployed(state) ? grantsOnRecord(record.accounts) : [], dueGrants(state, model, whom));
  }
  const change = accessChange(state, before, model, whom);
  if (change.loses.length > 0 || change.gains.length > 0) return change;
  // A rule by which nobody loses anything is told of whoever it is about.
  if (!isTold(record.header.violations, desiredAccessInState(state, model, whom).conflicts)) return change;
  if (answerToAsk(model.nonHuman, { timeline, state, nowMs, settledMs: record.header.settledMs }) !== undefined)
    return change;
  const changed = changedApplications(before, model);
  return record.accounts.some(({ applicationId, account }) => account && changed.has(applicationId))
    ? change
    : undefined;
}

const wakeGaining: Step = async (run, walk) => {
  const woken = await wakePage(run, walk, false);
  return woken === 'all' ? { ...walk, step: 'losing', after: undefined } : woken;
};

const wakeLosing: Step = async (run, walk) => {
  if (walk.verdict === 'held') return undefined;
  if (walk.verdict === 'dropped') return { ...walk, step: 'done', after: undefined };
  const woken = await wakePage(run, walk, true);
  return woken === 'all' ? { ...walk, step: 'looking-again', after: undefined } : woken;
};

async function wakePage(run: Run, walk: PopulationWalk, loses: boolean): Promise<PopulationWalk | 'all' | undefined> {
  if (run.left === 0) return undefined;
  const { holdId, after } = walk;
  const limit = Math.min(WOKEN_AT_ONCE, run.left);
  const { items, next } = await run.dependencies.modelChanges.listConcerned({ holdId, loses, limit, after });
  run.left -= items.length;
  await mapBounded(items, CONCURRENT_IDENTITIES, ({ identityId }) => wake(run, identityId));
  return next === undefined ? 'all' : { ...walk, after: next };
}

/** The sweep looks at it all the same, should the event get lost. */
async function wake({ dependencies, model }: Run, identityId: string): Promise<void> {
  const { leases, directory, bus, clock } = dependencies;
  const mark = await leases.readMark(identityId);
  if (mark === undefined) return;
  await directory.saveNextCheck(identityId, clock() + SWEEP_RETRY_MS);
  await bus.publish('unchanged', { identityId, version: mark.version, trigger: `model:${model.hash}` });
}

/** By the headers alone: who settled since the walk began, and under another model. */
const lookAgain: Step = async (run, walk) => {
  const { clock, directory } = run.dependencies;
  if (clock() < Math.max(walk.startedMs, walk.decidedMs ?? 0) + DEPLOYED_WITHIN_MS || run.left === 0) return undefined;
  const { items, next } = await directory.listIdentities({ limit: HEADERS_AT_ONCE, after: walk.after });
  const missed = items.filter(
    ({ modelHash, settledMs = 0 }) => settledMs >= walk.startedMs && modelHash !== run.model.hash,
  );
  run.left = Math.max(0, run.left - missed.length);
  await mapBounded(missed, CONCURRENT_IDENTITIES, ({ identityId }) => wake(run, identityId));
  return next === undefined ? { ...walk, step: 'done', after: undefined } : { ...walk, after: next };
};

const STEPS: Readonly<Record<PopulationWalk['step'], Step>> = {
  looking: lookAtPage,
  gaining: wakeGaining,
  losing: wakeLosing,
  'looking-again': lookAgain,
  done: async () => undefined,
};

let live: (() => Promise<unknown>) | undefined;

export const handler = serveTask('walk-population', z.unknown(), () => {
  live ??= liveRun();
  return live();
});

/** What a changed model sets off does not wait for settings to be put on record, nor they for it. */
function liveRun(): () => Promise<unknown> {
  const dependencies = liveDependencies();
  const walk = walkPopulation({
    ...dependencies,
    bus: eventBridgeBus(),
    holds: dynamoHoldStore(),
    alert: snsAlerts(),
    guardSettings: () => massErrorGuardSchema.parse(JSON.parse(fromEnvironment('massErrorGuard'))),
    changeSettings: () => modelChangeSchema.parse(JSON.parse(fromEnvironment('modelChange'))),
  });
  const record = recordSettings({
    ...dependencies,
    settings: deployedSettings,
    modelHash: () => dependencies.model().hash,
  });
  return async () => {
    try {
      return await walk();
    } finally {
      await record();
    }
  };
}
