// Makes the account of one identity in one application what it should be: by calls to its system where that has an API,
// by tasks for people where it has none, or where the access model no longer says how it is reached.
import { expectedCalls } from '../../core/access/expected-calls.ts';
import type { ApplicationOutcome, PostponedOutcome } from '../../core/access/settlement.ts';
import { unreachableTask } from '../../core/access/unreachable-account.ts';
import { RetryableError } from '../../core/errors.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { keepsUnreviewed } from '../../core/reconciliation/reconciliation.ts';
import { CONNECTOR_TIMEOUT_MS, LEASE_MS } from '../shared/timing.ts';
import type { ConnectedSystem, Purpose, Visit } from './connect-application.ts';
import { convergeByHand } from './converge-by-hand.ts';
import { convergeTarget, cutOffFirst } from './converge-target.ts';
import { type ConvergenceCall, type ConvergenceInput, gatherCall, wasFaster } from './convergence-call.ts';
import { PostponedError } from './rate-limited-calls.ts';
import type { ListingDependencies } from './reconcile-page.ts';

export interface ConvergeDependencies extends Omit<ListingDependencies, 'reconciliations'> {
  readonly reconciliations: Pick<ListingDependencies['reconciliations'], 'find'>;
}

/** A third more than a call may take: clocks differ, and it began a little ago. */
const OUTLIVES_MS = CONNECTOR_TIMEOUT_MS + 20_000;

const PURPOSES: Readonly<Record<ConvergenceInput['mode'], Purpose>> = {
  converge: 'change',
  'lock-down': 'cut-off',
  prove: 'prove',
};

export const convergeApplication =
  (dependencies: ConvergeDependencies) =>
  async (input: ConvergenceInput): Promise<ApplicationOutcome> => {
    const { applicationId, mode } = input;
    const overtaken = { applicationId, outcome: 'overtaken' } as const;
    const gathered = await gatherCall(dependencies, input);
    if (mode === 'converge' && !(await hasLease(dependencies, gathered))) return overtaken;
    const { conflict, modelBasis } = gathered;
    // Nothing is looked for by a name that is somebody else's as well, nor asked for by hand.
    if (conflict !== undefined && gathered.known?.account === undefined) {
      return { applicationId, modelBasis, outcome: 'conflict', error: conflict };
    }
    // What was asked for one who left is no longer asked when it is employed again.
    if (mode !== 'converge' && isEmployed(gathered.state)) return overtaken;
    const outcome = waitsForPeople(gathered, held(gathered, await convergeCall(dependencies, gathered)));
    // Only what settles has to know, and what of a thousand applications is read back at once must fit together.
    return mode === 'converge' ? { ...outcome, modelBasis } : outcome;
  };

/** A lease that was just taken outlives this call as it is; any other is renewed. */
async function hasLease({ leases, clock }: ConvergeDependencies, { input, record }: ConvergenceCall): Promise<boolean> {
  const { identityId, epoch } = input;
  const { lease, epoch: current } = record.header;
  const nowMs = clock();
  if (current === epoch && lease !== undefined && lease.expiresMs - nowMs >= OUTLIVES_MS) return true;
  return leases.renewLease({ identityId, epoch, expiresMs: nowMs + LEASE_MS });
}

async function convergeCall(dependencies: ConvergeDependencies, call: ConvergenceCall): Promise<ApplicationOutcome> {
  const { mode, applicationId } = call.input;
  if (!call.reachable)
    return convergeByHand(dependencies, call, { task: unreachableTask(call.application, call.known) });
  const connected = await dependencies.connect(call.application, PURPOSES[mode], visitOf(call));
  if (connected.kind === 'manual') return convergeByHand(dependencies, call, connected);
  try {
    const reading = await cutOffFirst(dependencies, call, connected.target);
    const outcome = await convergeTarget(dependencies, reading, {
      ...connected,
      mayAdopt: () => mayAdopt(dependencies, call),
    });
    if (outcome.outcome === 'converged' && mode === 'converge') await supersedeLeftTasks(dependencies, call);
    return outcome;
  } catch (error) {
    // An answer, since an error would lose how long to wait, and would be tried again at once. What only locks down or
    // proves is never done over again by settling: there it stays a failure.
    const postponed = mode === 'converge' ? postponement(error, connected, isEmployed(call.state)) : undefined;
    if (postponed === undefined) throw error;
    return { applicationId, outcome: 'postponed', ...postponed };
  } finally {
    await connected.release?.();
  }
}

