// Microsoft Graph for the tests, written from Microsoft's reference (each operation names its page) since neither an
// emulation nor a description to install exists. It is strict: the properties a request names must be among the
// published types, and what it does not know fails the test.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { type ApiAnswer, type ApiCall, expectShape, startVendorApi, ViolationError } from './vendor-api.ts';

const TYPES = new URL('../node_modules/@microsoft/microsoft-graph-types/microsoft-graph.d.ts', import.meta.url);
export const TENANT = 'aaaaaaaa-0000-4000-8000-000000000001';
export const CLIENT_ID = 'bbbbbbbb-0000-4000-8000-000000000001';
export const CLIENT_SECRET = 'secret~of~the~app.registration';
export const APP = 'cccccccc-0000-4000-8000-000000000001';
export const APP_ROLE = 'dddddddd-0000-4000-8000-000000000001';
export const SKU = 'eeeeeeee-0000-4000-8000-000000000001';

/** What the tenant itself is asked, past the connector. */
export interface Graph {
  readonly url: string;
  readonly calls: readonly string[];
  /** Signs in and holds a refresh token; undefined: refused. */
  signIn(userId: string): string | undefined;
  /** Redeems it: invalid once the sessions are valid from a later moment. */
  isAlive(refreshToken: string): boolean;
  registerMethod(userId: string, type: 'phone' | 'fido2' | 'password'): void;
  makeOwner(userId: string): void;
  /** A group the connector must leave alone. */
  joinDynamicGroup(userId: string): void;
  grantPermissions(...names: readonly string[]): void;
  countMemberships(userId: string): number;
  stop(): Promise<void>;
}

interface Group {
  readonly id: string;
  readonly displayName: string;
  readonly groupTypes: readonly string[];
  readonly members: Set<string>;
  readonly owners: Set<string>;
}
type User = Record<string, unknown> & { readonly id: string; userPrincipalName: string; accountEnabled: boolean };

const errorOf = (status: number, code: string): ApiAnswer => ({ status, body: { error: { code, message: code } } });
const NOT_FOUND = errorOf(404, 'Request_ResourceNotFound');
const BAD_REQUEST = errorOf(400, 'Request_BadRequest');

