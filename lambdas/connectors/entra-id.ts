// Microsoft Entra ID through Microsoft Graph: users, groups, licences, application roles, sign-in sessions and methods.
// Graph's client library adds nothing to the house's HTTP client here but a dependency, so that it is not used.
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential, CredentialKind } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { HttpClient, type HttpRequest, RefusedError } from '../outbound/http-client.ts';
import { readAllPages } from '../outbound/paging.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import { findOwnAccount } from './contract/account-finding.ts';
import type {
  AccountKey,
  AccountLocation,
  AccountPage,
  ApiConnector,
  Connection,
  Heir,
  Target,
} from './contract/connector.ts';
import { grantsOf, idsBehind } from './contract/held-groups.ts';

const parse = answerParser('Graph');

/** Users of one page of a listing: each is observed by itself. */
const MAX_LISTED = 50;
const MAX_OWNED = 100;
const MAX_EMPLOYEE_ID = 16;
/** How long continuous access evaluation may take to tell a resource; its tokens live for up to 28 hours otherwise. */
const EVENT_MINUTES = 15;
const LICENCE_PREFIX = 'licence:';
const APP_ROLE_PREFIX = 'app-role:';
const GUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const USER_FIELDS =
  'id,userPrincipalName,accountEnabled,employeeId,displayName,givenName,surname,mail,jobTitle,department,companyName,licenseAssignmentStates';

const settingsSchema = z.strictObject({
  /** The directory (tenant) id. */
  tenantId: z.string().regex(new RegExp(`^${GUID}$`), 'expected the directory (tenant) id'),
  /** `https://graph.microsoft.us/v1.0` and the like in national clouds. */
  graphUrl: webAddressSchema.default('https://graph.microsoft.com/v1.0'),
  loginUrl: webAddressSchema.default('https://login.microsoftonline.com'),
  /** Grants name groups by display name, or by object id where names are not unique. */
  groupsBy: z.enum(['displayName', 'id']).default('displayName'),
  /** What stands behind the @ where an identity's user name has none (service accounts). */
  domain: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'expected a domain of the tenant')
    .optional(),
  /** ISO 3166 country of new users: licences need one. */
  usageLocation: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected two letters')
    .optional(),
  /** What is watched and changed beside users and groups; each needs permissions of its own. */
  manage: z
    .array(z.enum(['licences', 'app-roles', 'authentication-methods', 'ownership']))
    .max(4)
    .default([]),
  /** The user (object id) who takes over what a leaver owned when there is no successor. */
  custodianId: z
    .string()
    .regex(new RegExp(`^${GUID}$`), 'expected an object id')
    .optional(),
  /**
   * The longest life of an access token: a random 60 to 90 minutes, two hours for Microsoft 365 in a tenant without
   * Conditional Access, unless a token lifetime policy says otherwise.
   */
  accessTokenMinutes: z.int().min(10).max(1440).default(120),
  pageSize: z.int().min(1).max(999).default(100),
});

const secretSchema = z.strictObject({
  clientId: z.string().regex(new RegExp(`^${GUID}$`), 'expected the application (client) id'),
  clientSecret: z.string().min(8).max(256),
});

export type EntraIdSettings = z.infer<typeof settingsSchema>;
export type EntraIdSecret = z.infer<typeof secretSchema>;

