// The stores by name and the operations of each: how a function says what it may do to them, wherever it is said.
import type { AuditStore } from './audit/audit-store.ts';
import type { HoldStore } from './holds/hold-store.ts';
import type { IdentityStore } from './identities/identity-store.ts';
import type { PersonStore } from './people/person-store.ts';
import type { RateLimitStore } from './rate-limits/rate-limit-store.ts';
import type { ReconciliationStore } from './reconciliations/reconciliation-store.ts';

export interface StoreOperations {
  /** The operations of the identity store that the function calls. @default none */
  readonly identities?: readonly (keyof IdentityStore)[];
  /** The operations of the audit store that the function calls. @default none */
  readonly audit?: readonly (keyof AuditStore)[];
  /** The operations of the mass-error guard's store that the function calls. @default none */
  readonly holds?: readonly (keyof HoldStore)[];
  /** The operations on the target systems' rate limits that the function calls. @default none */
  readonly rateLimits?: readonly (keyof RateLimitStore)[];
  /** The operations on which identity a person of an HR system is. @default none */
  readonly people?: readonly (keyof PersonStore)[];
  /** The operations of the reconciliation store that the function calls. @default none */
  readonly reconciliations?: readonly (keyof ReconciliationStore)[];
}
