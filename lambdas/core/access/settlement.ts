// What happens after a pass: done, once more for what is not settled yet, waiting for people, or a person must look. What
// came out well is not visited again, and each application waits for itself alone.
import type { Turn } from '../systems/queue.ts';
import type { Step } from './difference.ts';

/**
 * How one application came out of a pass, and by which access model that was decided (`modelBasis`): functions of two
 * deployments may take part in one pass.
 */
export type ApplicationOutcome = Outcome & { readonly modelBasis?: string | undefined };

type Outcome =
  | { readonly applicationId: string; readonly outcome: 'converged'; readonly changed: number }
  | { readonly applicationId: string; readonly outcome: 'waiting-for-task'; readonly taskId: string }
  /** A newer pass holds the lease: this one may no longer act. */
  | { readonly applicationId: string; readonly outcome: 'overtaken' }
  /** A fact came in, or an instant passed, since the call began: what it set out to do may no longer be right. */
  | { readonly applicationId: string; readonly outcome: 'outdated' }
  /** The read-back did not show what was asked for. */
  | { readonly applicationId: string; readonly outcome: 'not-converged'; readonly left: readonly Step['action'][] }
  /** A name belongs to another account, so only a person can help; everything else is as it should be. */
  | { readonly applicationId: string; readonly outcome: 'conflict'; readonly error: string }
  | { readonly applicationId: string; readonly outcome: 'failed'; readonly error: string }
  /** Something is not granted while another side of a rule is held, or may be, in these applications. */
  | {
      readonly applicationId: string;
      readonly outcome: 'held-back';
      readonly awaits: readonly string[];
      /** Until when nobody can know whether it is held there (epoch ms). Absent: that is known. */
      readonly doubtUntilMs?: number | undefined;
      readonly error: string;
    }
  | PostponedOutcome;

/** The system was left alone: this call has to wait for its turn (`busy`), or it is down (`closed`). */
export interface PostponedOutcome {
  readonly applicationId: string;
  readonly outcome: 'postponed';
  readonly because: 'busy' | 'closed';
  readonly retryAfterMs: number;
  readonly error: string;
  /** Where it queues: whoever comes back with it has not lost its place. */
  readonly turn?: Turn | undefined;
}

/** What a person is told has to fit into a message, an entry of the audit log and the identity's header. */
export const MAXIMUM_TOLD = 50;
/** The longest wait between two tries that a system which is down may cause: a person is told within hours, not days. */
const MAXIMUM_ASKED_MS = 900_000;
/** Turns that come so soon after the first are waited for together: a tenth of its wait, and 30 s at most. */
const TOGETHER_SHARE = 0.1;
const MAXIMUM_TOGETHER_MS = 30_000;
/**
 * Step Functions ends an execution at 25,000 entries in its history. A pass takes about 30, and a visit 10 in executions that
 * make it themselves, when few calls of functions are repeated: half of it is left to those, and to the largest pass.
 */
const MAXIMUM_HISTORY = 12_000;
const HISTORY_OF_A_PASS = 30;
const HISTORY_OF_A_VISIT = 10;

/** What an execution has brought about so far, by what it judged, and what is left. It is carried from pass to pass. */
export interface Progress {
  readonly version: number;
  /** Of the lease that its last pass had. */
  readonly epoch: number;
  /** The time by which the first of what is done was judged (epoch ms). */
  readonly judgedMs: number;
  /** Of the access model by which it was planned. Absent: in an execution that was started before it was told. */
  readonly modelBasis?: string | undefined;
  /** By which access model something was done was not told. */
  readonly modelUnknown?: true | undefined;
  /** Applications that agree, or wait for people. */
  readonly done: readonly string[];
  readonly openTasks: number;
  readonly left: readonly LeftApplication[];
  /** About how many entries the execution's history has. @default none */
  readonly history?: number | undefined;
}

/** An application that is to be visited again. */
export interface LeftApplication {
  readonly applicationId: string;
  /** No earlier than then (epoch ms). */
  readonly fromMs: number;
  readonly turn?: Turn | undefined;
  /** How often in a row it failed; waiting for a turn is no failure. */
  readonly failures: number;
  /** The last failure. Absent: it only waits for its turn. */
  readonly error?: string | undefined;
  /** It is held back until the other side of a rule is gone from these. */
  readonly awaits?: readonly string[] | undefined;
  /** Only a person can help. */
  readonly conflict?: true | undefined;
  /** It failed as often as it may: this execution leaves it to a person, and to the sweep. */
  readonly givenUp?: true | undefined;
  /** A person was told. */
  readonly told?: true | undefined;
}

