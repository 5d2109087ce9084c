// Google Workspace through the Directory and Data Transfer APIs: users, groups, sign-out, third-party tokens and
// application passwords, and the handover of Drive, Calendar and whatever else Google transfers.
import { randomBytes } from 'node:crypto';
import type { admin_datatransfer_v1, admin_directory_v1 } from '@googleapis/admin';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { type LibraryAnswer, LibraryCalls } from '../outbound/client-library.ts';
import { HttpClient, RefusedError } from '../outbound/http-client.ts';
import { readAllPages } from '../outbound/paging.ts';
import { signedToken } from '../outbound/signed-token.ts';
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

const parse = answerParser('Google');

/** Users of one page of a listing: each is observed by itself. */
const MAX_LISTED = 50;
/** Google requires both names and a service account has none. Not reported back, so that it is no difference. */
const NO_NAME = '-';
/** How long the caller is asked to wait while Google transfers data, which takes minutes to hours. */
const TRANSFER_WAIT_MS = 300_000;
/** Of Google's own: no setting changes it for people. */
const ACCESS_TOKEN_SECONDS = 3_600;
const SCOPES = [
  'https://www.googleapis.com/auth/admin.directory.user',
  'https://www.googleapis.com/auth/admin.directory.user.security',
  'https://www.googleapis.com/auth/admin.directory.group.readonly',
  'https://www.googleapis.com/auth/admin.directory.group.member',
] as const;
const TRANSFER_SCOPE = 'https://www.googleapis.com/auth/admin.datatransfer';

const settingsSchema = z.strictObject({
  /** As in the Admin console, or `my_customer`: that of the administrator. */
  customerId: z
    .string()
    .regex(/^(my_customer|C[0-9a-z]{4,30})$/, 'expected my_customer or C...')
    .default('my_customer'),
  /** What stands behind the @ where an identity's user name has none (service accounts). */
  domain: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, 'expected a domain of the organisation')
    .optional(),
  /** Where new users are put. */
  orgUnitPath: z.string().startsWith('/').max(500).optional(),
  /** Where leavers' accounts are kept; without it they are not archived. */
  leaversOrgUnitPath: z.string().startsWith('/').max(500).optional(),
  /** Is data handed over before an account is deleted? */
  transferData: z.boolean().default(true),
  /** The user (id) who takes over a leaver's data when there is no successor. */
  custodianId: z
    .string()
    .regex(/^\d{10,30}$/, 'expected a user id')
    .optional(),
  apiUrl: webAddressSchema.default('https://admin.googleapis.com'),
  loginUrl: webAddressSchema.default('https://oauth2.googleapis.com'),
  pageSize: z.int().min(1).max(200).default(100),
});

const secretSchema = z.strictObject({
  /** `client_email` of the service account's key. */
  clientEmail: z.email(),
  /** `private_key` of it: PEM. */
  privateKey: z.string().max(8192).includes('PRIVATE KEY-----', { error: 'expected a PEM private key' }),
  /** The administrator whom the service account stands in for. */
  administrator: z.email(),
});

export type GoogleWorkspaceSettings = z.infer<typeof settingsSchema>;
export type GoogleWorkspaceSecret = z.infer<typeof secretSchema>;

export const googleWorkspace: ApiConnector<GoogleWorkspaceSettings, GoogleWorkspaceSecret> = {
  kind: 'api',
  type: 'google-workspace',
  title: 'Google Workspace: users, groups, sign-out, third-party tokens, application passwords, data transfer',
  testedAgainst:
    'no real organisation: a strict stateful stand-in, every request checked against Google’s published discovery documents (google-api-python-client 2.187.0)',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    `A service account with domain-wide delegation for exactly these scopes: ${SCOPES.join(' ')}, and where data is transferred ${TRANSFER_SCOPE}`,
    'It stands in for an administrator whose custom role has the Admin API privileges Users (create, read, update, delete), Groups (read, update), User Security Management, and Data Transfer; administrators themselves can be changed by a super administrator only',
  ],
  limits: [
    'A deleted user can be restored for 20 days; its name and its data are gone after that',
    'Google does not tell what a user owns: every application whose data can be transferred counts as owned until one transfer of it has completed, and a transfer takes minutes to hours; shared drives belong to the organisation and stay',
    'Groups are named by their e-mail address; memberships through another group, administrator roles and licences are neither shown nor changed',
    'After a rename the former address stays as an alias',
    'The time zone is not stored, the e-mail address is the user name',
  ],
  residualWindow: () => ({
    seconds: ACCESS_TOKEN_SECONDS,
    what: 'access tokens already issued to applications that call Google’s APIs',
  }),
  connect: async (connection) => {
    const { admin } = await import('@googleapis/admin');
    const directory = admin({ version: 'directory_v1', rootUrl: connection.settings.apiUrl });
    const transfers = admin({ version: 'datatransfer_v1', rootUrl: connection.settings.apiUrl });
    return new GoogleWorkspaceTarget(connection, directory, transfers);
  },
};

