// Okta: users, groups, their lifecycle, sessions and factors. Disabling is suspending, which keeps everything and can be
// taken back; a deletion deactivates first, as Okta demands.
import type { Client, RequestExecutor, User, UserProfile } from '@okta/okta-sdk-nodejs';
import * as z from 'zod';
import { NotFoundError, PermanentError } from '../core/errors.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { type LibraryAnswer, LibraryCalls } from '../outbound/client-library.ts';
import { RefusedError } from '../outbound/http-client.ts';
import { readAllPages } from '../outbound/paging.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import { findOwnAccount } from './contract/account-finding.ts';
import type {
  AccountKey,
  AccountPage,
  ApiConnector,
  Connection,
  ObservedAccount,
  Target,
} from './contract/connector.ts';

const parse = answerParser('Okta');

/** Users of one page of a listing: each is observed by itself. */
const MAX_LISTED = 50;
/** Okta requires both names and a service account has none. Not reported back, so that it is no difference. */
const NO_NAME = '-';

const settingsSchema = z.strictObject({
  /** `https://acme.okta.com`, never the address of the admin console. */
  baseUrl: webAddressSchema.refine((url) => !/-admin\.okta/.test(url), {
    error: 'expected the organisation’s own address, without "-admin"',
  }),
  /** How long the access tokens that Okta issues to applications are valid, as its authorisation servers are set. */
  accessTokenMinutes: z.int().min(5).max(1440).default(60),
  pageSize: z.int().min(1).max(200).default(100),
});

const secretSchema = z.strictObject({
  /** An API token (SSWS) of a service account. */
  token: z.string().regex(/^[A-Za-z0-9_-]{20,100}$/, 'expected an Okta API token'),
});

export type OktaSettings = z.infer<typeof settingsSchema>;
export type OktaSecret = z.infer<typeof secretSchema>;

export const okta: ApiConnector<OktaSettings, OktaSecret> = {
  kind: 'api',
  type: 'okta',
  title: 'Okta: users, groups, suspension, sessions and tokens, factors',
  testedAgainst:
    'emulate 0.11.2, with profiles, search, sessions and factors added; every request checked against the published description (@okta/openapi 2.15.0)',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'An API token of a service account that holds a custom administrator role with: create users, edit users’ profiles, edit users’ lifecycle states, manage users’ authenticators, clear users’ sessions, view users and groups, manage group membership',
    'Its resource set is the users and groups that Tenure manages; users who hold administrator roles of their own can be changed by a super administrator only',
  ],
  limits: [
    'Only an active user can be suspended: one who has not finished activation, is locked out or whose password has expired is deactivated instead, which takes its applications away',
    'Groups that an application or a directory owns, and Everyone, are neither shown nor changed; administrator roles are not grants',
    'Ending sessions ends Okta’s own and its OAuth tokens: an application that keeps a session of its own is its own application here',
    'Search is not immediate: a user whose sign-in name was changed past Tenure is found by the identity’s id some seconds later',
  ],
  residualWindow: ({ accessTokenMinutes }) => ({
    seconds: accessTokenMinutes * 60,
    what: 'access tokens already issued, at applications that check them without asking Okta',
  }),
  connect: async (connection) => {
    const library = await import('@okta/okta-sdk-nodejs');
    /** Without the library's retries, which know no budget, and its node-fetch, which does not survive bundling. */
    class BoundedExecutor extends library.RequestExecutor {
      override async fetch({ url, method, headers, body }: LibraryRequest): LibraryResponse {
        const signal = AbortSignal.timeout(connection.callTimeoutMs);
        const response = await fetch(url, { method, headers, body, signal, redirect: 'error' } as RequestInit);
        return response as unknown as Awaited<LibraryResponse>;
      }
    }
    const client = new library.Client({
      orgUrl: connection.settings.baseUrl,
      token: connection.secret.token,
      authorizationMode: 'SSWS',
      requestExecutor: new BoundedExecutor(),
      // The library would answer a read-back from its cache.
      cacheMiddleware: null,
    });
    return new OktaTarget(connection, client);
  },
};

type LibraryRequest = Parameters<RequestExecutor['fetch']>[0] & {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};
type LibraryResponse = ReturnType<RequestExecutor['fetch']>;

