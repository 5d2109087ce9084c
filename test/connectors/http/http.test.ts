// What a description may say, what is refused and where, and what is sent: test/peers/http.peers.test.ts shows a whole
// application.
import { afterEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { type HttpSecret, http } from '../../../lambdas/connectors/http/http.ts';
import { isAmbiguous, renderJson, renderText } from '../../../lambdas/connectors/http/http-template.ts';
import { ConflictError, PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import { isJsonPointer, valueAt } from '../../../lambdas/outbound/json-pointer.ts';
import { type StubAnswer, type StubRequest, type StubServer, startStubServer } from '../../support/stub-server.ts';

const ADA = { id: 7, login: 'ada', roles: ['Sales'], active: true, sessions: 0, ref: 'E1' };
const KEY = { identityId: 'E1', userName: 'ada' };
const ACCOUNT = { accountId: '7', userName: 'ada', enabled: true, grants: [], attributes: {} };

const account = {
  id: '/id',
  userName: '/login',
  identityId: '/ref',
  enabled: { at: '/active', is: true },
  grants: { items: '/roles' },
  openSessions: '/sessions',
};
const requests = {
  check: { path: '/me', expect: [{ at: '/admin', is: true, otherwise: 'is no administrator' }] },
  findById: { path: '/users/{accountId}', item: '' },
  findByUserName: { path: '/users', query: { login: '{userName}' }, items: '/users' },
  create: { method: 'POST', path: '/users', body: { login: '{userName}', ref: '{identityId}' } },
  disable: { method: 'POST', path: '/users/{accountId}/lock' },
  enable: { method: 'POST', path: '/users/{accountId}/unlock' },
  endSessions: { method: 'DELETE', path: '/users/{accountId}/sessions' },
  grant: { method: 'PUT', path: '/users/{accountId}/roles/{grant}' },
  revoke: { method: 'DELETE', path: '/users/{accountId}/roles/{grant}' },
};

type Changes = Readonly<Record<string, unknown>>;
const described = (requestChanges: Changes = {}, changes: Changes = {}) => ({
  baseUrl: 'https://shop.example.com',
  account,
  requests: { ...requests, ...requestChanges },
  ...changes,
});

let server: StubServer | undefined;
afterEach(() => server?.stop());

async function applicationOf(
  answer: (request: StubRequest) => StubAnswer,
  settings: object = described(),
  secret: HttpSecret = { token: 'token-of-the-shop' },
): Promise<Target> {
  server = await startStubServer(answer);
  const parsed = http.settings.parse({ ...settings, baseUrl: server.url });
  return http.connect({ applicationId: 'shop', settings: parsed, secret, callTimeoutMs: 1_000 });
}

describe('templates', () => {
  const values = { name: 'a"b\\{id}&', count: 2, id: 'x', nothing: undefined };

  it('puts each value where it stands, and looks into none of them', () => {
    expect(renderText('{name}', values)).toBe('a"b\\{id}&');
    expect(renderText('name eq {json:name}', values)).toBe('name eq "a\\"b\\\\{id}&"');
    expect(renderText('{"name":{json:name}}', values)).toBe(JSON.stringify({ name: values.name }));
    expect(renderText('{nothing}', values)).toBeUndefined();
    expect(renderText('no {nothing}!', values)).toBe('no !');
  });

  it('keeps types in a body, and leaves out or clears what has no value', () => {
    const template = {
      n: '{count}',
      t: '{count} of {id}',
      list: ['{nothing}', '{id}'],
      gone: '{nothing}',
      fixed: null,
    };
    expect(JSON.parse(JSON.stringify(renderJson(template, values, 'left-out')))).toEqual({
      n: 2,
      t: '2 of x',
      list: ['x'],
      fixed: null,
    });
    expect(renderJson({ gone: '{nothing}' }, values, 'null')).toEqual({ gone: null });
  });

  it('knows where a value could change the meaning of the text around it', () => {
    expect(isAmbiguous('name eq "{name}"')).toBe(true);
    expect(isAmbiguous('name eq {json:name}')).toBe(false);
    expect(isAmbiguous('{name}')).toBe(false);
  });
});

// RFC 6901 section 5.
it.each([
  ['', true],
  ['/foo/0', 'bar'],
  ['/a~1b', 1],
  ['/m~0n', 8],
  ['/~01', 9],
  ['/', 0],
  ['/foo/01', undefined],
  ['/foo/length', undefined],
  ['/constructor', undefined],
])('finds at "%s" what RFC 6901 says', (pointer, expected) => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, '~1': 9 };
  expect(valueAt(pointer, document)).toEqual(pointer === '' ? document : expected);
  expect(isJsonPointer(pointer)).toBe(true);
});