export type Settlement =
  | { readonly next: 'settled'; readonly openTasks: number }
  | { readonly next: 'overtaken' }
  /** A fact came in or took effect meanwhile: plan with it, at once. */
  | { readonly next: 'plan-again'; readonly progress: Progress }
  | { readonly next: 'try-again'; readonly waitSeconds: number; readonly progress: Progress }
  /** As `try-again`, by another execution, since this one's history is long. */
  | { readonly next: 'handed-over'; readonly waitSeconds: number }
  /** A person is told; `goesOn`: something else still waits for its turn, or may be tried. */
  | {
      readonly next: 'escalate';
      readonly failed: readonly FailedApplication[];
      readonly goesOn: boolean;
      readonly waitSeconds: number;
      readonly progress: Progress;
    }
  /** As `escalate`, of what a person was told before. */
  | { readonly next: 'given-up'; readonly failed: readonly FailedApplication[] };

export interface FailedApplication {
  readonly applicationId: string;
  readonly error: string;
}

export interface RetryPolicy {
  /** Tries in a row that may fail before a person is told. */
  readonly maximumPasses: number;
  readonly firstWaitSeconds: number;
  readonly maximumWaitSeconds: number;
  /**
   * How long after a person was told it is tried anew; a further event does not wait for that. What a system refuses
   * for good to somebody at work, from whom nothing is to be taken, is tried less and less often, down to once a day.
   */
  readonly afterEscalationSeconds: number;
}

export interface SettlementInput {
  /** Before this pass: of its own version. */
  readonly progress: Progress;
  readonly currentVersion: number;
  /** Something took effect between the plan and now. */
  readonly instantPassed: boolean;
  /** The plan, or an outcome, was decided by another access model than counts now. @default false */
  readonly otherModel?: boolean;
  readonly outcomes: readonly ApplicationOutcome[];
  /** How many tries in a row had failed before this execution began, where this is its first pass. @default 0 */
  readonly failedBefore?: number | undefined;
  readonly policy: RetryPolicy;
  readonly nowMs: number;
  /** From 0 to 1, another each time: so that not all come back at once. @default 0 */
  readonly random?: number | undefined;
}

export function settle(input: SettlementInput): Settlement {
  const settlement = decide(input);
  if (settlement.next !== 'try-again') return settlement;
  const { waitSeconds, progress } = settlement;
  return (progress.history ?? 0) < MAXIMUM_HISTORY ? settlement : { next: 'handed-over', waitSeconds };
}

function decide(input: SettlementInput): Settlement {
  const { outcomes, currentVersion, instantPassed, otherModel = false, nowMs } = input;
  if (outcomes.some(({ outcome }) => outcome === 'overtaken')) return { next: 'overtaken' };
  const advanced = advance(input);
  const progress = otherModel ? turnsOf(advanced) : advanced;
  const outdated = outcomes.some(({ outcome }) => outcome === 'outdated');
  if (outdated || instantPassed || currentVersion !== progress.version) return { next: 'plan-again', progress };
  // A deployment replaces functions one by one: in a while they agree, and until then no person can help.
  if (otherModel) return { next: 'try-again', waitSeconds: otherModelSeconds(input), progress };
  if (progress.left.length === 0) return { next: 'settled', openTasks: progress.openTasks };
  const failed = progress.left.filter(({ error }) => error !== undefined);
  const goesOn = progress.left.some(mayComeRight);
  const waitSeconds = goesOn ? waitSecondsOf(progress.left, nowMs) : 0;
  const stuck = failed.filter((one) => !mayComeRight(one));
  const isNew = stuck.some(({ told, givenUp }) => told === undefined && (givenUp === true || !goesOn));
  if (isNew) {
    const left = progress.left.map((one) => (stuck.includes(one) ? { ...one, told: true as const } : one));
    const told = { ...progress, left };
    return { next: 'escalate', failed: toldOf(failed), goesOn, waitSeconds, progress: told };
  }
  if (!goesOn) return { next: 'given-up', failed: toldOf(failed) };
  return { next: 'try-again', waitSeconds, progress };
}

