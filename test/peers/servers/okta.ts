// Okta for the tests: the emulation keeps users, their lifecycle, groups and memberships; what it lacks (most of a
// profile, search, sign-in and sessions, factors) is added here. Every request is checked against Okta's published
// description, and what Okta refuses but the emulation allows is refused.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';
import { type OpenApiDocument, startDescription } from './description.ts';
import { startEmulation } from './emulation.ts';
import { type ApiAnswer, type ApiCall, expectShape, startVendorApi, ViolationError } from './vendor-api.ts';

const SPEC = createRequire(import.meta.url).resolve('@okta/openapi/dist/spec.json');
export const OKTA_TOKEN = '00Tenure_token-of-the-service-account-00';

/** What Okta itself is asked, past the connector. */
export interface Okta {
  readonly url: string;
  readonly calls: readonly string[];
  /** Primary authentication (`POST /api/v1/authn`): a session's id, or undefined when it is refused. */
  signIn(userId: string): Promise<string | undefined>;
  isAlive(sessionId: string): boolean;
  enrolFactor(userId: string): void;
  /** As an administrator does by hand. */
  setStatus(userId: string, action: 'deactivate' | 'reactivate'): Promise<void>;
  countMemberships(userId: string, group: string): Promise<number>;
  stop(): Promise<void>;
}

const NOT_FOUND: ApiAnswer = { status: 404, body: { errorCode: 'E0000007', errorSummary: 'Not found' } };
const refused = (errorSummary: string): ApiAnswer => ({ status: 400, body: { errorCode: 'E0000001', errorSummary } });

