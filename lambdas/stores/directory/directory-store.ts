// Finding identities: one with all that is kept of it, those of a manager, an owner or an address, and those that are due
// to be looked at.
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import type { Page, PageRequest } from '../page.ts';

export interface DirectoryStore {
  /**
   * All of an identity by one consistent query: facts, accounts, tasks and header are of the same moment. Whoever decides
   * needs them together, so this belongs to none of the stores that write them.
   */
  load(identityId: string): Promise<IdentityRecord | undefined>;

  /** Everybody in no order, or the reports of one manager by id. As of a moment ago. */
  listIdentities(options: PageRequest & { readonly managerId?: string | undefined }): Promise<Page<IdentityHeader>>;
  /** By id. As of a moment ago. */
  listOwnedBy(ownerId: string): Promise<readonly IdentityHeader[]>;
  /** The ids of those with this e-mail address now, in whatever case. As of a moment ago, at most 10. */
  findByEmail(email: string): Promise<readonly string[]>;

  /** Those whose `nextCheckMs` has come, the longest due first. */
  listDue(nowMs: number, limit: number): Promise<readonly IdentityHeader[]>;
  /** When the sweep must look at an identity again. Nothing is written about one that is not known. */
  saveNextCheck(identityId: string, nextCheckMs: number): Promise<void>;
}