/** The failures in a row of what has failed most often: whoever goes on after this execution counts on from there. */
export function failuresIn({ left }: Progress): number {
  return Math.max(0, ...left.map(({ failures }) => failures));
}

/** By what a pass acts. */
export type Basis = Pick<Progress, 'version' | 'epoch' | 'judgedMs' | 'modelBasis'>;

export function noProgress(of: Basis): Progress {
  return { ...of, done: [], openTasks: 0, left: [] };
}

/**
 * What an execution has to do when it plans anew: all of it when something has changed, or when another pass had the lease
 * meanwhile, which may have changed what was done; but with the turns that it has waited for. What was given up is tried
 * again then.
 */
export function carryOn(before: Progress | undefined, now: Basis, instantPassed: boolean): Progress {
  if (before === undefined) return noProgress(now);
  const { version, epoch, modelBasis } = before;
  const isSame = version === now.version && modelBasis === now.modelBasis && epoch + 1 === now.epoch;
  if (isSame && !instantPassed) return { ...before, epoch: now.epoch };
  return turnsOf({ ...before, ...now });
}

function turnsOf(progress: Progress): Progress {
  const left = progress.left.flatMap(({ applicationId, fromMs, turn }) =>
    turn === undefined ? [] : [{ applicationId, fromMs, turn, failures: 0 }],
  );
  const { version, epoch, judgedMs, modelBasis, history } = progress;
  return { ...noProgress({ version, epoch, judgedMs, modelBasis }), left, ...(history !== undefined && { history }) };
}

function otherModelSeconds({ failedBefore = 0, policy, random = 0 }: SettlementInput): number {
  const seconds = Math.min(policy.firstWaitSeconds * 2 ** failedBefore, policy.maximumWaitSeconds);
  return Math.ceil(seconds * (1 + random / 4));
}

function advance({ progress, outcomes, ...input }: SettlementInput): Progress {
  const visited = new Set(outcomes.map(({ applicationId }) => applicationId));
  const others = outcomes.flatMap((outcome) => leftOf(outcome, progress, input));
  const before = progress.left.filter(({ applicationId }) => !visited.has(applicationId));
  const heldBack = outcomes.flatMap((outcome) =>
    outcome.outcome === 'held-back' ? [waiting(outcome, [...before, ...others], progress, input)] : [],
  );
  const left = [...others, ...heldBack];
  const notDone = new Set(left.map(({ applicationId }) => applicationId));
  // What waits in vain, or until a doubt is over, may wait for what has changed since it was read.
  const isLater = ({ failures, fromMs }: LeftApplication) => failures > 0 || fromMs > input.nowMs;
  const readAgain = new Set(heldBack.flatMap((one) => (isLater(one) ? (one.awaits ?? []) : [])));
  const isUntold = outcomes.some(({ applicationId, modelBasis }) => !notDone.has(applicationId) && !modelBasis);
  return {
    ...progress,
    ...(isUntold && { modelUnknown: true }),
    done: [...progress.done, ...[...visited].filter((applicationId) => !notDone.has(applicationId))].filter(
      (applicationId) => !readAgain.has(applicationId),
    ),
    openTasks: progress.openTasks + outcomes.filter(({ outcome }) => outcome === 'waiting-for-task').length,
    left: [...before, ...left],
    history: (progress.history ?? 0) + HISTORY_OF_A_PASS + outcomes.length * HISTORY_OF_A_VISIT,
  };
}