export async function startOkta(groups: readonly string[]): Promise<Okta> {
  const upstream = await startEmulation('okta', { tokens: { upstream: { login: 'tenure', scopes: [] } } });
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Required<Pick<ApiAnswer, 'status'>> & ApiAnswer> => {
    const response = await fetch(`${upstream.url}${path}`, {
      method,
      headers: { authorization: 'SSWS upstream', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, ...(text === '' ? {} : { body: JSON.parse(text) }) };
  };
  for (const name of groups) await ask('POST', '/api/v1/groups', { profile: { name } });

  const profiles = new Map<string, Record<string, unknown>>();
  const sessions = new Map<string, string>();
  const factors = new Map<string, string[]>();

  const whole = (user: User): User => ({ ...user, profile: { ...user.profile, ...profiles.get(user.id) } });
  const userAt = async (idOrLogin: string): Promise<User | undefined> => {
    const { status, body } = await ask('GET', `/api/v1/users/${encodeURIComponent(idOrLogin)}`);
    return status === 200 ? whole(expectShape(userSchema, body)) : undefined;
  };
  const allUsers = async (): Promise<User[]> => {
    const { body } = await ask('GET', '/api/v1/users?per_page=100');
    const more = await ask('GET', '/api/v1/users?per_page=100&page=2');
    return expectShape(z.array(userSchema), [...(body as unknown[]), ...(more.body as unknown[])]).map(whole);
  };
  const remember = (id: string, changes: Record<string, unknown>) => {
    const known = Object.entries({ ...profiles.get(id), ...changes }).filter(([, value]) => value !== null);
    profiles.set(id, Object.fromEntries(known));
  };
  const lifecycle =
    (action: string, from: readonly string[]) =>
    async ({ path, parameters }: ApiCall) => {
      const user = await userAt(parameters['userId'] ?? '');
      if (user === undefined) return NOT_FOUND;
      if (!from.includes(user.status)) return refused(`Cannot ${action} a user who is ${user.status}`);
      await ask('POST', path);
      return { body: {} };
    };

  const api = await startVendorApi({
    description: await startDescription(currentDescription(), DESCRIBED),
    refuse: ({ headers }) =>
      headers['authorization'] === `SSWS ${OKTA_TOKEN}`
        ? undefined
        : { status: 401, body: { errorCode: 'E0000011', errorSummary: 'Invalid token provided' } },
    operations: {
      'GET /api/v1/users': async (call) => {
        const term = call.query.get('search');
        const found = (await allUsers()).filter(
          (user) => matches(term, user.profile) && user.status !== 'DEPROVISIONED',
        );
        return pageAfter(call, found);
      },
      'POST /api/v1/users': async ({ body, path, query }) => {
        const { profile } = expectShape(newUserSchema, body);
        const answer = await ask('POST', `${path}?${query}`, body);
        const created = userSchema.safeParse(answer.body);
        if (!created.success) return answer;
        remember(created.data.id, profile);
        return { body: whole(created.data) };
      },
      'GET /api/v1/users/{userId}': async ({ parameters }) => {
        const user = await userAt(parameters['userId'] ?? '');
        return user === undefined ? NOT_FOUND : { body: user };
      },
      'POST /api/v1/users/{userId}': async ({ body, path, parameters }) => {
        const { profile } = expectShape(changedUserSchema, body);
        const user = await userAt(parameters['userId'] ?? '');
        if (user === undefined) return NOT_FOUND;
        await ask('POST', path, body);
        remember(user.id, profile);
        return { body: await userAt(user.id) };
      },
      'DELETE /api/v1/users/{userId}': async ({ path, parameters }) => {
        const user = await userAt(parameters['userId'] ?? '');
        if (user === undefined) return NOT_FOUND;
        await ask('DELETE', path);
        if (user.status === 'DEPROVISIONED') profiles.delete(user.id);
        return { status: 204 };
      },
      'POST /api/v1/users/{userId}/lifecycle/suspend': lifecycle('suspend', ['ACTIVE']),
      'POST /api/v1/users/{userId}/lifecycle/unsuspend': lifecycle('unsuspend', ['SUSPENDED']),
      'POST /api/v1/users/{userId}/lifecycle/activate': lifecycle('activate', ['STAGED', 'DEPROVISIONED']),
      'POST /api/v1/users/{userId}/lifecycle/deactivate': lifecycle(
        'deactivate',
        'STAGED PROVISIONED ACTIVE SUSPENDED'.split(' '),
      ),
      'DELETE /api/v1/users/{userId}/sessions': async ({ parameters, query }) => {
        if (query.get('oauthTokens') !== 'true') throw new ViolationError('OAuth tokens would stay');
        const user = await userAt(parameters['userId'] ?? '');
        if (user === undefined) return NOT_FOUND;
        for (const [id, userId] of sessions) if (userId === user.id) sessions.delete(id);
        return { status: 204 };
      },
      'GET /api/v1/users/{userId}/groups': ({ path }) => ask('GET', path),
      'GET /api/v1/users/{userId}/factors': ({ parameters }) => ({
        body: (factors.get(parameters['userId'] ?? '') ?? []).map((id) => ({
          id,
          factorType: 'push',
          provider: 'OKTA',
          status: 'ACTIVE',
        })),
      }),
      'DELETE /api/v1/users/{userId}/factors/{factorId}': ({ parameters: { userId = '', factorId = '' } }) => {
        const held = factors.get(userId) ?? [];
        factors.set(
          userId,
          held.filter((id) => id !== factorId),
        );
        return held.includes(factorId) ? { status: 204 } : NOT_FOUND;
      },
      'GET /api/v1/groups': async (call) => {
        const { body } = await ask('GET', '/api/v1/groups?per_page=100');
        const found = expectShape(z.array(groupSchema), body).filter(({ profile }) =>
          matches(call.query.get('search'), profile),
        );
        return pageAfter(call, found);
      },
      'PUT /api/v1/groups/{groupId}/users/{userId}': ({ path }) => ask('PUT', path),
      'DELETE /api/v1/groups/{groupId}/users/{userId}': ({ path }) => ask('DELETE', path),
    },
  });
  return {
    url: api.url,
    calls: api.calls,
    signIn: async (userId) => {
      const user = await userAt(userId);
      if (user?.status !== 'ACTIVE') return undefined;
      const id = randomUUID();
      sessions.set(id, user.id);
      return id;
    },
    isAlive: (sessionId) => sessions.has(sessionId),
    enrolFactor: (userId) => void factors.set(userId, [...(factors.get(userId) ?? []), `factor-${randomUUID()}`]),
    setStatus: async (userId, action) => {
      await ask('POST', `/api/v1/users/${userId}/lifecycle/${action}`);
    },
    countMemberships: async (userId, name) => {
      const all = expectShape(z.array(groupSchema), (await ask('GET', '/api/v1/groups?per_page=100')).body);
      const group = all.find(({ profile }) => profile.name === name);
      const members = await ask('GET', `/api/v1/groups/${group?.id}/users`);
      return expectShape(z.array(userSchema), members.body).filter(({ id }) => id === userId).length;
    },
    stop: async () => {
      await upstream.stop();
      await api.stop();
    },
  };
}

type User = z.infer<typeof userSchema>;
const userSchema = z.object({ id: z.string(), status: z.string(), profile: z.record(z.string(), z.unknown()) }).loose();
const groupSchema = z.object({ id: z.string(), profile: z.object({ name: z.string() }).loose() }).loose();
const newUserSchema = z.strictObject({
  profile: z.looseObject({
    login: z.string().min(1),
    email: z.string().min(1),
    firstName: z.string(),
    lastName: z.string(),
  }),
});
const changedUserSchema = z.strictObject({ profile: z.record(z.string(), z.string().nullable()) });

const DESCRIBED = [
  '/api/v1/users',
  '/api/v1/users/{userId}',
  '/api/v1/users/{userId}/lifecycle/suspend',
  '/api/v1/users/{userId}/lifecycle/unsuspend',
  '/api/v1/users/{userId}/lifecycle/activate',
  '/api/v1/users/{userId}/lifecycle/deactivate',
  '/api/v1/users/{userId}/sessions',
  '/api/v1/users/{userId}/groups',
  '/api/v1/users/{userId}/factors',
  '/api/v1/users/{userId}/factors/{factorId}',
  '/api/v1/groups',
  '/api/v1/groups/{groupId}/users/{userId}',
];

/** The published file is older than the reference, which lets every optional attribute of a profile be null. */
function currentDescription(): OpenApiDocument {
  const document = JSON.parse(readFileSync(SPEC, 'utf8'));
  for (const attribute of Object.values<Record<string, unknown>>(document.definitions.UserProfile.properties))
    attribute['x-nullable'] = true;
  return document;
}

/** `profile.<name> eq "<value>"`, the one kind of expression that is asked. */
function matches(search: string | null, profile: Readonly<Record<string, unknown>>): boolean {
  if (search === null) return true;
  const [, name = '', value = ''] = /^profile\.(\w+) eq ("(?:[^"\\]|\\["\\])*")$/.exec(search) ?? [];
  if (name === '') throw new ViolationError(`not a search expression: ${search}`);
  return profile[name] === value.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

function pageAfter({ query, path, headers }: ApiCall, found: readonly { readonly id: string }[]): ApiAnswer {
  const limit = Number(query.get('limit') ?? 10);
  const start = query.get('after') === null ? 0 : found.findIndex(({ id }) => id === query.get('after')) + 1;
  const page = found.slice(start, start + limit);
  const last = page.at(-1);
  if (last === undefined || start + limit >= found.length) return { body: page };
  const more = new URLSearchParams(query);
  more.set('after', last.id);
  const next = `<https://${headers['host'] ?? 'acme.okta.com'}${path}?${more}>; rel="next"`;
  return { body: page, headers: { link: next } };
}