it.each(['foo', '/a~2', '/a~'])('does not take "%s" for a JSON pointer', (text) => {
  expect(isJsonPointer(text)).toBe(false);
});

describe('faults of a description are named by where they are', () => {
  const { disable, enable, check, endSessions, ...others } = requests;
  it.each<[string, object]>([
    ['baseUrl', described({}, { baseUrl: 'http://shop.example.com' })],
    ['requests.grant.path', described({ grant: { method: 'PUT', path: '/users/{id}/roles/{accountId}' } })],
    ['requests.grant', described({ grant: { method: 'POST', path: '/roles/{grant}' } })],
    ['requests.disable', described({ disable: { method: 'POST', path: '/lock' } })],
    ['requests.disable', { ...described(), requests: { ...others, check, endSessions } }],
    ['requests.check', { ...described(), requests: { ...others, disable, enable, endSessions } }],
    ['residualWindow', { ...described(), requests: { ...others, disable, enable, check } }],
    ['requests.enable', described({ enable: undefined })],
    ['account.enabled', described({}, { account: { ...account, enabled: undefined } })],
    ['account.grants', described({}, { account: { ...account, grants: undefined } })],
    [
      'account.identityId',
      described({ findByIdentity: requests.findByUserName }, { account: { ...account, identityId: undefined } }),
    ],
    [
      'requests.findByUserName.query.q',
      described({ findByUserName: { path: '/users', query: { q: 'login:"{userName}"' }, items: '' } }),
    ],
    ['requests.findByUserName.items', described({ findByUserName: { path: '/users' } })],
    ['requests.list.next', described({ list: { path: '/users', query: { after: '{cursor}' }, items: '' } })],
    ['requests.list.path', described({ list: { path: '/users?limit=5', items: '' } })],
    ['requests.create.path', described({ create: { ...requests.create, path: '/a/../b' } })],
    [
      'requests.create.body',
      described({ create: { ...requests.create, body: { login: '{userName}', p: '{password}' } } }),
    ],
    ['requests.findGrant', described({ grant: { method: 'PUT', path: '/users/{accountId}/{grantId}' } })],
    ['account.grants.id', described({ revoke: { method: 'DELETE', path: '/memberships/{membershipId}' } })],
    ['account.id', described({}, { account: { ...account, id: 'id' } })],
  ])('%s', (where, settings) => {
    const { error } = http.settings.safeParse(JSON.parse(JSON.stringify(settings)));
    const places = error?.issues.map(({ path }) => path.join('.')) ?? [];
    expect(places).toContain(where);
  });

  it('and the description they spoil is right', () => {
    expect(http.settings.safeParse(described()).error).toBeUndefined();
  });
});

it('declares what is described, and nothing else', async () => {
  const target = await applicationOf(() => ({}));
  expect(target).toHaveProperty('endSessions');
  for (const ability of ['updateAccount', 'deleteAccount', 'listAccounts', 'transferOwnership'])
    expect(target).not.toHaveProperty(ability);
  const settings = http.settings.parse(described({}, { limits: ['It knows no groups'] }));
  expect(http.limitsOf?.(settings)).toEqual(['It knows no groups', expect.stringMatching(/list/)]);
});

it.each<[object, HttpSecret, string, string]>([
  [{ kind: 'bearer' }, { token: 't 1' }, 'authorization', 'Bearer t 1'],
  [{ kind: 'header', name: 'X-Api-Key' }, { token: 't 1' }, 'x-api-key', 't 1'],
  // RFC 7617 section 2.1.
  [{ kind: 'basic' }, { userName: 'test', password: '123£' }, 'authorization', 'Basic dGVzdDoxMjPCow=='],
])('authenticates by %j', async (authentication, secret, header, value) => {
  const target = await applicationOf(() => ({ body: { admin: true } }), described({}, { authentication }), secret);
  expect(await target.checkPrivileges?.()).toEqual([]);
  expect(server?.requests[0]?.headers[header]).toBe(value);
});

