// Keycloak, one realm. A grant is a group, named by its path without the leading slash; sessions, offline tokens and
// consents end together. An access token already issued is a signed fact that nothing takes back before it expires.
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { networkError, noAnswerInTime } from '../outbound/network-failure.ts';
import { parseRetryAfterMs, RetryBudget } from '../outbound/retry.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import { findOwnAccount } from './contract/account-finding.ts';
import type {
  AccountKey,
  AccountLocation,
  AccountPage,
  ApiConnector,
  Connection,
  Target,
} from './contract/connector.ts';
import { grantsOf, idsBehind } from './contract/held-groups.ts';

const parse = answerParser('Keycloak', 'its API');

/** Pages of one listing at most. */
const MAX_PAGES = 100;
const NEEDED_ROLES = ['manage-users', 'query-groups', 'view-users'];

const settingsSchema = z.strictObject({
  /** Where `/realms` and `/admin` are, e.g. `https://login.example.com`. */
  baseUrl: webAddressSchema,
  /** The realm's name, as in its address. */
  realm: z.string().min(1).max(255),
  /** A confidential client of that realm with a service account. */
  clientId: z.string().min(1).max(255).default('tenure'),
  /** The user attribute that holds the identity's id; the realm's user profile lets nobody but administrators edit it. */
  identityAttribute: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9._-]{0,63}$/, 'expected a letter, then letters, digits or . _ -')
    .default('tenureIdentity'),
  /** The realm's access token life (Realm settings, Tokens), or that of the client with the longest. */
  accessTokenSeconds: z.int().min(1).max(86_400).default(300),
  pageSize: z.int().min(1).max(200).default(50),
});

const secretSchema = z.strictObject({ clientSecret: z.string().min(1).max(1000) });

export type KeycloakSettings = z.infer<typeof settingsSchema>;
export type KeycloakSecret = z.infer<typeof secretSchema>;

export const keycloak: ApiConnector<KeycloakSettings, KeycloakSecret> = {
  kind: 'api',
  type: 'keycloak',
  title: 'Keycloak: users, groups, sessions, offline tokens, consents and second factors of a realm',
  testedAgainst: 'Keycloak 26.7.4',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'A confidential client with a service account and no other flow',
    `To its service account, of the client realm-management: ${NEEDED_ROLES.join(', ')}`,
    'view-realm as well, for checking the declared token life against the realm’s',
    'An attribute for the identity’s id in the realm’s user profile, that administrators alone may view and edit',
  ],
  limits: [
    'An application that verifies access tokens by itself accepts them until they expire',
    'The realm’s user profile decides which names and addresses it accepts; Keycloak keeps both in lower case',
    'A group whose own name holds a slash cannot be granted: a path is told by slashes',
    'Passwords and groups of users from a federated directory are changed there, where Keycloak may only read it',
  ],
  residualWindow: ({ accessTokenSeconds }) => ({
    seconds: accessTokenSeconds,
    what: 'access tokens already issued, where an application verifies them by itself',
  }),
  connect: async (connection) => {
    const { default: KeycloakAdminClient } = await import('@keycloak/keycloak-admin-client');
    const { settings, callTimeoutMs } = connection;
    const client = new KeycloakAdminClient({
      baseUrl: settings.baseUrl,
      realmName: settings.realm,
      timeout: callTimeoutMs,
      // A redirect could carry the token to another host.
      requestOptions: { redirect: 'manual' },
    });
    return new KeycloakTarget(client, connection);
  },
};

/** Parsed leniently: only what is used. */
const userSchema = z.object({
  id: z.string().min(1),
  username: z.string(),
  serviceAccountClientId: z.string().nullish(),
  enabled: z.boolean().nullish(),
  email: z.string().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  // Those of others are sent back as they came.
  attributes: z.record(z.string(), z.array(z.unknown())).nullish(),
});
type User = z.infer<typeof userSchema>;

