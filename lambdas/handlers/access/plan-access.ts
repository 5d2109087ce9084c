// Takes the lease and finds the applications in which this identity has, had or should have an account: all of them, or
// what an execution has left to do of them. What is to change in each is found out by its connector, from the same facts,
// when it gets there.
import * as z from 'zod';
import { lastInstantMs } from '../../core/access/passing-time.ts';
import { type Basis, carryOn, type Progress } from '../../core/access/settlement.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { NEXT_CHECK_GRACE_MS } from '../../core/identity/next-check.ts';
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type Batches, batchShape, inBatches, type VisitedApplication } from '../shared/application-batches.ts';
import { type ConcernedApplication, concernedApplications } from '../shared/concerned-applications.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { handOver } from '../shared/hand-over.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import { LEASE_MS } from '../shared/timing.ts';
import { askOwner } from './ask-owner.ts';
import { type CarriedProgress, carried, carriedProgressSchema, readProgress } from './progress-schema.ts';
import { settleAddress } from './settle-address.ts';

/**
 * In one pass. What Step Functions carries at once, 256 KB, has to hold what each of them is asked and answers: the others
 * follow in the next pass, which begins as soon as this one has ended.
 */
export const MAXIMUM_VISITS = 150;
/** What may be visited so soon is visited now: another pass for it would come no earlier. */
const SOON_MS = 1_000;
/** What settled so long after an execution had begun did so since, whatever the clocks of both. */
const CLOCKS_DIFFER_MS = 2_000;

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  /** What set the execution off. Absent: the execution is one of the version before, and is named instead. */
  trigger: z.string().optional(),
  executionId: z.string(),
  /** When it began. Absent: the execution is one of the version before. */
  startedAt: z.iso.datetime().optional(),
  /** Of the execution's earlier passes. @default this is the first */
  progress: carriedProgressSchema.optional(),
  ...batchShape,
});

export type Plan =
  | ({
      readonly status: 'planned';
      readonly epoch: number;
      readonly version: number;
      /** The time by which the plan judged (epoch ms): nothing that follows it judges by an earlier one. */
      readonly judgedMs: number;
      /** Of the access model it was planned by: the pass does not settle under another. */
      readonly modelBasis: string;
      /** What need not be visited, or not yet. */
      readonly progress: CarriedProgress;
    } & Batches<VisitedApplication>)
  /** Another pass holds the lease, and will see this version before it settles; or has, while this one waited to begin. */
  | { readonly status: 'held' };

export const planAccess =
  (dependencies: Dependencies) =>
  async (input: z.infer<typeof inputSchema>): Promise<Plan> => {
    const { identityId, executionId, startedAt, trigger = executionId, progress: known } = input;
    const { leases, clock, modelChanges } = dependencies;
    const nowMs = clock();
    // First of all: nobody is given anything by a model of which no walk will ever know.
    await modelChanges.noteInUse(dependencies.model(), nowMs);
    const expiresMs = nowMs + LEASE_MS;
    const nextCheckMs = expiresMs + NEXT_CHECK_GRACE_MS;
    const unlessSettledFromMs = startedAt === undefined ? undefined : Date.parse(startedAt) + CLOCKS_DIFFER_MS;
    const times = { nowMs, expiresMs, nextCheckMs, unlessSettledFromMs };
    const lease = await leases.acquireLease({ identityId, holder: executionId, ...times });
    if (lease === undefined) return { status: 'held' };
    const before = known === undefined ? undefined : readProgress(known);
    // By no clock that is behind that of an earlier pass: what had begun for that one would be yet to come.
    const loaded = await findAnsweredFor(dependencies, identityId, before?.judgedMs);
    if (loaded === undefined) return { status: 'held' };
    if (!(await settleAddress(dependencies, loaded, { epoch: lease.epoch, trigger }))) return { status: 'held' };
    const { version } = loaded.record.header;
    const { model, modelBasis } = await judgingModel(dependencies, loaded.record.header, loaded.state, loaded.nowMs);
    const now = { epoch: lease.epoch, version, judgedMs: loaded.nowMs, modelBasis };
    const { applications, progress } = planFor(model, loaded, now, before);
    return { status: 'planned', ...now, ...inBatches(applications, input), progress: carried(progress) };
  };