it('says which keys the secret lacks', async () => {
  const settings = described({}, { authentication: { kind: 'basic' } });
  await expect(applicationOf(() => ({}), settings)).rejects.toThrow(/userName and password/);
});

describe('finding', () => {
  const finds = (...users: object[]) =>
    applicationOf(({ path }) => ({ body: path === '/me' ? { admin: true } : { users } }));

  it('does not trust a filter that is ignored', async () => {
    const target = await finds({ ...ADA, login: 'bob' }, { ...ADA, login: 'eve' });
    expect(await target.findAccount(KEY)).toBeUndefined();
  });

  it('refuses to choose between two of the name, and takes the exact one', async () => {
    const two = await finds({ ...ADA, login: 'Ada' }, { ...ADA, login: 'ADA' });
    await expect(two.findAccount(KEY)).rejects.toBeInstanceOf(ConflictError);
    await server?.stop();
    const exact = await finds({ ...ADA, login: 'Ada', id: 8 }, ADA);
    expect(await exact.findAccount(KEY)).toMatchObject({ accountId: '7', grants: ['Sales'], openSessions: 0 });
  });

  it.each(['id', 'login', 'roles', 'active', 'sessions'])(
    'takes an answer without %s for a fault, not for nothing',
    async (name) => {
      const target = await finds({ ...ADA, [name]: undefined });
      await expect(target.findAccount(KEY)).rejects.toThrow(PermanentError);
    },
  );

  it('takes a wrong base URL for a wrong setting, never for an account that is gone', async () => {
    const collection = await applicationOf(() => ({ status: 404 }));
    await expect(collection.findAccount({ ...KEY, accountId: '7' })).rejects.toThrow(/baseUrl/);
    await server?.stop();
    const findByUserName = { path: '/users/by-login/{userName}', item: '' };
    const single = await applicationOf(() => ({ status: 404 }), described({ findByUserName }));
    await expect(single.findAccount(KEY)).rejects.toThrow(/nobody was found, but requests.check was refused/);
  });

  it('keeps an awkward name within its place', async () => {
    const target = await finds();
    await target.findAccount({ identityId: 'E1', userName: 'a&b=../?#{accountId}' });
    expect(server?.requests[0]).toMatchObject({ path: '/users', query: { login: 'a&b=../?#{accountId}' } });
  });
});

describe('reading over pages', () => {
  const users = [1, 2, 3, 4, 5].map((id) => ({ ...ADA, id, login: `user-${id}` }));
  const listOf = async (target: Target) => {
    const ids: string[] = [];
    for (let from: string | undefined, pages = 0; pages < 10; pages += 1) {
      const page = await target.listAccounts?.(from);
      ids.push(...(page?.accounts.map(({ accountId }) => accountId) ?? []));
      from = page?.next;
      if (from === undefined) return { ids: ids.join(), pages: pages + 1 };
    }
    throw new Error('it never ends');
  };
  const slice = (from: number, count: number) => users.slice(from, from + count);

  it('by offset, though the application caps its pages', async () => {
    const list = { path: '/users', query: { from: '{offset}', limit: '{pageSize}' }, items: '' };
    const target = await applicationOf(({ query }) => ({ body: slice(Number(query['from']), 2) }), described({ list }));
    expect(await listOf(target)).toEqual({ ids: '1,2,3,4,5', pages: 4 });
  });

  it('by page, until the total is reached', async () => {
    const list = { path: '/users', query: { page: '{page}', limit: '{pageSize}' }, items: '/users', total: '/total' };
    const answer = ({ query }: StubRequest) => ({
      body: { users: slice((Number(query['page']) - 1) * 2, 2), total: 5 },
    });
    const target = await applicationOf(answer, described({ list }, { pageSize: 2 }));
    expect(await listOf(target)).toEqual({ ids: '1,2,3,4,5', pages: 3 });
  });

  it('by cursor, which the first request does not have', async () => {
    const list = { path: '/users', query: { after: '{cursor}' }, items: '/users', next: '/next' };
    const answer = ({ query }: StubRequest) => {
      const from = Number(query['after'] ?? 0);
      return { body: { users: slice(from, 2), next: from + 2 < users.length ? String(from + 2) : null } };
    };
    const target = await applicationOf(answer, described({ list }));
    expect(await listOf(target)).toEqual({ ids: '1,2,3,4,5', pages: 3 });
    expect(server?.requests[0]?.query).toEqual({});
  });

  it('all at once, handed on in pages', async () => {
    const list = { path: '/users', items: '' };
    const target = await applicationOf(() => ({ body: users }), described({ list }, { pageSize: 2 }));
    expect(await listOf(target)).toEqual({ ids: '1,2,3,4,5', pages: 3 });
  });

  it.each<[string, object, unknown]>([
    ['page', { path: '/users', query: { page: '{page}' }, items: '' }, users],
    [
      'cursor',
      { path: '/users', query: { after: '{cursor}' }, items: '/users', next: '/next' },
      { users, next: 'same' },
    ],
  ])('stops where a %s does not advance', async (_, list, body) => {
    const target = await applicationOf(() => ({ body }), described({ list }));
    await expect(listOf(target)).rejects.toThrow(/does not advance/);
  });
});

