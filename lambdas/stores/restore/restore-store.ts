// Into which tables a state is restored, and how far that has come. Everything of an identity lies there before its header
// does: without one nobody sees it, so that no half of a history is ever acted upon.
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import type { AcceptedEvent } from '../facts/fact-store.ts';

/** Which log is restored, as far as where, and since when (epoch ms): who goes on with it writes the same. */
export interface RestoreMark {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly startedMs: number;
  /** Into tables that were recovered to a point in time, rather than into empty ones. */
  readonly recovered?: true | undefined;
  /** `writing`: not every identity has its header. `waking`: the sweep is to look at them. */
  readonly phase: 'writing' | 'waking' | 'done';
}

export interface RestoredParts {
  readonly identityId: string;
  readonly facts: readonly Fact[];
  readonly accepted: readonly AcceptedEvent[];
  readonly effects: readonly number[];
  readonly accounts: readonly AccountRecord[];
  readonly tasks: readonly TaskRecord[];
}

export interface RestoredHeader {
  readonly identityId: string;
  readonly version: number;
  readonly epoch: number;
  readonly nowMs: number;
  readonly summary: IdentitySummary;
}

export interface Beyond {
  readonly identityId: string;
  readonly from: { readonly version: number; readonly epoch: number };
  readonly version: number;
  readonly epoch: number;
  readonly nextCheckMs: number;
}

/** Somebody who was erased, when that was and until when it is remembered (epoch ms). */
export interface ForgottenIdentity {
  readonly identityId: string;
  readonly forgottenMs: number;
  readonly untilMs: number;
}

export interface RestoreStore {
  findMark(): Promise<RestoreMark | undefined>;
  /** Puts it where it has come no further, of the same restore. False: somebody else restores here. */
  saveMark(mark: RestoreMark): Promise<boolean>;
  /** Whether anybody is known here. */
  isAnybodyKnown(): Promise<boolean>;
  /** That nothing which was told before it is recorded under this id. */
  putErased(forgotten: ForgottenIdentity): Promise<void>;
  /** All but the header. Writing it twice is writing it once. */
  putParts(parts: RestoredParts): Promise<void>;
  /** With a lease of its own until then, so that nobody acts for it. False: it was known, and not by this restore. */
  putHeader(header: RestoredHeader, mark: RestoreMark): Promise<boolean>;
  /**
   * Of somebody who is known from an earlier point in time: no work that was begun since then may go on. Once for each
   * restore. False: somebody was faster, so that it must be read again.
   */
  goBeyond(beyond: Beyond, mark: RestoreMark): Promise<boolean>;
  /** Gives the lease back, and has the sweep look at it then. */
  wake(identityId: string, nextCheckMs: number): Promise<void>;
}