/** Okta's statuses in which nobody signs in. */
const OFF: ReadonlySet<string> = new Set(['STAGED', 'SUSPENDED', 'DEPROVISIONED']);

class OktaTarget implements Target {
  readonly #client: Client;
  readonly #calls: LibraryCalls;
  readonly #pageSize: number;
  readonly #groupIds = new Map<string, string>();

  constructor({ settings, callTimeoutMs }: Connection<OktaSettings, OktaSecret>, client: Client) {
    this.#client = client;
    this.#pageSize = settings.pageSize;
    this.#calls = new LibraryCalls({ system: 'Okta', callTimeoutMs, answerOf });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(user);
  }

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const userId = account.accountId;
    const login = profile.userName.toLowerCase() === account.userName.toLowerCase() ? {} : { login: profile.userName };
    await this.#calls.run('POST /api/v1/users/{userId}', () =>
      this.#client.userApi.updateUser({ userId, user: { profile: { ...changedProfile(profile), ...login } } }),
    );
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    const userId = account.accountId;
    const user = await this.#user(userId);
    if (user === undefined || user.status === 'SUSPENDED' || user.status === 'DEPROVISIONED') return;
    if (user.status === 'ACTIVE') {
      await this.#gone('POST /api/v1/users/{userId}/lifecycle/suspend', () =>
        this.#client.userApi.suspendUser({ userId }),
      );
    } else await this.#deactivate(userId);
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    const userId = account.accountId;
    const user = await this.#user(userId);
    if (user?.status === 'SUSPENDED') {
      await this.#calls.run('POST /api/v1/users/{userId}/lifecycle/unsuspend', () =>
        this.#client.userApi.unsuspendUser({ userId }),
      );
    } else if (user?.status === 'DEPROVISIONED' || user?.status === 'STAGED') {
      await this.#calls.run('POST /api/v1/users/{userId}/lifecycle/activate', () =>
        this.#client.userApi.activateUser({ userId, sendEmail: true }),
      );
    }
  }

  async endSessions(account: ObservedAccount): Promise<void> {
    await this.#gone('DELETE /api/v1/users/{userId}/sessions', () =>
      this.#client.userApi.revokeUserSessions({ userId: account.accountId, oauthTokens: true }),
    );
  }

  async revokeCredential(account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    await this.#gone('DELETE /api/v1/users/{userId}/factors/{factorId}', () =>
      this.#client.userFactorApi.unenrollFactor({ userId: account.accountId, factorId: credentialId }),
    );
  }

  /** Okta deletes only whom it has deactivated. */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    const user = await this.#user(account.accountId);
    if (user === undefined) return;
    if (user.status !== 'DEPROVISIONED') await this.#deactivate(account.accountId);
    await this.#gone('DELETE /api/v1/users/{userId}', () =>
      this.#client.userApi.deleteUser({ userId: account.accountId, sendEmail: false }),
    );
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined)
      throw new PermanentError(`Okta: there is no group "${grant}": create it, or correct the grant`);
    await this.#calls.run('PUT /api/v1/groups/{groupId}/users/{userId}', () =>
      this.#client.groupApi.assignUserToGroup({ groupId, userId: account.accountId }),
    );
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) return;
    await this.#gone('DELETE /api/v1/groups/{groupId}/users/{userId}', () =>
      this.#client.groupApi.unassignUserFromGroup({ groupId, userId: account.accountId }),
    );
  }

  /** Without those who are deactivated: Okta lists them only when asked by status. */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const limit = Math.min(this.#pageSize, MAX_LISTED);
    const { items, next } = await this.#page('GET /api/v1/users', userSchema, () =>
      this.#client.userApi.listUsers({ limit, ...(from === undefined ? {} : { after: from }) }),
    );
    const accounts: ObservedAccount[] = [];
    for (const user of items) accounts.push(await this.#observe(user));
    return { accounts, next };
  }

  /** What may be changed cannot be asked without changing it. */
  async checkPrivileges(): Promise<readonly string[]> {
    const lacking: string[] = [];
    const probes = {
      'The token may not view users': () =>
        this.#page('GET /api/v1/users', userSchema, () => this.#client.userApi.listUsers({ limit: 1 })),
      'The token may not view groups': () =>
        this.#page('GET /api/v1/groups', groupSchema, () => this.#client.groupApi.listGroups({ limit: 1 })),
    };
    for (const [lack, probe] of Object.entries(probes)) {
      try {
        await probe();
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        lacking.push(lack);
      }
    }
    return lacking;
  }

  #findUser(key: AccountKey): Promise<OktaUser | undefined> {
    return findOwnAccount<OktaUser>(key, {
      system: 'Okta',
      carriedIn: 'employeeNumber',
      byId: (accountId) => this.#user(accountId),
      byIdentity: async (identityId) => {
        const found = await this.#search(`profile.employeeNumber eq ${quote(identityId)}`);
        return found.filter(({ profile }) => profile.employeeNumber === identityId);
      },
      byUserName: async (userName) => {
        const named = await this.#user(userName);
        // Okta also takes the part before the @ for a name, where only one user has it.
        return named?.profile.login.toLowerCase() === userName.toLowerCase() ? named : undefined;
      },
      identityOf: ({ profile }) => profile.employeeNumber || undefined,
    });
  }

  async #createUser(profile: AccountProfile): Promise<OktaUser> {
    try {
      const user = await this.#calls.run(
        'POST /api/v1/users',
        () =>
          this.#client.userApi.createUser({
            body: { profile: newProfile(profile) },
            activate: true,
          }),
        { idempotent: false },
      );
      return parse(userSchema, user);
    } catch (error) {
      // E0000001 is also what Okta says when the login is taken: by this identity's earlier call, or by another's.
      if (!(error instanceof RefusedError)) throw error;
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
  }

  async #observe(user: OktaUser): Promise<ObservedAccount> {
    const groups = await this.#all('GET /api/v1/users/{userId}/groups', groupSchema, () =>
      this.#client.userApi.listUserGroups({ userId: user.id }),
    );
    const factors = await this.#all('GET /api/v1/users/{userId}/factors', factorSchema, () =>
      this.#client.userFactorApi.listFactors({ userId: user.id }),
    );
    const lastActiveMs =
      user.lastLogin === null || user.lastLogin === undefined ? Number.NaN : +new Date(user.lastLogin);
    return {
      accountId: user.id,
      userName: user.profile.login,
      enabled: !OFF.has(user.status),
      grants: [...new Set(groups.filter(isOwn).map(({ profile }) => profile.name))].sort(),
      attributes: attributesOf(user),
      credentials: factors
        .map(({ id }) => ({ credentialId: id, kind: 'mfa-device' as const }))
        .sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1)),
      ...(Number.isNaN(lastActiveMs) ? {} : { lastActiveMs }),
    };
  }

  /** @param idOrLogin what Okta takes in one place */
  async #user(idOrLogin: string): Promise<OktaUser | undefined> {
    const user: User | undefined = await this.#gone('GET /api/v1/users/{userId}', () =>
      this.#client.userApi.getUser({ userId: idOrLogin }),
    );
    return user && parse(userSchema, user);
  }

  #search(search: string): Promise<OktaUser[]> {
    return this.#all('GET /api/v1/users', userSchema, (after) =>
      this.#client.userApi.listUsers({ search, limit: this.#pageSize, ...(after === undefined ? {} : { after }) }),
    );
  }

  async #deactivate(userId: string): Promise<void> {
    await this.#gone('POST /api/v1/users/{userId}/lifecycle/deactivate', () =>
      this.#client.userApi.deactivateUser({ userId, sendEmail: false }),
    );
  }

  async #groupId(name: string): Promise<string | undefined> {
    const cached = this.#groupIds.get(name);
    if (cached !== undefined) return cached;
    const search = `profile.name eq ${quote(name)}`;
    const found = await this.#all('GET /api/v1/groups', groupSchema, (after) =>
      this.#client.groupApi.listGroups({ search, limit: this.#pageSize, ...(after === undefined ? {} : { after }) }),
    );
    const named = found.filter((group) => isOwn(group) && group.profile.name === name);
    if (named.length > 1) throw new PermanentError(`Okta: several groups are called "${name}"`);
    if (named[0] !== undefined) this.#groupIds.set(name, named[0].id);
    return named[0]?.id;
  }

  async #all<Item>(
    operation: string,
    schema: z.ZodType<Item>,
    list: (after: string | undefined) => Promise<LibraryCollection>,
  ): Promise<Item[]> {
    return readAllPages<Item, string>(`Okta ${operation}`, (after) => this.#page(operation, schema, () => list(after)));
  }

  /** Only the cursor of the next page's address is used: the address itself would be given the token. */
  async #page<Item>(
    operation: string,
    schema: z.ZodType<Item>,
    list: () => Promise<LibraryCollection>,
  ): Promise<{ readonly items: Item[]; readonly next: string | undefined }> {
    return this.#calls.run(operation, async () => {
      const collection = await list();
      const items = (await collection.getNextPage()).map((item) => parse(schema, item));
      const next = collection.nextUri ? new URL(collection.nextUri).searchParams.get('after') : null;
      return { items, next: next ?? undefined };
    });
  }

  /** Runs a call for which "not there" is an answer. Each sets a state, so that it may be repeated. */
  async #gone<Result>(operation: string, send: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await this.#calls.run(operation, send);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