interface Group {
  readonly id: string;
  readonly path: string;
  readonly subGroups?: readonly Group[] | null | undefined;
}
const groupSchema: z.ZodType<Group> = z.object({
  id: z.string().min(1),
  path: z.string(),
  get subGroups() {
    return z.array(groupSchema).nullish();
  },
});

const sessionSchema = z.object({ lastAccess: z.number().nullish() });
/** The client library does not describe `additionalGrants`, where offline tokens are told. */
const consentSchema = z.object({
  clientId: z.string(),
  additionalGrants: z.array(z.object({ key: z.string().nullish() })).nullish(),
});
const credentialSchema = z.object({
  id: z.string().min(1),
  type: z.string(),
  /** Epoch ms. Of a password: when it was last set. */
  createdDate: z.number().nullish(),
});
const tokenSchema = z.object({
  sub: z.string().optional(),
  resource_access: z.record(z.string(), z.object({ roles: z.array(z.string()) })).optional(),
});

class KeycloakTarget implements Target {
  readonly #client: KeycloakAdminClient;
  readonly #settings: KeycloakSettings;
  readonly #clientSecret: string;
  readonly #callTimeoutMs: number;
  readonly #budget = new RetryBudget();

  constructor(
    client: KeycloakAdminClient,
    { settings, secret, callTimeoutMs }: Connection<KeycloakSettings, KeycloakSecret>,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#clientSecret = secret.clientSecret;
    this.#callTimeoutMs = callTimeoutMs;
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const found = await this.#findUser(key);
    return found && { accountId: found.id, userName: found.username };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const found = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(this.#ownerOf(found) === undefined ? await this.#mark(found, profile.identityId) : found);
  }

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const user = await this.#userById(account.accountId);
    if (user === undefined) throw new NotFoundError('Keycloak: the user is gone');
    // Attributes are replaced as a whole, so those of others are sent back as they were.
    const attributes = { ...user.attributes, [this.#settings.identityAttribute]: [profile.identityId] };
    const changed = { ...representationOf(profile), attributes };
    await this.#call('update a user', () => this.#client.users.update({ id: user.id }, changed));
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    await this.#find('disable a user', () => this.#client.users.update({ id: account.accountId }, { enabled: false }));
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    await this.#call('enable a user', () => this.#client.users.update({ id: account.accountId }, { enabled: true }));
  }

  /** Logging out also refuses every token issued before; consents carry the offline tokens. */
  async endSessions(account: ObservedAccount): Promise<void> {
    const id = account.accountId;
    await this.#find('log a user out', () => this.#client.users.logout({ id }));
    for (const { clientId } of (await this.#consentsOf(id)) ?? []) {
      await this.#find('revoke a consent', () => this.#client.users.revokeConsent({ id, clientId }));
    }
  }

  async revokeCredential(account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    await this.#find('delete a credential', () =>
      this.#client.users.deleteCredential({ id: account.accountId, credentialId }),
    );
  }

  async deleteAccount(account: ObservedAccount): Promise<void> {
    await this.#find('delete a user', () => this.#client.users.del({ id: account.accountId }));
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) {
      throw new PermanentError(`Keycloak: there is no group "${grant}": create it, or correct the grant`);
    }
    await this.#call('join a group', () => this.#client.users.addToGroup({ id: account.accountId, groupId }));
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const held = (await this.#groupsOf(account.accountId)) ?? [];
    const known = new Set(idsBehind(account, grant));
    const isMeant = ({ id, path }: Group) => (known.size === 0 ? nameOf(path) === grant : known.has(id));
    for (const { id: groupId } of held.filter(isMeant)) {
      await this.#find('leave a group', () => this.#client.users.delFromGroup({ id: account.accountId, groupId }));
    }
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const first = from === undefined ? 0 : Number(from);
    if (!Number.isSafeInteger(first)) throw new PermanentError('Keycloak: a page begins with a number');
    const max = this.#settings.pageSize;
    const found = await this.#call('list users', () =>
      this.#client.users.find({ first, max, briefRepresentation: false }),
    );
    const accounts: ObservedAccount[] = [];
    for (const user of parse(z.array(userSchema), found)) {
      if (this.#isReserved(user)) continue;
      const account = await this.#observe(user).catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
      });
      if (account) accounts.push(account);
    }
    // Fewer than were asked for is not yet the end: whatever stands in between may cap pages.
    return { accounts, ...(found.length === 0 ? {} : { next: String(first + found.length) }) };
  }

