// SCIM 2.0 (RFC 7643, RFC 7644), any provider. A grant is a group, named by its displayName, and what an account holds
// is read from the groups' side: many providers keep a user's own `groups` stale, or leave it out.
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { answerParser } from '../../outbound/answer-parser.ts';
import { fillPath, HttpClient, type HttpRequest, RefusedError } from '../../outbound/http-client.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import type { AccountKey, AccountPage, ApiConnector, Connection, Target } from '../contract/connector.ts';
import { BulkSender, bulkConfigSchema } from './scim-bulk.ts';
import {
  attributesOf,
  newUser,
  type PatchOperation,
  type ScimUser,
  updateOperations,
  userSchema,
} from './scim-user.ts';

const parse = answerParser('SCIM', 'RFC 7643');

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** RFC 7644 section 3.12, table 9: the only part of an error body that is passed on. */
const SCIM_TYPES: ReadonlySet<unknown> = new Set(
  'invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive'.split(
    ' ',
  ),
);
/** Pages of one listing at most: with the default page size, 20,000 groups. */
const MAX_PAGES = 200;
/** Accounts on one page of a listing: each may cost a call that asks for its groups. */
const MAX_LISTED = 50;
/** Attempts at an update that somebody else's keeps overtaking (412). */
const MAX_VERSION_ATTEMPTS = 3;
/** An id that no provider gives away. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

const settingsSchema = z.strictObject({
  /** Up to and without `/Users`. */
  baseUrl: webAddressSchema,
  pageSize: z.int().min(1).max(1000).default(100),
  /** Whose endpoint it is, where that matters: see QUIRKS. */
  provider: z.enum(['generic', 'github', 'canva', 'slack']).default('generic'),
});

/**
 * What providers document that RFC 7644 would not let expect. What can be found out is found out instead: which filters
 * work, whether memberships are stale, versions.
 */
const QUIRKS: Readonly<Record<z.infer<typeof settingsSchema>['provider'], { readonly cannotDelete?: string }>> = {
  generic: {},
  // docs.github.com, "Deprovisioning and reinstating users with SCIM": DELETE is a hard deprovisioning.
  github: { cannotDelete: 'GitHub never deletes an account, and one deprovisioned by DELETE never comes back' },
  // canva.dev, "SCIM User API reference, delete a user".
  canva: { cannotDelete: 'Canva has no operation that deletes an account' },
  // docs.slack.dev, "SCIM API reference": DELETE sets a member to deactivated.
  slack: {
    cannotDelete: 'Slack never deletes a member: deactivated, it keeps its messages and can be activated again',
  },
};

const secretSchema = z.strictObject({
  /** RFC 6750 section 2.1; checked here since fetch quotes a malformed header in its error. */
  token: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9\-._~+/]+=*$/, 'expected a bearer token'),
});

export type ScimSettings = z.infer<typeof settingsSchema>;
export type ScimSecret = z.infer<typeof secretSchema>;

export const scim: ApiConnector<ScimSettings, ScimSecret> = {
  kind: 'api',
  type: 'scim',
  title: 'Any application with a SCIM 2.0 endpoint: users, groups, deactivation',
  testedAgainst: 'SCIMMY 1.3, scim2-server 0.8.3',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: ['A bearer token that may read and write /Users and /Groups'],
  limits: [
    'SCIM knows no sessions: whoever is signed in stays so until the application asks again',
    'Bulk requests (RFC 7644 section 3.7) take back several groups at once where the provider announces them; whatever does not work that way, and every other change, is a request of its own',
    'The provider must know PATCH (RFC 7644 section 3.5.2): an account is never replaced as a whole',
  ],
  limitsOf: ({ provider }) => [QUIRKS[provider].cannotDelete].filter((limit) => limit !== undefined),
  connect: (connection) => new ScimTarget(connection),
};

const groupSchema = z.object({
  id: z.string().min(1),
  displayName: z.string(),
  members: z.array(z.object({ value: z.string().nullish() })).nullish(),
});
type ScimGroup = z.infer<typeof groupSchema>;
type GroupName = Pick<ScimGroup, 'id' | 'displayName'>;

const pageSchema = z.object({
  totalResults: z.int().min(0),
  Resources: z.array(z.object({ id: z.string().min(1) }).loose()).nullish(),
});

