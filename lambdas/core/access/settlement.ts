// What happens after a pass over all applications: done, once more, waiting for people, or a person must look.
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
  | PostponedOutcome;

/** The system was left alone: there was no turn for this call (`busy`), or it is down or asked for it (`closed`). */
export interface PostponedOutcome {
  readonly applicationId: string;
  readonly outcome: 'postponed';
  readonly because: 'busy' | 'closed';
  readonly retryAfterMs: number;
  readonly error: string;
}

/** The longest wait between passes that a target may ask for: so a person is told of it within hours, not days. */
const MAXIMUM_ASKED_SECONDS = 900;

export type Settlement =
  | { readonly next: 'settled'; readonly openTasks: number }
  | { readonly next: 'overtaken' }
  /** A fact came in or took effect meanwhile: plan with it, at once. */
  | { readonly next: 'plan-again' }
  | { readonly next: 'try-again'; readonly waitSeconds: number }
  | { readonly next: 'escalate'; readonly failed: readonly FailedApplication[] };

export interface FailedApplication {
  readonly applicationId: string;
  readonly error: string;
}

export interface RetryPolicy {
  /** Passes in a row that may fail before a person is told. */
  readonly maximumPasses: number;
  readonly firstWaitSeconds: number;
  readonly maximumWaitSeconds: number;
  /** How long after a person was told it is tried anew; a further event does not wait for that. */
  readonly afterEscalationSeconds: number;
}

export interface SettlementInput {
  readonly plannedVersion: number;
  readonly currentVersion: number;
  /** Something took effect between the plan and now. */
  readonly instantPassed: boolean;
  /** The plan, or an outcome, was decided by another access model than counts now. @default false */
  readonly otherModel?: boolean;
  readonly outcomes: readonly ApplicationOutcome[];
  /** How many passes in a row have failed, this one not counted. */
  readonly failedPasses: number;
  readonly policy: RetryPolicy;
}

export function settle(input: SettlementInput): Settlement {
  const { outcomes, policy, failedPasses } = input;
  if (outcomes.some(({ outcome }) => outcome === 'overtaken')) return { next: 'overtaken' };
  const outdated = outcomes.some(({ outcome }) => outcome === 'outdated');
  if (outdated || input.instantPassed || input.currentVersion !== input.plannedVersion) return { next: 'plan-again' };
  const failed = outcomes.flatMap(describeFailure);
  const waitSeconds = Math.min(policy.firstWaitSeconds * 2 ** failedPasses, policy.maximumWaitSeconds);
  // A deployment replaces functions one by one: in a while they agree, and until then no person can help.
  if (input.otherModel) return { next: 'try-again', waitSeconds };
  if (failed.length === 0) {
    return { next: 'settled', openTasks: outcomes.filter(({ outcome }) => outcome === 'waiting-for-task').length };
  }
  const postponed = outcomes.filter((outcome) => outcome.outcome === 'postponed');
  const tried = outcomes.some(({ outcome }) => outcome === 'failed' || outcome === 'not-converged');
  // Nobody can help with a queue but time, so waiting for one's turn is told to nobody.
  const queuing = failed.length === postponed.filter(({ because }) => because === 'busy').length;
  const mayPass = tried || postponed.length > 0;
  if (!mayPass || (!queuing && failedPasses + 1 >= policy.maximumPasses)) return { next: 'escalate', failed };
  // What a system asks for does not hold up another that may be tried before.
  return { next: 'try-again', waitSeconds: tried ? waitSeconds : Math.max(waitSeconds, askedSeconds(postponed)) };
}

function askedSeconds(postponed: readonly PostponedOutcome[]): number {
  const asked = postponed.map(({ retryAfterMs }) => Math.ceil(retryAfterMs / 1_000));
  return Math.min(...asked, MAXIMUM_ASKED_SECONDS);
}

function describeFailure(outcome: ApplicationOutcome): readonly FailedApplication[] {
  const { applicationId } = outcome;
  switch (outcome.outcome) {
    case 'failed':
    case 'conflict':
    case 'postponed':
      return [{ applicationId, error: outcome.error }];
    case 'not-converged':
      return [{ applicationId, error: `read back, still to do: ${outcome.left.join(', ')}` }];
    case 'converged':
    case 'waiting-for-task':
    case 'overtaken':
    case 'outdated':
      return [];
    default:
      return outcome satisfies never;
  }
}
