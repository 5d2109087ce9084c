// Active Directory over LDAPS. The user name is the userPrincipalName; sAMAccountName and CN, which must be short and
// unique in the domain, are made of the identity's id. A grant is a group.
import { createHash, randomBytes } from 'node:crypto';
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
  isWithin,
  type LdapChange,
  LdapClient,
  ldapUrlSchema,
  pemCertificatesSchema,
  rawValuesOf,
  valuesOf,
} from './ldap-client.ts';

/** Accounts on one page of a listing, each read with its groups. */
const MAX_LISTED = 100;
/** What an account owns is shown up to here. */
const MAX_OWNED = 100;
/** [MS-ADTS] section 2.2.16, userAccountControl. */
const ACCOUNT_DISABLE = 0x2;
const NORMAL_ACCOUNT = 0x200;
/** sAMAccountType of people's and services' accounts: neither computers nor trusts. */
const NORMAL_USER_ACCOUNT = '805306368';
const DOMAIN_USERS = 513;
/** From 1601 to 1970, in milliseconds; the directory counts in 100 ns. */
const EPOCH_OFFSET_MS = 11_644_473_600_000;
const FILETIME_PER_MS = 10_000;
/** Let somebody in without the password: certificate mappings, and the keys of Windows Hello and FIDO2. */
const KEY_ATTRIBUTES = ['altSecurityIdentities', 'msDS-KeyCredentialLink'] as const;
const PASSWORD_ID = 'password';

const settingsSchema = z.strictObject({
  url: ldapUrlSchema,
  /** The name in the domain controller's certificate, where `url` has another. */
  tlsServerName: z.string().min(1).max(253).optional(),
  /** The certificate authorities to accept instead of the public ones: the domain's own. */
  certificateAuthorities: pemCertificatesSchema.optional(),
  /** Where accounts are created and found, e.g. `OU=People,DC=example,DC=com`. */
  accountsBase: distinguishedNameSchema,
  groupsBase: distinguishedNameSchema,
  /** Where leavers' accounts are kept: accounts are found here too. @default they stay where they are */
  leaversBase: distinguishedNameSchema.optional(),
  /** Holds the identity's id; one value. */
  identityAttribute: z.enum(['employeeNumber', 'employeeID']).default('employeeNumber'),
  /** What a grant names a group by. */
  groupName: z.enum(['cn', 'sAMAccountName']).default('cn'),
  /** Takes over the groups that a leaver without a successor managed. */
  custodian: distinguishedNameSchema.optional(),
  /** How long a Kerberos ticket lasts. @default 10 h, the domain policy's default */
  ticketSeconds: z
    .int()
    .min(600)
    .max(7 * 86_400)
    .default(36_000),
  pageSize: z.int().min(1).max(1000).default(200),
});

const secretSchema = z.strictObject({
  /** A DN or a userPrincipalName. */
  bindDn: z.string().min(1).max(1000),
  /** Not empty: RFC 4513 section 5.1.2 lets a bind without a password pass, as nobody. */
  password: z.string().min(1).max(1024),
});

export type ActiveDirectorySettings = z.infer<typeof settingsSchema>;
export type ActiveDirectorySecret = z.infer<typeof secretSchema>;