/**
 * Undefined: something failed. A system that asks for time (429) is busy, not broken; but that a leaver has access still
 * because of that must be told.
 */
function postponement(
  error: unknown,
  { turnIn }: ConnectedSystem,
  employed: boolean,
): Omit<PostponedOutcome, 'applicationId' | 'outcome'> | undefined {
  if (!(error instanceof RetryableError)) return undefined;
  const { message, retryAfterMs = 0 } = error;
  if (error instanceof PostponedError)
    return { because: error.because, turn: error.turn, retryAfterMs, error: message };
  if (retryAfterMs <= 0 || !employed) return undefined;
  // What it asks for puts off all turns, this one too.
  return { because: 'busy', turn: turnIn?.(0), retryAfterMs, error: message };
}

/** Whoever is not employed comes before those who are to be given something. */
function visitOf(call: ConvergenceCall): Visit {
  const { input, state, desired, known } = call;
  const lane = isEmployed(state) ? 'others' : 'leavers';
  const turn = input.turn?.lane === lane ? input.turn : undefined;
  const givesOnly = input.mode === 'converge' && desired?.enabled === true && known === undefined;
  return { lane, turn, calls: input.mode === 'prove' ? 1 : expectedCalls(call), givesOnly };
}

/** All is as it should be but what the account is called by, which waits until somebody has decided. */
function held({ conflict, desired }: ConvergenceCall, outcome: ApplicationOutcome): ApplicationOutcome {
  if (conflict === undefined || desired === undefined || outcome.outcome !== 'converged') return outcome;
  return { applicationId: outcome.applicationId, outcome: 'conflict', error: conflict };
}

/** What is held back until people have taken the other side away waits for them too: what they attest is a fact. */
function waitsForPeople({ record }: ConvergenceCall, outcome: ApplicationOutcome): ApplicationOutcome {
  if (outcome.outcome !== 'held-back') return outcome;
  const open = record.tasks.filter(({ status }) => status === 'open');
  const taskIds = outcome.awaits.map((id) => open.find(({ applicationId }) => applicationId === id)?.taskId);
  const [taskId] = taskIds;
  if (taskId === undefined || taskIds.includes(undefined)) return outcome;
  return { applicationId: outcome.applicationId, outcome: 'waiting-for-task', taskId };
}

/** From when only people could change this system: nobody need do by hand what was read to be done. */
async function supersedeLeftTasks({ tasks }: ConvergeDependencies, call: ConvergenceCall): Promise<void> {
  const { record, application, entry } = call;
  const left = record.tasks.filter(
    ({ applicationId, status }) => applicationId === application.id && status === 'open',
  );
  const audit = left.map(({ taskId, applicationId }) =>
    entry({ type: 'task-superseded', taskId, applicationId }, `superseded:${taskId}`),
  );
  // Refused where one was just answered, or something said about one: the next look finds which are open still.
  if (!(await tasks.supersedeTasks({ tasks: left, audit }))) throw wasFaster(call);
}

/** Whether an account that was there before keeps what no reason holds up. Who leaves keeps nothing. */
async function mayAdopt(
  { reconciliations }: ConvergeDependencies,
  { input, state, known, application }: ConvergenceCall,
): Promise<boolean> {
  const concerned = known === undefined || known.unreviewed !== undefined;
  // Retiring an application is the decision about all that is in it.
  if (input.mode !== 'converge' || !isEmployed(state) || !concerned || application.retired) return false;
  return keepsUnreviewed((await reconciliations.find(application.id))?.decision?.answer);
}
