// Any LDAP v3 directory of inetOrgPerson entries and groupOfNames groups (OpenLDAP, 389 Directory Server, ...). A grant
// is a group, and what an account holds is read from the groups' side: `memberOf` is an overlay that may be missing.
import { createHash } from 'node:crypto';
import type { Entry, Filter, SearchOptions } from 'ldapts';
import { z } from 'zod';
import type { AccountProfile } from '../core/account-profile.ts';
import type { Credential } from '../core/credential.ts';
import { ConflictError, NotFoundError, PermanentError } from '../core/errors.ts';
import type { AccountKey, AccountPage, ApiConnector, Heir, ObservedAccount, Target } from './connector.ts';
import {
  distinguishedNameSchema,
  firstValueOf,
  ifNotThere,
  ifRefusedWith,
  isWithin,
  type LdapChange,
  LdapClient,
  LdapRefusedError,
  ldapUrlSchema,
  pemCertificatesSchema,
  splitDn,
  valuesOf,
} from './ldap-client.ts';

/** Accounts on one page of a listing, each read with its groups. */
const MAX_LISTED = 100;
/** What an account owns is shown up to here. */
const MAX_OWNED = 100;
/** inetOrgPerson requires a surname, and a service account has none. Not reported back, so that it is no difference. */
const NO_NAME = '-';
const NO_SUCH_ATTRIBUTE = 16;
const ATTRIBUTE_OR_VALUE_EXISTS = 20;
const OBJECT_CLASS_VIOLATION = 65;
const INSUFFICIENT_ACCESS = 50;

const attributeNameSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'expected the name of an attribute');

const settingsSchema = z.strictObject({
  url: ldapUrlSchema,
  /** The name in the server's certificate, where `url` has another. */
  tlsServerName: z.string().min(1).max(253).optional(),
  /** The certificate authorities to accept instead of the public ones. */
  certificateAuthorities: pemCertificatesSchema.optional(),
  /** Where accounts are created and found. */
  accountsBase: distinguishedNameSchema,
  groupsBase: distinguishedNameSchema,
  /** Where leavers' accounts are kept: accounts are found here too. @default they stay where they are */
  leaversBase: distinguishedNameSchema.optional(),
  userNameAttribute: attributeNameSchema.default('uid'),
  /** Holds the identity's id; one value. */
  identityAttribute: attributeNameSchema.default('employeeNumber'),
  /** The id that stays the same when an entry is renamed; `nsUniqueId` in 389 Directory Server. */
  idAttribute: attributeNameSchema.default('entryUUID'),
  /** What makes the server refuse a bind. OpenLDAP's ppolicy by default; `nsAccountLock: TRUE` in 389 Directory Server. */
  lockAttribute: attributeNameSchema.default('pwdAccountLockedTime'),
  lockValue: z.string().min(1).max(200).default('000001010000Z'),
  groupClass: z.enum(['groupOfNames', 'groupOfUniqueNames']).default('groupOfNames'),
  /** What a grant names a group by; `dn` where several groups share a cn. */
  groupName: z.enum(['cn', 'dn']).default('cn'),
  /** Stands in a group that would have no member left, which the schema forbids. @default groupsBase */
  placeholderMember: distinguishedNameSchema.optional(),
  /** Takes over the groups that a leaver without a successor owned. */
  custodian: distinguishedNameSchema.optional(),
  /** OpenSSH's keys, which sshd reads from the directory whether the account is locked or not. */
  sshKeyAttribute: attributeNameSchema.default('sshPublicKey'),
  /**
   * How long a connection that is already bound can go on reading: 0 when the server refuses locked accounts at every
   * operation (see `privileges`), else what bounds a connection's life (a proxy, a nightly restart). slapd's
   * idletimeout does not: it spares a connection that is used.
   */
  sessionSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400),
  pageSize: z.int().min(1).max(1000).default(200),
});

const secretSchema = z.strictObject({
  bindDn: distinguishedNameSchema,
  /** Not empty: RFC 4513 section 5.1.2 lets a bind without a password pass, as nobody. */
  password: z.string().min(1).max(1024),
});

export type LdapSettings = z.infer<typeof settingsSchema>;
export type LdapSecret = z.infer<typeof secretSchema>;