export const activeDirectory: ApiConnector<ActiveDirectorySettings, ActiveDirectorySecret> = {
  kind: 'api',
  type: 'active-directory',
  title: 'Active Directory over LDAPS: accounts, groups, leavers’ OU, passwords and keys',
  testedAgainst: 'Samba AD DC 4.17',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'An account of its own, delegated and in no administrators’ group (`DN` stands for each OU, `T` for the account):',
    'accountsBase and leaversBase: `dsacls DN /I:T /G "T:CCDC;user"`, `dsacls DN /I:S /G "T:RPWP;;user"`',
    'The same OUs: `dsacls DN /I:S /G "T:CA;Reset Password;user"`',
    'groupsBase: `dsacls DN /I:S /G "T:RPWP;member;group"`, `dsacls DN /I:S /G "T:RPWP;managedBy;group"`',
  ],
  limits: [
    'Active Directory cannot end a session: tickets and bound connections last until they expire',
    'Only direct memberships are seen, and a group inside another group is none of the account’s grants',
    'Accounts of administrators are protected (AdminSDHolder): the delegation above does not reach them',
    'Tenure sets random passwords only: who joins or returns gets one from the help desk or a self-service page',
  ],
  residualWindow: ({ ticketSeconds }) => ({
    seconds: ticketSeconds,
    what: 'Kerberos tickets already issued and connections already bound',
  }),
  connect: async ({ settings, secret, callTimeoutMs }) => {
    const client = await LdapClient.load({ system: 'Active Directory', ...settings, ...secret, callTimeoutMs });
    return new ActiveDirectoryTarget(client, settings);
  },
};

/** Where each attribute is stored. */
const ATTRIBUTES = {
  displayName: 'displayName',
  givenName: 'givenName',
  familyName: 'sn',
  email: 'mail',
  title: 'title',
  department: 'department',
  company: 'company',
  location: 'physicalDeliveryOfficeName',
} as const satisfies Partial<Record<keyof AccountProfile, string>>;

class ActiveDirectoryTarget implements Target {
  readonly archiveAccount?: (account: ObservedAccount) => Promise<void>;
  readonly #client: LdapClient;
  readonly #settings: ActiveDirectorySettings;
  #listedNames: readonly string[] | undefined;

