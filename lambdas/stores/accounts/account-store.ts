// Accounts as they were last read from their systems, and the proof that all of somebody's are closed: how far a removal
// has come, and its certificate.
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { Removal } from '../../core/access/identity-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Certificate } from '../../core/removal/certificate.ts';
import type { Page, PageRequest } from '../page.ts';

export interface AccountStore {
  /**
   * False, and the account is not written, when its revision is not the one before this any more; nothing at all is then
   * where account and entries fit into one write. Else the entries go first: what they tell is so, whoever was faster.
   */
  saveAccount(input: SaveAccount): Promise<boolean>;
  /** Each in its place as `saveAccount`: those of several applications in one write, as far as they fit and none is refused. */
  saveAccounts(inputs: readonly SaveAccount[]): Promise<readonly boolean[]>;
  /** The ids of those whose record names this account. As of a moment ago, at most 10. */
  findLinked(applicationId: string, accountId: string): Promise<readonly string[]>;

  /**
   * With the certificate once it is proven. False, and nothing is written, when another removal was begun, or when there
   * is such a certificate already.
   */
  saveRemoval(input: SaveRemoval): Promise<boolean>;
  findCertificate(certificateId: string): Promise<Certificate | undefined>;
  /** Of removals proven in a month (UTC, `2026-11`), the latest first. */
  listCertificates(options: PageRequest & { readonly month: string }): Promise<Page<Certificate>>;
}

export interface SaveAccount {
  readonly identityId: string;
  readonly account: AccountRecord;
  readonly audit: readonly AuditEntry[];
}

export interface SaveRemoval {
  readonly identityId: string;
  /** Its version says which removal this is. */
  readonly removal: Removal;
  /** The identity's version by which it was judged: nothing is kept once a further fact is known. @default any */
  readonly judgedVersion?: number | undefined;
  readonly audit: readonly AuditEntry[];
  readonly certificate?: Certificate | undefined;
}