function planFor(
  model: AccessModel,
  { record, timeline, state, nowMs }: LoadedIdentity,
  now: Basis,
  before: Progress | undefined,
): { readonly applications: readonly VisitedApplication[]; readonly progress: Progress } {
  const lane = isEmployed(state) ? 'others' : 'leavers';
  const { header, accounts, tasks } = record;
  const whom = { identityId: header.identityId, nowMs };
  const concerned = concernedApplications(model, { timeline, state, nowMs }, accounts, { ...whom, tasks });
  const instantPassed = before !== undefined && lastInstantMs(timeline, model, whom) > before.judgedMs;
  const isConcerned = new Set(concerned.map(({ applicationId }) => applicationId));
  const goingOn = carryOn(before, now, instantPassed);
  const progress = {
    ...goingOn,
    // Whoever left meanwhile does not wait with those who are to be given something.
    left: goingOn.left.filter(
      ({ applicationId, turn }) => isConcerned.has(applicationId) && (turn === undefined || turn.lane === lane),
    ),
  };
  const due = applicationsToVisit(concerned, progress, nowMs + SOON_MS);
  return { applications: due.slice(0, MAXIMUM_VISITS), progress: leaving(progress, due.slice(MAXIMUM_VISITS), nowMs) };
}

/** Those for which there is no room in this pass are due in the next, before all that becomes due meanwhile. */
function leaving(progress: Progress, later: readonly VisitedApplication[], nowMs: number): Progress {
  const known = new Set(progress.left.map(({ applicationId }) => applicationId));
  const left = later
    .filter(({ applicationId }) => !known.has(applicationId))
    .map(({ applicationId }) => ({ applicationId, fromMs: nowMs, failures: 0 }));
  return left.length === 0 ? progress : { ...progress, left: [...progress.left, ...left] };
}

/** The longest due first. */

function applicationsToVisit(
  concerned: readonly ConcernedApplication[],
  { done, left }: Progress,
  untilMs: number,
): readonly VisitedApplication[] {
  const waiting = new Map(left.map((one) => [one.applicationId, one]));
  const isDone = new Set(done);
  const dueMs = ({ applicationId }: ConcernedApplication) => waiting.get(applicationId)?.fromMs ?? 0;
  const longestDueFirst = concerned.toSorted((a, b) => dueMs(a) - dueMs(b));
  return longestDueFirst.flatMap((one) => {
    const { turn = null, fromMs = 0, conflict, givenUp } = waiting.get(one.applicationId) ?? {};
    const isLater = fromMs > untilMs || conflict === true || givenUp === true;
    return isDone.has(one.applicationId) || isLater ? [] : [{ ...one, turn }];
  });
}

/**
 * What nobody answers for is handed over first, or suspended, so that it has no access even for a moment; and whoever owns it
 * is asked to answer for it.
 */
async function findAnsweredFor(
  dependencies: Dependencies,
  identityId: string,
  judgedMs: number | undefined,
): Promise<LoadedIdentity | undefined> {
  const owned = await findOwned(dependencies, identityId, judgedMs);
  if (owned === undefined || !(await askOwner(dependencies, owned))) return owned;
  return await findIdentity(dependencies, identityId, { judgedMs: owned.nowMs });
}

async function findOwned(
  dependencies: Dependencies,
  identityId: string,
  judgedMs: number | undefined,
): Promise<LoadedIdentity | undefined> {
  const loaded = await findIdentity(dependencies, identityId, { judgedMs });
  const ownerId = loaded && ownerNeededBy(loaded.state);
  if (loaded === undefined || ownerId === undefined) return loaded;
  const { record, state, nowMs } = loaded;
  const { version, summary } = record.header;
  const listed = [{ identityId, status: state.status, kind: summary.kind }];
  const trigger = `planned:${version}`;
  const handedOver = await handOver(dependencies, ownerId, { listed, trigger, judgedMs: nowMs });
  return handedOver === 0 ? loaded : await findIdentity(dependencies, identityId, { judgedMs: nowMs });
}

let live: ReturnType<typeof planAccess> | undefined;

export const handler = serveTask('plan-access', inputSchema, (input) => {
  live ??= planAccess(liveDependencies());
  return live(input);
});