export async function startGraph(names: readonly string[]): Promise<Graph> {
  const users = new Map<string, User>();
  const newGroup = (displayName: string, groupTypes: readonly string[] = []): Group => ({
    id: randomUUID(),
    displayName,
    groupTypes,
    members: new Set(),
    owners: new Set(),
  });
  const groups = names.map((name) => newGroup(name));
  const licences = new Map<string, Set<string>>();
  const assignments = new Map<string, { id: string; principalId: string; resourceId: string; appRoleId: string }>();
  const methods = new Map<string, { readonly user: string; readonly type: string }>();
  const refreshTokens = new Map<string, { readonly user: string; readonly issued: number }>();
  const validFrom = new Map<string, number>();
  let clock = 0;
  let permissions: readonly string[] = [];
  const published = publishedProperties(['User', 'Group', 'DirectoryObject', 'PasswordProfile']);
  const checkSelect = ({ query }: ApiCall, type: 'User' | 'Group') => {
    for (const name of query.get('$select')?.split(',') ?? []) {
      if (!published[type].has(name)) throw new ViolationError(`${type} has no property ${name}`);
    }
  };
  const userAt = (idOrName: string) =>
    users.get(idOrName) ??
    [...users.values()].find(({ userPrincipalName }) => userPrincipalName.toLowerCase() === idOrName.toLowerCase());
  const withUser = (call: ApiCall, answer: (user: User) => ApiAnswer): ApiAnswer => {
    const user = userAt(call.parameters['id'] ?? '');
    return user === undefined ? NOT_FOUND : answer(user);
  };
  const shown = (user: User) => ({
    ...user,
    licenseAssignmentStates: [...(licences.get(user.id) ?? [])].map((skuId) => ({ skuId, assignedByGroup: null })),
  });
  const objectOf = ({ id, displayName, groupTypes }: Group) => ({
    '@odata.type': '#microsoft.graph.group',
    id,
    displayName,
    groupTypes,
  });
  const checkBody = (body: object) => {
    for (const name of Object.keys(body)) {
      if (!published.User.has(name)) throw new ViolationError(`User has no property ${name}`);
    }
  };
  const isTaken = (name: string, by?: string) => {
    const other = userAt(name);
    return other !== undefined && other.id !== by;
  };
  const referred = (body: unknown): string => {
    const { '@odata.id': address } = expectShape(z.strictObject({ '@odata.id': z.url() }), body);
    const [, id] = /\/directoryObjects\/([^/]+)$/.exec(address) ?? [];
    if (id === undefined) throw new ViolationError(`not a reference: ${address}`);
    return id;
  };

  const api = await startVendorApi({
    refuse: ({ path, headers }) =>
      path.endsWith('/token') || rolesIn(headers['authorization'] ?? '')
        ? undefined
        : errorOf(401, 'InvalidAuthenticationToken'),
    operations: {
      // learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
      'POST /{tenant}/oauth2/v2.0/token': ({ parameters, body }) => {
        const form = expectShape(tokenRequest, body);
        if (parameters['tenant'] !== TENANT) return { status: 400, body: { error: 'invalid_request' } };
        if (form.client_id !== CLIENT_ID || form.client_secret !== CLIENT_SECRET)
          return { status: 401, body: { error: 'invalid_client' } };
        return { body: { token_type: 'Bearer', expires_in: 3599, access_token: accessToken(permissions) } };
      },
      // learn.microsoft.com/graph/api/user-list
      'GET /v1.0/users': (call) => {
        checkSelect(call, 'User');
        const wanted = equalTo(call.query.get('$filter'), 'employeeId');
        const found = [...users.values()].filter((user) => wanted === undefined || user['employeeId'] === wanted);
        return page(call, found.map(shown));
      },
      // learn.microsoft.com/graph/api/user-post-users
      'POST /v1.0/users': ({ body }) => {
        const user = expectShape(newUser, body);
        checkBody(user);
        if (isTaken(user.userPrincipalName)) return BAD_REQUEST;
        const { passwordProfile, ...kept } = user;
        const id = randomUUID();
        users.set(id, { ...kept, id });
        return { status: 201, body: { id, displayName: user.displayName, userPrincipalName: user.userPrincipalName } };
      },
      // learn.microsoft.com/graph/api/user-get
      'GET /v1.0/users/{id}': (call) => {
        checkSelect(call, 'User');
        return withUser(call, (user) => ({ body: shown(user) }));
      },
      // learn.microsoft.com/graph/api/user-update
      'PATCH /v1.0/users/{id}': (call) =>
        withUser(call, (user) => {
          const changes = expectShape(changedUser, call.body);
          checkBody(changes);
          if (changes.userPrincipalName !== undefined && isTaken(changes.userPrincipalName, user.id))
            return BAD_REQUEST;
          Object.assign(user, changes);
          return { status: 204 };
        }),
      // learn.microsoft.com/graph/api/user-delete
      'DELETE /v1.0/users/{id}': (call) =>
        withUser(call, ({ id }) => {
          users.delete(id);
          for (const group of groups) {
            group.members.delete(id);
            group.owners.delete(id);
          }
          return { status: 204 };
        }),
      // learn.microsoft.com/graph/api/user-revokesigninsessions
      'POST /v1.0/users/{id}/revokeSignInSessions': (call) =>
        withUser(call, ({ id }) => {
          clock += 1;
          validFrom.set(id, clock);
          return { body: { value: true } };
        }),
      // learn.microsoft.com/graph/api/user-list-memberof
      'GET /v1.0/users/{id}/memberOf': (call) => {
        checkSelect(call, 'Group');
        return withUser(call, ({ id }) =>
          page(call, [
            ...groups.filter(({ members }) => members.has(id)).map(objectOf),
            { '@odata.type': '#microsoft.graph.administrativeUnit', id: 'unit', displayName: 'Everybody' },
          ]),
        );
      },
      // learn.microsoft.com/graph/api/user-list-ownedobjects
      'GET /v1.0/users/{id}/ownedObjects': (call) =>
        withUser(call, ({ id }) => page(call, groups.filter(({ owners }) => owners.has(id)).map(objectOf))),
      // learn.microsoft.com/graph/api/user-assignlicense
      'POST /v1.0/users/{id}/assignLicense': (call) =>
        withUser(call, (user) => {
          const { addLicenses, removeLicenses } = expectShape(licenceChange, call.body);
          const held = licences.get(user.id) ?? new Set();
          const wrong = addLicenses.some(({ skuId }) => skuId !== SKU) || removeLicenses.some((sku) => !held.has(sku));
          if (wrong || (addLicenses.length > 0 && user['usageLocation'] === undefined)) return BAD_REQUEST;
          for (const { skuId } of addLicenses) held.add(skuId);
          for (const sku of removeLicenses) held.delete(sku);
          licences.set(user.id, held);
          return { body: shown(user) };
        }),
      // learn.microsoft.com/graph/api/user-list-approleassignments
      'GET /v1.0/users/{id}/appRoleAssignments': (call) =>
        withUser(call, ({ id }) =>
          page(
            call,
            [...assignments.values()].filter(({ principalId }) => principalId === id),
          ),
        ),
      // learn.microsoft.com/graph/api/user-post-approleassignments
      'POST /v1.0/users/{id}/appRoleAssignments': (call) =>
        withUser(call, ({ id }) => {
          const wanted = expectShape(appRoleAssignment, call.body);
          if (wanted.principalId !== id || wanted.resourceId !== APP || wanted.appRoleId !== APP_ROLE)
            return BAD_REQUEST;
          const assignment = { id: `assignment-${randomUUID()}`, ...wanted };
          assignments.set(assignment.id, assignment);
          return { status: 201, body: assignment };
        }),
      // learn.microsoft.com/graph/api/user-delete-approleassignments
      'DELETE /v1.0/users/{id}/appRoleAssignments/{assignment}': (call) =>
        withUser(call, () => (assignments.delete(call.parameters['assignment'] ?? '') ? { status: 204 } : NOT_FOUND)),
      // learn.microsoft.com/graph/api/authentication-list-methods
      'GET /v1.0/users/{id}/authentication/methods': (call) =>
        withUser(call, (user) => ({
          body: {
            value: [...methods]
              .filter(([, method]) => method.user === user.id)
              .map(([id, { type }]) => ({ '@odata.type': `#microsoft.graph.${type}AuthenticationMethod`, id })),
          },
        })),
      // learn.microsoft.com/graph/api/phoneauthenticationmethod-delete, .../fido2authenticationmethod-delete
      'DELETE /v1.0/users/{id}/authentication/{collection}/{method}': (call) =>
        withUser(call, () => {
          const { collection, method = '' } = call.parameters;
          const type = methods.get(method)?.type;
          if (type !== undefined && collection !== `${type}Methods`)
            throw new ViolationError(`not a method of ${collection}`);
          return methods.delete(method) ? { status: 204 } : NOT_FOUND;
        }),
      // learn.microsoft.com/graph/api/group-list
      'GET /v1.0/groups': (call) => {
        checkSelect(call, 'Group');
        const wanted = equalTo(call.query.get('$filter'), 'displayName');
        // Names differ in case only are equal to the service.
        return page(
          call,
          groups.filter(({ displayName }) => displayName.toLowerCase() === wanted?.toLowerCase()).map(objectOf),
        );
      },
      // learn.microsoft.com/graph/api/group-get
      'GET /v1.0/groups/{id}': ({ parameters }) => {
        const group = groups.find(({ id }) => id === parameters['id']);
        return group === undefined ? NOT_FOUND : { body: objectOf(group) };
      },
      // learn.microsoft.com/graph/api/group-post-members, group-post-owners
      'POST /v1.0/groups/{id}/{list}/$ref': ({ parameters, body }) => {
        const id = referred(body);
        const list = listOf(groups, parameters);
        if (list === undefined || !users.has(id)) return NOT_FOUND;
        if (list.has(id)) return BAD_REQUEST;
        list.add(id);
        return { status: 204 };
      },
      // learn.microsoft.com/graph/api/group-delete-members, group-delete-owners
      'DELETE /v1.0/groups/{id}/{list}/{user}/$ref': ({ parameters }) =>
        listOf(groups, parameters)?.delete(parameters['user'] ?? '') ? { status: 204 } : NOT_FOUND,
      // learn.microsoft.com/graph/api/group-list-owners
      'GET /v1.0/groups/{id}/owners': (call) =>
        page(
          call,
          [...(listOf(groups, { ...call.parameters, list: 'owners' }) ?? [])].map((id) => ({ id })),
        ),
    },
  });
  return {
    url: api.url,
    calls: api.calls,
    signIn: (userId) => {
      if (users.get(userId)?.accountEnabled !== true) return undefined;
      const token = randomUUID();
      refreshTokens.set(token, { user: userId, issued: clock });
      return token;
    },
    isAlive: (token) => {
      const held = refreshTokens.get(token);
      return held !== undefined && users.has(held.user) && (validFrom.get(held.user) ?? 0) <= held.issued;
    },
    registerMethod: (user, type) => void methods.set(randomUUID(), { user, type }),
    makeOwner: (userId) => {
      const owned = newGroup(`Team of ${userId.slice(0, 4)}`);
      owned.owners.add(userId);
      groups.push(owned);
    },
    joinDynamicGroup: (userId) => {
      const dynamic = newGroup('All employees', ['DynamicMembership']);
      dynamic.members.add(userId);
      groups.push(dynamic);
    },
    grantPermissions: (...names) => {
      permissions = names;
    },
    countMemberships: (userId) => groups.filter(({ members }) => members.has(userId)).length,
    stop: api.stop,
  };
}

