// Organisations of GitHub: memberships, teams, outside collaborators, and the tokens and keys that people let into the
// organisation. A github.com account is its owner's: what is made and taken away here is its place in the organisation.
import type { Octokit } from '@octokit/rest';
import * as z from 'zod';
import { NotFoundError, PermanentError } from '../core/errors.ts';
import type { ObservedAccount } from '../core/systems/account.ts';
import type { AccountProfile } from '../core/systems/account-profile.ts';
import type { Credential, CredentialKind } from '../core/systems/credential.ts';
import { answerParser } from '../outbound/answer-parser.ts';
import { type LibraryAnswer, LibraryCalls } from '../outbound/client-library.ts';
import { readAllPages } from '../outbound/paging.ts';
import { Remembered } from '../outbound/remembered.ts';
import { signedToken } from '../outbound/signed-token.ts';
import { webAddressSchema } from '../outbound/web-address.ts';
import { findOwnAccount } from './contract/account-finding.ts';
import type { AccountKey, AccountPage, ApiConnector, Connection, Target } from './contract/connector.ts';
import { grantsOf, type HeldGroup } from './contract/held-groups.ts';

const parse = answerParser('GitHub');

/** Members of one page of a listing: each is observed by itself. */
const MAX_LISTED = 50;
/** Owners may do everything in the organisation: hence a grant with a name no team can have. */
const OWNER_GRANT = 'org:owner';
/** Somebody who is let into single repositories without being a member. */
const COLLABORATOR_GRANT = 'org:outside-collaborator';
/** How GitHub calls what an app does: its own, Tenure's among them. */
const BOT_SUFFIX = '[bot]';
/** GitHub refuses an app's token that lives longer than 10 minutes; a minute is left for clocks that differ. */
const APP_TOKEN_SECONDS = 9 * 60;
/** GitHub's longest login. */
const MAX_LOGIN_LENGTH = 39;

const settingsSchema = z.strictObject({
  /** The organisation's login, as in its address. */
  organization: z.string().regex(/^[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}$/, 'expected the login of an organisation'),
  /** The API's address; `https://HOST/api/v3` for a server of one's own, `https://api.SUBDOMAIN.ghe.com` with data residency. */
  baseUrl: webAddressSchema.default('https://api.github.com'),
  /** How an identity finds its login: made from its user name, or looked up in the organisation's SAML sign-on. */
  login: z
    .discriminatedUnion('from', [
      z.strictObject({
        from: z.literal('user-name'),
        /** `{local}`: what stands before the @, every other character than a letter or a digit a hyphen. */
        template: z
          .string()
          .max(60)
          .regex(
            /^[A-Za-z0-9-]*\{local\}[A-Za-z0-9_-]*$/,
            'expected {local} with letters, digits and hyphens around it',
          )
          .default('{local}'),
      }),
      z.strictObject({ from: z.literal('saml') }),
    ])
    .default({ from: 'user-name', template: '{local}' }),
  /** Which tokens and keys are watched. The first needs a GitHub App, the second SAML sign-on for the organisation. */
  credentials: z
    .array(z.enum(['fine-grained-tokens', 'sso-authorizations']))
    .max(2)
    .default([]),
  pageSize: z.int().min(1).max(100).default(100),
});

const secretSchema = z.union([
  z.strictObject({
    /** Of an organisation's owner, with `admin:org`. */
    token: z.string().regex(/^[A-Za-z0-9_]{20,255}$/, 'expected a GitHub token'),
  }),
  z.strictObject({
    appId: z.int().positive(),
    installationId: z.int().positive(),
    /** PEM, as GitHub hands it out. */
    privateKey: z.string().max(8192).includes('PRIVATE KEY-----', { error: 'expected a PEM private key' }),
  }),
]);

export type GithubSettings = z.infer<typeof settingsSchema>;
export type GithubSecret = z.infer<typeof secretSchema>;

