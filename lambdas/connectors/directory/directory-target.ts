// What Active Directory and other LDAP directories have in common as a target: accounts below one or two bases, found by
// id, identity and user name; grants that are groups; leavers' accounts moved away; groups that have an owner.
import type { Entry, Filter, SearchOptions } from 'ldapts';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import type { AccountKey, AccountPage, Heir, Target } from '../contract/connector.ts';
import { grantsOf, idsBehind } from '../contract/held-groups.ts';
import {
  distinguishedNameSchema,
  firstValueOf,
  ifNotThere,
  isSameDn,
  isWithin,
  type LdapAttributes,
  type LdapClient,
  ldapUrlSchema,
  pemCertificatesSchema,
} from './ldap-client.ts';

/** Accounts on one page of a listing, each read with its groups. */
const MAX_LISTED = 100;
/** What an account owns is shown up to here. */
export const MAX_OWNED = 100;

/** Settings of every directory. */
export const directorySettings = {
  /** `ldaps://` and the server's name. */
  url: ldapUrlSchema,
  /** The name in the server's certificate, where `url` has another. */
  tlsServerName: z.string().min(1).max(253).optional(),
  /** The certificate authorities to accept instead of the public ones: the organisation's own. */
  certificateAuthorities: pemCertificatesSchema.optional(),
  /** Where accounts are created and found, e.g. `ou=people,dc=example,dc=com`. */
  accountsBase: distinguishedNameSchema,
  /** Where the groups are that may be granted. */
  groupsBase: distinguishedNameSchema,
  /** Where leavers' accounts are kept: accounts are found here too. @default they stay where they are */
  leaversBase: distinguishedNameSchema.optional(),
  /** Takes over the groups that a leaver without a successor owned. */
  custodian: distinguishedNameSchema.optional(),
  pageSize: z.int().min(1).max(1000).default(200),
};

/** Not empty: RFC 4513 section 5.1.2 lets a bind without a password pass, as nobody. */
export const bindPasswordSchema = z.string().min(1).max(1024);

type DirectorySettings = z.infer<z.ZodObject<typeof directorySettings>> & {
  /** Holds the identity's id; one value. */
  readonly identityAttribute: string;
  /** What a grant names a group by. */
  readonly groupName: string;
};

/** Where a directory keeps what. */
export interface DirectoryLayout {
  /** The attribute and the value that tell an account from other entries. */
  readonly accountMark: readonly [attribute: string, value: string];
  /** How an account is read. */
  readonly accountAttributes: readonly string[];
  readonly binaryAttributes?: readonly string[];
  /** By which a listing goes on; every account has one, and no other account the same. */
  readonly listedBy: string;
  /** Where each attribute of a profile is stored. */
  readonly profileAttributes: Partial<Record<keyof AccountProfile, string>>;
  readonly groupClass: string;
  /** How a group is read. */
  readonly groupAttributes: readonly string[];
  readonly memberAttribute: string;
  readonly ownerAttribute: string;
  /** The setting `groupName` that leaves no doubt which group is meant. */
  readonly exactGroupName: string;
}

/** What only the kind of directory knows of an account. */
export type AccountDetails = Pick<
  ObservedAccount,
  'accountId' | 'userName' | 'enabled' | 'attributes' | 'credentials' | 'lastActiveMs'
>;

export abstract class DirectoryTarget<Settings extends DirectorySettings> implements Target {
  readonly archiveAccount?: (account: ObservedAccount) => Promise<void>;
  protected readonly client: LdapClient;
  protected readonly settings: Settings;
  protected readonly layout: DirectoryLayout;
  /** Where accounts are. */
  protected readonly accountBases: readonly string[];
  #listed: readonly string[] | undefined;

  protected constructor(client: LdapClient, settings: Settings, layout: DirectoryLayout) {
    this.client = client;
    this.settings = settings;
    this.layout = layout;
    const { accountsBase, leaversBase } = settings;
    this.accountBases = leaversBase === undefined ? [accountsBase] : [accountsBase, leaversBase];
    if (leaversBase !== undefined) {
      this.archiveAccount = async ({ accountId }) => {
        const entry = await this.byId(accountId);
        if (entry !== undefined) await this.moveTo(entry, leaversBase);
      };
    }
  }