type Directory = admin_directory_v1.Admin;
type Transfers = admin_datatransfer_v1.Admin;
/** What each call of the library is given: it reads its own token, and its retries know no budget. */
interface CallOptions {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  readonly retry: false;
  readonly fetchImplementation: typeof fetch;
  readonly redirect: 'error';
}

class GoogleWorkspaceTarget implements Target {
  readonly #settings: GoogleWorkspaceSettings;
  readonly #secret: GoogleWorkspaceSecret;
  readonly #directory: Directory;
  readonly #transfers: Transfers;
  readonly #calls: LibraryCalls;
  readonly #login: HttpClient;
  #token: Promise<string> | undefined;
  #applications: Promise<Application[]> | undefined;
  readonly archiveAccount?: (account: ObservedAccount) => Promise<void>;
  readonly transferOwnership?: (account: ObservedAccount, heir: Heir) => Promise<void>;

  constructor(
    { settings, secret, callTimeoutMs }: Connection<GoogleWorkspaceSettings, GoogleWorkspaceSecret>,
    directory: Directory,
    transfers: Transfers,
  ) {
    this.#settings = settings;
    this.#secret = secret;
    this.#directory = directory;
    this.#transfers = transfers;
    this.#calls = new LibraryCalls({ system: 'Google', callTimeoutMs, answerOf });
    this.#login = new HttpClient({ system: 'Google', baseUrl: settings.loginUrl, bearerToken: '', callTimeoutMs });
    const { leaversOrgUnitPath } = settings;
    if (leaversOrgUnitPath !== undefined)
      this.archiveAccount = (account) => this.#patch(account.accountId, { orgUnitPath: leaversOrgUnitPath });
    if (settings.transferData) this.transferOwnership = (account, heir) => this.#transfer(account, heir);
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const found = await this.#findUser(key);
    return found && { accountId: found.id, userName: found.primaryEmail };
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    return this.#observe(user);
  }

  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const primaryEmail = this.#address(profile.userName);
    const isRenamed = primaryEmail.toLowerCase() !== account.userName.toLowerCase();
    await this.#patch(account.accountId, { ...storedAttributes(profile), ...(isRenamed ? { primaryEmail } : {}) });
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    await this.#gone(this.#patch(account.accountId, { suspended: true }));
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    await this.#patch(account.accountId, { suspended: false });
  }

  async endSessions(account: ObservedAccount): Promise<void> {
    await this.#gone(
      this.#call('POST users/{userKey}/signOut', (options) =>
        this.#directory.users.signOut({ userKey: account.accountId }, options),
      ),
    );
  }

  async revokeCredential(account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const userKey = account.accountId;
    const [source, ...rest] = credentialId.split(':');
    const id = rest.join(':');
    const revoked =
      source === 'token'
        ? this.#call('DELETE users/{userKey}/tokens/{clientId}', (options) =>
            this.#directory.tokens.delete({ userKey, clientId: id }, options),
          )
        : this.#call('DELETE users/{userKey}/asps/{codeId}', (options) =>
            this.#directory.asps.delete({ userKey, codeId: Number(id) }, options),
          );
    await this.#gone(revoked);
  }

  async deleteAccount(account: ObservedAccount): Promise<void> {
    await this.#gone(
      this.#call('DELETE users/{userKey}', (options) =>
        this.#directory.users.delete({ userKey: account.accountId }, options),
      ),
    );
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const member = { groupKey: grant, requestBody: { email: account.userName, role: 'MEMBER' } };
    try {
      await this.#call('POST groups/{groupKey}/members', (options) => this.#directory.members.insert(member, options));
    } catch (error) {
      if (error instanceof ConflictError) return;
      if (!(error instanceof NotFoundError)) throw error;
      // The same answer for a group and for a member that is not there.
      const group = await this.#gone(
        this.#call('GET groups/{groupKey}', (options) => this.#directory.groups.get({ groupKey: grant }, options)),
      );
      if (group !== undefined) throw error;
      throw new PermanentError(`Google: there is no group "${grant}": create it, or correct the grant`);
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const known = idsBehind(account, grant);
    for (const groupKey of known.length === 0 ? [grant] : known) {
      await this.#gone(
        this.#call('DELETE groups/{groupKey}/members/{memberKey}', (options) =>
          this.#directory.members.delete({ groupKey, memberKey: account.accountId }, options),
        ),
      );
    }
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { customerId: customer, pageSize } = this.#settings;
    const query = {
      customer,
      projection: 'full',
      orderBy: 'email',
      maxResults: Math.min(pageSize, MAX_LISTED),
      ...(from === undefined ? {} : { pageToken: from }),
    };
    const { users, nextPageToken } = await this.#read(userPageSchema, 'GET users', (options) =>
      this.#directory.users.list(query, options),
    );
    const accounts: ObservedAccount[] = [];
    for (const user of users ?? []) accounts.push(await this.#observe(user));
    return { accounts, next: nextPageToken ?? undefined };
  }

  /** Google issues a token only when every scope was delegated; what the administrator's role allows, it tells no further. */
  async checkPrivileges(): Promise<readonly string[]> {
    const { customerId: customer, transferData } = this.#settings;
    const probes: Record<string, () => Promise<unknown>> = {
      'The delegation of every scope, or the administrator whom the service account stands in for': () =>
        this.#fetchToken(),
      'The privilege Users: read': () =>
        this.#call('GET users', (options) => this.#directory.users.list({ customer, maxResults: 1 }, options)),
      'The privilege Groups: read': () =>
        this.#call('GET groups', (options) => this.#directory.groups.list({ customer, maxResults: 1 }, options)),
      ...(transferData ? { 'The privilege Data Transfer': () => this.#listApplications() } : {}),
    };
    for (const [lack, probe] of Object.entries(probes)) {
      try {
        await probe();
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        return [lack];
      }
    }
    return [];
  }

  #findUser(key: AccountKey): Promise<GoogleUser | undefined> {
    return findOwnAccount<GoogleUser>(key, {
      system: 'Google',
      carriedIn: 'employee id',
      byId: (accountId) => this.#user(accountId),
      byIdentity: async (identityId) => {
        const found = await this.#search(`externalId=${quote(identityId)}`);
        return found.filter((user) => ownerOf(user) === identityId);
      },
      byUserName: async (userName) => {
        const wanted = this.#address(userName);
        const named = await this.#user(wanted);
        // An alias also finds a user, and may be left from somebody's former name.
        return named?.primaryEmail.toLowerCase() === wanted.toLowerCase() ? named : undefined;
      },
      identityOf: (user) => ownerOf(user) || undefined,
      // A super administrator whom nobody has marked as somebody's may be the organisation's last way in.
      isReserved: (user) =>
        user.primaryEmail.toLowerCase() === this.#secret.administrator.toLowerCase() ||
        (user.isAdmin === true && ownerOf(user) === undefined),
    });
  }

  async #createUser(profile: AccountProfile): Promise<GoogleUser> {
    const { orgUnitPath } = this.#settings;
    const requestBody = {
      ...storedAttributes(profile),
      primaryEmail: this.#address(profile.userName),
      // Nobody knows it: people sign in through the identity provider, or have it reset.
      password: randomBytes(24).toString('base64url'),
      changePasswordAtNextLogin: true,
      ...(orgUnitPath === undefined ? {} : { orgUnitPath }),
    };
    let created: { readonly id: string };
    try {
      const inserted = this.#calls.run(
        'POST users',
        async (signal) => this.#directory.users.insert({ requestBody }, await this.#options(signal)),
        { idempotent: false },
      );
      created = parse(z.object({ id: z.string().min(1) }), (await inserted).data);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
    const user = await this.#user(created.id);
    if (user === undefined) throw new RetryableError('Google: the user just created is not there yet');
    return user;
  }

  async #observe(user: GoogleUser): Promise<ObservedAccount> {
    const { leaversOrgUnitPath, transferData } = this.#settings;
    const lastActiveMs = Date.parse(user.lastLoginTime ?? '');
    return {
      accountId: user.id,
      userName: user.primaryEmail,
      enabled: !user.suspended && !user.archived,
      ...(await this.#groupsOf(user.id)),
      attributes: attributesOf(user),
      credentials: await this.#credentialsOf(user.id),
      ...(transferData ? { owns: await this.#notTransferred(user.id) } : {}),
      ...(leaversOrgUnitPath === undefined ? {} : { archived: user.orgUnitPath === leaversOrgUnitPath }),
      // The epoch stands for "never".
      ...(lastActiveMs > 0 ? { lastActiveMs } : {}),
    };
  }

  /** A group that gets another address keeps its id. */
  async #groupsOf(userKey: string): Promise<Pick<ObservedAccount, 'grants' | 'grantIds'>> {
    const groups = await this.#pages(async (pageToken) => {
      const query = { userKey, maxResults: this.#settings.pageSize, ...pageToken };
      const page = await this.#read(groupPageSchema, 'GET groups', (options) =>
        this.#directory.groups.list(query, options),
      );
      return { items: page.groups ?? [], next: page.nextPageToken };
    });
    return grantsOf(groups.map(({ email, id }) => ({ name: email, id: id || undefined })));
  }

  async #credentialsOf(userKey: string): Promise<Credential[]> {
    const tokens = await this.#read(tokensSchema, 'GET users/{userKey}/tokens', (options) =>
      this.#directory.tokens.list({ userKey }, options),
    );
    const passwords = await this.#read(passwordsSchema, 'GET users/{userKey}/asps', (options) =>
      this.#directory.asps.list({ userKey }, options),
    );
    const found: Credential[] = [
      ...(tokens.items ?? []).map(({ clientId }) => ({ credentialId: `token:${clientId}`, kind: 'token' as const })),
      ...(passwords.items ?? []).map(({ codeId }) => ({ credentialId: `asp:${codeId}`, kind: 'password' as const })),
    ];
    return found.sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1));
  }

  /** The applications whose data no completed transfer has taken from the user. */
  async #notTransferred(userId: string): Promise<string[]> {
    const done = new Set<string>();
    for (const transfer of await this.#transfersFrom(userId)) {
      for (const { applicationId, applicationTransferStatus } of transfer.applicationDataTransfers ?? [])
        if (applicationTransferStatus === 'completed') done.add(applicationId);
    }
    const applications = await this.#listApplications();
    return applications
      .filter(({ id }) => !done.has(id))
      .map(({ name }) => name)
      .sort();
  }

  async #transfer(account: ObservedAccount, heir: Heir): Promise<void> {
    const newOwnerUserId = heir.account?.accountId ?? this.#settings.custodianId;
    if (newOwnerUserId === undefined)
      throw new PermanentError('Google: nobody is there to take over: name a successor, or a custodianId');
    const left = new Set(await this.#notTransferred(account.accountId));
    if (left.size === 0) return;
    const running = (await this.#transfersFrom(account.accountId)).some(
      ({ overallTransferStatusCode }) =>
        overallTransferStatusCode !== 'completed' && overallTransferStatusCode !== 'failed',
    );
    if (!running) {
      const wanted = (await this.#listApplications()).filter(({ name }) => left.has(name));
      const requestBody = {
        oldOwnerUserId: account.accountId,
        newOwnerUserId,
        applicationDataTransfers: wanted.map(({ id, transferParams }) => ({
          applicationId: id,
          ...(transferParams === undefined ? {} : { applicationTransferParams: transferParams }),
        })),
      };
      await this.#calls.run(
        'POST transfers',
        async (signal) => this.#transfers.transfers.insert({ requestBody }, await this.#options(signal)),
        { idempotent: false },
      );
    }
    if ((await this.#notTransferred(account.accountId)).length === 0) return;
    throw new RetryableError('Google: the data transfer is under way', { retryAfterMs: TRANSFER_WAIT_MS });
  }

  async #transfersFrom(oldOwnerUserId: string): Promise<Transfer[]> {
    const { pageSize } = this.#settings;
    return this.#pages(async (pageToken) => {
      const query = { oldOwnerUserId, maxResults: pageSize, ...this.#customer(), ...pageToken };
      const page = await this.#read(transferPageSchema, 'GET transfers', (options) =>
        this.#transfers.transfers.list(query, options),
      );
      return { items: page.dataTransfers ?? [], next: page.nextPageToken };
    });
  }

  /** The same for every user: asked once per connection. */
  #listApplications(): Promise<Application[]> {
    this.#applications ??= this.#pages(async (pageToken) => {
      const query = { maxResults: this.#settings.pageSize, ...this.#customer(), ...pageToken };
      const page = await this.#read(applicationPageSchema, 'GET applications', (options) =>
        this.#transfers.applications.list(query, options),
      );
      return { items: page.applications ?? [], next: page.nextPageToken };
    });
    this.#applications.catch(() => {
      this.#applications = undefined;
    });
    return this.#applications;
  }

  /** The Data Transfer API knows no `my_customer`: without an id it means the administrator's own. */
  #customer(): { readonly customerId?: string } {
    const { customerId } = this.#settings;
    return customerId === 'my_customer' ? {} : { customerId };
  }

  /** @param userKey an id, an address or an alias */
  #user(userKey: string): Promise<GoogleUser | undefined> {
    return this.#gone(
      this.#read(userSchema, 'GET users/{userKey}', (options) =>
        this.#directory.users.get({ userKey, projection: 'full' }, options),
      ),
    );
  }

  #search(query: string): Promise<GoogleUser[]> {
    const { customerId: customer, pageSize: maxResults } = this.#settings;
    return this.#pages(async (pageToken) => {
      const page = await this.#read(userPageSchema, 'GET users', (options) =>
        this.#directory.users.list({ customer, query, projection: 'full', maxResults, ...pageToken }, options),
      );
      return { items: page.users ?? [], next: page.nextPageToken };
    });
  }

  async #patch(userKey: string, requestBody: admin_directory_v1.Schema$User): Promise<void> {
    await this.#call('PATCH users/{userKey}', (options) =>
      this.#directory.users.patch({ userKey, requestBody }, options),
    );
  }

  #pages<Item>(
    fetchPage: (pageToken: {
      readonly pageToken?: string;
    }) => Promise<{ readonly items: readonly Item[]; readonly next: string | null | undefined }>,
  ): Promise<Item[]> {
    return readAllPages<Item, string>('Google', async (token) => {
      const { items, next } = await fetchPage(token === undefined ? {} : { pageToken: token });
      return { items, next: next || undefined };
    });
  }

  async #read<Answer>(
    schema: z.ZodType<Answer>,
    operation: string,
    send: (options: CallOptions) => Promise<{ readonly data: unknown }>,
  ): Promise<Answer> {
    return parse(schema, (await this.#call(operation, send)).data);
  }

  /** For calls that may be repeated: they read, set a state or remove. */
  #call<Result>(operation: string, send: (options: CallOptions) => Promise<Result>): Promise<Result> {
    return this.#calls.run(operation, async (signal) => send(await this.#options(signal)));
  }

  async #options(signal: AbortSignal): Promise<CallOptions> {
    const headers = { authorization: `Bearer ${await this.#fetchToken()}` };
    return { headers, signal, retry: false, fetchImplementation: fetch, redirect: 'error' };
  }

  async #gone<Result>(call: Promise<Result>): Promise<Result | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  #address(userName: string): string {
    const { domain } = this.#settings;
    return userName.includes('@') || domain === undefined ? userName : `${userName}@${domain}`;
  }

  /** One token per connection: it lasts an hour, a connection a minute. */
  #fetchToken(): Promise<string> {
    this.#token ??= this.#newToken();
    this.#token.catch(() => {
      this.#token = undefined;
    });
    return this.#token;
  }

  async #newToken(): Promise<string> {
    const { loginUrl, transferData } = this.#settings;
    const scopes = transferData ? [...SCOPES, TRANSFER_SCOPE] : SCOPES;
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertionOf(this.#secret, `${loginUrl}/token`, scopes),
    };
    try {
      const answer = await this.#login.send({
        method: 'POST',
        path: '/token',
        form,
        anonymous: true,
        idempotent: true,
      });
      return parse(z.object({ access_token: z.string().min(1) }), answer).access_token;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      throw new PermanentError(`${error.message}: are the key, the administrator and the delegated scopes right?`);
    }
  }
}