/** What is used of the library's Collection. */
interface LibraryCollection {
  readonly nextUri: string | undefined;
  getNextPage(): Promise<readonly unknown[]>;
}

const text = z.string().nullish();
const userSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  lastLogin: z.union([z.date(), z.string()]).nullish(),
  profile: z.object({
    login: z.string(),
    email: text,
    firstName: text,
    lastName: text,
    displayName: text,
    title: text,
    department: text,
    organization: text,
    costCenter: text,
    timezone: text,
    employeeNumber: text,
  }),
});
type OktaUser = z.infer<typeof userSchema>;
const groupSchema = z.object({ id: z.string().min(1), type: z.string(), profile: z.object({ name: z.string() }) });
const factorSchema = z.object({ id: z.string().min(1) });

/** Application and built-in groups are maintained elsewhere. */
function isOwn({ type }: z.infer<typeof groupSchema>): boolean {
  return type === 'OKTA_GROUP';
}

function storedProfile(profile: AccountProfile) {
  return {
    employeeNumber: profile.identityId,
    firstName: profile.givenName ?? NO_NAME,
    lastName: profile.familyName ?? NO_NAME,
    displayName: profile.displayName,
    email: profile.email ?? profile.userName,
    title: profile.title,
    department: profile.department,
    organization: profile.company,
    costCenter: profile.costCenter,
    timezone: profile.timeZone,
  };
}

