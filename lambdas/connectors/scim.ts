// SCIM 2.0 (RFC 7643, RFC 7644), any provider. A grant is a group, named by its displayName, and what an account holds
// is read from the groups' side: many providers keep a user's own `groups` stale, or leave it out.
import { z } from 'zod';
import type { AccountProfile } from '../core/account-profile.ts';
import { ConflictError, NotFoundError, PermanentError } from '../core/errors.ts';
import type { AccountKey, ApiConnector, Connection, ObservedAccount, Target } from './connector.ts';
import { HttpClient, type HttpRequest, RefusedError } from './http-client.ts';

const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** RFC 7644 section 3.12, table 9: the only part of an error body that is passed on. */
const SCIM_TYPES: ReadonlySet<unknown> = new Set(
  'invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive'.split(
    ' ',
  ),
);
/** Pages of one listing at most: with the default page size, 20,000 groups. */
const MAX_PAGES = 200;

const settingsSchema = z.strictObject({
  /** Up to and without `/Users`. */
  baseUrl: z
    .url()
    .max(2000)
    .refine(isAcceptableBaseUrl, {
      error: 'expected https:// (http:// on loopback only), without credentials, query or fragment',
    })
    .transform((url) => url.replace(/\/+$/, '')),
  pageSize: z.int().min(1).max(1000).default(100),
});

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
  testedAgainst: 'SCIMMY 1.3',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: ['A bearer token that may read and write /Users and /Groups'],
  limits: ['SCIM knows no sessions: whoever is signed in stays so until the application asks again'],
  connect: (connection) => new ScimTarget(connection),
};

/** Parsed leniently: only what is used, and what providers are known to get wrong. */
const userSchema = z.object({
  id: z.string().min(1),
  externalId: z.string().nullish(),
  userName: z.string(),
  // Entra's own samples send "True" and "False".
  active: z.union([z.boolean(), z.string().transform((text) => text.toLowerCase() !== 'false')]).nullish(),
  displayName: z.string().nullish(),
  name: z.object({ givenName: z.string().nullish(), familyName: z.string().nullish() }).nullish(),
  emails: z
    .array(z.object({ value: z.string().nullish(), type: z.string().nullish(), primary: z.unknown() }))
    .nullish(),
  title: z.string().nullish(),
  timezone: z.string().nullish(),
  groups: z.array(z.object({ value: z.string().nullish(), type: z.string().nullish() })).nullish(),
  [ENTERPRISE_SCHEMA]: z
    .object({ department: z.string().nullish(), costCenter: z.string().nullish(), organization: z.string().nullish() })
    .nullish(),
});
type ScimUser = z.infer<typeof userSchema>;

const groupSchema = z.object({
  id: z.string().min(1),
  displayName: z.string(),
  members: z.array(z.object({ value: z.string().nullish() })).nullish(),
});
type ScimGroup = z.infer<typeof groupSchema>;

const pageSchema = z.object({
  totalResults: z.int().min(0),
  Resources: z.array(z.object({ id: z.string().min(1) }).loose()).nullish(),
});

interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

class ScimTarget implements Target {
  readonly #client: HttpClient;
  readonly #pageSize: number;
  readonly #groupIds = new Map<string, string>();
  #membersFilterWorks: Promise<boolean> | undefined;