  constructor(client: LdapClient, settings: ActiveDirectorySettings) {
    this.#client = client;
    this.#settings = settings;
    const { leaversBase } = settings;
    if (leaversBase !== undefined) {
      this.archiveAccount = async ({ accountId }) => {
        const entry = await this.#byId(accountId);
        if (entry !== undefined) await this.#moveTo(entry, leaversBase);
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
    const entry = await this.#mustById(accountId);
    const desired = { ...attributesToStore(profile), ...this.#namesToStore(profile) };
    const changes: LdapChange[] = [];
    for (const [attribute, value] of Object.entries(desired)) {
      if (value !== firstValueOf(entry, attribute))
        changes.push({ operation: 'replace', attribute, values: value === undefined ? [] : [value] });
    }
    if (changes.length > 0) await this.#client.modify(entry.dn, changes);
  }

  async disableAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.#byId(accountId);
    if (entry === undefined || !isEnabled(entry)) return;
    await this.#setControl(entry, controlOf(entry) | ACCOUNT_DISABLE).catch(ifNotThere);
  }

  /** Also brings the account back from where leavers' accounts are kept. */
  async enableAccount({ accountId }: ObservedAccount): Promise<void> {
    const archived = await this.#mustById(accountId);
    if (this.#isArchived(archived)) await this.#moveTo(archived, this.#settings.accountsBase);
    const entry = await this.#mustById(accountId);
    if (!isEnabled(entry)) await this.#setControl(entry, controlOf(entry) & ~ACCOUNT_DISABLE);
  }

  async deleteAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.#byId(accountId);
    if (entry !== undefined) await this.#client.delete(entry.dn);
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const group = await this.#group(grant);
    if (group === undefined)
      throw new PermanentError(`Active Directory: there is no group "${grant}": create it, or correct the grant`);
    const entry = await this.#mustById(accountId);
    try {
      await this.#client.modify(group.dn, [{ operation: 'add', attribute: 'member', values: [entry.dn] }]);
    } catch (error) {
      if (!(await this.#isMember(entry, group))) throw error;
    }
  }

  async revoke({ accountId }: ObservedAccount, grant: string): Promise<void> {
    const group = await this.#group(grant);
    const entry = group === undefined ? undefined : await this.#byId(accountId);
    if (group === undefined || entry === undefined || !(await this.#isMember(entry, group))) return;
    if ((await this.#primaryGroupOf(entry))?.dn === group.dn) {
      // The directory keeps a member whose primary group this is.
      const values = [String(DOMAIN_USERS)];
      await this.#client.modify(entry.dn, [{ operation: 'replace', attribute: 'primaryGroupID', values }]);
    }
    try {
      await this.#client.modify(group.dn, [{ operation: 'delete', attribute: 'member', values: [entry.dn] }]);
    } catch (error) {
      const after = await this.#byId(accountId);
      if (after !== undefined && (await this.#isMember(after, group))) throw error;
    }
  }

  /** A password nobody knows, to be changed at the next sign-in: `pwdLastSet: 0` is also how it is known again. */
  async revokeCredential({ accountId }: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const entry = await this.#byId(accountId);
    if (entry === undefined) return;
    if (credentialId === PASSWORD_ID) {
      const changes: LdapChange[] = [
        { operation: 'replace', attribute: 'unicodePwd', values: [randomPassword()] },
        { operation: 'replace', attribute: 'pwdLastSet', values: ['0'] },
      ];
      return this.#client.modify(entry.dn, changes).catch(ifNotThere);
    }
    for (const attribute of KEY_ATTRIBUTES) {
      const values = valuesOf(entry, attribute).filter((value) => keyId(value) === credentialId);
      if (values.length > 0)
        await this.#client.modify(entry.dn, [{ operation: 'delete', attribute, values }]).catch(ifNotThere);
    }
  }

  async transferOwnership({ accountId }: ObservedAccount, heir: Heir): Promise<void> {
    const entry = await this.#byId(accountId);
    const managed = entry === undefined ? [] : await this.#groupsWith('managedBy', entry.dn);
    if (managed.length === 0) return;
    const newOwner =
      heir.account === undefined ? this.#settings.custodian : (await this.#mustById(heir.account.accountId)).dn;
    if (newOwner === undefined)
      throw new PermanentError('Active Directory: nobody can take over what the account owns: set `custodian`');
    for (const group of managed) {
      const change: LdapChange = { operation: 'replace', attribute: 'managedBy', values: [newOwner] };
      await this.#client.modify(group.dn, [change]).catch(ifNotThere);
    }
  }

  /** Names first, then the accounts behind the next few: the directory's own paging is tied to one connection. */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    if (from === undefined || this.#listedNames === undefined) this.#listedNames = await this.#allNames();
    const left = this.#listedNames.filter((name) => from === undefined || name > from);
    const names = left.slice(0, Math.min(this.#settings.pageSize, MAX_LISTED));
    if (names.length === 0) return { accounts: [] };
    const filter = this.#client.or(...names.map((name) => this.#client.equals('sAMAccountName', name)));
    const accounts: ObservedAccount[] = [];
    for (const entry of await this.#accounts(filter)) accounts.push(await this.#observe(entry));
    return { accounts, next: left.length > names.length ? names.at(-1) : undefined };
  }

  /** The directory tells what the account that asks may write ([MS-ADTS] section 3.1.1.4.5). */
  async checkPrivileges(): Promise<readonly string[]> {
    const { accountsBase, leaversBase, groupsBase, identityAttribute } = this.#settings;
    const lacking: string[] = [];
    for (const base of [accountsBase, leaversBase]) {
      if (base === undefined) continue;
      const unit = await this.#client.read(base, ['allowedChildClassesEffective']);
      if (unit === undefined) lacking.push(`read access to ${base}, or there is no such entry`);
      else if (!hasValue(unit, 'allowedChildClassesEffective', 'user')) lacking.push(`to create users in ${base}`);
      const filter = this.#client.equals('sAMAccountType', NORMAL_USER_ACCOUNT);
      for (const attribute of await this.#notWritable(base, filter, ['userAccountControl', identityAttribute]))
        lacking.push(`write access to ${attribute} of users below ${base}`);
    }
    const filter = this.#client.equals('objectClass', 'group');
    if ((await this.#client.read(groupsBase, ['1.1'])) === undefined)
      lacking.push(`read access to ${groupsBase}, or there is no such entry`);
    for (const attribute of await this.#notWritable(groupsBase, filter, ['member', 'managedBy']))
      lacking.push(`write access to ${attribute} of groups below ${groupsBase}`);
    return lacking;
  }

  async #notWritable(base: string, filter: Filter, attributes: readonly string[]): Promise<readonly string[]> {
    const options = { filter, attributes: ['allowedAttributesEffective'] };
    const entry = (await this.#client.searchFirst(base, options, 1).catch(ifNotThere))?.[0];
    if (entry === undefined) return [];
    return attributes.filter((attribute) => !hasValue(entry, 'allowedAttributesEffective', attribute));
  }

  async #find({ accountId, identityId, userName }: AccountKey): Promise<Entry | undefined> {
    const linked = accountId === undefined ? undefined : await this.#byId(accountId);
    if (linked !== undefined) return this.#ownedBy(identityId, linked);
    const claimed = await this.#accounts(this.#client.equals(this.#settings.identityAttribute, identityId));
    if (claimed.length > 1) throw new ConflictError('Active Directory: several accounts carry the identity');
    if (claimed[0] !== undefined) return claimed[0];
    const named = await this.#accounts(
      this.#client.or(
        this.#client.equals('userPrincipalName', userName),
        this.#client.equals('sAMAccountName', userName),
      ),
    );
    if (named.length > 1) throw new ConflictError('Active Directory: several accounts have the user name');
    return named[0] && this.#ownedBy(identityId, named[0]);
  }

  /** The entry, unless it carries another identity. One without any is adopted: it was there before Tenure. */
  #ownedBy(identityId: string, entry: Entry): Entry {
    const owner = firstValueOf(entry, this.#settings.identityAttribute);
    if (owner !== undefined && owner !== identityId)
      throw new ConflictError(
        `Active Directory: the account belongs to another identity (see its ${this.#settings.identityAttribute})`,
      );
    return entry;
  }

  async #create(profile: AccountProfile): Promise<Entry> {
    const name = shortName(profile.identityId);
    const attributes = {
      sAMAccountName: name,
      ...attributesToStore(profile),
      ...this.#namesToStore(profile),
      userAccountControl: String(NORMAL_ACCOUNT),
      pwdLastSet: '0',
    };
    const stored = Object.entries(attributes).flatMap(([attribute, value]) =>
      value === undefined ? [] : [[attribute, [value]] as const],
    );
    const dn = `${this.#client.nameOf('CN', name)},${this.#settings.accountsBase}`;
    try {
      await this.#client.add(dn, {
        objectClass: ['top', 'person', 'organizationalPerson', 'user'],
        ...Object.fromEntries(stored),
        unicodePwd: [randomPassword()],
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
    }
    const entry = await this.#find(profile);
    if (entry === undefined) throw new ConflictError('Active Directory: the name is taken by an entry elsewhere');
    return entry;
  }

  #namesToStore(profile: AccountProfile): Record<string, string> {
    return { userPrincipalName: profile.userName, [this.#settings.identityAttribute]: profile.identityId };
  }

  async #observe(entry: Entry): Promise<ObservedAccount> {
    const groups = await this.#groupsOf(entry);
    const managed = (await this.#groupsWith('managedBy', entry.dn)).slice(0, MAX_OWNED);
    return {
      accountId: guidOf(entry),
      userName: userNameOf(entry),
      enabled: isEnabled(entry),
      grants: [...new Set(groups.map((group) => this.#grantOf(group)))].sort(),
      attributes: Object.fromEntries(
        Object.entries(ATTRIBUTES).map(([name, attribute]) => [name, firstValueOf(entry, attribute)]),
      ),
      credentials: credentialsOf(entry),
      owns: managed.map((group) => this.#grantOf(group)).sort(),
      ...(this.#settings.leaversBase === undefined ? {} : { archived: this.#isArchived(entry) }),
      lastActiveMs: millisecondsOf(firstValueOf(entry, 'lastLogonTimestamp')),
    };
  }

  #isArchived({ dn }: Entry): boolean {
    const { leaversBase } = this.#settings;
    return leaversBase !== undefined && isWithin(dn, leaversBase);
  }

  /** Under its sAMAccountName, which no other account of the domain has: two leavers may share a CN. */
  async #moveTo(entry: Entry, base: string): Promise<void> {
    const name = this.#client.nameOf('CN', required(firstValueOf(entry, 'sAMAccountName'), 'sAMAccountName'));
    if (isWithin(entry.dn, base)) return;
    // The first attempt's answer may have been lost: the caller reads back.
    await this.#client.move(entry.dn, name, base).catch(ifNotThere);
  }

  async #setControl(entry: Entry, control: number): Promise<void> {
    await this.#client.modify(entry.dn, [
      { operation: 'replace', attribute: 'userAccountControl', values: [String(control)] },
    ]);
  }

  #grantOf(group: Entry): string {
    return required(firstValueOf(group, this.#settings.groupName), this.#settings.groupName);
  }

  async #byId(accountId: string): Promise<Entry | undefined> {
    const guid = binaryGuid(accountId);
    return guid === undefined ? undefined : (await this.#accounts(this.#client.equals('objectGUID', guid)))[0];
  }

  async #mustById(accountId: string): Promise<Entry> {
    const entry = await this.#byId(accountId);
    if (entry === undefined) throw new NotFoundError('Active Directory: the account is not there');
    return entry;
  }

  async #accounts(filter: Filter): Promise<Entry[]> {
    const own = ['userPrincipalName', 'sAMAccountName', 'userAccountControl', 'objectGUID', 'objectSid'];
    const state = ['primaryGroupID', 'pwdLastSet', 'lastLogonTimestamp', ...KEY_ATTRIBUTES];
    return this.#searchAccounts({
      filter: this.#client.and(this.#client.equals('sAMAccountType', NORMAL_USER_ACCOUNT), filter),
      attributes: [...own, ...state, this.#settings.identityAttribute, ...Object.values(ATTRIBUTES)],
      explicitBufferAttributes: ['objectGUID', 'objectSid'],
    });
  }

  async #searchAccounts(options: SearchOptions): Promise<Entry[]> {
    const { accountsBase, leaversBase } = this.#settings;
    const found = new Map<string, Entry>();
    for (const base of [accountsBase, leaversBase]) {
      if (base === undefined) continue;
      for (const entry of await this.#searchBase(base, options)) found.set(entry.dn, entry);
    }
    return [...found.values()];
  }

  async #allNames(): Promise<readonly string[]> {
    const filter = this.#client.equals('sAMAccountType', NORMAL_USER_ACCOUNT);
    const entries = await this.#searchAccounts({ filter, attributes: ['sAMAccountName'] });
    return entries.map((entry) => required(firstValueOf(entry, 'sAMAccountName'), 'sAMAccountName')).sort();
  }

  /** A base that is not there is a wrong setting, which must never look like an account that is gone. */
  async #searchBase(base: string, options: SearchOptions): Promise<Entry[]> {
    try {
      return await this.#client.search(base, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`Active Directory: there is no entry ${base}, or Tenure may not read it`);
    }
  }

  async #groupsWith(attribute: string, value: string | Buffer): Promise<Entry[]> {
    const filter = this.#client.and(this.#client.equals('objectClass', 'group'), this.#client.equals(attribute, value));
    return this.#searchBase(this.#settings.groupsBase, { filter, attributes: ['cn', 'sAMAccountName'] });
  }

  async #groupsOf(entry: Entry): Promise<Entry[]> {
    const groups = await this.#groupsWith('member', entry.dn);
    const primary = await this.#primaryGroupOf(entry);
    return primary === undefined ? groups : [...groups, primary];
  }

  /** A primary group's members are not among its `member` values. */
  async #primaryGroupOf(entry: Entry): Promise<Entry | undefined> {
    const relativeId = Number(firstValueOf(entry, 'primaryGroupID') ?? DOMAIN_USERS);
    const [sid] = rawValuesOf(entry, 'objectSid');
    if (relativeId === DOMAIN_USERS || !Buffer.isBuffer(sid)) return undefined;
    const groupSid = Buffer.from(sid);
    groupSid.writeUInt32LE(relativeId, groupSid.length - 4);
    return (await this.#groupsWith('objectSid', groupSid))[0];
  }

  async #isMember(entry: Entry, group: Entry): Promise<boolean> {
    return (await this.#groupsOf(entry)).some(({ dn }) => dn === group.dn);
  }

  async #group(grant: string): Promise<Entry | undefined> {
    const { groupName } = this.#settings;
    const groups = await this.#groupsWith(groupName, grant);
    if (groups.length > 1)
      throw new PermanentError(`Active Directory: several groups are called "${grant}": set groupName: sAMAccountName`);
    return groups[0];
  }
}

function attributesToStore(profile: AccountProfile): Record<string, string | undefined> {
  return Object.fromEntries(
    (Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, string][]).map(([name, attribute]) => [
      attribute,
      profile[name] || undefined,
    ]),
  );
}

/** sAMAccountName: 20 characters at most, and few of them awkward. */
function shortName(identityId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,19}$/.test(identityId)) return identityId;
  return `t${createHash('sha256').update(identityId).digest('hex').slice(0, 19)}`;
}

/** 256 random bits, with a character of each class that a password policy may ask for. */
function randomPassword(): Buffer {
  return Buffer.from(`"${randomBytes(32).toString('base64url')}aA1!"`, 'utf16le');
}

function credentialsOf(entry: Entry): readonly Credential[] {
  const keys = KEY_ATTRIBUTES.flatMap((attribute) => valuesOf(entry, attribute)).map(keyId);
  const hasPassword = (firstValueOf(entry, 'pwdLastSet') ?? '0') !== '0';
  return [
    ...(hasPassword ? [{ credentialId: PASSWORD_ID, kind: 'password' } as const] : []),
    ...[...new Set(keys)].map((credentialId) => ({ credentialId, kind: 'certificate' }) as const),
  ].sort((one, other) => (one.credentialId < other.credentialId ? -1 : 1));
}

function keyId(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

function controlOf(entry: Entry): number {
  return Number(required(firstValueOf(entry, 'userAccountControl'), 'userAccountControl'));
}

function isEnabled(entry: Entry): boolean {
  return (controlOf(entry) & ACCOUNT_DISABLE) === 0;
}

function userNameOf(entry: Entry): string {
  return firstValueOf(entry, 'userPrincipalName') ?? required(firstValueOf(entry, 'sAMAccountName'), 'sAMAccountName');
}

function millisecondsOf(fileTime: string | undefined): number | undefined {
  const count = Number(fileTime ?? 0);
  return count > 0 ? Math.floor(count / FILETIME_PER_MS) - EPOCH_OFFSET_MS : undefined;
}

/** [MS-DTYP] section 2.3.4: the first three groups are little-endian. */
function guidOf(entry: Entry): string {
  const [binary] = rawValuesOf(entry, 'objectGUID');
  if (!Buffer.isBuffer(binary) || binary.length !== 16) return required(undefined, 'objectGUID');
  return swapGuid(binary)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function binaryGuid(text: string): Buffer | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return undefined;
  return swapGuid(Buffer.from(text.replaceAll('-', ''), 'hex'));
}

function swapGuid(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

function hasValue(entry: Entry, attribute: string, value: string): boolean {
  return valuesOf(entry, attribute).some((each) => each.toLowerCase() === value.toLowerCase());
}

function required(value: string | undefined, attribute: string): string {
  if (value === undefined)
    throw new PermanentError(`Active Directory: an entry lacks ${attribute}, or Tenure may not read it`);
  return value;
}
