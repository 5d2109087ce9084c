// Where the pace of each target system is kept, for all functions alike. What may be called and when is decided in
// core/systems/rate-limit.ts; here is only the promise that nobody overwrites what it has not read.
import type { TargetPace } from '../../core/systems/rate-limit.ts';

export interface KeptPace {
  readonly pace: TargetPace;
  /** Raised by each write. */
  readonly revision: number;
}

export interface SavePace {
  readonly applicationId: string;
  readonly pace: TargetPace;
  /** As it was read; 0: there was none. */
  readonly expectedRevision: number;
  readonly nowMs: number;
}

export interface TargetPaceStore {
  /** Read consistently. Undefined: nobody called it for a day, so it has recovered from whatever there was. */
  load(applicationId: string): Promise<KeptPace | undefined>;
  /** False, and nothing is written, when somebody else wrote since it was read. */
  save(input: SavePace): Promise<boolean>;
}
