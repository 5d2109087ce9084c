// Google Workspace for the tests, written from Google's reference (developers.google.com/workspace/admin/directory and
// .../data-transfer); every request is checked against the discovery documents that Google publishes.
import { createVerify, randomInt, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { startDescription } from './description.ts';
import { publishedByGoogle } from './discovery.ts';
import { type ApiAnswer, type ApiCall, expectShape, startVendorApi, ViolationError } from './vendor-api.ts';

export const ADMINISTRATOR = 'admin@example.com';
export const CLIENT_EMAIL = 'tenure@project.iam.gserviceaccount.com';
const SCOPES = [
  'https://www.googleapis.com/auth/admin.datatransfer',
  'https://www.googleapis.com/auth/admin.directory.group.member',
  'https://www.googleapis.com/auth/admin.directory.group.readonly',
  'https://www.googleapis.com/auth/admin.directory.user',
  'https://www.googleapis.com/auth/admin.directory.user.security',
];
const APPLICATIONS = [
  {
    id: '55656082996',
    name: 'Drive and Docs',
    transferParams: [{ key: 'PRIVACY_LEVEL', value: ['PRIVATE', 'SHARED'] }],
  },
  { id: '435070579839', name: 'Calendar', transferParams: [{ key: 'RELEASE_RESOURCES', value: ['TRUE'] }] },
  { id: '810260081642', name: 'Looker Studio' },
];

/** What Google itself is asked, past the connector. */
export interface GoogleWorkspace {
  readonly url: string;
  readonly calls: readonly string[];
  /** A session's id; undefined: refused. */
  signIn(userId: string): string | undefined;
  isAlive(sessionId: string): boolean;
  addCredentials(userId: string): void;
  /** Whose data each application holds, by user id. */
  dataOf(userId: string): readonly string[];
  /** Transfers no longer finish before they are looked at. */
  holdTransfers(held: boolean): void;
  /** From now on only these scopes are delegated. */
  delegate(scopes: readonly string[]): void;
  addAlias(userId: string, alias: string): void;
  countMemberships(userId: string): number;
  stop(): Promise<void>;
}

type User = z.infer<typeof newUser> & { readonly id: string; suspended: boolean; aliases: string[] };
interface Transfer {
  readonly id: string;
  readonly oldOwnerUserId: string;
  readonly newOwnerUserId: string;
  readonly applications: readonly string[];
  status: 'inProgress' | 'completed';
}

const errorOf = (code: number, reason: string): ApiAnswer => ({
  status: code,
  body: { error: { code, message: reason, errors: [{ domain: 'global', reason, message: reason }] } },
});
const NOT_FOUND = errorOf(404, 'notFound');

export async function startGoogleWorkspace(groups: readonly string[], publicKey: string): Promise<GoogleWorkspace> {
  const users = new Map<string, User>();
  const members = new Map<string, Set<string>>(groups.map((group) => [group.toLowerCase(), new Set()]));
  const idOf = (email: string) => `id-${email.toLowerCase()}`;
  const groupAt = (key: string) => members.get(key.toLowerCase().replace(/^id-/, ''));
  const tokens = new Map<string, Set<string>>();
  const passwords = new Map<string, Set<number>>();
  const sessions = new Map<string, string>();
  const data = new Map<string, Set<string>>();
  const transfers: Transfer[] = [];
  const accessTokens = new Set<string>();
  let areTransfersHeld = false;
  let delegated: readonly string[] = SCOPES;

  const userAt = (key: string) =>
    users.get(key) ??
    [...users.values()].find((user) =>
      [user.primaryEmail, ...user.aliases].some((address) => address.toLowerCase() === key.toLowerCase()),
    );
  const withUser = ({ parameters }: ApiCall, answer: (user: User) => ApiAnswer): ApiAnswer => {
    const user = userAt(parameters['userKey'] ?? '');
    return user === undefined ? NOT_FOUND : answer(user);
  };
  const shown = ({ password: _password, ...user }: User) => ({
    ...user,
    lastLoginTime: '1970-01-01T00:00:00.000Z',
    name: { ...user.name, fullName: `${user.name.givenName} ${user.name.familyName}` },
  });
  const finish = () => {
    if (areTransfersHeld) return;
    for (const transfer of transfers.filter(({ status }) => status === 'inProgress')) {
      transfer.status = 'completed';
      for (const application of transfer.applications) {
        data.get(transfer.oldOwnerUserId)?.delete(application);
        data.get(transfer.newOwnerUserId)?.add(application);
      }
    }
  };

  const DIRECTORY = '/admin/directory/v1';
  const TRANSFER = '/admin/datatransfer/v1';
  const described = [
    ...['users', 'users/{userKey}', 'users/{userKey}/signOut', 'users/{userKey}/tokens', 'users/{userKey}/asps'],
    ...['users/{userKey}/tokens/{clientId}', 'users/{userKey}/asps/{codeId}', 'groups', 'groups/{groupKey}'],
    ...['groups/{groupKey}/members', 'groups/{groupKey}/members/{memberKey}'],
  ];
  const api = await startVendorApi({
    description: await startDescription(await publishedByGoogle(['admin.directory_v1', 'admin.datatransfer_v1']), [
      ...described.map((path) => `${DIRECTORY}/${path}`),
      `${TRANSFER}/applications`,
      `${TRANSFER}/transfers`,
    ]),
    described: ({ path }, url) => (path === '/token' ? undefined : url),
    refuse: ({ path, headers }) =>
      path === '/token' || accessTokens.has(headers['authorization'] ?? '') ? undefined : errorOf(401, 'authError'),
    operations: {
      // developers.google.com/identity/protocols/oauth2/service-account
      'POST /token': ({ body, headers }) => {
        const { assertion } = expectShape(tokenRequest, body);
        const claims = expectShape(claimsSchema, claimsOf(assertion));
        if (!claims.aud.endsWith('/token'))
          throw new ViolationError(`the assertion is for ${claims.aud} (${headers['host']})`);
        const isOurs = isSigned(assertion, publicKey) && claims.sub === ADMINISTRATOR && claims.iss === CLIENT_EMAIL;
        if (!isOurs) return { status: 400, body: { error: 'invalid_grant' } };
        if (claims.scope.split(' ').some((scope) => !delegated.includes(scope)))
          return { status: 401, body: { error: 'unauthorized_client' } };
        const token = randomUUID();
        accessTokens.add(`Bearer ${token}`);
        return { body: { access_token: token, token_type: 'Bearer', expires_in: 3599 } };
      },
      [`GET ${DIRECTORY}/users`]: ({ query }) => {
        if (query.get('customer') === null && query.get('domain') === null) return errorOf(400, 'badRequest');
        const wanted = employeeIdIn(query.get('query'));
        const found = [...users.values()].filter(
          (user) => wanted === undefined || user.externalIds?.some(({ value }) => value === wanted),
        );
        return page(query, 'users', found.map(shown));
      },
      [`POST ${DIRECTORY}/users`]: ({ body }) => {
        const user = expectShape(newUser, body);
        if (userAt(user.primaryEmail) !== undefined) return errorOf(409, 'duplicate');
        const id = `1${String(randomInt(1e14)).padStart(20, '0')}`;
        users.set(id, { ...user, id, suspended: false, aliases: [] });
        data.set(id, new Set(APPLICATIONS.map((application) => application.name)));
        return { body: { id, primaryEmail: user.primaryEmail } };
      },
      [`GET ${DIRECTORY}/users/{userKey}`]: (call) => withUser(call, (user) => ({ body: shown(user) })),
      [`PATCH ${DIRECTORY}/users/{userKey}`]: (call) =>
        withUser(call, (user) => {
          const changes = expectShape(changedUser, call.body);
          const other = changes.primaryEmail === undefined ? undefined : userAt(changes.primaryEmail);
          if (other !== undefined && other.id !== user.id) return errorOf(409, 'duplicate');
          if (changes.primaryEmail !== undefined) user.aliases.push(user.primaryEmail);
          Object.assign(user, changes, { name: { ...user.name, ...changes.name } });
          return { body: shown(user) };
        }),
      [`DELETE ${DIRECTORY}/users/{userKey}`]: (call) =>
        withUser(call, ({ id }) => {
          users.delete(id);
          for (const group of members.values()) group.delete(id);
          return { status: 204 };
        }),
      [`POST ${DIRECTORY}/users/{userKey}/signOut`]: (call) =>
        withUser(call, ({ id }) => {
          for (const [session, holder] of sessions) if (holder === id) sessions.delete(session);
          return { status: 204 };
        }),
      [`GET ${DIRECTORY}/users/{userKey}/tokens`]: (call) =>
        withUser(call, ({ id }) => ({
          body: { items: [...(tokens.get(id) ?? [])].map((clientId) => ({ clientId })) },
        })),
      [`DELETE ${DIRECTORY}/users/{userKey}/tokens/{clientId}`]: (call) =>
        withUser(call, ({ id }) =>
          tokens.get(id)?.delete(call.parameters['clientId'] ?? '') ? { status: 204 } : NOT_FOUND,
        ),
      [`GET ${DIRECTORY}/users/{userKey}/asps`]: (call) =>
        withUser(call, ({ id }) => ({ body: { items: [...(passwords.get(id) ?? [])].map((codeId) => ({ codeId })) } })),
      [`DELETE ${DIRECTORY}/users/{userKey}/asps/{codeId}`]: (call) =>
        withUser(call, ({ id }) =>
          passwords.get(id)?.delete(Number(call.parameters['codeId'])) ? { status: 204 } : NOT_FOUND,
        ),
      [`GET ${DIRECTORY}/groups`]: ({ query }) => {
        const user = query.get('userKey') === null ? undefined : userAt(query.get('userKey') ?? '');
        if (query.get('userKey') !== null && user === undefined) return NOT_FOUND;
        const held = [...members].filter(([, ids]) => user === undefined || ids.has(user.id));
        return page(
          query,
          'groups',
          held.map(([email]) => ({ id: idOf(email), email })),
        );
      },
      [`GET ${DIRECTORY}/groups/{groupKey}`]: ({ parameters: { groupKey = '' } }) =>
        members.has(groupKey.toLowerCase()) ? { body: { id: idOf(groupKey), email: groupKey } } : NOT_FOUND,
      [`POST ${DIRECTORY}/groups/{groupKey}/members`]: ({ parameters: { groupKey = '' }, body }) => {
        const { email } = expectShape(newMember, body);
        const group = members.get(groupKey.toLowerCase());
        const user = userAt(email);
        if (group === undefined || user === undefined) return NOT_FOUND;
        if (group.has(user.id)) return errorOf(409, 'duplicate');
        group.add(user.id);
        return { body: { id: user.id, email } };
      },
      [`DELETE ${DIRECTORY}/groups/{groupKey}/members/{memberKey}`]: ({
        parameters: { groupKey = '', memberKey = '' },
      }) => (groupAt(groupKey)?.delete(memberKey) ? { status: 204 } : NOT_FOUND),
      [`GET ${TRANSFER}/applications`]: ({ query }) => page(query, 'applications', APPLICATIONS),
      [`GET ${TRANSFER}/transfers`]: ({ query }) => {
        finish();
        const found = transfers.filter(
          ({ oldOwnerUserId }) => oldOwnerUserId === (query.get('oldOwnerUserId') ?? oldOwnerUserId),
        );
        return page(query, 'dataTransfers', found.map(shownTransfer));
      },
      [`POST ${TRANSFER}/transfers`]: ({ body }) => {
        const wanted = expectShape(newTransfer, body);
        if (!users.has(wanted.oldOwnerUserId) || !users.has(wanted.newOwnerUserId)) return errorOf(400, 'invalid');
        const applications = wanted.applicationDataTransfers.map(({ applicationId }) => {
          const application = APPLICATIONS.find(({ id }) => id === applicationId);
          if (application === undefined) throw new ViolationError(`there is no application ${applicationId}`);
          return application.name;
        });
        const { oldOwnerUserId, newOwnerUserId } = wanted;
        const transfer: Transfer = {
          id: randomUUID(),
          oldOwnerUserId,
          newOwnerUserId,
          applications,
          status: 'inProgress',
        };
        transfers.push(transfer);
        return { body: shownTransfer(transfer) };
      },
    },
  });
  return {
    url: api.url,
    calls: api.calls,
    signIn: (userId) => {
      if (users.get(userId)?.suspended !== false) return undefined;
      const session = randomUUID();
      sessions.set(session, userId);
      return session;
    },
    isAlive: (session) => sessions.has(session),
    addCredentials: (userId) => {
      tokens.set(userId, new Set(['1234.apps.googleusercontent.com', 'https://notes.example.com:8443']));
      passwords.set(userId, new Set([7]));
    },
    dataOf: (userId) => [...(data.get(userId) ?? [])].sort(),
    holdTransfers: (held) => {
      areTransfersHeld = held;
    },
    delegate: (scopes) => {
      delegated = scopes;
    },
    addAlias: (userId, alias) => void users.get(userId)?.aliases.push(alias),
    countMemberships: (userId) => [...members.values()].filter((ids) => ids.has(userId)).length,
    stop: api.stop,
  };
}

const name = z.string().min(1).max(60);
const organization = z.strictObject({
  primary: z.boolean().optional(),
  type: z.literal('work').optional(),
  name: z.string().optional(),
  title: z.string().optional(),
  department: z.string().optional(),
  costCenter: z.string().optional(),
});
/** support.google.com/a/answer/9193374: what a user name may be made of. */
const address = z.string().regex(/^[\w'.-]{1,64}@[a-z0-9.-]+$/i);
const newUser = z.strictObject({
  primaryEmail: address,
  password: z.string().min(8).max(100),
  changePasswordAtNextLogin: z.boolean(),
  name: z.strictObject({ givenName: name, familyName: name, displayName: z.string().max(256).optional() }),
  externalIds: z.array(z.strictObject({ type: z.literal('organization'), value: z.string() })).optional(),
  organizations: z.array(organization).optional(),
  orgUnitPath: z.string().startsWith('/').optional(),
});
const changedUser = newUser.omit({ password: true, changePasswordAtNextLogin: true }).partial().extend({
  suspended: z.boolean().optional(),
});
const newMember = z.strictObject({ email: address, role: z.enum(['MEMBER', 'MANAGER', 'OWNER']) });
const newTransfer = z.strictObject({
  oldOwnerUserId: z.string(),
  newOwnerUserId: z.string(),
  applicationDataTransfers: z
    .array(
      z.strictObject({
        applicationId: z.string(),
        applicationTransferParams: z.array(z.strictObject({ key: z.string(), value: z.array(z.string()) })).optional(),
      }),
    )
    .min(1),
});
const tokenRequest = z.strictObject({
  grant_type: z.literal('urn:ietf:params:oauth:grant-type:jwt-bearer'),
  assertion: z.string(),
});
const claimsSchema = z.strictObject({
  iss: z.string(),
  sub: z.string(),
  scope: z.string(),
  aud: z.string(),
  iat: z.int(),
  exp: z.int(),
});

function shownTransfer({ id, oldOwnerUserId, newOwnerUserId, applications, status }: Transfer): object {
  const applicationDataTransfers = APPLICATIONS.filter((each) => applications.includes(each.name)).map((each) => ({
    applicationId: each.id,
    applicationTransferStatus: status,
  }));
  return { id, oldOwnerUserId, newOwnerUserId, overallTransferStatusCode: status, applicationDataTransfers };
}

function page(query: URLSearchParams, list: string, all: readonly object[]): ApiAnswer {
  const size = Number(query.get('maxResults') ?? 100);
  const start = Number(query.get('pageToken') ?? 0);
  const items = all.slice(start, start + size);
  // An empty list is left out.
  const body = items.length === 0 ? {} : { [list]: items };
  return { body: start + size < all.length ? { ...body, nextPageToken: String(start + size) } : body };
}

/** developers.google.com/workspace/admin/directory/v1/guides/search-users */
function employeeIdIn(query: string | null): string | undefined {
  if (query === null) return undefined;
  const match = /^externalId='((?:[^'\\]|\\['\\])*)'$/.exec(query);
  if (match === null) throw new ViolationError(`not a search: ${query}`);
  return match[1]?.replaceAll(/\\(.)/g, '$1');
}

function claimsOf(assertion: string): unknown {
  return JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
}

function isSigned(assertion: string, publicKey: string): boolean {
  const [header, claims, signature = ''] = assertion.split('.');
  return createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url');
}