export const entraId: ApiConnector<EntraIdSettings, EntraIdSecret> = {
  kind: 'api',
  type: 'entra-id',
  title: 'Microsoft Entra ID: users, groups, licences, application roles, sign-in sessions and methods',
  testedAgainst:
    'no real tenant: a strict stateful stand-in written from Microsoft’s reference, every property checked against the published types (@microsoft/microsoft-graph-types 2.43.1)',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'An app registration with the application permissions User.ReadWrite.All, User.RevokeSessions.All and GroupMember.ReadWrite.All',
    'LicenseAssignment.ReadWrite.All where licences are managed; AppRoleAssignment.ReadWrite.All and Application.Read.All where application roles are; UserAuthenticationMethod.ReadWrite.All where authentication methods are; Group.ReadWrite.All, Application.ReadWrite.All and Directory.Read.All where ownership is',
    'Users who hold administrator roles, or are in groups that may hold roles, can be changed only when the app itself holds a directory role as high, RoleManagement.ReadWrite.Directory included: better keep such people out of it',
  ],
  limits: [
    'Users and groups synchronised from a directory on premises are changed there; dynamic groups follow their rule and are not shown as grants; nor are directory roles',
    'A deleted user is kept for 30 days and can be restored by an administrator within them',
    'Mailbox and OneDrive are not handed over: retention and access to them are set in Exchange and SharePoint; what is handed over is the ownership of groups and applications',
    'The identity’s id is kept as employeeId, which takes 16 characters; revoked sessions may last some minutes, and guests’ belong to their home tenant',
    'A password cannot be deleted: whoever is disabled cannot use it; licences and application roles that come through a group leave with the group',
    'The time zone, the cost centre and the manager are not stored',
  ],
  residualWindow: ({ accessTokenMinutes }) => ({
    seconds: Math.max(accessTokenMinutes, EVENT_MINUTES) * 60,
    what: `access tokens already issued; ${EVENT_MINUTES} minutes at most at resources with continuous access evaluation (Exchange, SharePoint, Teams, Graph)`,
  }),
  connect: (connection) => new EntraIdTarget(connection),
};

const text = z.string().nullish();
const userSchema = z.object({
  id: z.string().min(1),
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
  employeeId: text,
  displayName: text,
  givenName: text,
  surname: text,
  mail: text,
  jobTitle: text,
  department: text,
  companyName: text,
  licenseAssignmentStates: z.array(z.object({ skuId: z.string(), assignedByGroup: text })).nullish(),
});
type EntraUser = z.infer<typeof userSchema>;
/** Microsoft Entra Connect, "accounts and permissions": made by the synchronisation itself. */
const SYNCHRONISATION = /^(Sync_.+_[0-9a-f]+|ADToAADSyncServiceAccount|MSOL_.+)@/i;
const objectSchema = z.object({
  '@odata.type': z.string(),
  id: z.string().min(1),
  displayName: text,
  groupTypes: z.array(z.string()).nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});
type DirectoryObject = z.infer<typeof objectSchema>;
const groupSchema = z.object({ id: z.string().min(1), displayName: text });
const assignmentSchema = z.object({ id: z.string(), appRoleId: z.string(), resourceId: z.string() });
const methodSchema = z.object({ '@odata.type': z.string(), id: z.string().min(1) });
const pageSchema = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.string().optional() });
const tokenSchema = z.object({ access_token: z.string().min(1) });

/** Where a method is deleted, by its type; a password and what platforms hold can not be. */
const METHODS: Readonly<Record<string, { readonly collection: string; readonly kind: CredentialKind }>> = {
  '#microsoft.graph.phoneAuthenticationMethod': { collection: 'phoneMethods', kind: 'mfa-device' },
  '#microsoft.graph.emailAuthenticationMethod': { collection: 'emailMethods', kind: 'mfa-device' },
  '#microsoft.graph.fido2AuthenticationMethod': { collection: 'fido2Methods', kind: 'mfa-device' },
  '#microsoft.graph.microsoftAuthenticatorAuthenticationMethod': {
    collection: 'microsoftAuthenticatorMethods',
    kind: 'mfa-device',
  },
  '#microsoft.graph.softwareOathAuthenticationMethod': { collection: 'softwareOathMethods', kind: 'mfa-device' },
  '#microsoft.graph.windowsHelloForBusinessAuthenticationMethod': {
    collection: 'windowsHelloForBusinessMethods',
    kind: 'mfa-device',
  },
  '#microsoft.graph.temporaryAccessPassAuthenticationMethod': {
    collection: 'temporaryAccessPassMethods',
    kind: 'password',
  },
};

/** What can be owned and has its owners managed in one way. */
const OWNED: Readonly<Record<string, string>> = {
  '#microsoft.graph.group': 'groups',
  '#microsoft.graph.application': 'applications',
  '#microsoft.graph.servicePrincipal': 'servicePrincipals',
};

