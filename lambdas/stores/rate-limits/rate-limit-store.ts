// Where the rate limit of each target system stands, for all functions alike. What may be called and when is decided in
// core/systems/rate-limit.ts; here is only the promise that nobody overwrites what it has not read.
import type { RateLimitState } from '../../core/systems/rate-limit.ts';

export interface KeptRateLimit {
  readonly state: RateLimitState;
  /** Raised by each write. */
  readonly revision: number;
}

export interface SaveRateLimit {
  readonly applicationId: string;
  readonly state: RateLimitState;
  /** As it was read; 0: there was none. */
  readonly expectedRevision: number;
  readonly nowMs: number;
}

export interface RateLimitStore {
  /** Read consistently. Undefined: nobody called it for a day, so it has recovered from whatever there was. */
  load(applicationId: string): Promise<KeptRateLimit | undefined>;
  /** False, and nothing is written, when somebody else wrote since it was read. */
  save(input: SaveRateLimit): Promise<boolean>;
}
