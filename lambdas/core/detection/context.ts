// All that a detection may know beside the record: who it was, what HR says of them, and what holds their access up.
import type { AccountRecord } from '../access/account-record.ts';
import type { GivenAccount } from '../access/compiled-model.ts';
import type { Application } from '../access-model/access-model.ts';
import type { IdentityState } from '../identity/timeline.ts';
import type { ClueKind } from './activity.ts';
import type { ActivityMemory, PeerMemory } from './memory.ts';

/** Whom a record is about. What cannot be joined is counted and listed, never dropped. */
export type Joined =
  | { readonly found: 'one'; readonly by: ClueKind; readonly identity: KnownIdentity }
  | { readonly found: 'several'; readonly identityIds: readonly string[] }
  | { readonly found: 'none' };

/** What is known of an identity, for judging one record. */
export interface KnownIdentity {
  readonly identityId: string;
  /** When the record happened. */
  readonly thenState: IdentityState;
  readonly nowState: IdentityState;
  /** Since when it was as it was then (epoch ms). */
  readonly sinceMs?: number | undefined;
  /** When its employment is going to end, as far as anybody has said (epoch ms). */
  readonly endsMs?: number | undefined;
  readonly accounts: readonly AccountRecord[];
  /** What reasons held up at the record's time, and what they hold up now. */
  readonly desiredThen: readonly GivenAccount[];
  readonly desiredNow: readonly GivenAccount[];
  /** Who answers for it, where it needs somebody. Absent: it needs nobody. */
  readonly owner?: KnownOwner | undefined;
  /** Before the record. Absent: nothing is remembered. */
  readonly memory?: ActivityMemory | undefined;
  /** Of those who do the same work. Absent: nothing is remembered. */
  readonly peers?: PeerMemory | undefined;
}

export interface KnownOwner {
  /** Empty: nobody is named. */
  readonly identityId: string;
  readonly thenState: IdentityState;
  readonly nowState: IdentityState;
}

export interface DetectionSettings {
  /** CIDR blocks of known egress: offices, VPN, relays. From them nothing is told of where somebody is. @default none */
  readonly egressNetworks: readonly string[];
  /** How a departure may still be under way in systems: nothing is made of a use before that. @default 15 */
  readonly departureGraceMinutes: number;
  /** So long nothing is called new. @default 14 */
  readonly learningDays: number;
  /** @default 90 */
  readonly dormantAfterDays: number;
  /** Faster than this nobody travels. @default 1000 */
  readonly travelKmPerHour: number;
  /** From when on a departure to come makes a burst of reads suspicious. @default 30 */
  readonly departureNoticeDays: number;
  /** How many reads an hour are a burst at least. @default 200 */
  readonly burstReads: number;
  /** After a reset of factors. @default 24 */
  readonly resetWindowHours: number;
  /** By which Tenure itself signs in to systems: `application:account`, folded. What it does there has its own log. @default none */
  readonly ownAccounts: readonly string[];
  /** Accounts that nobody may use without a break-glass grant: `application:account`, folded. @default none beside root users */
  readonly breakGlassAccounts: readonly string[];
}

export interface DetectionContext {
  readonly actor: Joined;
  /** Absent: the record is about nobody beside whoever acted. */
  readonly target?: Joined | undefined;
  /** In which the accounts of the record are, and which was accessed, as the access model has them. */
  readonly applications: readonly Application[];
  /** An emergency grant was open that explains the record: whoever acted had it, or, of a break-glass account, anybody. */
  readonly openBreakGlass: boolean;
  readonly settings: DetectionSettings;
  readonly nowMs: number;
}
