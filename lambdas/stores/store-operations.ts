// The stores by the name under which a function's code calls them, and how a function says what it calls: its rights
// follow from that (lib/constructs/store-access.ts).
import type { ActivityStore } from './activity/activity-store.ts';
import type { AuditStore } from './audit/audit-store.ts';
import type { CampaignStore } from './campaigns/campaign-store.ts';
import type { ErasureStore } from './erasures/erasure-store.ts';
import type { HoldStore } from './holds/hold-store.ts';
import type { IdentityStores } from './identity-stores.ts';
import type { LogStore } from './log/log-store.ts';
import type { NoticeStore } from './notices/notice-store.ts';
import type { PersonStore } from './people/person-store.ts';
import type { RateLimitStore } from './rate-limits/rate-limit-store.ts';
import type { ReconciliationStore } from './reconciliations/reconciliation-store.ts';
import type { SignalStore } from './signals/signal-store.ts';
import type { StreamStore } from './signals/stream-store.ts';
import type { SubjectStore } from './subjects/subject-store.ts';

export interface Stores extends IdentityStores {
  /** How access is used, and the alerts. */
  readonly activity: ActivityStore;
  readonly audit: AuditStore;
  readonly campaigns: CampaignStore;
  /** Destroys what is known of somebody. */
  readonly erasures: ErasureStore;
  /** The mass-error guard's. */
  readonly holds: HoldStore;
  /** Where the sealed log is sequenced. */
  readonly log: LogStore;
  /** What people are to be told of requests for access. */
  readonly notices: NoticeStore;
  readonly rateLimits: RateLimitStore;
  /** Which identity a person of an HR system is. */
  readonly people: PersonStore;
  readonly reconciliations: ReconciliationStore;
  /** What other systems said of people by shared signals. */
  readonly signals: SignalStore;
  /** Those whom Tenure tells, and what waits for them. */
  readonly streams: StreamStore;
  /** Pseudonyms and keys of the sealed log. */
  readonly subjects: SubjectStore;
}

/** Of each store the operations that a function calls. @default none */
export type StoreOperations = { readonly [Store in keyof Stores]?: readonly (keyof Stores[Store])[] };
