// Active Directory over LDAPS. The user name is the userPrincipalName; sAMAccountName and CN, which must be short and
// unique in the domain, are made of the identity's id. A grant is a group.
import { createHash, randomBytes } from 'node:crypto';
import type { Entry, Filter } from 'ldapts';
import * as z from 'zod';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import type { Credential } from '../../core/systems/credential.ts';
import type { ApiConnector } from '../contract/connector.ts';
import {
  type AccountDetails,
  bindPasswordSchema,
  type DirectoryLayout,
  DirectoryTarget,
  directorySettings,
} from './directory-target.ts';
import {
  firstValueOf,
  ifNotThere,
  isWithin,
  type LdapChange,
  LdapClient,
  rawValuesOf,
  valuesOf,
} from './ldap-client.ts';

/** [MS-ADTS] section 2.2.16, userAccountControl. */
const ACCOUNT_DISABLE = 0x2;
const NORMAL_ACCOUNT = 0x200;
/** sAMAccountType of people's and services' accounts: neither computers nor trusts. */
const NORMAL_USER_ACCOUNT = '805306368';
const DOMAIN_USERS = 513;
/** [MS-ADTS] section 6.1.1.6: the domain's own principals (Administrator, Guest, krbtgt, ...) have relative ids below. */
const FIRST_RELATIVE_ID = 1000;
/** Made by Windows and Entra Connect, under ordinary relative ids: read-only controllers' krbtgt, synchronisation. */
const SYSTEM_NAMES = /^(krbtgt_\d+|MSOL_[0-9a-f]+|AAD_[0-9a-f]+|SUPPORT_388945a0|.*\$)$/i;
/** From 1601 to 1970, in milliseconds; the directory counts in 100 ns. */
const EPOCH_OFFSET_MS = 11_644_473_600_000;
const FILETIME_PER_MS = 10_000;
/** Let somebody in without the password: certificate mappings, and the keys of Windows Hello and FIDO2. */
const KEY_ATTRIBUTES = ['altSecurityIdentities', 'msDS-KeyCredentialLink'] as const;
const PASSWORD_ID = 'password';

const settingsSchema = z.strictObject({
  ...directorySettings,
  /** Holds the identity's id; one value. */
  identityAttribute: z.enum(['employeeNumber', 'employeeID']).default('employeeNumber'),
  /** What a grant names a group by. */
  groupName: z.enum(['cn', 'sAMAccountName']).default('cn'),
  /** How long a Kerberos ticket lasts. @default 10 h, the domain policy's default */
  ticketSeconds: z
    .int()
    .min(600)
    .max(7 * 86_400)
    .default(36_000),
});

