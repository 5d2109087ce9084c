// Okta: users, groups, their lifecycle, sessions and factors. Disabling is suspending, which keeps everything and can be
// taken back; a deletion deactivates first, as Okta demands.
import * as z from 'zod';
import { NotFoundError, PermanentError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { HttpClient, type HttpRequest, RefusedError } from '../outbound/http-client.ts';
import { linkTo, readAllPages } from '../outbound/paging.ts';
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
  connect: (connection) => new OktaTarget(connection),
};

/** Okta's statuses in which nobody signs in. */
const OFF: ReadonlySet<string> = new Set(['STAGED', 'SUSPENDED', 'DEPROVISIONED']);

class OktaTarget implements Target {
  readonly #http: HttpClient;
  readonly #pageSize: number;

  constructor({ settings, secret, callTimeoutMs }: Connection<OktaSettings, OktaSecret>) {
    this.#pageSize = settings.pageSize;
    this.#http = new HttpClient({
      system: 'Okta',
      baseUrl: settings.baseUrl,
      headers: { authorization: `SSWS ${secret.token}` },
      callTimeoutMs,
      errorCode: codeOf,
      retryAfter: untilReset,
    });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const found = await this.#findUser(key);
    return found && { accountId: found.id, userName: found.profile.login };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(user);
  }

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const userId = account.accountId;
    const login = profile.userName.toLowerCase() === account.userName.toLowerCase() ? {} : { login: profile.userName };
    const body = { profile: { ...changedProfile(profile), ...login } };
    await this.#http.send({
      method: 'POST',
      path: '/api/v1/users/{userId}',
      parameters: { userId },
      body,
      idempotent: true,
    });
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    const userId = account.accountId;
    // Nobody stays in because their profile cannot be read: then it is found out by trying.
    const user = await this.#user(userId).catch((error: unknown) => {
      if (error instanceof PermanentError) return { status: 'UNKNOWN' };
      throw error;
    });
    if (user === undefined || user.status === 'SUSPENDED' || user.status === 'DEPROVISIONED') return;
    if (user.status !== 'ACTIVE' && user.status !== 'UNKNOWN') return this.#gone(this.#change(userId, 'deactivate'));
    try {
      await this.#gone(this.#change(userId, 'suspend'));
    } catch (error) {
      if (user.status === 'ACTIVE' || !(error instanceof RefusedError)) throw error;
      await this.#gone(this.#change(userId, 'deactivate'));
    }
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    const userId = account.accountId;
    const user = await this.#user(userId);
    if (user?.status === 'SUSPENDED') await this.#change(userId, 'unsuspend');
    if (user?.status === 'DEPROVISIONED' || user?.status === 'STAGED') await this.#change(userId, 'activate');
  }

  async endSessions(account: ObservedAccount): Promise<void> {
    await this.#delete('/api/v1/users/{userId}/sessions', { userId: account.accountId }, { oauthTokens: 'true' });
  }

  async revokeCredential(account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const parameters = { userId: account.accountId, factorId: credentialId };
    await this.#delete('/api/v1/users/{userId}/factors/{factorId}', parameters);
  }

  /** Okta deletes only whom it has deactivated. */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    const userId = account.accountId;
    const user = await this.#user(userId);
    if (user === undefined) return;
    if (user.status !== 'DEPROVISIONED') await this.#gone(this.#change(userId, 'deactivate'));
    await this.#delete('/api/v1/users/{userId}', { userId }, { sendEmail: 'false' });
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined)
      throw new PermanentError(`Okta: there is no group "${grant}": create it, or correct the grant`);
    const parameters = { groupId, userId: account.accountId };
    await this.#http.send({ method: 'PUT', path: '/api/v1/groups/{groupId}/users/{userId}', parameters });
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const known = idsBehind(account, grant);
    const named = known.length === 0 ? await this.#groupId(grant) : undefined;
    for (const groupId of named === undefined ? known : [named])
      await this.#delete('/api/v1/groups/{groupId}/users/{userId}', { groupId, userId: account.accountId });
  }

  /** Without those who are deactivated: Okta lists them only when asked by status. */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const limit = Math.min(this.#pageSize, MAX_LISTED);
    const { items, next } = await this.#page('/api/v1/users', userSchema, { query: { limit } }, from);
    const accounts: ObservedAccount[] = [];
    for (const user of items) accounts.push(await this.#observe(user));
    return { accounts, next };
  }

  /** What may be changed cannot be asked without changing it. */
  async checkPrivileges(): Promise<readonly string[]> {
    const lacking: string[] = [];
    const probes = {
      'The token may not view users': () => this.#page('/api/v1/users', userSchema, { query: { limit: 1 } }),
      'The token may not view groups': () => this.#page('/api/v1/groups', groupSchema, { query: { limit: 1 } }),
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
      // Whoever carries an identity's id was told apart by a person.
      isReserved: async ({ id, profile }) => !profile.employeeNumber && id === (await this.#ownId()),
    });
  }

  /** The user whom the token stands for. */
  async #ownId(): Promise<string | undefined> {
    return (await this.#user('me'))?.id;
  }

  async #createUser(profile: AccountProfile): Promise<OktaUser> {
    try {
      const body = { profile: newProfile(profile) };
      const request: HttpRequest = { method: 'POST', path: '/api/v1/users', query: { activate: 'true' }, body };
      return parse(userSchema, await this.#http.send(request));
    } catch (error) {
      // E0000001 is also what Okta says when the login is taken: by this identity's earlier call, or by another's.
      if (!(error instanceof RefusedError)) throw error;
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
  }

  async #observe(user: OktaUser): Promise<ObservedAccount> {
    const parameters = { userId: user.id };
    const groups = await this.#all('/api/v1/users/{userId}/groups', groupSchema, { parameters });
    const factors = await this.#all('/api/v1/users/{userId}/factors', factorSchema, { parameters });
    const lastActiveMs = Date.parse(user.lastLogin ?? '');
    return {
      accountId: user.id,
      userName: user.profile.login,
      enabled: !OFF.has(user.status),
      ...grantsOf(groups.filter(isOwn).map(({ id, profile }) => ({ id, name: profile.name }))),
      attributes: attributesOf(user),
      credentials: factors
        .map(({ id }) => ({ credentialId: id, kind: 'mfa-device' as const }))
        .sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1)),
      ...(Number.isNaN(lastActiveMs) ? {} : { lastActiveMs }),
    };
  }

  /** @param idOrLogin what Okta takes in one place */
  async #user(idOrLogin: string): Promise<OktaUser | undefined> {
    const parameters = { userId: idOrLogin };
    const user = await this.#gone(this.#http.send({ method: 'GET', path: '/api/v1/users/{userId}', parameters }));
    return user === undefined ? undefined : parse(userSchema, user);
  }

  #search(search: string): Promise<OktaUser[]> {
    return this.#all('/api/v1/users', userSchema, { query: { search, limit: this.#pageSize } });
  }

  /** Each sets a state, so that it may be repeated. An invitation is sent with an activation only. */
  async #change(userId: string, action: 'suspend' | 'unsuspend' | 'activate' | 'deactivate'): Promise<void> {
    const told = action === 'activate' ? { sendEmail: 'true' } : action === 'deactivate' ? { sendEmail: 'false' } : {};
    const path = `/api/v1/users/{userId}/lifecycle/${action}`;
    await this.#http.send({ method: 'POST', path, parameters: { userId }, query: told, idempotent: true });
  }

  async #delete(path: string, parameters: Record<string, string>, query: Record<string, string> = {}): Promise<void> {
    await this.#gone(this.#http.send({ method: 'DELETE', path, parameters, query }));
  }

  async #groupId(name: string): Promise<string | undefined> {
    const query = { search: `profile.name eq ${quote(name)}`, limit: this.#pageSize };
    const found = await this.#all('/api/v1/groups', groupSchema, { query });
    const named = found.filter((group) => isOwn(group) && group.profile.name === name);
    if (named.length > 1) throw new PermanentError(`Okta: several groups are called "${name}"`);
    return named[0]?.id;
  }

  #all<Item>(path: string, schema: z.ZodType<Item>, listing: Listing): Promise<Item[]> {
    return readAllPages<Item, string>(`Okta GET ${path}`, (after) => this.#page(path, schema, listing, after));
  }

  /** Only the cursor of the next page's address is used: the address itself would be given the token. */
  async #page<Item>(
    path: string,
    schema: z.ZodType<Item>,
    { parameters, query }: Listing,
    after?: string,
  ): Promise<{ readonly items: Item[]; readonly next: string | undefined }> {
    const { body, headers } = await this.#http.sendForHeaders({
      method: 'GET',
      path,
      ...(parameters && { parameters }),
      query: { ...query, ...(after === undefined ? {} : { after }) },
    });
    const link = linkTo('next', headers);
    const items = parse(z.array(schema), body);
    if (link === undefined) return { items, next: undefined };
    const next = URL.canParse(link) ? new URL(link).searchParams.get('after') : null;
    if (next === null) throw new PermanentError(`Okta GET ${path}: the next page has no cursor`);
    return { items, next };
  }

  /** For a call to which "not there" is an answer. */
  async #gone<Result>(call: Promise<Result>): Promise<Result | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

type Listing = Pick<HttpRequest, 'parameters' | 'query'>;

const text = z.string().nullish();
const userSchema = z.object({
  id: z.string().min(1),
  status: z.string(),
  lastLogin: text,
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

/** Null takes a value away. */
function changedProfile(profile: AccountProfile): Record<string, string | null> {
  return Object.fromEntries(Object.entries(storedProfile(profile)).map(([name, value]) => [name, value ?? null]));
}

function newProfile(profile: AccountProfile): Record<string, string | undefined> {
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

function codeOf(body: unknown): string | undefined {
  const code = (body as { errorCode?: unknown } | null)?.errorCode;
  return typeof code === 'string' && /^E\d{7}$/.test(code) ? code : undefined;
}

/** "Rate limits": when the next window begins, in a header of Okta's own, in seconds since the epoch. */
function untilReset(headers: Headers): string | undefined {
  const resetSeconds = Number(headers.get('x-rate-limit-reset') ?? Number.NaN) - Date.now() / 1_000;
  return Number.isNaN(resetSeconds) ? undefined : String(Math.max(1, Math.ceil(resetSeconds)));
}