/** Application permissions by what they are for. */
const PERMISSIONS = {
  always: ['User.ReadWrite.All', 'User.RevokeSessions.All', 'GroupMember.ReadWrite.All'],
  licences: ['LicenseAssignment.ReadWrite.All'],
  'app-roles': ['AppRoleAssignment.ReadWrite.All', 'Application.Read.All'],
  'authentication-methods': ['UserAuthenticationMethod.ReadWrite.All'],
  ownership: ['Group.ReadWrite.All', 'Application.ReadWrite.All', 'Directory.Read.All'],
} as const;

class EntraIdTarget implements Target {
  readonly #settings: EntraIdSettings;
  readonly #secret: EntraIdSecret;
  readonly #graph: HttpClient;
  readonly #login: HttpClient;
  #token: Promise<string> | undefined;

  constructor({ settings, secret, callTimeoutMs }: Connection<EntraIdSettings, EntraIdSecret>) {
    this.#settings = settings;
    this.#secret = secret;
    this.#login = new HttpClient({
      system: 'Entra ID',
      baseUrl: settings.loginUrl,
      bearerToken: '',
      callTimeoutMs,
    });
    this.#graph = new HttpClient({
      system: 'Graph',
      baseUrl: settings.graphUrl,
      bearerToken: () => this.#fetchToken(),
      callTimeoutMs,
      errorCode: codeOf,
    });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const found = await this.#findUser(key);
    return found && { accountId: found.id, userName: found.userPrincipalName };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(user);
  }

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const userPrincipalName = this.#principalName(profile.userName);
    const isRenamed = userPrincipalName.toLowerCase() !== account.userName.toLowerCase();
    await this.#change(account.accountId, {
      ...storedAttributes(profile),
      ...(isRenamed ? { userPrincipalName } : {}),
    });
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    await this.#gone(this.#change(account.accountId, { accountEnabled: false }));
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    await this.#change(account.accountId, { accountEnabled: true });
  }

  async endSessions(account: ObservedAccount): Promise<void> {
    const parameters = { id: account.accountId };
    await this.#gone(
      this.#graph.send({ method: 'POST', path: '/users/{id}/revokeSignInSessions', parameters, idempotent: true }),
    );
  }

  async deleteAccount(account: ObservedAccount): Promise<void> {
    await this.#gone(
      this.#graph.send({ method: 'DELETE', path: '/users/{id}', parameters: { id: account.accountId } }),
    );
  }

  async revokeCredential(account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const [collection = '', method = ''] = credentialId.split(':');
    const parameters = { id: account.accountId, collection, method };
    const path = '/users/{id}/authentication/{collection}/{method}';
    await this.#gone(this.#graph.send({ method: 'DELETE', path, parameters }));
  }

  async transferOwnership(account: ObservedAccount, heir: Heir): Promise<void> {
    const heirId = heir.account?.accountId ?? this.#settings.custodianId;
    if (heirId === undefined)
      throw new PermanentError('Entra ID: nobody is there to take over: name a successor, or a custodianId');
    for (const { '@odata.type': type, id } of await this.#owned(account.accountId)) {
      const collection = OWNED[type] ?? '';
      // The heir first: some objects refuse to lose their last owner.
      await this.#refer('/{collection}/{id}/owners/$ref', { collection, id }, heirId, async () => {
        const parameters = { collection, id };
        const owners = await this.#all('/{collection}/{id}/owners', groupSchema, parameters, { $select: 'id' });
        return owners.some((owner) => owner.id === heirId);
      });
      const parameters = { collection, id, user: account.accountId };
      await this.#gone(
        this.#graph.send({ method: 'DELETE', path: '/{collection}/{id}/owners/{user}/$ref', parameters }),
      );
    }
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const id = account.accountId;
    if (grant.startsWith(LICENCE_PREFIX)) return this.#setLicence(id, { add: grant.slice(LICENCE_PREFIX.length) });
    if (grant.startsWith(APP_ROLE_PREFIX)) return this.#assignAppRole(id, grant);
    const groupId = await this.#groupId(grant);
    if (groupId === undefined)
      throw new PermanentError(`Entra ID: there is no group "${grant}": create it, or correct the grant`);
    await this.#refer('/groups/{id}/members/$ref', { id: groupId }, id, async () => {
      const groups = await this.#groupsOf(id);
      return groups.some((group) => group.id === groupId);
    });
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const id = account.accountId;
    if (grant.startsWith(LICENCE_PREFIX)) {
      // Taking away what is not held is refused.
      if (!(await this.#grantsNow(id)).includes(grant)) return;
      return this.#setLicence(id, { remove: grant.slice(LICENCE_PREFIX.length) });
    }
    if (grant.startsWith(APP_ROLE_PREFIX)) return this.#removeAppRole(id, grant);
    const known = idsBehind(account, grant);
    const named = known.length === 0 ? await this.#groupId(grant) : undefined;
    for (const groupId of named === undefined ? known : [named]) {
      const parameters = { id: groupId, user: id };
      await this.#gone(this.#graph.send({ method: 'DELETE', path: '/groups/{id}/members/{user}/$ref', parameters }));
    }
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const query = { $select: USER_FIELDS, $top: Math.min(this.#settings.pageSize, MAX_LISTED) };
    const { items, next } = await this.#page('/users', userSchema, {}, query, from);
    const accounts: ObservedAccount[] = [];
    for (const user of items) accounts.push(await this.#observe(user));
    return { accounts, next };
  }

  /** The token names the permissions that an administrator consented to. */
  async checkPrivileges(): Promise<readonly string[]> {
    const roles = rolesOf(await this.#fetchToken());
    if (roles === undefined) return ['The access token does not show its permissions: look in the Entra admin centre'];
    const needed = [...PERMISSIONS.always, ...this.#settings.manage.flatMap((what) => [...PERMISSIONS[what]])];
    return needed.filter((name) => !roles.includes(name)).map((name) => `The application permission ${name}`);
  }

  #findUser(key: AccountKey): Promise<EntraUser | undefined> {
    return findOwnAccount<EntraUser>(key, {
      system: 'Entra ID',
      carriedIn: 'employeeId',
      byId: (accountId) => this.#user(accountId),
      byIdentity: async (identityId) => {
        const query = { $filter: `employeeId eq ${quote(identityId)}`, $select: USER_FIELDS };
        const found = await this.#all('/users', userSchema, {}, query);
        return found.filter((user) => user.employeeId === identityId);
      },
      byUserName: (userName) => this.#user(this.#principalName(userName)),
      identityOf: ({ employeeId }) => employeeId || undefined,
      // Tenure itself is no user here, but an application.
      isReserved: ({ userPrincipalName }) => SYNCHRONISATION.test(userPrincipalName),
    });
  }

  async #createUser(profile: AccountProfile): Promise<EntraUser> {
    const userPrincipalName = this.#principalName(profile.userName);
    const { usageLocation } = this.#settings;
    const attributes = Object.entries(storedAttributes(profile)).filter(([, value]) => value !== null);
    const body = {
      ...Object.fromEntries(attributes),
      accountEnabled: true,
      userPrincipalName,
      mailNickname: nicknameOf(userPrincipalName),
      // Nobody knows it: people sign in by what the tenant asks of them, or have it reset.
      passwordProfile: {
        forceChangePasswordNextSignIn: true,
        password: `${randomBytes(24).toString('base64url')}aA1!`,
      },
      ...(usageLocation === undefined ? {} : { usageLocation }),
    };
    let created: z.infer<typeof groupSchema> | undefined;
    try {
      created = parse(groupSchema, await this.#graph.send({ method: 'POST', path: '/users', body }));
    } catch (error) {
      // A name that is taken is a 400 here: by this identity's earlier call, or by another's.
      if (!(error instanceof RefusedError) && !(error instanceof ConflictError)) throw error;
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
    const user = await this.#user(created.id);
    if (user === undefined) throw new RetryableError('Entra ID: the user just created is not there yet');
    return user;
  }

  async #observe(user: EntraUser): Promise<ObservedAccount> {
    const { manage } = this.#settings;
    const credentials = manage.includes('authentication-methods') ? await this.#methodsOf(user.id) : undefined;
    const owned = manage.includes('ownership') ? await this.#owned(user.id) : undefined;
    return {
      accountId: user.id,
      userName: user.userPrincipalName,
      enabled: user.accountEnabled ?? true,
      ...(await this.#grantsOf(user)),
      attributes: attributesOf(user),
      ...(credentials === undefined ? {} : { credentials }),
      ...(owned === undefined
        ? {}
        : {
            owns: owned
              .slice(0, MAX_OWNED)
              .map((each) => `${OWNED[each['@odata.type']]}/${each.displayName ?? each.id}`),
          }),
    };
  }

  /** The name of a licence or an app role is its id. */
  async #grantsOf(user: EntraUser): Promise<Pick<ObservedAccount, 'grants' | 'grantIds'>> {
    const { groupsBy, manage } = this.#settings;
    // Graph shows nothing but the id of what the app may not read: it is held all the same.
    const groups = (await this.#groupsOf(user.id)).map(({ id, displayName }) => ({
      id,
      name: groupsBy === 'id' ? id : displayName || id,
    }));
    const licences = manage.includes('licences')
      ? licencesOf(user).filter(({ assignedByGroup }) => !assignedByGroup)
      : [];
    const roles = manage.includes('app-roles') ? await this.#appRolesOf(user.id) : [];
    const others = [
      ...licences.map(({ skuId }) => LICENCE_PREFIX + skuId),
      ...roles.map(({ resourceId, appRoleId }) => `${APP_ROLE_PREFIX}${resourceId}/${appRoleId}`),
    ];
    return grantsOf([...groups, ...others.map((name) => ({ name, id: undefined }))]);
  }

  async #grantsNow(id: string): Promise<readonly string[]> {
    const user = await this.#user(id);
    return user === undefined ? [] : (await this.#grantsOf(user)).grants;
  }

  /** Those whose members are set by hand: direct, in the cloud, not dynamic. */
  async #groupsOf(id: string): Promise<DirectoryObject[]> {
    const query = { $select: 'id,displayName,groupTypes,onPremisesSyncEnabled' };
    const objects = await this.#all('/users/{id}/memberOf', objectSchema, { id }, query);
    return objects.filter(
      (each) =>
        each['@odata.type'] === '#microsoft.graph.group' &&
        !each.groupTypes?.includes('DynamicMembership') &&
        each.onPremisesSyncEnabled !== true,
    );
  }

  async #owned(id: string): Promise<DirectoryObject[]> {
    const objects = await this.#all('/users/{id}/ownedObjects', objectSchema, { id }, {});
    return objects.filter((each) => OWNED[each['@odata.type']] !== undefined);
  }

  async #methodsOf(id: string): Promise<Credential[]> {
    const methods = await this.#all('/users/{id}/authentication/methods', methodSchema, { id }, {});
    return methods
      .flatMap((method) => {
        const known = METHODS[method['@odata.type']];
        return known === undefined ? [] : [{ credentialId: `${known.collection}:${method.id}`, kind: known.kind }];
      })
      .sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1));
  }

  #appRolesOf(id: string): Promise<z.infer<typeof assignmentSchema>[]> {
    return this.#all('/users/{id}/appRoleAssignments', assignmentSchema, { id }, {});
  }

  async #assignAppRole(principalId: string, grant: string): Promise<void> {
    const { resourceId, appRoleId } = appRoleOf(grant);
    const held = await this.#appRolesOf(principalId);
    if (held.some((each) => each.resourceId === resourceId && each.appRoleId === appRoleId)) return;
    const body = { principalId, resourceId, appRoleId };
    const path = '/users/{id}/appRoleAssignments';
    await this.#graph.send({ method: 'POST', path, parameters: { id: principalId }, body });
  }

  async #removeAppRole(id: string, grant: string): Promise<void> {
    const { resourceId, appRoleId } = appRoleOf(grant);
    const path = '/users/{id}/appRoleAssignments/{assignment}';
    for (const each of (await this.#gone(this.#appRolesOf(id))) ?? []) {
      if (each.resourceId !== resourceId || each.appRoleId !== appRoleId) continue;
      await this.#gone(this.#graph.send({ method: 'DELETE', path, parameters: { id, assignment: each.id } }));
    }
  }

  async #setLicence(id: string, change: { readonly add?: string; readonly remove?: string }): Promise<void> {
    const body = {
      addLicenses: change.add === undefined ? [] : [{ skuId: change.add, disabledPlans: [] }],
      removeLicenses: change.remove === undefined ? [] : [change.remove],
    };
    const path = '/users/{id}/assignLicense';
    try {
      await this.#graph.send({ method: 'POST', path, parameters: { id }, body, idempotent: true });
    } catch (error) {
      if (change.remove !== undefined && error instanceof NotFoundError) return;
      if (!(error instanceof RefusedError) || change.add === undefined) throw error;
      throw new PermanentError(
        `Entra ID: the licence "${change.add}" was refused: is it the id of a SKU with seats left, and usageLocation set?`,
      );
    }
  }

  /** Puts the object among the members or owners; Graph says 400 when it is there already. */
  async #refer(
    path: string,
    parameters: Readonly<Record<string, string>>,
    id: string,
    isThere: () => Promise<boolean>,
  ): Promise<void> {
    const body = { '@odata.id': `${this.#settings.graphUrl}/directoryObjects/${id}` };
    try {
      await this.#graph.send({ method: 'POST', path, parameters, body, idempotent: true });
    } catch (error) {
      const mayBeThere = error instanceof RefusedError || error instanceof ConflictError;
      if (!mayBeThere || !(await isThere())) throw error;
    }
  }

  async #groupId(grant: string): Promise<string | undefined> {
    if (this.#settings.groupsBy === 'id') {
      if (!new RegExp(`^${GUID}$`).test(grant)) return undefined;
      const query = { $select: 'id' };
      return (await this.#gone(this.#get('/groups/{id}', groupSchema, { id: grant }, query)))?.id;
    }
    const query = { $filter: `displayName eq ${quote(grant)}`, $select: 'id,displayName' };
    const groups = await this.#all('/groups', groupSchema, {}, query);
    const named = groups.filter(({ displayName }) => displayName === grant);
    if (named.length > 1)
      throw new PermanentError(`Entra ID: several groups are called "${grant}": set groupsBy to "id"`);
    // A group without a name is called by its id.
    return named[0]?.id ?? (new RegExp(`^${GUID}$`).test(grant) ? grant : undefined);
  }

  /** @param idOrName an object id or a user principal name */
  #user(idOrName: string): Promise<EntraUser | undefined> {
    return this.#gone(this.#get('/users/{id}', userSchema, { id: idOrName }, { $select: USER_FIELDS }));
  }

  async #change(id: string, body: object): Promise<void> {
    await this.#graph.send({ method: 'PATCH', path: '/users/{id}', parameters: { id }, body, idempotent: true });
  }

  async #get<Item>(
    path: string,
    schema: z.ZodType<Item>,
    parameters: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string>>,
  ): Promise<Item> {
    return parse(schema, await this.#graph.send({ method: 'GET', path, parameters, query }));
  }

  async #all<Item>(
    path: string,
    schema: z.ZodType<Item>,
    parameters: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string | number>>,
  ): Promise<Item[]> {
    const isPaged = !path.endsWith('/methods');
    const sized = isPaged ? { ...query, $top: this.#settings.pageSize } : query;
    return readAllPages<Item, string>(`Graph GET ${path}`, (from) => this.#page(path, schema, parameters, sized, from));
  }

  /** Only the token of the next page's address is used: the address itself would be given the access token. */
  async #page<Item>(
    path: string,
    schema: z.ZodType<Item>,
    parameters: Readonly<Record<string, string>>,
    query: Readonly<Record<string, string | number>>,
    from: string | undefined,
  ): Promise<{ readonly items: Item[]; readonly next: string | undefined }> {
    const paged = from === undefined ? query : { ...query, $skiptoken: from };
    const request: HttpRequest = { method: 'GET', path, parameters, query: paged };
    const { value, '@odata.nextLink': link } = parse(pageSchema, await this.#graph.send(request));
    const items = value.map((item) => parse(schema, item));
    if (link === undefined) return { items, next: undefined };
    const next = new URL(link).searchParams.get('$skiptoken');
    if (next === null) throw new PermanentError(`Graph GET ${path}: the next page has no $skiptoken`);
    return { items, next };
  }

  async #gone<Result>(call: Promise<Result>): Promise<Result | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  #principalName(userName: string): string {
    if (userName.includes('@') || this.#settings.domain === undefined) return userName;
    return `${userName}@${this.#settings.domain}`;
  }

  /** Client credentials; one token per connection: it lasts an hour, a connection a minute. */
  #fetchToken(): Promise<string> {
    this.#token ??= this.#newToken();
    this.#token.catch(() => {
      this.#token = undefined;
    });
    return this.#token;
  }

  async #newToken(): Promise<string> {
    const { tenantId, graphUrl } = this.#settings;
    const form = {
      grant_type: 'client_credentials',
      client_id: this.#secret.clientId,
      client_secret: this.#secret.clientSecret,
      scope: `${new URL(graphUrl).origin}/.default`,
    };
    const path = '/{tenant}/oauth2/v2.0/token';
    const parameters = { tenant: tenantId };
    const request: HttpRequest = { method: 'POST', path, parameters, form, anonymous: true, idempotent: true };
    try {
      return parse(tokenSchema, await this.#login.send(request)).access_token;
    } catch (error) {
      if (!(error instanceof RefusedError) && !(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`${error.message}: are tenantId, clientId and clientSecret right?`);
    }
  }
}

