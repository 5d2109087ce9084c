// Where the log is sequenced before it is sealed. What stands in it is never altered: each write is on the condition that
// nothing is there yet, or that nobody else has written since it was read.
import type { CatchUp } from '../../core/audit/sealing/catching-up.ts';
import type { Checkpoint } from '../../core/audit/sealing/checkpoint.ts';
import type { LogCommit, LogHead, Positions } from '../../core/audit/sealing/sequencing.ts';

/** What was committed together. */
export interface LogBatch {
  readonly leaves: readonly Uint8Array[];
  readonly committedMs: number;
}

export interface CommitEntries extends LogCommit {
  /** When the sealing is due that is asked for with it. */
  readonly wakeMs?: number | undefined;
  readonly nowMs: number;
}

/** Another root was fixed for that size, or another key signs by now. */
export type Fixed = 'fixed' | 'other-root' | 'other-key';

export interface LogStore {
  readHead(): Promise<LogHead>;
  /** Read consistently, though not all at one moment: a commit is conditional on each. At most 48 of each. Throws RetryableError. */
  readPositions(entryIds: readonly string[], subjects: readonly string[]): Promise<Positions>;
  /** All of it or nothing. False, and nothing is written, when anything is not as it was read. */
  commit(commit: CommitEntries): Promise<boolean>;
  /** Those whose first entry has that position; undefined: no commit began there. */
  readBatch(from: number): Promise<LogBatch | undefined>;
  /** The root that the log has at that size, which is never another; undefined: none was fixed. */
  findRoot(size: number): Promise<string | undefined>;
  /** By the key of that number, which signs it. Nothing is written unless it is fixed. */
  fixCheckpoint(checkpoint: Checkpoint, keyNumber: number): Promise<Fixed>;
  /** Of each signing key but the last, the size up to which it signs; the first key has the number 1. */
  readKeyEnds(): Promise<readonly number[]>;
  /**
   * The last of the keys signs up to there, and the next from there on. False, and nothing is written, when the keys are
   * not those any more, or when the largest size that was ever fixed is another: who signs it has not ended yet.
   */
  endKey(ends: readonly number[], size: number): Promise<boolean>;
  /** The latest that was published. */
  readSealed(): Promise<Checkpoint | undefined>;
  /** Never backwards. */
  saveSealed(checkpoint: Checkpoint): Promise<void>;
  findCatchUp(): Promise<CatchUp | undefined>;
  /** False, and nothing is written, when somebody else wrote it since it was read. */
  saveCatchUp(walk: CatchUp, expectedRevision: number): Promise<boolean>;
}