export const ldap: ApiConnector<LdapSettings, LdapSecret> = {
  kind: 'api',
  type: 'ldap',
  title: 'An LDAP directory (OpenLDAP, 389 Directory Server): accounts, groups, and whatever asks it: VPN, Git, Linux',
  testedAgainst: 'OpenLDAP 2.5, alone and behind FreeRADIUS 3.2, OpenSSH 9.2 with gitolite 3.6',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'A bind DN of its own, e.g. `cn=tenure,dc=example,dc=com`',
    '`access to dn.subtree="<accountsBase>" by dn.exact="<bindDn>" write`, the same for leaversBase',
    '`access to dn.subtree="<groupsBase>" attrs=member,owner by dn.exact="<bindDn>" write`, and read for the rest of it',
    'None on userPassword: put `access to attrs=userPassword by anonymous auth by self =w by * none` before these',
    'So that a lock is obeyed: `overlay ppolicy` with a default policy that has `pwdLockout: TRUE`',
    'So that a lock, and moving or deleting the account, also end connections already bound, before every other rule: ' +
      '`access to * by set="user/pwdAccountLockedTime & [00000101000000Z]" none by dn.exact="<bindDn>" break ' +
      'by anonymous break by set="user/objectClass & [inetOrgPerson]" break by * none`',
  ],
  limits: [
    'A lock stops passwords only: sshd goes on taking the keys it finds, so they are revoked as credentials',
    'LDAP cannot close a connection: only an access rule of the server refuses what is already bound',
    'OpenLDAP lifts a lock with every new password: without that rule whoever is bound can do so; Tenure locks again',
    'No password is set: who joins gets one from the help desk or a self-service page',
    'posixAccount and other object classes that need values of their own are not added',
  ],
  residualWindow: ({ sessionSeconds }) =>
    sessionSeconds === 0 ? undefined : { seconds: sessionSeconds, what: 'connections already bound' },
  connect: async ({ settings, secret, callTimeoutMs }) => {
    const client = await LdapClient.load({ system: 'LDAP', ...settings, ...secret, callTimeoutMs });
    return new LdapTarget(client, settings);
  },
};

/** Where each attribute is stored. */
const ATTRIBUTES = {
  displayName: 'displayName',
  givenName: 'givenName',
  familyName: 'sn',
  email: 'mail',
  title: 'title',
  department: 'departmentNumber',
  company: 'o',
  location: 'l',
} as const satisfies Partial<Record<keyof AccountProfile, string>>;

class LdapTarget implements Target {
  readonly archiveAccount?: (account: ObservedAccount) => Promise<void>;
  readonly #client: LdapClient;
  readonly #settings: LdapSettings;
  readonly #memberAttribute: string;
  #listedIds: readonly string[] | undefined;

  constructor(client: LdapClient, settings: LdapSettings) {
    this.#client = client;
    this.#settings = settings;
    this.#memberAttribute = settings.groupClass === 'groupOfNames' ? 'member' : 'uniqueMember';
    const { leaversBase } = settings;
    if (leaversBase !== undefined) {
      this.archiveAccount = async ({ accountId }) => {
        const entry = await this.#byId(accountId);
        if (entry !== undefined) await this.#move(entry.dn, splitDn(entry.dn).name, leaversBase);
      };
    }
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const entry = await this.#find(key);
    return entry && this.#observe(entry);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const entry = (await this.#find(profile)) ?? (await this.#create(profile));
    return this.#observe(entry);
  }

  async updateAccount({ accountId }: ObservedAccount, profile: AccountProfile): Promise<void> {
    const { userNameAttribute, identityAttribute, accountsBase } = this.#settings;
    const entry = await this.#mustById(accountId);
    const stored = this.#attributesToStore(profile);
    const { name, parent } = splitDn(entry.dn);
    const namedBy = name.slice(0, name.indexOf('=')).trim().toLowerCase();
    const changes: LdapChange[] = [];
    for (const [attribute, values] of Object.entries({ ...stored, [identityAttribute]: [profile.identityId] })) {
      if (attribute.toLowerCase() === namedBy) continue;
      if (values.join('\n') === valuesOf(entry, attribute).join('\n')) continue;
      changes.push({ operation: 'replace', attribute, values });
    }
    const isRenamed = firstValueOf(entry, userNameAttribute)?.toLowerCase() !== profile.userName.toLowerCase();
    if (isRenamed && namedBy !== userNameAttribute.toLowerCase())
      changes.push({ operation: 'replace', attribute: userNameAttribute, values: [profile.userName] });
    if (changes.length > 0) await this.#client.modify(entry.dn, changes);
    if (isRenamed && namedBy === userNameAttribute.toLowerCase())
      await this.#move(entry.dn, this.#client.nameOf(userNameAttribute, profile.userName), parent || accountsBase);
  }

