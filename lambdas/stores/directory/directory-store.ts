// Finding identities: one with all that is kept of it, those of a manager, an owner or an address, and those that are due
// to be looked at.
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Undelivered } from '../../core/identity/undelivered-mail.ts';
import type { Page, PageRequest } from '../page.ts';

export interface DirectoryStore {
  /**
   * All of an identity by one consistent query: facts, accounts, tasks and header are of the same moment. Whoever decides
   * needs them together, so this belongs to none of the stores that write them.
   */
  load(identityId: string): Promise<IdentityRecord | undefined>;

  /**
   * As `load`, for half the price or less: as of a moment ago, without tasks and effects, and of the accounts only the one
   * in that application. Whoever finds something to do in it loads the whole first.
   */
  glimpse(identityId: string, applicationId: string): Promise<IdentityRecord | undefined>;

  /**
   * Everybody in no order, or the reports of one manager by id. As of a moment ago. `segment`: of everybody that share, so that
   * several can be at it; all shares together are everybody.
   */
  listIdentities(
    options: PageRequest & { readonly managerId?: string | undefined; readonly segment?: Segment | undefined },
  ): Promise<Page<IdentityHeader>>;
  /** By id. As of a moment ago. */
  listOwnedBy(ownerId: string): Promise<readonly IdentityHeader[]>;
  /** The ids of those with this e-mail address now, in whatever case. As of a moment ago, at most 10. */
  findByEmail(email: string): Promise<readonly string[]>;

  /**
   * Notes who has this address, as `addressInUse` spells it: whoever asks, unless somebody else has it. Whom `insteadOf`
   * names loses it, if nothing was claimed since that was read.
   *
   * @returns who has it otherwise; undefined when it is the one who asks
   */
  claimAddress(input: ClaimAddress): Promise<AddressClaim | undefined>;

  /** Those whose `nextCheckMs` has come, the longest due first, `except` left out. As of a moment ago. */
  listDue(nowMs: number, limit: number, except?: ReadonlySet<string>): Promise<readonly IdentityHeader[]>;
  /** When the sweep must look at an identity again. Nothing is written about one that is not known. */
  saveNextCheck(identityId: string, nextCheckMs: number): Promise<void>;
  /** The same of all at once, 50 at most, with the entries. */
  saveNextChecks(identityIds: readonly string[], nextCheckMs: number, audit: readonly AuditEntry[]): Promise<void>;
  /**
   * The same, from the check that was read. False, and nothing written, when it was moved since. Undefined: nobody need look
   * again.
   */
  moveCheck(identityId: string, fromMs: number | undefined, toMs: number | undefined): Promise<boolean>;
  /** That what is mailed to somebody comes back. Nothing is written about one that is not known. */
  saveUndelivered(identityId: string, undelivered: Undelivered): Promise<void>;
}

/** One of so many, from 0. */
export interface Segment {
  readonly index: number;
  readonly of: number;
}

export interface AddressClaim {
  readonly identityId: string;
  /** Under which it was claimed last: it rises with each pass, so that a claim which was renewed is known from before. */
  readonly epoch: number;
}

export interface ClaimAddress extends AddressClaim {
  readonly address: string;
  readonly insteadOf?: AddressClaim | undefined;
}
