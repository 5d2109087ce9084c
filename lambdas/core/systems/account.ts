// An account as its system reports it: one shape for all that read accounts, compare them and keep what they read.
import type { AccountProfile } from './account-profile.ts';
import type { Credential } from './credential.ts';

export interface ObservedAccount {
  /** The system's own id for the account. */
  readonly accountId: string;
  readonly userName: string;
  /** False once the system refuses new sign-ins. A system that knows no such state reports true. */
  readonly enabled: boolean;
  /** What the account holds, in the system's own words (group names, role names), sorted, no duplicates. */
  readonly grants: readonly string[];
  /**
   * The system's own ids of those grants that have one, sorted by id: a group keeps it when it is called otherwise.
   * Absent: the system does not tell, or the name is the id.
   */
  readonly grantIds?: readonly GrantId[] | undefined;
  /** The attributes the system stores and `updateAccount` can set; those it does not store are left out. */
  readonly attributes: Partial<AccountProfile>;
  /** Sessions open now. Absent: the system does not tell. */
  readonly openSessions?: number | undefined;
  /** What lets somebody in beside a sign-in, sorted by id. Absent: there is no such thing, or the system does not tell. */
  readonly credentials?: readonly Credential[] | undefined;
  /** What it owns, in the system's own words, at most 100: it needs a new owner before the account may be deleted. */
  readonly owns?: readonly string[] | undefined;
  /** True where leavers' accounts are kept. Absent: the system has no such place. */
  readonly archived?: boolean | undefined;
  /** The last sign-in or use (epoch ms), if the system tells. */
  readonly lastActiveMs?: number | undefined;
}

export interface GrantId {
  /** What the system calls it now: one of the account's grants. */
  readonly grant: string;
  readonly grantId: string;
}

/** What desired access is compared with: whose account it is was settled before. */
export type AccountState = Omit<ObservedAccount, 'accountId' | 'userName' | 'lastActiveMs'>;

/** Nobody can use it and nothing hangs on it. */
export function isClosed({
  enabled,
  grants,
  openSessions = 0,
  credentials = [],
}: Omit<AccountState, 'attributes'>): boolean {
  return !enabled && grants.length === 0 && openSessions === 0 && credentials.length === 0;
}

/** What may outlast the closing of an account. */
export interface Residual {
  /** What lasts, as the connector declares it: `access tokens already issued`. */
  readonly what: string;
  readonly untilMs: number;
}