/** RFC 7643 section 5; only what is asked for. */
const providerConfigSchema = z.object({
  patch: z.object({ supported: z.boolean() }).nullish(),
  etag: z.object({ supported: z.boolean() }).nullish(),
  bulk: bulkConfigSchema.nullish().catch(undefined),
});
type ProviderConfig = z.infer<typeof providerConfigSchema>;

/** Also what a connector builds on whose system speaks SCIM and more. */
export class ScimTarget implements Target {
  /** Absent where the provider cannot, or where it could not be undone. */
  readonly deleteAccount?: (account: ObservedAccount) => Promise<void>;
  readonly #client: HttpClient;
  readonly #pageSize: number;
  readonly #groupIds = new Map<string, string>();
  /** What an account was seen in, so that leaving it needs no looking up. */
  readonly #heldGroups = new WeakMap<ObservedAccount, readonly GroupName[]>();
  /** Of the accounts read last, where the provider gives versions. */
  readonly #versions = new Map<string, string>();
  #membersFilterWorks: Promise<boolean> | undefined;
  #providerConfig: Promise<ProviderConfig> | undefined;
  #bulk: Promise<BulkSender> | undefined;

  constructor({ settings, secret, callTimeoutMs }: Connection<ScimSettings, ScimSecret>) {
    this.#pageSize = settings.pageSize;
    if (QUIRKS[settings.provider].cannotDelete === undefined)
      this.deleteAccount = (account) => this.#deleteUser(account);
    this.#client = new HttpClient({
      system: 'SCIM',
      baseUrl: settings.baseUrl,
      bearerToken: secret.token,
      mediaType: 'application/scim+json',
      callTimeoutMs,
      errorCode: scimTypeOf,
    });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(user);
  }

  /**
   * Bound to the version that was read, where the provider keeps versions: what changed meanwhile is read again, so that
   * nobody's change is undone. Not so for the other changes: access is taken whatever somebody else is editing.
   */
  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    let known: Pick<ObservedAccount, 'userName' | 'attributes'> = account;
    for (let attempt = 1; attempt <= MAX_VERSION_ATTEMPTS; attempt += 1) {
      const operations = updateOperations(known, profile);
      const version = await this.#usableVersion(account.accountId);
      try {
        return await this.#patch('/Users/{id}', account.accountId, operations, version);
      } catch (error) {
        if (!(error instanceof RefusedError) || error.status !== 412) throw error;
      }
      const user = await this.#get('/Users/{id}', account.accountId, userSchema);
      if (user === undefined) throw new NotFoundError('SCIM: the account to be updated is gone');
      this.#remember(user);
      known = { userName: user.userName, attributes: attributesOf(user) };
    }
    throw new RetryableError('SCIM: the account is being changed by others all the time (412)');
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    try {
      await this.#patch('/Users/{id}', account.accountId, [{ op: 'replace', path: 'active', value: false }]);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    await this.#patch('/Users/{id}', account.accountId, [{ op: 'replace', path: 'active', value: true }]);
  }

  /** Memberships first: not every provider takes those of a deleted user away. */
  async #deleteUser(account: ObservedAccount): Promise<void> {
    for (const group of await this.#groupsOf({ id: account.accountId })) await this.#removeMember(account, group);
    try {
      await this.#client.send({ method: 'DELETE', path: '/Users/{id}', parameters: { id: account.accountId } });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined)
      throw new PermanentError(`SCIM: there is no group "${grant}": create it, or correct the grant`);
    // Some providers take anything for a member.
    await this.#client.send({ method: 'GET', path: '/Users/{id}', parameters: { id: account.accountId } });
    try {
      const value = [{ value: account.accountId }];
      await this.#patch('/Groups/{id}', groupId, [{ op: 'add', path: 'members', value }]);
    } catch (error) {
      this.#groupIds.delete(grant);
      // Some providers answer 409 when the member is already there. If it is not, the read-back says so.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const held = this.#heldGroups.get(account)?.filter(({ displayName }) => displayName === grant) ?? [];
    for (const group of held) await this.#removeMember(account, group);
    if (held.length > 0) return;
    const id = await this.#groupId(grant);
    if (id !== undefined) await this.#removeMember(account, { id, displayName: grant });
  }

  /** Not bound to the groups' versions either: access is taken whatever somebody else is changing. */
  async revokeAll(account: ObservedAccount, grants: readonly string[]): Promise<readonly string[]> {
    const wanted = new Set(grants);
    const data = patchOf([memberRemoval(account)]);
    const leaving = (this.#heldGroups.get(account) ?? [])
      .filter(({ displayName }) => wanted.has(displayName))
      .map(({ id, displayName }) => ({ grant: displayName, path: fillPath('/Groups/{id}', { id }), data }));
    // Asked only where it matters: most connections need not know whether the provider announces Bulk.
    const bulk = leaving.length > 1 ? await this.#bulkSender() : undefined;
    const done = await bulk?.send(leaving);
    if (done === undefined) return [];
    const left = new Set(leaving.filter((each) => !done.has(each)).map(({ grant }) => grant));
    return [...new Set(leaving.map(({ grant }) => grant))].filter((grant) => !left.has(grant));
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const startIndex = from === undefined ? 1 : Number(from);
    if (!Number.isSafeInteger(startIndex) || startIndex < 1)
      throw new PermanentError('SCIM: the listing cannot go on from there');
    const query = { startIndex, count: Math.min(this.#pageSize, MAX_LISTED) };
    const answer = await this.#collection({ method: 'GET', path: '/Users', query });
    const { totalResults, Resources } = parse(pageSchema, answer);
    const users = (Resources ?? []).map((resource) => parse(userSchema, resource));
    // Where each account's groups cannot be asked for, all are read once for the page.
    const groups = (await this.#canFilterMembers()) ? undefined : await this.#allGroups();
    const accounts: ObservedAccount[] = [];
    for (const user of users) accounts.push(await this.#observe(user, groups));
    const next = startIndex + users.length;
    if (next > totalResults) return { accounts };
    if (users.length === 0) throw new PermanentError('SCIM GET /Users: paging does not advance: likely a provider bug');
    return { accounts, next: String(next) };
  }

  /** Changing is tried on an account that does not exist: 404 comes after the permission was looked at. */
  async checkPrivileges(): Promise<readonly string[]> {
    const body = patchOf([{ op: 'replace', path: 'active', value: true }]);
    const parameters = { id: NOBODY };
    const query = { startIndex: 1, count: 1 };
    const refusals = [
      await this.#refusalOf('read /Users', { method: 'GET', path: '/Users', query }),
      await this.#refusalOf('read /Groups', { method: 'GET', path: '/Groups', query }),
      await this.#refusalOf('change /Users', {
        method: 'PATCH',
        path: '/Users/{id}',
        parameters,
        body,
        idempotent: true,
      }),
    ];
    const lacking = refusals.filter((each) => each !== undefined);
    if (lacking.length > 0 || (await this.#provider()).patch?.supported !== false) return lacking;
    return ['the provider does not know PATCH (ServiceProviderConfig)'];
  }

  async #refusalOf(what: string, request: HttpRequest): Promise<string | undefined> {
    try {
      await this.#client.send(request);
      return undefined;
    } catch (error) {
      if (error instanceof RetryableError || !(error instanceof Error)) throw error;
      const isNobody = request.method === 'PATCH' && (error instanceof NotFoundError || isInvalid(error));
      return isNobody ? undefined : `may not ${what}: ${error.message}`;
    }
  }

  async #removeMember(account: ObservedAccount, group: GroupName): Promise<void> {
    try {
      await this.#patch('/Groups/{id}', group.id, [memberRemoval(account)]);
    } catch (error) {
      this.#groupIds.delete(group.displayName);
      const notThere = error instanceof NotFoundError || (error instanceof RefusedError && error.code === 'noTarget');
      if (!notThere) throw error;
    }
  }

  /** Undefined when the provider does not even say what it can: access is then taken without asking. */
  #bulkSender(): Promise<BulkSender | undefined> {
    this.#bulk ??= this.#provider().then(({ bulk }) => new BulkSender({ client: this.#client, config: bulk, isDone }));
    return this.#bulk.catch(() => {
      this.#bulk = undefined;
      return undefined;
    });
  }

  #findUser(key: AccountKey): Promise<ScimUser | undefined> {
    return findOwnAccount<ScimUser>(key, {
      system: 'SCIM',
      carriedIn: 'externalId',
      byId: (accountId) => this.#get('/Users/{id}', accountId, userSchema),
      byIdentity: (identityId) => {
        const isTheirs = (user: ScimUser) => user.externalId === identityId;
        return this.#search('/Users', userSchema, 'externalId', identityId, isTheirs);
      },
      byUserName: async (userName) => {
        // RFC 7643 section 4.1.1: userName is not case-sensitive.
        const wanted = userName.toLowerCase();
        const isNamed = (user: ScimUser) => user.userName.toLowerCase() === wanted;
        return (await this.#search('/Users', userSchema, 'userName', userName, isNamed))[0];
      },
      identityOf: ({ externalId }) => externalId || undefined,
    });
  }

  async #createUser(profile: AccountProfile): Promise<ScimUser> {
    try {
      return parse(userSchema, await this.#collection({ method: 'POST', path: '/Users', body: newUser(profile) }));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
  }

  async #observe(user: ScimUser, groups?: readonly ScimGroup[]): Promise<ObservedAccount> {
    this.#remember(user);
    const held = groups === undefined ? await this.#groupsOf(user) : groups.filter((group) => isMember(user, group));
    const account = {
      accountId: user.id,
      userName: user.userName,
      enabled: user.active ?? true,
      grants: [...new Set(held.map((group) => group.displayName))].sort(),
      attributes: attributesOf(user),
    };
    this.#heldGroups.set(
      account,
      held.map(({ id, displayName }) => ({ id, displayName })),
    );
    return account;
  }

  /** The groups that list the user as a member, whatever the user's own `groups` says. */
  async #groupsOf(user: Pick<ScimUser, 'id' | 'groups'>): Promise<readonly ScimGroup[]> {
    if (!(await this.#canFilterMembers())) return (await this.#allGroups()).filter((group) => isMember(user, group));
    const filter = `members.value eq ${quote(user.id)}`;
    const groups = await this.#list('/Groups', groupSchema, { filter, attributes: 'displayName' });
    // What only the user's `groups` names may be stale, or a filter that looks in some groups only: ask that group.
    const known = new Set(groups.map((group) => group.id));
    for (const { value, type } of user.groups ?? []) {
      if (value === null || value === undefined || type === 'indirect' || known.has(value)) continue;
      const group = await this.#get('/Groups/{id}', value, groupSchema);
      if (group !== undefined && isMember(user, group)) groups.push(group);
    }
    return groups;
  }

  #allGroups(): Promise<readonly ScimGroup[]> {
    return this.#list('/Groups', groupSchema, { attributes: 'displayName,members' });
  }

  #canFilterMembers(): Promise<boolean> {
    this.#membersFilterWorks ??= this.#probeMembersFilter();
    return this.#membersFilterWorks;
  }

  /** A provider that ignores filters it does not know would report every group as held: ask for a member nobody is. */
  async #probeMembersFilter(): Promise<boolean> {
    try {
      const query = {
        filter: `members.value eq ${quote(NOBODY)}`,
        attributes: 'displayName',
        count: 1,
      };
      const page = parse(pageSchema, await this.#collection({ method: 'GET', path: '/Groups', query }));
      return page.totalResults === 0;
    } catch (error) {
      this.#membersFilterWorks = undefined;
      if (isUnsupportedFilter(error)) return false;
      throw error;
    }
  }

  async #groupId(name: string): Promise<string | undefined> {
    const cached = this.#groupIds.get(name);
    if (cached !== undefined) return cached;
    const isNamed = (group: ScimGroup) => group.displayName === name;
    const groups = await this.#search('/Groups', groupSchema, 'displayName', name, isNamed, {
      attributes: 'displayName',
    });
    if (groups.length > 1) throw new PermanentError(`SCIM: several groups are called "${name}"`);
    if (groups[0] !== undefined) this.#groupIds.set(name, groups[0].id);
    return groups[0]?.id;
  }

  /**
   * Resources whose attribute equals the value. Checked here again, since some providers ignore filters; without a
   * filter where the provider refuses this one.
   */
  async #search<Resource>(
    path: string,
    schema: z.ZodType<Resource>,
    attribute: string,
    value: string,
    isMatch: (resource: Resource) => boolean,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Resource[]> {
    try {
      return (await this.#list(path, schema, { ...query, filter: `${attribute} eq ${quote(value)}` })).filter(isMatch);
    } catch (error) {
      if (!isUnsupportedFilter(error)) throw error;
      return (await this.#list(path, schema, query)).filter(isMatch);
    }
  }

  /** All pages of a listing (RFC 7644 section 3.4.2.4). */
  async #list<Resource>(
    path: string,
    schema: z.ZodType<Resource>,
    query: Readonly<Record<string, string>>,
  ): Promise<Resource[]> {
    const found = new Map<string, Resource>();
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const paging = { startIndex: found.size + 1, count: this.#pageSize };
      const answer = await this.#collection({ method: 'GET', path, query: { ...query, ...paging } });
      const { totalResults, Resources } = parse(pageSchema, answer);
      const before = found.size;
      for (const resource of Resources ?? []) found.set(resource.id, parse(schema, resource));
      if (found.size >= totalResults) return [...found.values()];
      if (found.size === before)
        throw new PermanentError(`SCIM GET ${path}: paging does not advance: likely a provider bug`);
    }
    throw new PermanentError(`SCIM GET ${path}: more than ${MAX_PAGES} pages of ${this.#pageSize}`);
  }

  /** A collection that is not there is a wrong base URL, which must never look like an account that is gone. */
  async #collection(request: HttpRequest): Promise<unknown> {
    try {
      return await this.#client.send(request);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`${error.message}: is baseUrl right?`);
    }
  }

  async #get<Resource>(path: string, id: string, schema: z.ZodType<Resource>): Promise<Resource | undefined> {
    try {
      return parse(schema, await this.#client.send({ method: 'GET', path, parameters: { id } }));
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** Each patch sent here sets a state rather than changing one, so it may be repeated. */
  async #patch(path: string, id: string, operations: readonly PatchOperation[], version?: string): Promise<void> {
    const body = patchOf(operations);
    const headers = version === undefined ? {} : { 'if-match': version };
    await this.#client.send({ method: 'PATCH', path, parameters: { id }, body, headers, idempotent: true });
  }

  #remember({ id, meta }: ScimUser): void {
    const version = meta?.version;
    // RFC 9110 section 8.8.3; a version that is no entity tag cannot be sent back.
    if (typeof version === 'string' && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(version)) this.#versions.set(id, version);
    else this.#versions.delete(id);
  }

  /** Some providers give versions and refuse them in If-Match: only ServiceProviderConfig says that they are kept. */
  async #usableVersion(accountId: string): Promise<string | undefined> {
    const version = this.#versions.get(accountId);
    return version !== undefined && (await this.#provider()).etag?.supported === true ? version : undefined;
  }

  /** RFC 7644 section 4; a provider without it, or with another idea of it, is taken for one that knows PATCH alone. */
  #provider(): Promise<ProviderConfig> {
    this.#providerConfig ??= this.#readProviderConfig();
    return this.#providerConfig;
  }

  async #readProviderConfig(): Promise<ProviderConfig> {
    try {
      const answer = await this.#client.send({ method: 'GET', path: '/ServiceProviderConfig' });
      return providerConfigSchema.safeParse(answer).data ?? {};
    } catch (error) {
      if (!(error instanceof RetryableError)) return {};
      this.#providerConfig = undefined;
      throw error;
    }
  }
}