function leftOf(
  outcome: ApplicationOutcome,
  progress: Progress,
  input: Omit<SettlementInput, 'progress' | 'outcomes'>,
): readonly LeftApplication[] {
  const { applicationId } = outcome;
  const before = progress.left.find((one) => one.applicationId === applicationId);
  switch (outcome.outcome) {
    case 'postponed': {
      const { because, retryAfterMs, turn, error } = outcome;
      const { nowMs, random = 0 } = input;
      if (because === 'closed') return [failure(outcome, error, before, { ...input, askedMs: retryAfterMs })];
      const waitMs = turn === undefined ? retryAfterMs * (1 + random / 4) : retryAfterMs;
      return [{ applicationId, fromMs: nowMs + waitMs, turn, failures: before?.failures ?? 0, error: before?.error }];
    }
    case 'failed':
      return [failure(outcome, outcome.error, before, input)];
    case 'conflict':
      return [{ ...failure(outcome, outcome.error, before, input), conflict: true }];
    case 'not-converged':
      return [failure(outcome, `read back, still to do: ${outcome.left.join(', ')}`, before, input)];
    // Whether it agrees nobody knows.
    case 'outdated':
    case 'overtaken':
      return [{ applicationId, fromMs: input.nowMs, failures: 0 }];
    case 'converged':
    case 'waiting-for-task':
    // It depends on how the others came out.
    case 'held-back':
      return [];
    default:
      return outcome satisfies never;
  }
}

/**
 * The first time it is visited again as soon as what it waits for may be, and while nobody can know what is held there when
 * that is over; then it counts as failed, as long as what it waits for is not itself still to be done.
 */
function waiting(
  { applicationId, awaits, error, doubtUntilMs = 0 }: Extract<ApplicationOutcome, { readonly outcome: 'held-back' }>,
  left: readonly LeftApplication[],
  progress: Progress,
  input: Pick<SettlementInput, 'policy' | 'failedBefore' | 'nowMs' | 'random'>,
): LeftApplication {
  const before = progress.left.find((one) => one.applicationId === applicationId);
  const open = left.filter((one) => one.applicationId !== applicationId && awaits.includes(one.applicationId));
  if (open.some((one) => !mayComeRight(one)))
    return { ...failure({ applicationId }, error, before, input), awaits, givenUp: true };
  const isInDoubt = doubtUntilMs > input.nowMs;
  if (open.length === 0 && before?.awaits !== undefined && !isInDoubt)
    return { ...failure({ applicationId }, error, before, input), awaits };
  const fromMs = Math.max(
    input.nowMs,
    before?.awaits === undefined ? 0 : doubtUntilMs,
    ...open.map((one) => one.fromMs),
  );
  return { applicationId, fromMs, failures: before?.failures ?? 0, awaits };
}

function failure(
  { applicationId }: Pick<ApplicationOutcome, 'applicationId'>,
  error: string,
  before: LeftApplication | undefined,
  input: Pick<SettlementInput, 'policy' | 'failedBefore' | 'nowMs' | 'random'> & { readonly askedMs?: number },
): LeftApplication {
  const { policy, failedBefore = 0, nowMs, random = 0, askedMs = 0 } = input;
  const failures = (before?.failures ?? failedBefore) + 1;
  const backoffSeconds = Math.min(policy.firstWaitSeconds * 2 ** (failures - 1), policy.maximumWaitSeconds);
  const waitMs = Math.max(backoffSeconds * 1_000, Math.min(askedMs, MAXIMUM_ASKED_MS)) * (1 + random / 4);
  const givenUp = failures >= policy.maximumPasses;
  return { applicationId, fromMs: nowMs + waitMs, failures, error, ...(givenUp && { givenUp }) };
}

/** What waits for its turn, or may be tried. */
function mayComeRight({ givenUp, conflict }: LeftApplication): boolean {
  return givenUp === undefined && conflict === undefined;
}

/** Until the first may be visited, and those that may be soon after it. */
function waitSecondsOf(left: readonly LeftApplication[], nowMs: number): number {
  const waitsMs = left.filter(mayComeRight).map(({ fromMs }) => Math.max(0, fromMs - nowMs));
  const firstMs = Math.min(...waitsMs);
  const togetherMs = firstMs + Math.min(firstMs * TOGETHER_SHARE, MAXIMUM_TOGETHER_MS);
  return Math.ceil(Math.max(...waitsMs.filter((waitMs) => waitMs <= togetherMs)) / 1_000);
}

/** The first of them, and how many more there are. */
function toldOf(failed: readonly LeftApplication[]): readonly FailedApplication[] {
  const more = failed.length - MAXIMUM_TOLD;
  return failed.slice(0, MAXIMUM_TOLD).map(({ applicationId, error = '' }, index) => ({
    applicationId,
    error: more > 0 && index === MAXIMUM_TOLD - 1 ? `${error} (and ${more} more applications)` : error,
  }));
}