export const github: ApiConnector<GithubSettings, GithubSecret> = {
  kind: 'api',
  type: 'github',
  title: 'A GitHub organisation: memberships, teams, outside collaborators, tokens let in',
  testedAgainst:
    'emulate 0.11.2, with tokens, collaborators and SAML lookups added; every request checked against the published description (@octokit/openapi 23.0.2, @octokit/graphql-schema 15.26.1)',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'Best a GitHub App installed in the organisation with the organisation permissions "Members: read and write", and "Personal access tokens: read and write" where fine-grained tokens are watched, "Administration: read and write" where single sign-on authorisations are',
    'Or a classic token of an owner with the scope `admin:org`, authorised for the organisation where it asks for SAML sign-on: single sign-on authorisations are seen by an owner only',
  ],
  limits: [
    'A github.com account is its owner’s: creating one is inviting its login, deleting one is taking it out of the organisation; nothing is disabled: whoever is on leave loses teams and tokens, and as long as they stay a member a person is told',
    'An invitation gives no access until it is accepted; with enterprise-managed users membership is immediate, and the accounts themselves belong to a `scim` application beside this one',
    'GitHub has nowhere to keep the identity’s id: two identities whose user names lead to one login are one account',
    'Where logins are found through SAML, somebody who has never signed on is unknown and cannot be invited by login',
    'Grants are team slugs; `org:owner` is the role of an owner, and members of a team inherited from a team below show as held',
    'Classic tokens are seen only where SAML sign-on had them authorised; deploy keys, webhooks and installed apps are the repositories’ and stay',
    'Clones and forks that were made elsewhere stay',
  ],
  connect: async (connection) => {
    const { Octokit } = await import('@octokit/rest');
    return new GithubTarget(connection, Octokit);
  },
};