function patchOf(operations: readonly PatchOperation[]): object {
  return { schemas: [PATCH_SCHEMA], Operations: operations };
}

function memberRemoval({ accountId }: Pick<ObservedAccount, 'accountId'>): PatchOperation {
  return { op: 'remove', path: `members[value eq ${quote(accountId)}]` };
}

/** One operation of a bulk, as #removeMember takes it: gone, or nobody there to remove. */
function isDone(status: number, response: unknown): boolean {
  return (status >= 200 && status < 300) || status === 404 || scimTypeOf(response) === 'noTarget';
}

function isMember({ id }: Pick<ScimUser, 'id'>, group: ScimGroup): boolean {
  return group.members?.some((member) => member.value === id) ?? false;
}

/** How providers refuse an id that is not of their own kind. */
function isInvalid(error: Error): boolean {
  return error instanceof RefusedError && (error.status === 400 || error.status === 422);
}

/** RFC 7644 section 3.4.2.2: a filter's string is a JSON string. */
function quote(value: string): string {
  return JSON.stringify(value);
}

/** RFC 7644 says 400 invalidFilter; also seen: 400 without a code, 501. */
function isUnsupportedFilter(error: unknown): boolean {
  return error instanceof RefusedError && (error.status === 400 || error.status === 501);
}

function scimTypeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('scimType' in body)) return undefined;
  return SCIM_TYPES.has(body.scimType) ? String(body.scimType) : undefined;
}