  /** Of the roles in its own token, of the realm's user profile, and of the token life that the settings declare. */
  async checkPrivileges(): Promise<readonly string[]> {
    const { identityAttribute, realm, accessTokenSeconds } = this.#settings;
    const lacking: string[] = [];
    const token = await this.#call('read the own token', async () => this.#client.accessToken);
    const held = rolesIn(token);
    for (const role of NEEDED_ROLES) if (!held.has(role)) lacking.push(`the realm-management role ${role}`);
    if (held.has('view-realm')) {
      const found = await this.#call('read the realm', () => this.#client.realms.findOne({ realm }));
      const life = found?.accessTokenLifespan;
      if (life !== undefined && life > accessTokenSeconds) {
        lacking.push(`accessTokenSeconds: ${life}, since access tokens of the realm live that long`);
      }
      const profile = await this.#call('read the user profile', () => this.#client.users.getProfile());
      const declared = profile.attributes?.find(({ name }) => name === identityAttribute);
      const isUnmanaged = String(profile.unmanagedAttributePolicy ?? '') === 'ADMIN_EDIT';
      if (declared === undefined && !isUnmanaged) {
        lacking.push(`the attribute ${identityAttribute} in the realm's user profile`);
      }
      if (declared?.permissions?.edit?.includes('user')) {
        lacking.push(`the attribute ${identityAttribute} may be edited by users themselves: let administrators alone`);
      }
    }
    return lacking;
  }

  #findUser(key: AccountKey): Promise<User | undefined> {
    const { identityAttribute } = this.#settings;
    return findOwnAccount<User>(key, {
      system: 'Keycloak',
      carriedIn: `attribute ${identityAttribute}`,
      byId: (accountId) => this.#userById(accountId),
      byIdentity: async (identityId) => {
        const found = await this.#search({ q: `${identityAttribute}:"${identityId}"` });
        return found.filter((user) => this.#ownerOf(user) === identityId);
      },
      byUserName: async (userName) => {
        const wanted = userName.toLowerCase();
        const found = await this.#search({ username: userName, exact: true });
        return found.find((user) => user.username.toLowerCase() === wanted);
      },
      identityOf: (user) => this.#ownerOf(user),
      isReserved: (user) => this.#isReserved(user),
    });
  }

  /** Service accounts are the clients', Tenure's own among them; a bootstrap administrator is the realm's way in. */
  #isReserved({ id, username, serviceAccountClientId, attributes }: User): boolean {
    return (
      id === subjectOf(this.#client.accessToken) ||
      Boolean(serviceAccountClientId) ||
      username.startsWith('service-account-') ||
      attributes?.['is_temporary_admin']?.[0] === 'true' ||
      (this.#settings.realm === 'master' && username === 'admin')
    );
  }

  async #search(query: { readonly q?: string; readonly username?: string; readonly exact?: boolean }): Promise<User[]> {
    const input = { ...query, max: this.#settings.pageSize, briefRepresentation: false };
    return parse(z.array(userSchema), await this.#call('search users', () => this.#client.users.find(input)));
  }

  async #userById(id: string): Promise<User | undefined> {
    const found = await this.#find('read a user', () => this.#client.users.findOne({ id }));
    const user = found && parse(userSchema, found);
    if (user !== undefined && user.id !== id) throw new PermanentError('Keycloak: another user came back');
    return user;
  }

  #ownerOf(user: User): string | undefined {
    const owner = user.attributes?.[this.#settings.identityAttribute]?.[0];
    return owner === undefined || owner === null || owner === '' ? undefined : String(owner);
  }

  async #createUser(profile: AccountProfile): Promise<User> {
    const { identityAttribute } = this.#settings;
    const user = {
      ...representationOf(profile),
      enabled: true,
      attributes: { [identityAttribute]: [profile.identityId] },
    };
    try {
      await this.#call('create a user', () => this.#client.users.create(user));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity; or the address is somebody else's.
      const found = await this.#findUser(profile);
      if (found === undefined) throw error;
      return found;
    }
    const created = await this.#findUser(profile);
    if (created === undefined) throw new RetryableError('Keycloak: the user just created is not there yet');
    return created;
  }