/** Null takes a value away, which the library's types know of some attributes only. */
function changedProfile(profile: AccountProfile): UserProfile {
  const entries = Object.entries(storedProfile(profile)).map(([name, value]) => [name, value ?? null]);
  return Object.fromEntries(entries) as UserProfile;
}

function newProfile(profile: AccountProfile): UserProfile {
  const entries = Object.entries(storedProfile(profile)).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), login: profile.userName };
}

function attributesOf({ profile }: OktaUser): Partial<AccountProfile> {
  const isNameless = profile.firstName === NO_NAME && profile.lastName === NO_NAME;
  return {
    displayName: profile.displayName ?? '',
    givenName: isNameless ? undefined : profile.firstName || undefined,
    familyName: isNameless ? undefined : profile.lastName || undefined,
    // Okta requires an address; a service account without one has its sign-in name there.
    email: isNameless && profile.email === profile.login ? undefined : profile.email || undefined,
    title: profile.title || undefined,
    department: profile.department || undefined,
    company: profile.organization || undefined,
    costCenter: profile.costCenter || undefined,
    timeZone: profile.timezone || undefined,
  };
}

/** Okta's expression language: a quoted string with backslash escapes. */
function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** "Rate limits": 429, and when the next window begins in a header of Okta's own. */
function answerOf(error: unknown): LibraryAnswer | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { headers, errorCode } = error as { headers?: Pick<Headers, 'get'>; errorCode?: unknown };
  const code = typeof errorCode === 'string' && /^E\d{7}$/.test(errorCode) ? errorCode : undefined;
  const resetSeconds = Number(headers?.get('x-rate-limit-reset') ?? Number.NaN) - Date.now() / 1000;
  const wait = Number.isNaN(resetSeconds) ? undefined : String(Math.max(1, Math.ceil(resetSeconds)));
  return {
    status: error.status,
    retryAfter: headers?.get('retry-after') ?? (error.status === 429 ? wait : undefined),
    code,
  };
}