  async disableAccount({ accountId }: ObservedAccount): Promise<void> {
    const { lockAttribute, lockValue } = this.#settings;
    const entry = await this.#byId(accountId);
    if (entry === undefined || this.#isLocked(entry)) return;
    await this.#client
      .modify(entry.dn, [{ operation: 'replace', attribute: lockAttribute, values: [lockValue] }])
      .catch(ifNotThere);
  }

  /** Also brings the account back from where leavers' accounts are kept. */
  async enableAccount({ accountId }: ObservedAccount): Promise<void> {
    const { lockAttribute, accountsBase } = this.#settings;
    const entry = await this.#mustById(accountId);
    if (this.#isArchived(entry)) await this.#move(entry.dn, splitDn(entry.dn).name, accountsBase);
    const { dn } = await this.#mustById(accountId);
    await this.#client.modify(dn, [{ operation: 'replace', attribute: lockAttribute, values: [] }]);
  }

  async deleteAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.#byId(accountId);
    if (entry === undefined) return;
    // A member left behind would be access for whoever gets that name next.
    for (const group of await this.#groupsOf(entry.dn)) await this.#removeMember(group.dn, entry.dn);
    await this.#client.delete(entry.dn);
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const groupDn = await this.#groupDn(grant);
    if (groupDn === undefined)
      throw new PermanentError(`LDAP: there is no group "${grant}": create it, or correct the grant`);
    const { dn } = await this.#mustById(accountId);
    await this.#client
      .modify(groupDn, [{ operation: 'add', attribute: this.#memberAttribute, values: [dn] }])
      .catch(ifRefusedWith(ATTRIBUTE_OR_VALUE_EXISTS));
  }

  async revoke({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const groupDn = await this.#groupDn(grant);
    const entry = groupDn === undefined ? undefined : await this.#byId(accountId);
    if (groupDn !== undefined && entry !== undefined) await this.#removeMember(groupDn, entry.dn);
  }

  async revokeCredential({ accountId }: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const { sshKeyAttribute } = this.#settings;
    const entry = await this.#byId(accountId);
    const keys = entry === undefined ? [] : valuesOf(entry, sshKeyAttribute);
    const values = keys.filter((key) => fingerprintOf(key) === credentialId);
    if (entry === undefined || values.length === 0) return;
    await this.#client
      .modify(entry.dn, [{ operation: 'delete', attribute: sshKeyAttribute, values }])
      .catch(ifRefusedWith(NO_SUCH_ATTRIBUTE))
      .catch(ifNotThere);
  }

  async transferOwnership({ accountId }: ObservedAccount, heir: Heir): Promise<void> {
    const entry = await this.#byId(accountId);
    const owned = entry === undefined ? [] : await this.#groupsOwnedBy(entry.dn);
    if (entry === undefined || owned.length === 0) return;
    const newOwner =
      heir.account === undefined ? this.#settings.custodian : (await this.#mustById(heir.account.accountId)).dn;
    if (newOwner === undefined)
      throw new PermanentError('LDAP: nobody can take over what the account owns: set `custodian`');
    for (const group of owned) {
      const owners = new Set([...valuesOf(group, 'owner').filter((dn) => !isSameDn(dn, entry.dn)), newOwner]);
      await this.#client
        .modify(group.dn, [{ operation: 'replace', attribute: 'owner', values: [...owners] }])
        .catch(ifNotThere);
    }
  }

  /** Ids first, then the accounts behind the next few: a directory's own paging is tied to one connection. */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { idAttribute, pageSize } = this.#settings;
    if (from === undefined || this.#listedIds === undefined) this.#listedIds = await this.#allIds();
    const left = this.#listedIds.filter((id) => from === undefined || id > from);
    const ids = left.slice(0, Math.min(pageSize, MAX_LISTED));
    if (ids.length === 0) return { accounts: [] };
    const filter = this.#client.or(...ids.map((id) => this.#client.equals(idAttribute, id)));
    const accounts: ObservedAccount[] = [];
    for (const entry of await this.#accounts(filter)) accounts.push(await this.#observe(entry));
    return { accounts, next: left.length > ids.length ? ids.at(-1) : undefined };
  }

  /** Asks under slapd's no-op control, which tells what would happen; other servers are asked for what they show. */
  async checkPrivileges(): Promise<readonly string[]> {
    const { accountsBase, leaversBase, groupsBase, lockAttribute, lockValue } = this.#settings;
    const lacking: string[] = [];
    for (const base of [accountsBase, leaversBase, groupsBase]) {
      if (base !== undefined && (await this.#client.read(base, ['1.1'])) === undefined)
        lacking.push(`read access to ${base}, or there is no such entry`);
    }
    for (const base of [accountsBase, leaversBase]) {
      if (base === undefined) continue;
      const person = { objectClass: ['inetOrgPerson'], cn: ['privilege check'], sn: [NO_NAME] };
      const name = this.#client.nameOf('cn', 'privilege check');
      if (!(await isAllowed(this.#client.addWithoutEffect(`${name},${base}`, person))))
        lacking.push(`to create accounts below ${base}`);
      const entry = await this.#anyOf(base, 'inetOrgPerson');
      if (entry === undefined) continue;
      const lock: LdapChange = { operation: 'replace', attribute: lockAttribute, values: [lockValue] };
      if (!(await isAllowed(this.#client.modifyWithoutEffect(entry.dn, lock))))
        lacking.push(`write access to ${lockAttribute} below ${base}`);
    }
    const group = await this.#anyOf(groupsBase, this.#settings.groupClass);
    for (const attribute of [this.#memberAttribute, 'owner']) {
      const add: LdapChange = { operation: 'add', attribute, values: [`cn=privilege-check,${groupsBase}`] };
      if (group !== undefined && !(await isAllowed(this.#client.modifyWithoutEffect(group.dn, add))))
        lacking.push(`write access to ${attribute} below ${groupsBase}`);
    }
    return lacking;
  }

  async #anyOf(base: string, objectClass: string): Promise<Entry | undefined> {
    const options = { filter: this.#client.equals('objectClass', objectClass), attributes: ['1.1'] };
    return (await this.#client.searchFirst(base, options, 1).catch(ifNotThere))?.[0];
  }

  async #find({ accountId, identityId, userName }: AccountKey): Promise<Entry | undefined> {
    const { userNameAttribute, identityAttribute } = this.#settings;
    const linked = accountId === undefined ? undefined : await this.#byId(accountId);
    if (linked !== undefined) return this.#ownedBy(identityId, linked);
    const claimed = await this.#accounts(this.#client.equals(identityAttribute, identityId));
    if (claimed.length > 1) throw new ConflictError('LDAP: several accounts carry the identity');
    if (claimed[0] !== undefined) return claimed[0];
    const named = await this.#accounts(this.#client.equals(userNameAttribute, userName));
    if (named.length > 1) throw new ConflictError('LDAP: several accounts have the user name');
    return named[0] && this.#ownedBy(identityId, named[0]);
  }

  /** The entry, unless it carries another identity. One without any is adopted: it was there before Tenure. */
  #ownedBy(identityId: string, entry: Entry): Entry {
    const owner = firstValueOf(entry, this.#settings.identityAttribute);
    if (owner !== undefined && owner !== identityId)
      throw new ConflictError(
        `LDAP: the account belongs to another identity (see its ${this.#settings.identityAttribute})`,
      );
    return entry;
  }

  async #create(profile: AccountProfile): Promise<Entry> {
    const { userNameAttribute, identityAttribute, accountsBase } = this.#settings;
    const attributes = {
      objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
      [userNameAttribute]: [profile.userName],
      [identityAttribute]: [profile.identityId],
      ...this.#attributesToStore(profile),
    };
    const stored = Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0));
    const dn = `${this.#client.nameOf(userNameAttribute, profile.userName)},${accountsBase}`;
    try {
      await this.#client.add(dn, stored);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
    }
    const entry = await this.#find(profile);
    if (entry === undefined) throw new ConflictError('LDAP: the name is taken by an entry that is no account');
    return entry;
  }

  #attributesToStore(profile: AccountProfile): Record<string, string[]> {
    const stored = (Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, string][]).map(([name, attribute]) => {
      const value = profile[name] ?? (name === 'familyName' ? NO_NAME : undefined);
      return [attribute, value === undefined ? [] : [value]] as const;
    });
    return { cn: [profile.displayName], ...Object.fromEntries(stored) };
  }

  async #observe(entry: Entry): Promise<ObservedAccount> {
    const { userNameAttribute, idAttribute, leaversBase, sshKeyAttribute } = this.#settings;
    const groups = await this.#groupsOf(entry.dn);
    const owned = await this.#groupsOwnedBy(entry.dn);
    const keys = valuesOf(entry, sshKeyAttribute);
    return {
      accountId: required(firstValueOf(entry, idAttribute), idAttribute),
      userName: required(firstValueOf(entry, userNameAttribute), userNameAttribute),
      enabled: !this.#isLocked(entry),
      grants: [...new Set(groups.map((group) => this.#grantOf(group)))].sort(),
      attributes: Object.fromEntries(
        Object.entries(ATTRIBUTES).map(([name, attribute]) => [name, knownName(firstValueOf(entry, attribute))]),
      ),
      credentials: [...new Set(keys.map(fingerprintOf))]
        .sort()
        .map((credentialId) => ({ credentialId, kind: 'ssh-key' })),
      owns: owned.map((group) => this.#grantOf(group)).sort(),
      ...(leaversBase === undefined ? {} : { archived: this.#isArchived(entry) }),
    };
  }

  /** Locked for good; the server's own lock after failed binds ends by itself and does not count. */
  #isLocked(entry: Entry): boolean {
    const { lockAttribute, lockValue } = this.#settings;
    return firstValueOf(entry, lockAttribute)?.toLowerCase() === lockValue.toLowerCase();
  }

  #isArchived({ dn }: Entry): boolean {
    const { leaversBase } = this.#settings;
    return leaversBase !== undefined && isWithin(dn, leaversBase);
  }

  #grantOf(group: Entry): string {
    return this.#settings.groupName === 'dn' ? group.dn : required(firstValueOf(group, 'cn'), 'cn');
  }

  async #byId(accountId: string): Promise<Entry | undefined> {
    return (await this.#accounts(this.#client.equals(this.#settings.idAttribute, accountId)))[0];
  }

  async #mustById(accountId: string): Promise<Entry> {
    const entry = await this.#byId(accountId);
    if (entry === undefined) throw new NotFoundError('LDAP: the account is not there');
    return entry;
  }

  async #accounts(filter: Filter): Promise<Entry[]> {
    const {
      accountsBase,
      leaversBase,
      userNameAttribute,
      identityAttribute,
      idAttribute,
      lockAttribute,
      sshKeyAttribute,
    } = this.#settings;
    const attributes = [userNameAttribute, identityAttribute, idAttribute, lockAttribute, sshKeyAttribute];
    const options = {
      filter: this.#client.and(this.#client.equals('objectClass', 'inetOrgPerson'), filter),
      attributes: [...attributes, ...Object.values(ATTRIBUTES), 'cn'],
    };
    const found = new Map<string, Entry>();
    for (const base of [accountsBase, leaversBase]) {
      if (base === undefined) continue;
      for (const entry of await this.#searchBase(base, options)) found.set(entry.dn, entry);
    }
    return [...found.values()];
  }

  async #allIds(): Promise<readonly string[]> {
    const { accountsBase, leaversBase, idAttribute } = this.#settings;
    const ids = new Set<string>();
    for (const base of [accountsBase, leaversBase]) {
      if (base === undefined) continue;
      const options = { filter: this.#client.equals('objectClass', 'inetOrgPerson'), attributes: [idAttribute] };
      for (const entry of await this.#searchBase(base, options))
        ids.add(required(firstValueOf(entry, idAttribute), idAttribute));
    }
    return [...ids].sort();
  }

  /** A base that is not there is a wrong setting, which must never look like an account that is gone. */
  async #searchBase(base: string, options: SearchOptions): Promise<Entry[]> {
    try {
      return await this.#client.search(base, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`LDAP: there is no entry ${base}, or Tenure may not read it`);
    }
  }

  async #groupsWith(attribute: string, value: string): Promise<Entry[]> {
    const { groupsBase, groupClass } = this.#settings;
    const filter = this.#client.and(
      this.#client.equals('objectClass', groupClass),
      this.#client.equals(attribute, value),
    );
    return this.#searchBase(groupsBase, { filter, attributes: ['cn', 'owner'] });
  }

  #groupsOf(dn: string): Promise<Entry[]> {
    return this.#groupsWith(this.#memberAttribute, dn);
  }

  async #groupsOwnedBy(dn: string): Promise<Entry[]> {
    return (await this.#groupsWith('owner', dn)).slice(0, MAX_OWNED);
  }

  async #groupDn(grant: string): Promise<string | undefined> {
    const { groupName, groupsBase } = this.#settings;
    if (groupName === 'dn') {
      if (!distinguishedNameSchema.safeParse(grant).success || !isWithin(grant, groupsBase)) return undefined;
      return (await this.#client.read(grant, ['1.1']))?.dn;
    }
    const groups = await this.#groupsWith('cn', grant);
    if (groups.length > 1) throw new PermanentError(`LDAP: several groups are called "${grant}": set groupName: dn`);
    return groups[0]?.dn;
  }

  async #removeMember(groupDn: string, memberDn: string): Promise<void> {
    const attribute = this.#memberAttribute;
    const removal: LdapChange = { operation: 'delete', attribute, values: [memberDn] };
    const { placeholderMember = this.#settings.groupsBase } = this.#settings;
    try {
      await this.#client.modify(groupDn, [removal]);
    } catch (error) {
      if (error instanceof NotFoundError) return;
      ifRefusedWith(NO_SUCH_ATTRIBUTE, OBJECT_CLASS_VIOLATION)(error);
      if (!(error instanceof LdapRefusedError && error.code === OBJECT_CLASS_VIOLATION)) return;
      // The schema forbids a group without members.
      const placeholder: LdapChange = { operation: 'add', attribute, values: [placeholderMember] };
      await this.#client.modify(groupDn, [placeholder, removal]).catch(ifRefusedWith(NO_SUCH_ATTRIBUTE));
    }
  }

  /** Its groups first: were the move first and lost its answer, the old name would stay a member for whoever gets it. */
  async #move(dn: string, name: string, parent: string): Promise<void> {
    const newDn = `${name},${parent}`;
    if (isSameDn(dn, newDn)) return;
    const groups = await this.#groupsOf(dn);
    const owned = await this.#groupsWith('owner', dn);
    const rename = async (from: string, to: string) => {
      await this.#replaceIn(groups, this.#memberAttribute, from, to);
      await this.#replaceIn(owned, 'owner', from, to);
    };
    await rename(dn, newDn);
    try {
      // The first attempt's answer may have been lost: the caller reads back.
      await this.#client.move(dn, name, parent).catch(ifNotThere);
    } catch (error) {
      if (error instanceof PermanentError || error instanceof ConflictError) await rename(newDn, dn);
      throw error;
    }
  }

  async #replaceIn(groups: readonly Entry[], attribute: string, from: string, to: string): Promise<void> {
    for (const group of groups) {
      const changes: LdapChange[] = [
        { operation: 'delete', attribute, values: [from] },
        { operation: 'add', attribute, values: [to] },
      ];
      await this.#client.modify(group.dn, changes).catch(ifRefusedWith(NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS));
    }
  }
}

/** Anything but a refusal for want of rights: a server that does not know the no-op control tells nothing. */
async function isAllowed(attempt: Promise<void>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (error instanceof LdapRefusedError) return error.code !== INSUFFICIENT_ACCESS;
    if (error instanceof NotFoundError) return true;
    throw error;
  }
}

function knownName(value: string | undefined): string | undefined {
  return value === NO_NAME ? undefined : value;
}

/** As `ssh-keygen -l` shows it. */
function fingerprintOf(key: string): string {
  const encoded = /(?:^|\s)(AAAA[A-Za-z0-9+/]+=*)/.exec(key)?.[1];
  const hash = createHash('sha256').update(encoded === undefined ? key : Buffer.from(encoded, 'base64'));
  return `SHA256:${hash.digest('base64').replace(/=+$/, '')}`;
}

function isSameDn(one: string, other: string): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

function required(value: string | undefined, attribute: string): string {
  if (value === undefined) throw new PermanentError(`LDAP: an entry lacks ${attribute}, or Tenure may not read it`);
  return value;
}