  constructor({ settings, secret, callTimeoutMs }: Connection<ScimSettings, ScimSecret>) {
    this.#pageSize = settings.pageSize;
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

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const operations = updateOperations(account, profile);
    if (operations.length > 0) await this.#patch('/Users/{id}', account.accountId, operations);
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

  async deleteAccount(account: ObservedAccount): Promise<void> {
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
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) return;
    try {
      await this.#patch('/Groups/{id}', groupId, [
        { op: 'remove', path: `members[value eq ${quote(account.accountId)}]` },
      ]);
    } catch (error) {
      this.#groupIds.delete(grant);
      const notThere = error instanceof NotFoundError || (error instanceof RefusedError && error.code === 'noTarget');
      if (!notThere) throw error;
    }
  }

  async #findUser({ accountId, identityId, userName }: AccountKey): Promise<ScimUser | undefined> {
    if (accountId !== undefined) {
      const linked = await this.#get('/Users/{id}', accountId, userSchema);
      if (linked !== undefined) return ownedBy(identityId, linked);
    }
    const claimed = await this.#search(
      '/Users',
      userSchema,
      'externalId',
      identityId,
      (user) => user.externalId === identityId,
    );
    if (claimed.length > 1) throw new ConflictError('SCIM: several accounts carry the identity as externalId');
    if (claimed[0] !== undefined) return claimed[0];
    // RFC 7643 section 4.1.1: userName is not case-sensitive.
    const wanted = userName.toLowerCase();
    const named = await this.#search(
      '/Users',
      userSchema,
      'userName',
      userName,
      (user) => user.userName.toLowerCase() === wanted,
    );
    return named[0] && ownedBy(identityId, named[0]);
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

  async #observe(user: ScimUser): Promise<ObservedAccount> {
    return {
      accountId: user.id,
      userName: user.userName,
      enabled: user.active ?? true,
      grants: [...new Set(await this.#groupNamesOf(user))].sort(),
      attributes: attributesOf(user),
    };
  }

  /** The groups that list the user as a member, whatever the user's own `groups` says. */
  async #groupNamesOf(user: ScimUser): Promise<string[]> {
    const isMember = (group: ScimGroup) => group.members?.some((member) => member.value === user.id) ?? false;
    this.#membersFilterWorks ??= this.#probeMembersFilter();
    if (!(await this.#membersFilterWorks)) {
      const groups = await this.#list('/Groups', groupSchema, { attributes: 'displayName,members' });
      return groups.filter(isMember).map((group) => group.displayName);
    }
    const filter = `members.value eq ${quote(user.id)}`;
    const groups = await this.#list('/Groups', groupSchema, { filter, attributes: 'displayName' });
    // What only the user's `groups` names may be stale, or a filter that looks in some groups only: ask that group.
    const known = new Set(groups.map((group) => group.id));
    for (const { value, type } of user.groups ?? []) {
      if (value === null || value === undefined || type === 'indirect' || known.has(value)) continue;
      const group = await this.#get('/Groups/{id}', value, groupSchema);
      if (group !== undefined && isMember(group)) groups.push(group);
    }
    return groups.map((group) => group.displayName);
  }

  /** A provider that ignores filters it does not know would report every group as held: ask for a member nobody is. */
  async #probeMembersFilter(): Promise<boolean> {
    try {
      const query = {
        filter: 'members.value eq "00000000-0000-0000-0000-000000000000"',
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
  async #patch(path: string, id: string, operations: readonly PatchOperation[]): Promise<void> {
    const body = { schemas: [PATCH_SCHEMA], Operations: operations };
    await this.#client.send({ method: 'PATCH', path, parameters: { id }, body, idempotent: true });
  }
}

/** The user, unless it carries another identity's id. One without any is adopted: it was there before Tenure. */
function ownedBy(identityId: string, user: ScimUser): ScimUser {
  if (user.externalId && user.externalId !== identityId) {
    throw new ConflictError('SCIM: the account belongs to another identity (its externalId is not this one)');
  }
  return user;
}

function attributesOf(user: ScimUser): Partial<AccountProfile> {
  const emails = user.emails ?? [];
  const email =
    emails.find((each) => each.type === 'work') ?? emails.find((each) => each.primary === true) ?? emails[0];
  const enterprise = user[ENTERPRISE_SCHEMA];
  return {
    // Stored by practically every provider, so reported even when empty: the first value is then a difference.
    displayName: user.displayName ?? '',
    givenName: user.name?.givenName || undefined,
    familyName: user.name?.familyName || undefined,
    email: email?.value || undefined,
    // Often dropped without a word: reported only when the provider shows that it stores them.
    ...dropEmpty({
      title: user.title,
      timeZone: user.timezone,
      department: enterprise?.department,
      costCenter: enterprise?.costCenter,
      company: enterprise?.organization,
    }),
  };
}

function newUser(profile: AccountProfile): object {
  const enterprise = dropEmpty({
    department: profile.department,
    costCenter: profile.costCenter,
    organization: profile.company,
  });
  const isEnterprise = Object.keys(enterprise).length > 0;
  return {
    schemas: isEnterprise ? [USER_SCHEMA, ENTERPRISE_SCHEMA] : [USER_SCHEMA],
    externalId: profile.identityId,
    active: true,
    ...dropEmpty({
      userName: profile.userName,
      displayName: profile.displayName,
      title: profile.title,
      timezone: profile.timeZone,
    }),
    name: dropEmpty({ givenName: profile.givenName, familyName: profile.familyName, formatted: profile.displayName }),
    ...(profile.email === undefined ? {} : { emails: emailsOf(profile.email) }),
    ...(isEnterprise ? { [ENTERPRISE_SCHEMA]: enterprise } : {}),
  };
}

/** Where each attribute is stored. E-mail addresses are replaced as a whole: valuePath filters are rarely right. */
const ATTRIBUTE_PATHS = {
  displayName: 'displayName',
  givenName: 'name.givenName',
  familyName: 'name.familyName',
  email: 'emails',
  title: 'title',
  timeZone: 'timezone',
  department: `${ENTERPRISE_SCHEMA}:department`,
  costCenter: `${ENTERPRISE_SCHEMA}:costCenter`,
  company: `${ENTERPRISE_SCHEMA}:organization`,
} as const satisfies Partial<Record<keyof AccountProfile, string>>;

function updateOperations(account: ObservedAccount, profile: AccountProfile): PatchOperation[] {
  const operations: PatchOperation[] = [{ op: 'replace', path: 'externalId', value: profile.identityId }];
  if (account.userName.toLowerCase() !== profile.userName.toLowerCase()) {
    operations.push({ op: 'replace', path: 'userName', value: profile.userName });
  }
  for (const [name, path] of Object.entries(ATTRIBUTE_PATHS) as [keyof typeof ATTRIBUTE_PATHS, string][]) {
    const desired = profile[name];
    if (desired === account.attributes[name]) continue;
    if (desired === undefined) operations.push({ op: 'remove', path });
    else operations.push({ op: 'replace', path, value: name === 'email' ? emailsOf(desired) : desired });
  }
  return operations;
}

function emailsOf(email: string): object[] {
  return [{ value: email, type: 'work', primary: true }];
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

function parse<Resource>(schema: z.ZodType<Resource>, value: unknown): Resource {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new PermanentError(`SCIM: the answer is not what RFC 7643 describes, at "${where}"`);
}

function dropEmpty<Value>(object: Readonly<Record<string, Value>>): Record<string, NonNullable<Value>> {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, NonNullable<Value>] => (entry[1] ?? '') !== ''),
  );
}

/** https, or http to this very machine (local runs): the token must not travel in the clear. */
function isAcceptableBaseUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    return false;
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname))
  );
}