const TEAMS_QUERY = `query teams($org: String!, $login: String!, $size: Int!, $after: String) {
  organization(login: $org) {
    teams(first: $size, after: $after, userLogins: [$login]) {
      nodes { databaseId slug }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;
const teamsSchema = z.object({
  organization: z.object({
    teams: z.object({
      nodes: z.array(z.object({ databaseId: z.number().nullish(), slug: z.string() })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
    }),
  }),
});

const SAML_QUERY = `query linked($org: String!, $userName: String!) {
  organization(login: $org) {
    samlIdentityProvider {
      externalIdentities(first: 2, userName: $userName) { nodes { user { login } } }
    }
  }
}`;
const samlSchema = z.object({
  organization: z.object({
    samlIdentityProvider: z
      .object({
        externalIdentities: z.object({
          nodes: z.array(z.object({ user: z.object({ login: z.string() }).nullish() })),
        }),
      })
      .nullish(),
  }),
});

interface Person {
  readonly id: number;
  readonly login: string;
}
interface GithubPage<Item> {
  readonly data: readonly Item[];
  readonly headers: { readonly link?: string | undefined };
}
interface Membership {
  readonly user: Person;
  readonly isOwner: boolean;
}
type Token = { readonly value: string; readonly permissions: Readonly<Record<string, unknown>> | undefined };

class GithubTarget implements Target {
  /** A member reads what the organisation lets every member read. */
  readonly admitsAlone = true;
  readonly #settings: GithubSettings;
  readonly #secret: GithubSecret;
  readonly #calls: LibraryCalls;
  readonly #newClient: (token: string) => Octokit;
  readonly #remembered = new Remembered<string>();
  #token: Promise<Token> | undefined;

  constructor({ settings, secret, callTimeoutMs }: Connection<GithubSettings, GithubSecret>, Client: typeof Octokit) {
    this.#settings = settings;
    this.#secret = secret;
    this.#calls = new LibraryCalls({ system: 'GitHub', callTimeoutMs, answerOf });
    const silent = () => {};
    // Octokit's own log lines name people.
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    this.#newClient = (auth) =>
      new Client({ auth, baseUrl: settings.baseUrl, log, request: { redirect: 'error' }, userAgent: 'tenure' });
  }

  findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const observe = (login: string | undefined) => (login === undefined ? undefined : this.#observe(login));
    return findOwnAccount<ObservedAccount>(key, {
      system: 'GitHub',
      carriedIn: 'login',
      byId: async (accountId) => observe(await this.#loginOfId(accountId)),
      byIdentity: async () => [],
      byUserName: async (userName) => observe(await this.#loginOf(userName)),
      // GitHub has nowhere to keep it.
      identityOf: () => undefined,
      isReserved: async ({ userName }) => userName.endsWith(BOT_SUFFIX) || userName === (await this.#ownLogin()),
    });
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const found = await this.findAccount(profile);
    if (found !== undefined && !found.grants.includes(COLLABORATOR_GRANT)) return found;
    const login = found?.userName ?? (await this.#loginOf(profile.userName));
    if (login === undefined) {
      throw new PermanentError('GitHub: no login is linked to the identity through SAML yet: it has to sign on once');
    }
    await this.#setRole(login, 'member');
    const created = await this.#observe(login);
    if (created === undefined) throw new PermanentError('GitHub: the membership just made is not there');
    return created;
  }

  /** @throws PermanentError when there is no such team: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const { organization: org } = this.#settings;
    const { userName: username } = account;
    // Adding a stranger to a team would invite that login to the organisation.
    const membership = await this.#membership(username);
    if (membership === undefined) throw new NotFoundError('GitHub: the account is not a member of the organisation');
    if (grant === OWNER_GRANT) return this.#setRole(username, 'admin');
    if (grant === COLLABORATOR_GRANT)
      throw new PermanentError(`GitHub: "${grant}" is given repository by repository, never from here`);
    try {
      await this.#call('PUT /orgs/{org}/teams/{team_slug}/memberships/{username}', ({ rest }, request) =>
        rest.teams.addOrUpdateMembershipForUserInOrg({ org, team_slug: grant, username, role: 'member', request }),
      );
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`GitHub: there is no team "${grant}": create it, or correct the grant`);
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const { organization: org } = this.#settings;
    const { userName: username } = account;
    if (grant === COLLABORATOR_GRANT) return this.#removeCollaborator(username);
    if (grant === OWNER_GRANT) {
      const membership = await this.#membership(username);
      if (membership?.isOwner) await this.#setRole(username, 'member');
      return;
    }
    await this.#gone(
      this.#call('DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}', ({ rest }, request) =>
        rest.teams.removeMembershipForUserInOrg({ org, team_slug: grant, username, request }),
      ),
    );
  }

  /** Also takes back an invitation that nobody has accepted yet. */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    const { organization: org } = this.#settings;
    const { userName: username } = account;
    await this.#gone(
      this.#call('DELETE /orgs/{org}/memberships/{username}', ({ rest }, request) =>
        rest.orgs.removeMembershipForUser({ org, username, request }),
      ),
    );
    await this.#removeCollaborator(username);
  }

  async revokeCredential(_account: ObservedAccount, { credentialId }: Credential): Promise<void> {
    const { organization: org } = this.#settings;
    const [source, id] = credentialId.split(':');
    const number = Number(id);
    if (source === 'fine-grained-token') {
      await this.#gone(
        this.#call('POST /orgs/{org}/personal-access-tokens/{pat_id}', ({ rest }, request) =>
          rest.orgs.updatePatAccess({ org, pat_id: number, action: 'revoke', request }),
        ),
      );
    } else if (source === 'sso-authorization') {
      await this.#gone(
        this.#call('DELETE /orgs/{org}/credential-authorizations/{credential_id}', (octokit, request) =>
          octokit.request('DELETE /orgs/{org}/credential-authorizations/{credential_id}', {
            org,
            credential_id: number,
            request,
          }),
        ),
      );
    } else throw new PermanentError('GitHub: the credential is none that this connector reported');
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { organization: org, pageSize } = this.#settings;
    const page = from === undefined ? 1 : Number(from);
    const perPage = Math.min(pageSize, MAX_LISTED);
    const members = await this.#collection(
      this.#call('GET /orgs/{org}/members', ({ rest }, request) =>
        rest.orgs.listMembers({ org, page, per_page: perPage, request }),
      ),
    );
    const accounts: ObservedAccount[] = [];
    for (const { login } of parse(z.array(personSchema), members.data)) {
      const account = await this.#observe(login);
      if (account !== undefined) accounts.push(account);
    }
    if (!isLast(members)) return { accounts, next: String(page + 1) };
    // The last page brings those who are no members.
    for (const { login } of await this.#collaborators()) {
      const account = await this.#observe(login);
      if (account !== undefined) accounts.push(account);
    }
    return { accounts };
  }

  async checkPrivileges(): Promise<readonly string[]> {
    const { credentials } = this.#settings;
    const { permissions } = await this.#fetchToken();
    const lacking: string[] = [];
    if (permissions === undefined) {
      const own = await this.#ownMembership();
      if (own?.data.role !== 'admin') lacking.push('The token’s user is no owner of the organisation');
      if (credentials.includes('fine-grained-tokens'))
        lacking.push('Fine-grained tokens are shown to GitHub Apps only: use one in place of the token');
      return lacking;
    }
    if (credentials.includes('sso-authorizations') && permissions['organization_administration'] !== 'write')
      lacking.push('The app lacks the organisation permission "Administration: write"');
    if (permissions['members'] !== 'write') lacking.push('The app lacks the organisation permission "Members: write"');
    if (credentials.includes('fine-grained-tokens') && permissions['organization_personal_access_tokens'] !== 'write')
      lacking.push('The app lacks the organisation permission "Personal access tokens: write"');
    return lacking;
  }

  async #observe(login: string): Promise<ObservedAccount | undefined> {
    const membership = await this.#membership(login);
    if (membership === undefined) {
      const person = (await this.#collaborators()).find((each) => sameLogin(each.login, login));
      return person && this.#account(person, [named(COLLABORATOR_GRANT)]);
    }
    const teams = await this.#teamsOf(membership.user.login);
    return this.#account(membership.user, membership.isOwner ? [...teams, named(OWNER_GRANT)] : teams);
  }

  async #account({ id, login }: Person, held: readonly HeldGroup[]): Promise<ObservedAccount> {
    const credentials = await this.#credentialsOf(login);
    return {
      accountId: String(id),
      userName: login,
      enabled: true,
      ...grantsOf(held),
      attributes: {},
      ...(credentials === undefined ? {} : { credentials }),
    };
  }

  /** The user whose token this is; an app has none. */
  #ownLogin(): Promise<string | undefined> {
    return this.#remembered.get('own login', async () => {
      if (!('token' in this.#secret)) return undefined;
      const own = await this.#ownMembership();
      return own && parse(membershipSchema, own.data).user.login;
    });
  }

  #ownMembership() {
    const { organization: org } = this.#settings;
    return this.#gone(
      this.#call('GET /user/memberships/orgs/{org}', ({ rest }, request) =>
        rest.orgs.getMembershipForAuthenticatedUser({ org, request }),
      ),
    );
  }

  async #membership(username: string): Promise<Membership | undefined> {
    const { organization: org } = this.#settings;
    const answer = await this.#gone(
      this.#call('GET /orgs/{org}/memberships/{username}', ({ rest }, request) =>
        rest.orgs.getMembershipForUser({ org, username, request }),
      ),
    );
    if (answer === undefined) return undefined;
    const { user, role } = parse(membershipSchema, answer.data);
    return { user, isOwner: role === 'admin' };
  }

  async #setRole(username: string, role: 'admin' | 'member'): Promise<void> {
    const { organization: org } = this.#settings;
    try {
      await this.#call('PUT /orgs/{org}/memberships/{username}', ({ rest }, request) =>
        rest.orgs.setMembershipForUser({ org, username, role, request }),
      );
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(
        'GitHub: there is no account with the identity’s login, or the organisation is not ours',
      );
    }
  }

  async #removeCollaborator(username: string): Promise<void> {
    const { organization: org } = this.#settings;
    await this.#gone(
      this.#call('DELETE /orgs/{org}/outside_collaborators/{username}', ({ rest }, request) =>
        rest.orgs.removeOutsideCollaborator({ org, username, request }),
      ),
    );
  }

  /** There is no call for one of them. */
  async #collaborators(): Promise<readonly Person[]> {
    const { organization: org, pageSize } = this.#settings;
    return this.#pages((page) =>
      this.#collection(
        this.#call('GET /orgs/{org}/outside_collaborators', ({ rest }, request) =>
          rest.orgs.listOutsideCollaborators({ org, page, per_page: pageSize, request }),
        ),
      ),
    );
  }

  /** Renaming a team changes its slug, by which every other call names it; its number stays. */
  async #teamsOf(login: string): Promise<HeldGroup[]> {
    const { organization: org, pageSize: size } = this.#settings;
    return readAllPages<HeldGroup, string>('GitHub: teams of a member', async (after) => {
      const variables: Record<string, unknown> = { org, login, size, after: after ?? null };
      const answer = await this.#call('teams of a member (GraphQL)', ({ graphql }, request) =>
        graphql(TEAMS_QUERY, { ...variables, request }),
      );
      const { nodes, pageInfo } = parse(teamsSchema, answer).organization.teams;
      const next = pageInfo.hasNextPage ? (pageInfo.endCursor ?? '') : undefined;
      if (next === '') throw new PermanentError('GitHub: teams of a member: the next page has no cursor');
      return { items: nodes.map(({ databaseId, slug }) => ({ name: slug, id: databaseId?.toString() })), next };
    });
  }

  async #credentialsOf(login: string): Promise<readonly Credential[] | undefined> {
    const { organization: org, pageSize, credentials: watched } = this.#settings;
    if (watched.length === 0) return undefined;
    const found: Credential[] = [];
    if (watched.includes('fine-grained-tokens')) {
      const tokens = await this.#pages((page) =>
        this.#call('GET /orgs/{org}/personal-access-tokens', ({ rest }, request) =>
          rest.orgs.listPatGrants({ org, owner: [login], page, per_page: pageSize, request }),
        ),
      );
      found.push(...tokens.map(({ id }) => ({ credentialId: `fine-grained-token:${id}`, kind: 'token' as const })));
    }
    if (watched.includes('sso-authorizations')) {
      const authorized = await this.#pages((page) =>
        this.#call('GET /orgs/{org}/credential-authorizations', async (octokit, request) => {
          const query = { org, login, page, per_page: pageSize, request };
          const { data, headers } = await octokit.request('GET /orgs/{org}/credential-authorizations', query);
          return { headers, data: parse(authorizationsSchema, data) };
        }),
      );
      for (const { credential_id, credential_type } of authorized) {
        const kind: CredentialKind = credential_type === 'SSH key' ? 'ssh-key' : 'token';
        found.push({ credentialId: `sso-authorization:${credential_id}`, kind });
      }
    }
    return found.sort((a, b) => (a.credentialId < b.credentialId ? -1 : 1));
  }

  async #loginOfId(accountId: string): Promise<string | undefined> {
    const account_id = Number(accountId);
    if (!Number.isSafeInteger(account_id) || account_id < 1) return undefined;
    const answer = await this.#gone(
      this.#call('GET /user/{account_id}', ({ rest }, request) => rest.users.getById({ account_id, request })),
    );
    return answer && parse(personSchema, answer.data).login;
  }

  async #loginOf(userName: string): Promise<string | undefined> {
    const { login, organization: org } = this.#settings;
    if (login.from === 'user-name') return loginFrom(login.template, userName);
    const answer = await this.#call('login linked through SAML (GraphQL)', ({ graphql }, request) =>
      graphql(SAML_QUERY, { org, userName, request }),
    );
    const provider = parse(samlSchema, answer).organization.samlIdentityProvider;
    if (!provider)
      throw new PermanentError('GitHub: the organisation has no SAML sign-on, or the token may not see it');
    const logins = provider.externalIdentities.nodes.flatMap(({ user }) => user?.login ?? []);
    if (logins.length > 1) throw new PermanentError('GitHub: several logins are linked to one SAML user name');
    return logins[0];
  }

  #pages<Item>(fetchPage: (page: number) => Promise<GithubPage<Item>>): Promise<Item[]> {
    return readAllPages<Item, number>('GitHub', async (page = 1) => {
      const answer = await fetchPage(page);
      if (!Array.isArray(answer.data)) throw new PermanentError('GitHub: the answer is no list');
      return { items: answer.data, next: isLast(answer) ? undefined : page + 1 };
    });
  }

  /** Every call sets a state or removes something, so that each may be repeated. */
  async #call<Result>(
    operation: string,
    send: (octokit: Octokit, request: { readonly signal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    const octokit = this.#newClient((await this.#fetchToken()).value);
    return this.#calls.run(operation, (signal) => send(octokit, { signal }));
  }

  /** A collection that is not there is a wrong setting, which must never look like an account that is gone. */
  async #collection<Result>(call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(
        `${error.message}: is the organisation (or the installation) right, and may the token see it?`,
      );
    }
  }

  async #gone<Result>(call: Promise<Result>): Promise<Result | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** One token per connection: an installation's lasts an hour, a connection a minute. */
  #fetchToken(): Promise<Token> {
    this.#token ??= this.#newToken();
    this.#token.catch(() => {
      this.#token = undefined;
    });
    return this.#token;
  }

  async #newToken(): Promise<Token> {
    if ('token' in this.#secret) return { value: this.#secret.token, permissions: undefined };
    const { appId, installationId: installation_id, privateKey } = this.#secret;
    const octokit = this.#newClient(appToken(appId, privateKey));
    const issued = this.#calls.run('POST /app/installations/{installation_id}/access_tokens', (signal) =>
      octokit.rest.apps.createInstallationAccessToken({ installation_id, request: { signal } }),
    );
    const { data } = await this.#collection(issued);
    return { value: data.token, permissions: data.permissions ?? {} };
  }
}

/** "Using pagination in the REST API": what follows is told in a header; fewer than were asked for is not yet the end. */
function isLast({ data, headers: { link } }: GithubPage<unknown>): boolean {
  return link === undefined ? data.length === 0 : !/rel="?next\b/.test(link);
}

const personSchema = z.object({ id: z.int(), login: z.string().min(1) });
const membershipSchema = z.object({ user: personSchema, role: z.string() });
const authorizationsSchema = z.array(z.object({ credential_id: z.int(), credential_type: z.string() }));

/** "Generating a JSON Web Token (JWT) for a GitHub App": RS256, the app's id as issuer, at most ten minutes. */
function appToken(appId: number, privateKey: string): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = { iat: nowSeconds - 60, exp: nowSeconds + APP_TOKEN_SECONDS, iss: String(appId) };
  return signedToken(claims, privateKey, 'GitHub: the app’s private key');
}

/** As enterprise-managed users are named: what stands before the @, other characters than letters and digits hyphens. */
export function loginFrom(template: string, userName: string): string | undefined {
  const local = (userName.split('@')[0] ?? '').replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  const login = template.replace('{local}', local);
  return local === '' || login.length > MAX_LOGIN_LENGTH ? undefined : login;
}

/** What is no team is its name. */
function named(name: string): HeldGroup {
  return { name, id: undefined };
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** "Rate limits for the REST API": a limit that is used up is a 403 or a 429 with one of these headers. */
function answerOf(error: unknown): LibraryAnswer | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'GraphqlResponseError') return { status: statusOfGraphql(error) };
  const { response } = error as {
    response?: { status: number; headers: Readonly<Record<string, string | undefined>> };
  };
  if (response === undefined) return undefined;
  const { status, headers } = response;
  const isUsedUp = headers['x-ratelimit-remaining'] === '0';
  if ((status !== 403 && status !== 429) || !(isUsedUp || headers['retry-after'])) {
    return { status, retryAfter: headers['retry-after'] };
  }
  const resetSeconds = Math.max(1, Math.ceil(Number(headers['x-ratelimit-reset'] ?? 0) - Date.now() / 1000));
  return { status: 429, retryAfter: headers['retry-after'] ?? String(resetSeconds) };
}

/** GraphQL answers 200 and says what is wrong in the type of its errors. */
function statusOfGraphql(error: Error): number {
  const types = (error as { errors?: readonly { readonly type?: string }[] }).errors?.map(({ type }) => type) ?? [];
  if (types.includes('RATE_LIMITED') || types.includes('RATE_LIMIT')) return 429;
  if (types.includes('FORBIDDEN') || types.includes('INSUFFICIENT_SCOPES')) return 403;
  return 400;
}