const secretSchema = z.strictObject({
  /** A DN or a userPrincipalName. */
  bindDn: z.string().min(1).max(1000),
  password: bindPasswordSchema,
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

function layoutOf({ identityAttribute }: ActiveDirectorySettings): DirectoryLayout {
  const names = ['userPrincipalName', 'sAMAccountName', identityAttribute];
  const state = ['userAccountControl', 'primaryGroupID', 'pwdLastSet', 'lastLogonTimestamp', 'isCriticalSystemObject'];
  return {
    accountMark: ['sAMAccountType', NORMAL_USER_ACCOUNT],
    accountAttributes: [...names, ...state, ...KEY_ATTRIBUTES, 'objectGUID', 'objectSid'],
    binaryAttributes: ['objectGUID', 'objectSid'],
    listedBy: 'sAMAccountName',
    profileAttributes: ATTRIBUTES,
    groupClass: 'group',
    groupAttributes: ['cn', 'sAMAccountName', 'objectGUID'],
    memberAttribute: 'member',
    ownerAttribute: 'managedBy',
    exactGroupName: 'sAMAccountName',
  };
}

class ActiveDirectoryTarget extends DirectoryTarget<ActiveDirectorySettings> {
  constructor(client: LdapClient, settings: ActiveDirectorySettings) {
    super(client, settings, layoutOf(settings));
  }

  async updateAccount({ accountId }: ObservedAccount, profile: AccountProfile): Promise<void> {
    const entry = await this.mustById(accountId);
    const desired = { ...attributesToStore(profile), ...this.#namesToStore(profile) };
    const changes: LdapChange[] = [];
    for (const [attribute, value] of Object.entries(desired)) {
      if (value !== firstValueOf(entry, attribute))
        changes.push({ operation: 'replace', attribute, values: value === undefined ? [] : [value] });
    }
    if (changes.length > 0) await this.client.modify(entry.dn, changes);
  }

  async deleteAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.byId(accountId);
    if (entry !== undefined) await this.client.delete(entry.dn);
  }

  /** A password nobody knows, to be changed at the next sign-in: `pwdLastSet: 0` is also how it is known again. */
  async revokeCredential({ accountId }: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const entry = await this.byId(accountId);
    if (entry === undefined) return;
    if (credentialId === PASSWORD_ID) {
      const changes: LdapChange[] = [
        { operation: 'replace', attribute: 'unicodePwd', values: [randomPassword()] },
        { operation: 'replace', attribute: 'pwdLastSet', values: ['0'] },
      ];
      return this.client.modify(entry.dn, changes).catch(ifNotThere);
    }
    for (const attribute of KEY_ATTRIBUTES) {
      const values = valuesOf(entry, attribute).filter((value) => keyId(value) === credentialId);
      if (values.length > 0)
        await this.client.modify(entry.dn, [{ operation: 'delete', attribute, values }]).catch(ifNotThere);
    }
  }

  /** The directory tells what the account that asks may write ([MS-ADTS] section 3.1.1.4.5). */
  async checkPrivileges(): Promise<readonly string[]> {
    const { groupsBase, identityAttribute } = this.settings;
    const lacking: string[] = [];
    for (const base of this.accountBases) {
      const unit = await this.client.read(base, ['allowedChildClassesEffective']);
      if (unit === undefined) lacking.push(`read access to ${base}, or there is no such entry`);
      else if (!hasValue(unit, 'allowedChildClassesEffective', 'user')) lacking.push(`to create users in ${base}`);
      const filter = this.client.equals('sAMAccountType', NORMAL_USER_ACCOUNT);
      for (const attribute of await this.#notWritable(base, filter, ['userAccountControl', identityAttribute]))
        lacking.push(`write access to ${attribute} of users below ${base}`);
    }
    const filter = this.client.equals('objectClass', 'group');
    if ((await this.client.read(groupsBase, ['1.1'])) === undefined)
      lacking.push(`read access to ${groupsBase}, or there is no such entry`);
    for (const attribute of await this.#notWritable(groupsBase, filter, ['member', 'managedBy']))
      lacking.push(`write access to ${attribute} of groups below ${groupsBase}`);
    return lacking;
  }

  async #notWritable(base: string, filter: Filter, attributes: readonly string[]): Promise<readonly string[]> {
    const options = { filter, attributes: ['allowedAttributesEffective'] };
    const entry = (await this.client.searchFirst(base, options, 1).catch(ifNotThere))?.[0];
    if (entry === undefined) return [];
    return attributes.filter((attribute) => !hasValue(entry, 'allowedAttributesEffective', attribute));
  }

  protected override async byId(accountId: string): Promise<Entry | undefined> {
    const guid = binaryGuid(accountId);
    return guid === undefined ? undefined : (await this.accounts(this.client.equals('objectGUID', guid)))[0];
  }

  protected override byUserName(userName: string): Filter {
    return this.client.or(
      this.client.equals('userPrincipalName', userName),
      this.client.equals('sAMAccountName', userName),
    );
  }

  /** The bind name may be a DN, a userPrincipalName or `DOMAIN\name`. */
  protected override isReserved(entry: Entry): boolean {
    const shortName = firstValueOf(entry, 'sAMAccountName') ?? '';
    const principalName = firstValueOf(entry, 'userPrincipalName');
    const bound = this.client.bindDn.toLowerCase();
    return (
      super.isReserved(entry) ||
      principalName?.toLowerCase() === bound ||
      bound.endsWith(`\\${shortName.toLowerCase()}`) ||
      firstValueOf(entry, 'isCriticalSystemObject') === 'TRUE' ||
      SYSTEM_NAMES.test(shortName) ||
      (relativeIdOf(entry) ?? FIRST_RELATIVE_ID) < FIRST_RELATIVE_ID
    );
  }

  protected override newEntry(profile: AccountProfile) {
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
    return {
      dn: `${this.client.nameOf('CN', name)},${this.settings.accountsBase}`,
      attributes: {
        objectClass: ['top', 'person', 'organizationalPerson', 'user'],
        ...Object.fromEntries(stored),
        unicodePwd: [randomPassword()],
      },
    };
  }

  #namesToStore(profile: AccountProfile): Record<string, string> {
    return { userPrincipalName: profile.userName, [this.settings.identityAttribute]: profile.identityId };
  }

  protected override detailsOf(entry: Entry): AccountDetails {
    return {
      accountId: this.#guidOf(entry),
      userName: firstValueOf(entry, 'userPrincipalName') ?? this.required(entry, 'sAMAccountName'),
      enabled: this.isEnabled(entry),
      attributes: Object.fromEntries(
        Object.entries(ATTRIBUTES).map(([name, attribute]) => [name, firstValueOf(entry, attribute)]),
      ),
      credentials: credentialsOf(entry),
      lastActiveMs: millisecondsOf(firstValueOf(entry, 'lastLogonTimestamp')),
    };
  }

  protected override groupId(group: Entry): string | undefined {
    return guidIn(group);
  }

  protected override isEnabled(entry: Entry): boolean {
    return (this.#controlOf(entry) & ACCOUNT_DISABLE) === 0;
  }

  protected override disable(entry: Entry): Promise<void> {
    return this.#setControl(entry, this.#controlOf(entry) | ACCOUNT_DISABLE);
  }

  protected override async enable(entry: Entry): Promise<void> {
    if (!this.isEnabled(entry)) await this.#setControl(entry, this.#controlOf(entry) & ~ACCOUNT_DISABLE);
  }

  #controlOf(entry: Entry): number {
    return Number(this.required(entry, 'userAccountControl'));
  }

  async #setControl(entry: Entry, control: number): Promise<void> {
    await this.client.modify(entry.dn, [
      { operation: 'replace', attribute: 'userAccountControl', values: [String(control)] },
    ]);
  }

  /** Under its sAMAccountName, which no other account of the domain has: two leavers may share a CN. */
  protected override async moveTo(entry: Entry, base: string): Promise<void> {
    const name = this.client.nameOf('CN', this.required(entry, 'sAMAccountName'));
    if (isWithin(entry.dn, base)) return;
    // The first attempt's answer may have been lost: the caller reads back.
    await this.client.move(entry.dn, name, base).catch(ifNotThere);
  }

  protected override async addMember(groupDn: string, entry: Entry): Promise<void> {
    try {
      await this.client.modify(groupDn, [{ operation: 'add', attribute: 'member', values: [entry.dn] }]);
    } catch (error) {
      if (!(await this.#isMember(entry, groupDn))) throw error;
    }
  }

  protected override async removeMember(groupDn: string, entry: Entry): Promise<void> {
    if (!(await this.#isMember(entry, groupDn))) return;
    if ((await this.#primaryGroupOf(entry))?.dn === groupDn) {
      // The directory keeps a member whose primary group this is.
      const values = [String(DOMAIN_USERS)];
      await this.client.modify(entry.dn, [{ operation: 'replace', attribute: 'primaryGroupID', values }]);
    }
    try {
      await this.client.modify(groupDn, [{ operation: 'delete', attribute: 'member', values: [entry.dn] }]);
    } catch (error) {
      const after = await this.byId(this.#guidOf(entry));
      if (after !== undefined && (await this.#isMember(after, groupDn))) throw error;
    }
  }

  protected override async replaceOwner(group: Entry, _formerDn: string, newDn: string): Promise<void> {
    await this.client.modify(group.dn, [{ operation: 'replace', attribute: 'managedBy', values: [newDn] }]);
  }

  protected override async groupsOf(entry: Entry): Promise<Entry[]> {
    const groups = await super.groupsOf(entry);
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
    return (await this.groupsWith('objectSid', groupSid))[0];
  }

  async #isMember(entry: Entry, groupDn: string): Promise<boolean> {
    return (await this.groupsOf(entry)).some(({ dn }) => dn === groupDn);
  }

  #guidOf(entry: Entry): string {
    return guidIn(entry) ?? this.lacks('objectGUID');
  }
}

/** [MS-DTYP] section 2.4.2: the last sub-authority of a SID, within its domain. */
function relativeIdOf(entry: Entry): number | undefined {
  const [sid] = rawValuesOf(entry, 'objectSid');
  return Buffer.isBuffer(sid) && sid.length >= 12 ? sid.readUInt32LE(sid.length - 4) : undefined;
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
  // 0: whoever signs in has to set another first.
  const setMs = millisecondsOf(firstValueOf(entry, 'pwdLastSet'));
  return [
    ...(setMs === undefined ? [] : [{ credentialId: PASSWORD_ID, kind: 'password', setMs } as const]),
    ...[...new Set(keys)].map((credentialId) => ({ credentialId, kind: 'certificate' }) as const),
  ].sort((one, other) => (one.credentialId < other.credentialId ? -1 : 1));
}

function keyId(value: string): string {
  return `sha256:${createHash('sha256').update(value).digest('hex')}`;
}

function millisecondsOf(fileTime: string | undefined): number | undefined {
  const count = Number(fileTime ?? 0);
  return count > 0 ? Math.floor(count / FILETIME_PER_MS) - EPOCH_OFFSET_MS : undefined;
}

/** [MS-DTYP] section 2.3.4: the first three groups are little-endian. */
function guidIn(entry: Entry): string | undefined {
  const [binary] = rawValuesOf(entry, 'objectGUID');
  if (!Buffer.isBuffer(binary) || binary.length !== 16) return undefined;
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