describe('changing', () => {
  /** An application that refuses every change with this status, its account being as given. */
  const refusing = (status: number, user: object | undefined) =>
    applicationOf(({ method }) =>
      method === 'GET' ? (user === undefined ? { status: 404 } : { body: user }) : { status },
    );

  it('takes a refusal for success when the account is as it should be', async () => {
    const target = await refusing(422, { ...ADA, active: false });
    await target.disableAccount?.(ACCOUNT);
    await target.endSessions?.(ACCOUNT);
    await target.grant(ACCOUNT, 'Sales');
    await target.revoke(ACCOUNT, 'Legal');
  });

  it('does not when it is not', async () => {
    const target = await refusing(404, { ...ADA, sessions: 1 });
    await expect(target.disableAccount?.(ACCOUNT)).rejects.toThrow(/POST \/users\/\{accountId\}\/lock answered 404/);
    await expect(target.endSessions?.(ACCOUNT)).rejects.toThrow(/sessions answered 404/);
    await expect(target.revoke(ACCOUNT, 'Sales')).rejects.toThrow(/answered 404/);
    await expect(target.grant(ACCOUNT, 'Legal')).rejects.toThrow(/is there a grant "Legal"/);
  });

  it('takes an account that is gone for cut off', async () => {
    const target = await refusing(404, undefined);
    await target.disableAccount?.(ACCOUNT);
    await target.endSessions?.(ACCOUNT);
    await target.revoke(ACCOUNT, 'Sales');
    await expect(target.enableAccount?.(ACCOUNT)).rejects.toThrow(/404/);
  });

  it('leaves what may work later to be tried again', async () => {
    const target = await refusing(502, { ...ADA, active: false });
    await expect(target.disableAccount?.(ACCOUNT)).rejects.toBeInstanceOf(RetryableError);
    expect(server?.requests).toHaveLength(1);
  });

  it('takes back a grant as often as it is held', async () => {
    const memberships = ['m-1', 'm-2', 'm-3'].map((id, index) => ({ id, role: index === 1 ? 'Legal' : 'Sales' }));
    const settings = described(
      { revoke: { method: 'DELETE', path: '/memberships/{membershipId}' } },
      { account: { ...account, grants: { items: '/memberships', name: '/role', id: '/id' } } },
    );
    const target = await applicationOf(() => ({ body: { ...ADA, memberships } }), settings);
    await target.revoke(ACCOUNT, 'Sales');
    const taken = server?.requests.filter(({ method }) => method === 'DELETE').map(({ path }) => path);
    expect(taken).toEqual(['/memberships/m-1', '/memberships/m-3']);
  });

  it('encodes a grant for its place in the path', async () => {
    const target = await applicationOf(() => ({ body: ADA }));
    await target.grant(ACCOUNT, 'a/b?c');
    expect(server?.requests.at(-1)).toMatchObject({ method: 'PUT', path: '/users/7/roles/a%2Fb%3Fc' });
  });
});
