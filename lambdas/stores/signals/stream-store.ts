// The streams of those whom Tenure tells, one for each receiver, and the tokens that wait for it: what was not pushed or
// acknowledged within its time is dropped, since by then the receiver knows otherwise or never will. They lie in the
// identities table, in partitions that no identity can have.
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { SignalStream } from '../../core/signals/stream.ts';

export interface WaitingSignal {
  /** The token's `jti`. By it they are in order. */
  readonly signalId: string;
  readonly token: string;
}

export interface StreamStore {
  /** False, and nothing is written: the receiver has one. */
  createStream(stream: SignalStream): Promise<boolean>;
  /** The receiver's. */
  findStream(receiver: string): Promise<SignalStream | undefined>;
  /** False, and nothing is written: it is not there any more, or is another. */
  saveStream(stream: SignalStream): Promise<boolean>;
  deleteStream(stream: SignalStream): Promise<void>;
  /** With its entries, until then. False, and nothing is written: it was put before, and may be done with. */
  putSignal(streamId: string, signal: WaitingSignal, untilMs: number, audit: readonly AuditEntry[]): Promise<boolean>;
  findSignal(streamId: string, signalId: string): Promise<WaitingSignal | undefined>;
  /** The first ones in their order. */
  listSignals(streamId: string, limit: number): Promise<readonly WaitingSignal[]>;
  /** They are done with, and are not put again. Those that are not there are passed over. */
  finishSignals(streamId: string, signalIds: readonly string[]): Promise<void>;
}
