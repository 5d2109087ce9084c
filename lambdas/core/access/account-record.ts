// What is kept of an identity's account in one application: as it was last read, and what is still open about it.
import type { ObservedAccount, Residual } from '../systems/account.ts';
import type { ExposedCredentials } from './exposed-credentials.ts';
import type { GoneGrant } from './gone-grants.ts';
import type { GrantedAccess } from './granted-access.ts';
import type { LeaveRecord } from './leave.ts';

export interface AccountRecord {
  readonly applicationId: string;
  /** Absent when the system has no account. */
  readonly account?: KeptAccount | undefined;
  readonly readMs: number;
  /** It was read for somebody employed: whatever clocks say, that proves nothing of a departure since. */
  readonly ofEmployed?: true | undefined;
  /** Raised with each writing, so that a write which was overtaken on its way is refused. */
  readonly revision: number;
  /** When it was first read without access, sessions or credentials, once it is: nobody signs in after this. */
  readonly closedMs?: number | undefined;
  /** What may have outlasted the closing, and until when (epoch ms). */
  readonly residual?: Residual | undefined;
  /** The call whose intent is in the audit log and whose outcome is not: the next call looks into it. */
  readonly openCallId?: string | undefined;
  /** It is what people attested: no connector read it. */
  readonly byHand?: true | undefined;
  readonly lastError?: string | undefined;
  /**
   * Until when a call that died or failed may still take effect: the account is looked at once more after that.
   */
  readonly doubtUntilMs?: number | undefined;
  /** Grants found at the first contact that no reason holds up: kept until somebody has looked (adoption.ts). */
  readonly unreviewed?: readonly string[] | undefined;
  /** Credentials that a former owner may know (exposed-credentials.ts). Absent: the owner never changed. */
  readonly exposed?: ExposedCredentials | undefined;
  /**
   * What reasons have held up here and is held still, by its own id (granted-access.ts). A record that was written before
   * anything was remembered learns at the next call, from what is due by then and held.
   */
  readonly granted?: readonly GrantedAccess[] | undefined;
  /** What it held and holds no more, the last of it last (gone-grants.ts). Absent: nothing is remembered. */
  readonly gone?: readonly GoneGrant[] | undefined;
  /** The account as a leave found it, until all of that is given back (leave.ts). */
  readonly leave?: LeaveRecord | undefined;
}

/** Without its attributes: they are told to systems, and kept in the facts alone. */
export type KeptAccount = Omit<ObservedAccount, 'attributes' | 'lastActiveMs'>;
