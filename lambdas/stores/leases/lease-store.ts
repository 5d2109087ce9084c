// Who may act for an identity. One pass holds the lease at a time; its epoch is raised whenever that right changes hands,
// and whoever acts under an older epoch is refused.
import type { Escalation, IdentityHeader, Mark, Removal } from '../../core/access/identity-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { KeptViolation } from '../../core/duties/kept-violations.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import type { IdentityConflict } from '../../core/identity/shared-address.ts';

export interface LeaseStore {
  /**
   * Takes the lease when it is free, expired, or the holder's own; undefined when somebody else holds it, or has done what was to
   * be done.
   */
  acquireLease(input: AcquireLease): Promise<IdentityHeader | undefined>;
  /** Extends the lease if the epoch is still this one; false when it is stale. */
  renewLease(input: { identityId: string; epoch: number; expiresMs: number }): Promise<boolean>;
  /** Where the identity stands now: what a call under way compares itself with before it acts. */
  readMark(identityId: string): Promise<Mark | undefined>;
  /** What is in doubt about the identity itself; false, and nothing is written, when the epoch moved meanwhile. */
  saveConflicts(input: SaveConflicts): Promise<boolean>;
  /** Takes the right to act from whoever has it, and begins the removal. */
  fenceOff(input: FenceOff): Promise<'fenced' | 'epoch-changed'>;
  /** Gives the lease back as settled; false when the version or the epoch moved meanwhile. */
  settleLease(input: SettleLease): Promise<boolean>;
  /** Gives the lease back unsettled; false when the epoch moved meanwhile. */
  releaseLease(input: ReleaseLease): Promise<boolean>;
}

export interface AcquireLease {
  readonly identityId: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly expiresMs: number;
  readonly nextCheckMs: number;
  /**
   * Not where everything was settled at this time or later (epoch ms), and no fact has come in since, unless a removal was begun.
   * @default whenever it was settled
   */
  readonly unlessSettledFromMs?: number | undefined;
}

export interface SaveConflicts {
  readonly identityId: string;
  readonly epoch: number;
  readonly conflicts: readonly IdentityConflict[];
  readonly audit: readonly AuditEntry[];
}

export interface FenceOff {
  readonly identityId: string;
  /** The epoch as it was read; the next one is the fence's. */
  readonly epoch: number;
  readonly removal: Removal;
  readonly audit: readonly AuditEntry[];
}

export interface SettleLease {
  readonly identityId: string;
  readonly epoch: number;
  readonly version: number;
  readonly nowMs: number;
  readonly summary: IdentitySummary;
  readonly applications: readonly string[];
  /** Where reasons hold up two sides of a rule. @default nowhere */
  readonly violations?: readonly KeptViolation[] | undefined;
  /** Of the model under which it settles. @default not known, and what was known before is no more */
  readonly modelHash?: string | undefined;
  /** Undefined: nothing is to come. */
  readonly nextCheckMs: number | undefined;
  readonly audit: readonly AuditEntry[];
}

export interface ReleaseLease {
  readonly identityId: string;
  readonly epoch: number;
  readonly failedPasses: number;
  readonly nextCheckMs: number;
  readonly escalation?: Escalation | undefined;
  readonly audit: readonly AuditEntry[];
}