const text = z.string().nullish();
const userSchema = z.object({
  id: z.string().min(1),
  primaryEmail: z.string(),
  suspended: z.boolean().nullish(),
  isAdmin: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  orgUnitPath: text,
  lastLoginTime: text,
  name: z.object({ givenName: text, familyName: text, displayName: text }).nullish(),
  externalIds: z.array(z.object({ type: text, value: text })).nullish(),
  organizations: z
    .array(z.object({ primary: z.boolean().nullish(), title: text, department: text, costCenter: text, name: text }))
    .nullish(),
});
type GoogleUser = z.infer<typeof userSchema>;
const userPageSchema = z.object({ users: z.array(userSchema).nullish(), nextPageToken: text });
const groupPageSchema = z.object({
  groups: z.array(z.object({ id: text, email: z.string() })).nullish(),
  nextPageToken: text,
});
const tokensSchema = z.object({ items: z.array(z.object({ clientId: z.string() })).nullish() });
const passwordsSchema = z.object({ items: z.array(z.object({ codeId: z.int() })).nullish() });
const applicationSchema = z.object({
  id: z.string(),
  name: z.string(),
  transferParams: z.array(z.object({ key: z.string(), value: z.array(z.string()) })).optional(),
});
type Application = z.infer<typeof applicationSchema>;
const applicationPageSchema = z.object({ applications: z.array(applicationSchema).nullish(), nextPageToken: text });
const transferSchema = z.object({
  overallTransferStatusCode: text,
  applicationDataTransfers: z.array(z.object({ applicationId: z.string(), applicationTransferStatus: text })).nullish(),
});
type Transfer = z.infer<typeof transferSchema>;
const transferPageSchema = z.object({ dataTransfers: z.array(transferSchema).nullish(), nextPageToken: text });

