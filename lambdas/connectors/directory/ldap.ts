// Any LDAP v3 directory of inetOrgPerson entries and groupOfNames groups (OpenLDAP, 389 Directory Server, ...). A grant
// is a group, and what an account holds is read from the groups' side: `memberOf` is an overlay that may be missing.
import { createHash } from 'node:crypto';
import type { Entry, Filter } from 'ldapts';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError } from '../../core/errors.ts';
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
  MAX_OWNED,
} from './directory-target.ts';
import {
  distinguishedNameSchema,
  firstValueOf,
  ifNotThere,
  ifRefusedWith,
  isSameDn,
  isWithin,
  type LdapChange,
  LdapClient,
  LdapRefusedError,
  splitDn,
  valuesOf,
} from './ldap-client.ts';

/** inetOrgPerson requires a surname, and a service account has none. Not reported back, so that it is no difference. */
const NO_NAME = '-';
const NO_SUCH_ATTRIBUTE = 16;
const ATTRIBUTE_OR_VALUE_EXISTS = 20;
const OBJECT_CLASS_VIOLATION = 65;
const INSUFFICIENT_ACCESS = 50;

const attributeNameSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'expected the name of an attribute');

const settingsSchema = z.strictObject({
  ...directorySettings,
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
});

const secretSchema = z.strictObject({
  bindDn: distinguishedNameSchema,
  password: bindPasswordSchema,
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

function layoutOf(settings: LdapSettings): DirectoryLayout {
  const { userNameAttribute, identityAttribute, idAttribute, lockAttribute, sshKeyAttribute, groupClass } = settings;
  return {
    accountMark: ['objectClass', 'inetOrgPerson'],
    accountAttributes: [userNameAttribute, identityAttribute, idAttribute, lockAttribute, sshKeyAttribute, 'cn'],
    listedBy: idAttribute,
    profileAttributes: ATTRIBUTES,
    groupClass,
    groupAttributes: ['cn', 'owner', idAttribute],
    memberAttribute: groupClass === 'groupOfNames' ? 'member' : 'uniqueMember',
    ownerAttribute: 'owner',
    exactGroupName: 'dn',
  };
}

class LdapTarget extends DirectoryTarget<LdapSettings> {
  constructor(client: LdapClient, settings: LdapSettings) {
    super(client, settings, layoutOf(settings));
  }

  protected override groupId(group: Entry): string | undefined {
    return firstValueOf(group, this.settings.idAttribute);
  }

  async updateAccount({ accountId }: ObservedAccount, profile: AccountProfile): Promise<void> {
    const { userNameAttribute, identityAttribute, accountsBase } = this.settings;
    const entry = await this.mustById(accountId);
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
    if (changes.length > 0) await this.client.modify(entry.dn, changes);
    if (isRenamed && namedBy === userNameAttribute.toLowerCase())
      await this.#move(entry.dn, this.client.nameOf(userNameAttribute, profile.userName), parent || accountsBase);
  }

  async deleteAccount({ accountId }: ObservedAccount): Promise<void> {
    const entry = await this.byId(accountId);
    if (entry === undefined) return;
    // A member left behind would be access for whoever gets that name next.
    for (const group of await this.groupsOf(entry)) await this.removeMember(group.dn, entry);
    await this.client.delete(entry.dn);
  }

  async revokeCredential({ accountId }: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const { sshKeyAttribute } = this.settings;
    const entry = await this.byId(accountId);
    const keys = entry === undefined ? [] : valuesOf(entry, sshKeyAttribute);
    const values = keys.filter((key) => fingerprintOf(key) === credentialId);
    if (entry === undefined || values.length === 0) return;
    await this.client
      .modify(entry.dn, [{ operation: 'delete', attribute: sshKeyAttribute, values }])
      .catch(ifRefusedWith(NO_SUCH_ATTRIBUTE))
      .catch(ifNotThere);
  }

  /** Asks under slapd's no-op control, which tells what would happen; other servers are asked for what they show. */
  async checkPrivileges(): Promise<readonly string[]> {
    const { groupsBase, lockAttribute, lockValue } = this.settings;
    const lacking: string[] = [];
    for (const base of [...this.accountBases, groupsBase]) {
      if ((await this.client.read(base, ['1.1'])) === undefined)
        lacking.push(`read access to ${base}, or there is no such entry`);
    }
    for (const base of this.accountBases) {
      const person = { objectClass: ['inetOrgPerson'], cn: ['privilege check'], sn: [NO_NAME] };
      const name = this.client.nameOf('cn', 'privilege check');
      if (!(await isAllowed(this.client.addWithoutEffect(`${name},${base}`, person))))
        lacking.push(`to create accounts below ${base}`);
      const entry = await this.#anyOf(base, 'inetOrgPerson');
      if (entry === undefined) continue;
      const lock: LdapChange = { operation: 'replace', attribute: lockAttribute, values: [lockValue] };
      if (!(await isAllowed(this.client.modifyWithoutEffect(entry.dn, lock))))
        lacking.push(`write access to ${lockAttribute} below ${base}`);
    }
    const group = await this.#anyOf(groupsBase, this.settings.groupClass);
    for (const attribute of [this.layout.memberAttribute, 'owner']) {
      const add: LdapChange = { operation: 'add', attribute, values: [`cn=privilege-check,${groupsBase}`] };
      if (group !== undefined && !(await isAllowed(this.client.modifyWithoutEffect(group.dn, add))))
        lacking.push(`write access to ${attribute} below ${groupsBase}`);
    }
    return lacking;
  }

  async #anyOf(base: string, objectClass: string): Promise<Entry | undefined> {
    const options = { filter: this.client.equals('objectClass', objectClass), attributes: ['1.1'] };
    return (await this.client.searchFirst(base, options, 1).catch(ifNotThere))?.[0];
  }

  protected override async byId(accountId: string): Promise<Entry | undefined> {
    return (await this.accounts(this.client.equals(this.settings.idAttribute, accountId)))[0];
  }

  protected override byUserName(userName: string): Filter {
    return this.client.equals(this.settings.userNameAttribute, userName);
  }

  protected override newEntry(profile: AccountProfile) {
    const { userNameAttribute, identityAttribute, accountsBase } = this.settings;
    const attributes = {
      objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
      [userNameAttribute]: [profile.userName],
      [identityAttribute]: [profile.identityId],
      ...this.#attributesToStore(profile),
    };
    return {
      dn: `${this.client.nameOf(userNameAttribute, profile.userName)},${accountsBase}`,
      attributes: Object.fromEntries(Object.entries(attributes).filter(([, values]) => values.length > 0)),
    };
  }

  #attributesToStore(profile: AccountProfile): Record<string, string[]> {
    const stored = (Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, string][]).map(([name, attribute]) => {
      const value = profile[name] ?? (name === 'familyName' ? NO_NAME : undefined);
      return [attribute, value === undefined ? [] : [value]] as const;
    });
    return { cn: [profile.displayName], ...Object.fromEntries(stored) };
  }

  protected override detailsOf(entry: Entry): AccountDetails {
    const { userNameAttribute, idAttribute, sshKeyAttribute } = this.settings;
    const keys = valuesOf(entry, sshKeyAttribute);
    return {
      accountId: this.required(entry, idAttribute),
      userName: this.required(entry, userNameAttribute),
      enabled: this.isEnabled(entry),
      attributes: Object.fromEntries(
        Object.entries(ATTRIBUTES).map(([name, attribute]) => [name, knownName(firstValueOf(entry, attribute))]),
      ),
      credentials: [...new Set(keys.map(fingerprintOf))]
        .sort()
        .map((credentialId) => ({ credentialId, kind: 'ssh-key' })),
    };
  }

  /** Unless locked for good; the server's own lock after failed binds ends by itself and does not count. */
  protected override isEnabled(entry: Entry): boolean {
    const { lockAttribute, lockValue } = this.settings;
    return firstValueOf(entry, lockAttribute)?.toLowerCase() !== lockValue.toLowerCase();
  }

  protected override disable(entry: Entry): Promise<void> {
    return this.#setLock(entry, [this.settings.lockValue]);
  }

  protected override enable(entry: Entry): Promise<void> {
    return this.#setLock(entry, []);
  }

  async #setLock({ dn }: Entry, values: readonly string[]): Promise<void> {
    await this.client.modify(dn, [{ operation: 'replace', attribute: this.settings.lockAttribute, values }]);
  }

  protected override moveTo({ dn }: Entry, base: string): Promise<void> {
    return this.#move(dn, splitDn(dn).name, base);
  }

  protected override grantOf(group: Entry): string {
    return this.settings.groupName === 'dn' ? group.dn : super.grantOf(group);
  }

  protected override async groupDn(grant: string): Promise<string | undefined> {
    const { groupName, groupsBase } = this.settings;
    if (groupName !== 'dn') return super.groupDn(grant);
    if (!distinguishedNameSchema.safeParse(grant).success || !isWithin(grant, groupsBase)) return undefined;
    return (await this.client.read(grant, ['1.1']))?.dn;
  }

  /** As many as are shown, so that one call hands over no more than that. */
  protected override async groupsOwnedBy(dn: string): Promise<Entry[]> {
    return (await super.groupsOwnedBy(dn)).slice(0, MAX_OWNED);
  }

  protected override async replaceOwner(group: Entry, formerDn: string, newDn: string): Promise<void> {
    const owners = new Set([...valuesOf(group, 'owner').filter((dn) => !isSameDn(dn, formerDn)), newDn]);
    await this.client.modify(group.dn, [{ operation: 'replace', attribute: 'owner', values: [...owners] }]);
  }

  protected override async addMember(groupDn: string, { dn }: Entry): Promise<void> {
    await this.client
      .modify(groupDn, [{ operation: 'add', attribute: this.layout.memberAttribute, values: [dn] }])
      .catch(ifRefusedWith(ATTRIBUTE_OR_VALUE_EXISTS));
  }

  protected override async removeMember(groupDn: string, { dn }: Entry): Promise<void> {
    const attribute = this.layout.memberAttribute;
    const removal: LdapChange = { operation: 'delete', attribute, values: [dn] };
    const { placeholderMember = this.settings.groupsBase } = this.settings;
    try {
      await this.client.modify(groupDn, [removal]);
    } catch (error) {
      if (error instanceof NotFoundError) return;
      ifRefusedWith(NO_SUCH_ATTRIBUTE, OBJECT_CLASS_VIOLATION)(error);
      if (!(error instanceof LdapRefusedError && error.code === OBJECT_CLASS_VIOLATION)) return;
      // The schema forbids a group without members.
      const placeholder: LdapChange = { operation: 'add', attribute, values: [placeholderMember] };
      await this.client.modify(groupDn, [placeholder, removal]).catch(ifRefusedWith(NO_SUCH_ATTRIBUTE));
    }
  }

  /** Its groups first: were the move first and lost its answer, the old name would stay a member for whoever gets it. */
  async #move(dn: string, name: string, parent: string): Promise<void> {
    const newDn = `${name},${parent}`;
    if (isSameDn(dn, newDn)) return;
    const groups = await this.groupsWith(this.layout.memberAttribute, dn);
    const owned = await this.groupsWith('owner', dn);
    const rename = async (from: string, to: string) => {
      await this.#replaceIn(groups, this.layout.memberAttribute, from, to);
      await this.#replaceIn(owned, 'owner', from, to);
    };
    await rename(dn, newDn);
    try {
      // The first attempt's answer may have been lost: the caller reads back.
      await this.client.move(dn, name, parent).catch(ifNotThere);
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
      await this.client.modify(group.dn, changes).catch(ifRefusedWith(NO_SUCH_ATTRIBUTE, ATTRIBUTE_OR_VALUE_EXISTS));
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
