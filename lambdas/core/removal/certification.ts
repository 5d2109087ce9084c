// Whether a removal is proven, judged by the read-back of every system: only when each is clean, and whatever may outlast
// that has run out. Anything left means another pass, then a person.
import type { AccountRecord } from '../access/account-record.ts';
import type { Removal } from '../access/identity-record.ts';
import type { ApplicationOutcome } from '../access/settlement.ts';
import { mayBeOpen } from '../access/unreachable-account.ts';
import { NEXT_CHECK_GRACE_MS } from '../identity/next-check.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';
import { awaitsRemoval, isOvertaken, isReadSince } from './removal.ts';

/** Read-backs that may find something before a person is told; 10, 30 and 90 s apart, longer than a lease lasts. */
const MAXIMUM_ATTEMPTS = 4;
const FIRST_WAIT_SECONDS = 10;
/** Read-backs while something may outlast the removal: after one minute, five, 25, two hours, ten. */
const FIRST_RESIDUAL_WAIT_SECONDS = 60;
const RESIDUAL_WAIT_FACTOR = 5;

const UNCLEAN: ReadonlySet<ApplicationOutcome['outcome']> = new Set(['failed', 'conflict', 'not-converged']);

/** Instants in epoch ms. */
export interface ReadBackRound {
  readonly removal: Removal;
  /** Of the fence of the execution that read back; undefined: it was started before that was kept. */
  readonly epoch?: number | undefined;
  readonly state: IdentityState;
  /** How each system was read back. */
  readonly outcomes: readonly ApplicationOutcome[];
  readonly accounts: readonly AccountToProve[];
  /** Identities that it owns and nobody has taken over. @default none */
  readonly unanswered?: readonly string[] | undefined;
  /**
   * In which it may have access by what is known now, those included that became so after the list was made.
   * @default no others
   */
  readonly concerned?: readonly string[] | undefined;
  /** The applications of the access model: no connector reads what is in any other. */
  readonly managed: ReadonlySet<string>;
  /** Which read-back this is that may find something left, from 1. */
  readonly attempt: number;
  /** How many have found nothing while something could still outlast the removal. */
  readonly reads: number;
  readonly nowMs: number;
}

export type AccountToProve = Pick<
  AccountRecord,
  'applicationId' | 'readMs' | 'ofEmployed' | 'closedMs' | 'residual' | 'doubtUntilMs'
>;

export type Verdict =
  /** Nothing is to be proven: whoever left is employed again, or a newer pass has taken over. */
  | { readonly status: 'employed' }
  /** A person must look at these applications. */
  | { readonly status: 'given-up'; readonly left: readonly string[] }
  | (NextRound & { readonly status: 'left-over' })
  /** For people who have a task to do. */
  | { readonly status: 'waiting' }
  /** Clean, but something may outlast that. */
  | (NextRound & { readonly status: 'residual'; readonly untilMs: number; readonly waitsUntilMs: number })
  /** Clean, and to be certified. */
  | { readonly status: 'clean' }
  | { readonly status: 'proven' };

/** Read back once more after the wait, with these counts. */
interface NextRound {
  readonly attempt: number;
  readonly reads: number;
  readonly waitSeconds: number;
}

export function judgeRemoval(round: ReadBackRound): Verdict {
  const { removal, state, outcomes, accounts, attempt, reads, nowMs } = round;
  const has = (wanted: ApplicationOutcome['outcome']) => outcomes.some(({ outcome }) => outcome === wanted);
  // Rehired after the list was made, perhaps: what it has now is due to it.
  if (has('overtaken') || isEmployed(state) || isOvertaken(removal, round.epoch)) return { status: 'employed' };
  // Rehired and gone again since: that departure gets a removal of its own, which has yet to begin.
  if (awaitsRemoval(state, removal, accounts)) return { status: 'employed' };
  const left = [...uncleanIn(round), ...(round.unanswered ?? []).map((identityId) => `the ownership of ${identityId}`)];
  if (left.length > 0) return afterUnclean(round, left);
  // What was read before a call that died can no longer act proves nothing yet.
  const doubtEndsMs = Math.max(0, ...accounts.map(({ doubtUntilMs }) => doubtUntilMs ?? 0));
  if (doubtEndsMs > nowMs) {
    return { status: 'left-over', attempt, reads, waitSeconds: secondsUntil(doubtEndsMs, nowMs) };
  }
  if (has('waiting-for-task')) return { status: 'waiting' };
  const residualEndsMs = Math.max(0, ...accounts.map(({ residual }) => residual?.untilMs ?? 0));
  if (residualEndsMs > nowMs) return afterResidual(round, residualEndsMs);
  return { status: removal.provenMs === undefined ? 'clean' : 'proven' };
}

function afterUnclean({ attempt, reads }: ReadBackRound, left: readonly string[]): Verdict {
  if (attempt >= MAXIMUM_ATTEMPTS) return { status: 'given-up', left };
  return { status: 'left-over', attempt: attempt + 1, reads, waitSeconds: FIRST_WAIT_SECONDS * 3 ** (attempt - 1) };
}

function afterResidual({ attempt, reads, nowMs }: ReadBackRound, untilMs: number): Verdict {
  const pauseSeconds = FIRST_RESIDUAL_WAIT_SECONDS * RESIDUAL_WAIT_FACTOR ** reads;
  const waitSeconds = Math.min(secondsUntil(untilMs, nowMs), pauseSeconds);
  const waitsUntilMs = nowMs + waitSeconds * 1_000 + NEXT_CHECK_GRACE_MS;
  return { status: 'residual', attempt, reads: reads + 1, waitSeconds, untilMs, waitsUntilMs };
}

function secondsUntil(instantMs: number, nowMs: number): number {
  return Math.ceil((instantMs - nowMs) / 1_000);
}

/**
 * What is left anywhere; also what was opened after the list was made, by a rehire that has ended again, what a connector
 * could read and has not read since the departure, and where nobody has looked yet, since it is known only now that there
 * may be something. Where there is none, people are asked and waited for.
 */
function uncleanIn(round: ReadBackRound): readonly string[] {
  const { removal, state, accounts, outcomes, managed, concerned = [] } = round;
  const waiting = new Set(
    outcomes.filter(({ outcome }) => outcome === 'waiting-for-task').map(({ applicationId }) => applicationId),
  );
  const open = accounts
    .filter(({ applicationId }) => !waiting.has(applicationId))
    .filter((account) =>
      managed.has(account.applicationId)
        ? account.closedMs === undefined || !isReadSince(account, removal, state)
        : mayBeOpen(account),
    );
  // The application is gone, and perhaps the function with it that this execution knows to call: its record is all there is.
  const isGone = ({ applicationId, outcome }: ApplicationOutcome) =>
    outcome === 'failed' && !managed.has(applicationId);
  const left = [...outcomes.filter((one) => UNCLEAN.has(one.outcome) && !isGone(one)), ...open];
  const seen = new Set([...outcomes, ...accounts].map(({ applicationId }) => applicationId));
  const unseen = concerned.filter((applicationId) => managed.has(applicationId) && !seen.has(applicationId));
  return [...new Set([...left.map(({ applicationId }) => applicationId), ...unseen])];
}