/** The Admin console calls it "Employee ID". */
function ownerOf({ externalIds }: GoogleUser): string | undefined {
  return externalIds?.find(({ type }) => type === 'organization')?.value ?? undefined;
}

/** Lists are replaced as a whole. */
function storedAttributes(profile: AccountProfile): admin_directory_v1.Schema$User {
  const organization = {
    primary: true,
    type: 'work',
    ...(profile.company === undefined ? {} : { name: profile.company }),
    ...(profile.title === undefined ? {} : { title: profile.title }),
    ...(profile.department === undefined ? {} : { department: profile.department }),
    ...(profile.costCenter === undefined ? {} : { costCenter: profile.costCenter }),
  };
  return {
    name: {
      givenName: profile.givenName ?? NO_NAME,
      familyName: profile.familyName ?? NO_NAME,
      displayName: profile.displayName,
    },
    externalIds: [{ type: 'organization', value: profile.identityId }],
    organizations: [organization],
  };
}

function attributesOf(user: GoogleUser): Partial<AccountProfile> {
  const { givenName, familyName, displayName } = user.name ?? {};
  const isNameless = givenName === NO_NAME && familyName === NO_NAME;
  const organization = user.organizations?.find(({ primary }) => primary) ?? user.organizations?.[0];
  return {
    displayName: displayName ?? '',
    givenName: isNameless ? undefined : (givenName ?? undefined),
    familyName: isNameless ? undefined : (familyName ?? undefined),
    title: organization?.title ?? undefined,
    department: organization?.department ?? undefined,
    costCenter: organization?.costCenter ?? undefined,
    company: organization?.name ?? undefined,
  };
}