/** Null takes a value away. */
function storedAttributes(profile: AccountProfile): Record<string, string | null> {
  if (profile.identityId.length > MAX_EMPLOYEE_ID)
    throw new PermanentError(
      `Entra ID: an employeeId has ${MAX_EMPLOYEE_ID} characters at most, the identity’s id more`,
    );
  return {
    employeeId: profile.identityId,
    displayName: profile.displayName,
    givenName: profile.givenName ?? null,
    surname: profile.familyName ?? null,
    mail: profile.email ?? null,
    jobTitle: profile.title ?? null,
    department: profile.department ?? null,
    companyName: profile.company ?? null,
  };
}

function attributesOf(user: EntraUser): Partial<AccountProfile> {
  return {
    displayName: user.displayName ?? '',
    givenName: user.givenName ?? undefined,
    familyName: user.surname ?? undefined,
    email: user.mail ?? undefined,
    title: user.jobTitle ?? undefined,
    department: user.department ?? undefined,
    company: user.companyName ?? undefined,
  };
}

function licencesOf({ licenseAssignmentStates }: EntraUser) {
  if (licenseAssignmentStates) return licenseAssignmentStates;
  throw new PermanentError('Entra ID: the user’s licences are not shown');
}

/** Required of a new user; 64 characters, few of them special. */
function nicknameOf(userPrincipalName: string): string {
  const local = userPrincipalName.split('@')[0] ?? '';
  return local.replaceAll(/[^A-Za-z0-9._-]/g, '').slice(0, 64) || 'user';
}

function appRoleOf(grant: string): { readonly resourceId: string; readonly appRoleId: string } {
  const match = new RegExp(`^${APP_ROLE_PREFIX}(${GUID})/(${GUID})$`).exec(grant);
  if (match === null) throw new PermanentError(`Entra ID: "${grant}" is not app-role:<service principal>/<role>`);
  return { resourceId: match[1] ?? '', appRoleId: match[2] ?? '' };
}

/** OData 4.01 section 5.1.1.6.1: quotes are doubled. */
function quote(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function codeOf(body: unknown): string | undefined {
  const code = (body as { error?: { code?: unknown } } | null)?.error?.code;
  return typeof code === 'string' && /^[A-Za-z_]{1,60}$/.test(code) ? code : undefined;
}

function rolesOf(token: string): readonly string[] | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return z.array(z.string()).parse(claims.roles ?? []);
  } catch {
    return undefined;
  }
}
