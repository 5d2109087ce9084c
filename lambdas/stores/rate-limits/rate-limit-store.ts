// Where the rate limit of each target system stands, for all functions alike. What may be called and when is decided in
// core/systems/rate-limit.ts, whose turn it is in core/systems/queue.ts; here is only the promise that nobody overwrites
// what it has not read, and that no two are given one turn.
import type { Queue, Reservation, Turn } from '../../core/systems/queue.ts';
import type { RateLimitState } from '../../core/systems/rate-limit.ts';

export interface KeptRateLimit {
  /** Undefined: nobody has called it yet. */
  readonly state: RateLimitState | undefined;
  /** Raised by each write of the state. */
  readonly revision: number;
  readonly queue: Queue;
}

export interface SaveRateLimit {
  readonly applicationId: string;
  readonly state: RateLimitState;
  /** As it was read; 0: there was none. */
  readonly expectedRevision: number;
  /** As it was read, where nothing may be written once somebody queues that did not then. @default it does not matter */
  readonly expectedQueue?: Queue | undefined;
  readonly nowMs: number;
}

export interface ReserveTurn extends Reservation {
  readonly applicationId: string;
  readonly nowMs: number;
}

export interface RateLimitStore {
  /** Read consistently. Undefined: nobody called it for a day, so it has recovered from whatever there was. */
  load(applicationId: string): Promise<KeptRateLimit | undefined>;
  /**
   * Undefined when it is written. When somebody else wrote since it was read, nothing is, and what there is now is the
   * answer, so that it need not be read.
   */
  save(input: SaveRateLimit): Promise<KeptRateLimit | undefined>;
  /** The next turn, by core/systems/queue.ts. However many ask at once, each is given another. Throws RetryableError. */
  reserve(input: ReserveTurn): Promise<Turn>;
  /** Puts off every turn, by core/systems/queue.ts. */
  delay(input: { applicationId: string; byMs: number; nowMs: number }): Promise<void>;
}