  protected abstract byId(accountId: string): Promise<Entry | undefined>;
  protected abstract byUserName(userName: string): Filter;
  protected abstract newEntry(profile: AccountProfile): { readonly dn: string; readonly attributes: LdapAttributes };
  protected abstract detailsOf(entry: Entry): AccountDetails;
  /** What a group keeps when it is renamed or moved; undefined: the directory does not tell. */
  protected abstract groupId(group: Entry): string | undefined;
  protected abstract isEnabled(entry: Entry): boolean;
  protected abstract disable(entry: Entry): Promise<void>;
  /** Also for an account that is enabled. */
  protected abstract enable(entry: Entry): Promise<void>;
  /** The entry lies there afterwards; one that is gone is success. */
  protected abstract moveTo(entry: Entry, base: string): Promise<void>;
  protected abstract addMember(groupDn: string, entry: Entry): Promise<void>;
  /** Success also for who is no member. */
  protected abstract removeMember(groupDn: string, entry: Entry): Promise<void>;
  protected abstract replaceOwner(group: Entry, formerDn: string, newDn: string): Promise<void>;

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const entry = await this.#find(key);
    return entry && this.#observe(entry);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const entry = (await this.#find(profile)) ?? (await this.#create(profile));
    return this.#observe(entry);
  }

  async disableAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.byId(accountId);
    if (entry !== undefined && this.isEnabled(entry)) await this.disable(entry).catch(ifNotThere);
  }

  /** Also brings the account back from where leavers' accounts are kept. */
  async enableAccount({ accountId }: ObservedAccount): Promise<void> {
    const archived = await this.mustById(accountId);
    if (this.#isArchived(archived)) await this.moveTo(archived, this.settings.accountsBase);
    await this.enable(await this.mustById(accountId));
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const groupDn = await this.groupDn(grant);
    if (groupDn === undefined)
      throw new PermanentError(`${this.#system}: there is no group "${grant}": create it, or correct the grant`);
    await this.addMember(groupDn, await this.mustById(accountId));
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const known = new Set(idsBehind(account, grant));
    const named = known.size === 0 ? await this.groupDn(grant) : undefined;
    if (known.size === 0 && named === undefined) return;
    const entry = await this.byId(account.accountId);
    if (entry === undefined) return;
    if (named !== undefined) return this.removeMember(named, entry);
    for (const group of await this.groupsOf(entry)) {
      const id = this.groupId(group);
      if (id !== undefined && known.has(id)) await this.removeMember(group.dn, entry);
    }
  }

  async transferOwnership({ accountId }: ObservedAccount, heir: Heir): Promise<void> {
    const entry = await this.byId(accountId);
    const owned = entry === undefined ? [] : await this.groupsOwnedBy(entry.dn);
    if (entry === undefined || owned.length === 0) return;
    const newOwner =
      heir.account === undefined ? this.settings.custodian : (await this.mustById(heir.account.accountId)).dn;
    if (newOwner === undefined)
      throw new PermanentError(`${this.#system}: nobody can take over what the account owns: set \`custodian\``);
    for (const group of owned) await this.replaceOwner(group, entry.dn, newOwner).catch(ifNotThere);
  }

  /** Ids first, then the accounts behind the next few: a directory's own paging is tied to one connection. */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { listedBy } = this.layout;
    if (from === undefined || this.#listed === undefined) this.#listed = await this.#allListed();
    const left = this.#listed.filter((id) => from === undefined || id > from);
    const ids = left.slice(0, Math.min(this.settings.pageSize, MAX_LISTED));
    if (ids.length === 0) return { accounts: [] };
    const filter = this.client.or(...ids.map((id) => this.client.equals(listedBy, id)));
    const accounts: ObservedAccount[] = [];
    for (const entry of await this.accounts(filter))
      if (!this.isReserved(entry)) accounts.push(await this.#observe(entry));
    return { accounts, next: left.length > ids.length ? ids.at(-1) : undefined };
  }

  /** Whom Tenure itself is bound as, at least. */
  protected isReserved({ dn }: Entry): boolean {
    return isSameDn(dn, this.client.bindDn);
  }

  protected async mustById(accountId: string): Promise<Entry> {
    const entry = await this.byId(accountId);
    if (entry === undefined) throw new NotFoundError(`${this.#system}: the account is not there`);
    return entry;
  }

  protected accounts(filter: Filter): Promise<Entry[]> {
    const { accountAttributes, binaryAttributes = [] } = this.layout;
    return this.#searchAccounts({
      filter: this.client.and(this.#isAccount(), filter),
      attributes: [...accountAttributes, ...Object.values(this.layout.profileAttributes)],
      explicitBufferAttributes: [...binaryAttributes],
    });
  }

  protected groupsWith(attribute: string, value: string | Buffer): Promise<Entry[]> {
    const { groupClass, groupAttributes, binaryAttributes = [] } = this.layout;
    const { client } = this;
    const filter = client.and(client.equals('objectClass', groupClass), client.equals(attribute, value));
    const options = { filter, attributes: [...groupAttributes], explicitBufferAttributes: [...binaryAttributes] };
    return this.#searchBase(this.settings.groupsBase, options);
  }

  protected groupsOf(entry: Entry): Promise<Entry[]> {
    return this.groupsWith(this.layout.memberAttribute, entry.dn);
  }

  protected groupsOwnedBy(dn: string): Promise<Entry[]> {
    return this.groupsWith(this.layout.ownerAttribute, dn);
  }

  protected grantOf(group: Entry): string {
    return this.required(group, this.settings.groupName);
  }

  protected async groupDn(grant: string): Promise<string | undefined> {
    const groups = await this.groupsWith(this.settings.groupName, grant);
    if (groups.length > 1) {
      const how = `set groupName: ${this.layout.exactGroupName}`;
      throw new PermanentError(`${this.#system}: several groups are called "${grant}": ${how}`);
    }
    return groups[0]?.dn;
  }

  protected required(entry: Entry, attribute: string): string {
    return firstValueOf(entry, attribute) ?? this.lacks(attribute);
  }

  protected lacks(attribute: string): never {
    throw new PermanentError(`${this.#system}: an entry lacks ${attribute}, or Tenure may not read it`);
  }

  get #system(): string {
    return this.client.system;
  }

  #find(key: AccountKey): Promise<Entry | undefined> {
    const { identityAttribute } = this.settings;
    return findOwnAccount<Entry>(key, {
      system: this.#system,
      carriedIn: identityAttribute,
      byId: (accountId) => this.byId(accountId),
      byIdentity: (identityId) => this.accounts(this.client.equals(identityAttribute, identityId)),
      byUserName: async (userName) => {
        const named = await this.accounts(this.byUserName(userName));
        if (named.length > 1) throw new ConflictError(`${this.#system}: several accounts have the user name`);
        return named[0];
      },
      identityOf: (entry) => firstValueOf(entry, identityAttribute),
      isReserved: (entry) => this.isReserved(entry),
    });
  }

  async #create(profile: AccountProfile): Promise<Entry> {
    const { dn, attributes } = this.newEntry(profile);
    try {
      await this.client.add(dn, attributes);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
    }
    const entry = await this.#find(profile);
    if (entry === undefined)
      throw new ConflictError(`${this.#system}: the name is taken by an entry that is none of the accounts`);
    return entry;
  }

  async #observe(entry: Entry): Promise<ObservedAccount> {
    const groups = await this.groupsOf(entry);
    const owned = (await this.groupsOwnedBy(entry.dn)).slice(0, MAX_OWNED);
    return {
      ...this.detailsOf(entry),
      ...grantsOf(groups.map((group) => ({ name: this.grantOf(group), id: this.groupId(group) }))),
      owns: owned.map((group) => this.grantOf(group)).sort(),
      ...(this.settings.leaversBase === undefined ? {} : { archived: this.#isArchived(entry) }),
    };
  }

  #isArchived({ dn }: Entry): boolean {
    const { leaversBase } = this.settings;
    return leaversBase !== undefined && isWithin(dn, leaversBase);
  }

  #isAccount(): Filter {
    return this.client.equals(...this.layout.accountMark);
  }

  async #allListed(): Promise<readonly string[]> {
    const { listedBy } = this.layout;
    const entries = await this.#searchAccounts({ filter: this.#isAccount(), attributes: [listedBy] });
    return entries.map((entry) => this.required(entry, listedBy)).sort();
  }

  async #searchAccounts(options: SearchOptions): Promise<Entry[]> {
    const found = new Map<string, Entry>();
    for (const base of this.accountBases)
      for (const entry of await this.#searchBase(base, options)) found.set(entry.dn, entry);
    return [...found.values()];
  }

  /** A base that is not there is a wrong setting, which must never look like an account that is gone. */
  async #searchBase(base: string, options: SearchOptions): Promise<Entry[]> {
    try {
      return await this.client.search(base, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`${this.#system}: there is no entry ${base}, or Tenure may not read it`);
    }
  }
}