const text = z.string().min(1).max(256);
const optionalTexts = {
  employeeId: z.string().max(16).nullish(),
  givenName: text.max(64).nullish(),
  surname: text.max(64).nullish(),
  mail: z.string().includes('@').nullish(),
  jobTitle: text.max(128).nullish(),
  department: text.max(64).nullish(),
  companyName: text.max(64).nullish(),
  usageLocation: z.string().length(2).optional(),
};
/** learn.microsoft.com/graph/api/resources/user: what a name may be made of. */
const principalName = z.string().regex(/^[A-Za-z0-9'._!#^~-]+@[A-Za-z0-9.-]+$/);
const newUser = z.strictObject({
  ...optionalTexts,
  accountEnabled: z.boolean(),
  displayName: text,
  mailNickname: z.string().regex(/^[^@()[\]\\";:<>, ]{1,64}$/),
  userPrincipalName: principalName,
  passwordProfile: z.strictObject({ forceChangePasswordNextSignIn: z.boolean(), password: z.string().min(8).max(256) }),
});
const changedUser = z.strictObject({
  ...optionalTexts,
  accountEnabled: z.boolean().optional(),
  displayName: text.optional(),
  userPrincipalName: principalName.optional(),
});
const licenceChange = z.strictObject({
  addLicenses: z.array(z.strictObject({ skuId: z.string(), disabledPlans: z.array(z.string()) })),
  removeLicenses: z.array(z.string()),
});
const appRoleAssignment = z.strictObject({ principalId: z.guid(), resourceId: z.guid(), appRoleId: z.guid() });
const tokenRequest = z.strictObject({
  grant_type: z.literal('client_credentials'),
  client_id: z.string(),
  client_secret: z.string(),
  scope: z.string().endsWith('/.default'),
});

function listOf(groups: readonly Group[], parameters: Readonly<Record<string, string>>): Set<string> | undefined {
  const { id, list } = parameters;
  if (list !== 'members' && list !== 'owners') throw new ViolationError(`groups have no ${list}`);
  return groups.find((group) => group.id === id)?.[list];
}

/** `<property> eq '<value>'`, the one kind of filter that is asked. */
function equalTo(filter: string | null, property: string): string | undefined {
  if (filter === null) return undefined;
  const match = new RegExp(`^${property} eq '((?:[^']|'')*)'$`).exec(filter);
  if (match === null) throw new ViolationError(`not a filter: ${filter}`);
  return match[1]?.replaceAll("''", "'");
}

/** learn.microsoft.com/graph/paging */
function page({ query, path }: ApiCall, all: readonly object[]): ApiAnswer {
  const top = Number(query.get('$top') ?? 100);
  if (!(top >= 1 && top <= 999)) throw new ViolationError(`$top=${top}`);
  const start = Number(query.get('$skiptoken') ?? 0);
  const value = all.slice(start, start + top);
  if (start + top >= all.length) return { body: { value } };
  const more = new URLSearchParams(query);
  more.set('$skiptoken', String(start + top));
  return { body: { value, '@odata.nextLink': `https://graph.microsoft.com${path}?${more}` } };
}

/** The properties of Microsoft's own type definitions. */
function publishedProperties<Name extends string>(names: readonly Name[]): Readonly<Record<Name, ReadonlySet<string>>> {
  const types = readFileSync(TYPES, 'utf8');
  const entries = names.map((name): [string, ReadonlySet<string>] => {
    const [, parent, body = ''] =
      new RegExp(`export interface ${name}(?: extends (\\w+))? \\{([^]*?)\\n\\}`).exec(types) ?? [];
    if (body === '') throw new Error(`there is no published type ${name}`);
    const inherited = parent === undefined ? [] : ['id', 'deletedDateTime'];
    return [
      name,
      new Set([...inherited, ...[...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, property]) => property ?? '')]),
    ];
  });
  return Object.fromEntries(entries) as Record<Name, ReadonlySet<string>>;
}

const SIGNATURE = 'signature-of-the-stand-in';

function accessToken(roles: readonly string[]): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode({ roles })}.${SIGNATURE}`;
}

function rolesIn(authorization: string): boolean {
  return authorization.startsWith('Bearer ') && authorization.endsWith(`.${SIGNATURE}`);
}
