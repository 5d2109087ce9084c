// What is remembered of those who send signals: tokens that were taken, so that none counts twice, since when each stream is
// verified, and what somebody was told of lately. It lies in the identities table, in partitions that no identity can have.
import type { AuditEntry } from '../../core/audit/audit.ts';

export interface TakenSignal {
  readonly transmitter: string;
  /** Unique to the transmitter. */
  readonly jti: string;
  /** SHA-256 of the token, hex: the same id with another is no repetition. */
  readonly tokenHash: string;
}

export interface SignalStore {
  /** The hash of the token that was taken under this id; undefined: none was. */
  findTaken(transmitter: string, jti: string): Promise<string | undefined>;
  /** That it was taken, with its entries, until then. False, and nothing is written, when one was under this id. */
  saveTaken(signal: TakenSignal, untilMs: number, audit: readonly AuditEntry[]): Promise<boolean>;
  /** Since when the transmitter's stream is verified (epoch ms); undefined: it is not. */
  findVerified(transmitter: string): Promise<number | undefined>;
  /** The first time counts. */
  saveVerified(transmitter: string, verifiedMs: number): Promise<void>;
  /** Whether somebody was told the same, and need not be told again yet. */
  wasTold(transmitter: string, telling: string, nowMs: number): Promise<boolean>;
  /** Somebody was told: not again before that. */
  saveTold(transmitter: string, telling: string, untilMs: number): Promise<void>;
}