/** "Search for users": a value with spaces stands in single quotes, quotes and backslashes are escaped. */
function quote(value: string): string {
  return `'${value.replaceAll(/['\\]/g, '\\$&')}'`;
}

/** "Using OAuth 2.0 for Server to Server Applications": a JWT (RS256) of at most an hour. */
function assertionOf(secret: GoogleWorkspaceSecret, audience: string, scopes: readonly string[]): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: secret.clientEmail,
    sub: secret.administrator,
    scope: scopes.join(' '),
    aud: audience,
    iat: nowSeconds,
    exp: nowSeconds + 600,
  };
  return signedToken(claims, secret.privateKey, 'Google: the service account’s private key');
}

/** "Resolve errors": some limits come as 403, and 412 says that a user is not quite created yet. */
function answerOf(error: unknown): LibraryAnswer | undefined {
  const response = (error as { response?: { status?: unknown; headers?: unknown; data?: unknown } } | null)?.response;
  if (typeof response?.status !== 'number') return undefined;
  const { status } = response;
  const reason = reasonOf(response.data);
  const retryAfter = response.headers instanceof Headers ? response.headers.get('retry-after') : undefined;
  const isLimited =
    status === 403 && reason !== undefined && /^(userRateLimitExceeded|rateLimitExceeded|quotaExceeded)$/.test(reason);
  return { status: isLimited ? 429 : status === 412 ? 503 : status, retryAfter, code: reason };
}

function reasonOf(data: unknown): string | undefined {
  const errors = (data as { error?: { errors?: readonly { reason?: unknown }[] } } | null)?.error?.errors;
  const reason = errors?.[0]?.reason;
  return typeof reason === 'string' && /^[A-Za-z]{1,60}$/.test(reason) ? reason : undefined;
}