  /** Without the mark, this user would be taken for whoever gets the user name next. */
  async #mark(user: User, identityId: string): Promise<User> {
    const { identityAttribute } = this.#settings;
    const attributes = { ...user.attributes, [identityAttribute]: [identityId] };
    await this.#call('mark a user', () => this.#client.users.update({ id: user.id }, { attributes }));
    const marked = await this.#userById(user.id);
    if (marked === undefined || this.#ownerOf(marked) !== identityId) {
      throw new PermanentError(`Keycloak: the realm's user profile drops the attribute ${identityAttribute}`);
    }
    return marked;
  }

  async #observe(user: User): Promise<ObservedAccount> {
    const [groups, sessions, consents, credentials] = await Promise.all([
      this.#groupsOf(user.id),
      this.#call('list sessions', () => this.#client.users.listSessions({ id: user.id })),
      this.#consentsOf(user.id),
      this.#call('list credentials', () => this.#client.users.getCredentials({ id: user.id })),
    ]);
    const open = parse(z.array(sessionSchema), sessions);
    const offline = (consents ?? []).filter(({ additionalGrants }) =>
      additionalGrants?.some(({ key }) => key === 'Offline Token'),
    );
    const lastActiveMs = Math.max(0, ...open.map(({ lastAccess }) => lastAccess ?? 0));
    return {
      accountId: user.id,
      userName: user.username,
      enabled: user.enabled ?? true,
      ...grantsOf((groups ?? []).map(({ id, path }) => ({ id, name: nameOf(path) }))),
      attributes: {
        givenName: user.firstName || undefined,
        familyName: user.lastName || undefined,
        email: user.email || undefined,
      },
      openSessions: open.length + offline.length,
      credentials: parse(z.array(credentialSchema), credentials)
        .map(
          ({ id, type, createdDate }): Credential => ({
            credentialId: id,
            kind: type === 'password' ? 'password' : 'mfa-device',
            ...(createdDate ? { setMs: createdDate } : {}),
          }),
        )
        .sort((one, other) => (one.credentialId < other.credentialId ? -1 : 1)),
      ...(lastActiveMs === 0 ? {} : { lastActiveMs }),
    };
  }

  async #consentsOf(id: string) {
    const found = await this.#find('list consents', () => this.#client.users.listConsents({ id }));
    return found && parse(z.array(consentSchema), found);
  }

  /** Undefined when the user is gone. */
  async #groupsOf(id: string): Promise<Group[] | undefined> {
    const max = this.#settings.pageSize;
    const groups = new Map<string, Group>();
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const first = groups.size;
      const found = await this.#find('list a user’s groups', () =>
        this.#client.users.listGroups({ id, first, max, briefRepresentation: true }),
      );
      if (found === undefined) return undefined;
      for (const group of parse(z.array(groupSchema), found)) groups.set(group.id, group);
      // Fewer than were asked for is not yet the end: whatever stands in between may cap pages.
      if (found.length === 0) return [...groups.values()];
      if (groups.size === first) throw new PermanentError('Keycloak: paging does not advance: likely a server bug');
    }
    throw new PermanentError(`Keycloak: a user with more than ${MAX_PAGES} pages of groups`);
  }

  /** Groups are searched by the last part of the path; those that contain a match come with it. */
  async #groupId(grant: string): Promise<string | undefined> {
    const search = grant.slice(grant.lastIndexOf('/') + 1);
    const max = this.#settings.pageSize;
    let first = 0;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const found = await this.#call('search groups', () =>
        this.#client.groups.find({ search, exact: true, populateHierarchy: true, first, max }),
      );
      const groups = parse(z.array(groupSchema), found);
      const group = flatten(groups).find(({ path }) => nameOf(path) === grant);
      if (group !== undefined || groups.length === 0) return group?.id;
      first += groups.length;
    }
    throw new PermanentError(`Keycloak: more than ${MAX_PAGES} pages of groups of one name`);
  }

  /** Every call may be repeated: user names are unique, the rest sets or removes. */
  #call<Output>(what: string, send: () => Promise<Output>): Promise<Output> {
    return this.#budget.run(
      async () => {
        try {
          await this.#signIn();
          return await send();
        } catch (error) {
          throw this.#classify(error, what);
        }
      },
      () => true,
    );
  }

  /** Runs a call for which "not there" is an answer. */
  async #find<Output>(what: string, send: () => Promise<Output>): Promise<NonNullable<Output> | undefined> {
    try {
      return (await this.#call(what, send)) ?? undefined;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** The library renews tokens by refresh token only, and client credentials come without one (RFC 6749 section 4.4.3). */
  async #signIn(): Promise<void> {
    if (this.#client.accessToken !== undefined && !this.#client.isTokenExpired()) return;
    try {
      const { clientId } = this.#settings;
      await this.#client.auth({ grantType: 'client_credentials', clientId, clientSecret: this.#clientSecret });
    } catch (error) {
      const failure = this.#classify(error, 'sign in');
      // A realm that is not there must never look like a user who is gone.
      throw failure instanceof NotFoundError
        ? new PermanentError(`${failure.message}: are baseUrl and realm right?`)
        : failure;
    }
  }

  /** The server's own messages name users, so only its status is passed on. */
  #classify(error: unknown, action: string): Error {
    if (error instanceof PermanentError || error instanceof RetryableError) return error;
    const what = `Keycloak: to ${action}`;
    if (error instanceof Error && error.name === 'AbortError') return noAnswerInTime(what, this.#callTimeoutMs);
    const response = error instanceof Error ? (error as { response?: Response }).response : undefined;
    if (response === undefined) return networkError(error, what, this.#callTimeoutMs);
    const { status } = response;
    const message = `${what} answered ${status}`;
    if (status >= 500 || status === 429 || status === 408) {
      const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), Date.now());
      return new RetryableError(message, { retryAfterMs });
    }
    if (status === 404) return new NotFoundError(message);
    if (status === 409) return new ConflictError(message);
    if (status === 401 || status === 403) return new PermanentError(`${message}: the credentials were refused`);
    return new PermanentError(message);
  }
}

function representationOf(profile: AccountProfile) {
  // An empty string is how Keycloak is told that there is none.
  return {
    username: profile.userName,
    firstName: profile.givenName ?? '',
    lastName: profile.familyName ?? '',
    email: profile.email ?? '',
  };
}

/** `/Sales/EMEA` is told as `Sales/EMEA`. */
function nameOf(path: string): string {
  return path.replace(/^\//, '');
}

function flatten(groups: readonly Group[]): readonly Group[] {
  return groups.flatMap((group) => [group, ...flatten(group.subGroups ?? [])]);
}

/** What a client may do is told it in its own token. */
function rolesIn(token: string | undefined): ReadonlySet<string> {
  return new Set(claimsOf(token).resource_access?.['realm-management']?.roles);
}

function subjectOf(token: string | undefined): string | undefined {
  return claimsOf(token).sub;
}

/** RFC 7519: the second part of a JWT. */
function claimsOf(token: string | undefined): z.infer<typeof tokenSchema> {
  return parse(tokenSchema, JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString() || '{}'));
}
