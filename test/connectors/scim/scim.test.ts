// What SCIM providers get wrong, and how the connector stays right: the contract suite shows a provider that does well.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AccountKey, Target } from '../../../lambdas/connectors/contract/connector.ts';
import { scim } from '../../../lambdas/connectors/scim/scim.ts';
import { ConflictError, NotFoundError, PermanentError } from '../../../lambdas/core/errors.ts';
import { type StubAnswer, type StubRequest, type StubServer, startStubServer } from '../../support/stub-server.ts';

const ADA = { id: 'u1', userName: 'ada@example.com', externalId: 'E1', active: true };
const KEY = { identityId: 'E1', userName: 'ada@example.com' };
const SALES = { id: 'g1', displayName: 'Sales', members: [{ value: 'u1' }] };
const LEGAL = { id: 'g2', displayName: 'Legal', members: [{ value: 'u2' }] };
const NOBODY = '00000000-0000-0000-0000-000000000000';

let server: StubServer | undefined;
afterEach(() => server?.stop());

async function providerOf(answer: (request: StubRequest) => StubAnswer): Promise<Target> {
  server = await startStubServer(answer);
  const settings = scim.settings.parse({ baseUrl: `${server.url}/`, pageSize: 2 });
  return scim.connect({ applicationId: 'crm', settings, secret: { token: 'token' }, callTimeoutMs: 1_000 });
}

function page(...Resources: object[]): StubAnswer {
  return { body: { totalResults: Resources.length, Resources } };
}

describe('what was found out about a provider', () => {
  afterEach(() => void vi.useRealTimers());

  /** Those who are there, and who is in which group; filters work. */
  async function wellBehaved(users: readonly (typeof ADA)[]) {
    server = await startStubServer(({ path, query: { filter, count = '2' } }) => {
      const user = users.find(({ id }) => path === `/Users/${id}`);
      if (user !== undefined) return { body: user };
      const [, attribute, value] = /^([\w.]+) eq "(.*)"$/.exec(filter ?? '') ?? [];
      const isHit = (one: (typeof users)[number]) => Reflect.get(one, attribute ?? '') === value;
      if (path === '/Users')
        return page(...(attribute === undefined ? users.slice(0, Number(count)) : users.filter(isHit)));
      return page(...[SALES, LEGAL].filter(({ members }) => !attribute || members.some((one) => one.value === value)));
    });
    const settings = scim.settings.parse({ baseUrl: server.url, pageSize: 2 });
    const connection = { applicationId: 'crm', settings, secret: { token: 'token' }, callTimeoutMs: 1_000 };
    /** What is asked to find somebody, by who has not connected before. */
    return async (key: AccountKey, givesOnly = true) => {
      const before = server?.requests.length ?? 0;
      const account = await (await scim.connect({ ...connection, givesOnly })).findAccount(key);
      return { account, asked: (server?.requests.length ?? 0) - before };
    };
  }

  const BOB = { ...ADA, id: 'u2', externalId: 'E2', userName: 'bob@example.com' };
  const NEWCOMER = { identityId: 'E9', userName: 'new@example.com' };

  it('is not asked again by the next connection', async () => {
    const find = await wellBehaved([ADA, BOB]);
    expect(await find(KEY)).toMatchObject({ account: { grants: ['Sales'] }, asked: 3 });
    expect(await find({ identityId: 'E2', userName: BOB.userName })).toMatchObject({
      account: { grants: ['Legal'] },
      asked: 2,
    });
    // By the id, which was seen to find somebody; by the name, which was not yet: a sample, and the search for it.
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 4 });
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 2 });
  });

  it('is asked anew where something is to be taken away', async () => {
    const find = await wellBehaved([ADA, BOB]);
    await find(KEY);
    await find(NEWCOMER);
    expect(await find(NEWCOMER, false)).toEqual({ account: undefined, asked: 6 });
  });

  it('is asked anew after five minutes', async () => {
    const find = await wellBehaved([ADA, BOB]);
    vi.useFakeTimers({ toFake: ['Date'] });
    await find(NEWCOMER);
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 2 });
    vi.advanceTimersByTime(1);
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 6 });
  });

  it('is nothing where nobody was there to be found: who comes later is not overlooked', async () => {
    const users: (typeof ADA)[] = [];
    const find = await wellBehaved(users);
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 4 });
    users.push(ADA);
    expect(await find(NEWCOMER)).toEqual({ account: undefined, asked: 6 });
  });
});

describe('creating', () => {
  const PROFILE = { identityId: 'E1', kind: 'employee', userName: ADA.userName, displayName: 'Ada' } as const;

  async function empty() {
    const users: object[] = [];
    return await providerOf(({ method, path, body }) => {
      if (method === 'POST') users.push({ ...(body as object), id: 'u1' });
      if (method === 'POST') return { status: 201, body: users.at(-1) };
      return path === '/Users' ? page(...users) : page();
    });
  }

  it('does not look once more for whom it has just not found, and looks when it is asked again', async () => {
    const target = await empty();
    expect(await target.findAccount(KEY)).toBeUndefined();
    const looked = server?.requests.length ?? 0;
    await target.createAccount(PROFILE);
    expect(server?.requests[looked]?.method).toBe('POST');
    await target.createAccount(PROFILE);
    expect(server?.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('asks neither for the groups of whom it has just made, nor for them before it grants', async () => {
    const target = await providerOf(({ method, path }) => {
      if (method === 'POST') return { status: 201, body: ADA };
      return path === '/Groups' ? page(SALES) : page();
    });
    await target.findAccount(KEY);
    const account = await target.createAccount(PROFILE);
    expect(account).toMatchObject({ enabled: true, grants: [] });
    await target.grant(account, 'Sales');
    const sent = server?.requests.map(({ method, path }) => `${method} ${path}`) ?? [];
    expect(sent.slice(sent.indexOf('POST /Users'))).toEqual(['POST /Users', 'GET /Groups', 'PATCH /Groups/g1']);
  });

  it('looks for whom it was not asked to find', async () => {
    const target = await empty();
    await target.findAccount({ identityId: 'E2', userName: 'bob@example.com' });
    const looked = server?.requests.length ?? 0;
    await target.createAccount(PROFILE);
    expect(server?.requests[looked]?.method).toBe('GET');
  });
});

describe('granting', () => {
  it('does not make a member of somebody it has not seen, where the provider would take anybody', async () => {
    const target = await providerOf(({ path }) => (path === '/Users/u1' ? { status: 404 } : page(SALES)));
    const account = { accountId: 'u1', userName: 'ada', enabled: true, grants: [], attributes: {} };
    await expect(target.grant(account, 'Sales')).rejects.toBeInstanceOf(NotFoundError);
    expect(server?.requests.map(({ method }) => method)).not.toContain('PATCH');
  });
});

describe('finding', () => {
  it('does not trust a provider that ignores filters', async () => {
    const others = [{ ...ADA, id: 'u8', externalId: 'E8', userName: 'x@example.com' }];
    const target = await providerOf(({ path }) => (path === '/Users' ? page(...others) : page()));
    expect(await target.findAccount(KEY)).toBeUndefined();
  });

  it('looks through all accounts where the provider refuses the filter', async () => {
    const target = await providerOf(({ path, query }) => {
      if (query['filter']?.startsWith('externalId')) return { status: 400, body: { scimType: 'invalidFilter' } };
      return path === '/Users' ? page({ ...ADA, id: 'u2', externalId: 'E2' }, ADA) : page();
    });
    expect(await target.findAccount(KEY)).toMatchObject({ accountId: 'u1' });
  });

  it('adopts an account that carries no externalId, though its name differs in case', async () => {
    const { externalId, ...unclaimed } = { ...ADA, userName: 'Ada@Example.com' };
    const target = await providerOf(({ path }) => (path === '/Users' ? page(unclaimed) : page()));
    expect(await target.findAccount(KEY)).toMatchObject({ accountId: 'u1', userName: 'Ada@Example.com' });
  });

  it('refuses a link that leads to the account of another identity', async () => {
    const target = await providerOf(({ path }) =>
      path === '/Users/u1' ? { body: { ...ADA, externalId: 'E2' } } : page(),
    );
    await expect(target.findAccount({ ...KEY, accountId: 'u1' })).rejects.toBeInstanceOf(ConflictError);
  });

  it.each([
    ['False', false],
    ['true', true],
    [false, false],
    [null, true],
    [undefined, true],
  ])('reads active: %j as %j', async (active, enabled) => {
    const target = await providerOf(({ path }) => (path === '/Users' ? page({ ...ADA, active }) : page()));
    expect(await target.findAccount(KEY)).toMatchObject({ enabled });
  });

  it('reads e-mail addresses of which none is said to be primary', async () => {
    const emails = [{ value: 'ada@example.com', type: 'work' }];
    const target = await providerOf(({ path }) => (path === '/Users' ? page({ ...ADA, emails }) : page()));
    expect(await target.findAccount(KEY)).toMatchObject({ attributes: { email: 'ada@example.com' } });
  });

  it('takes a wrong base URL for a wrong setting, never for an account that is gone', async () => {
    const target = await providerOf(() => ({ status: 404 }));
    await expect(target.findAccount({ ...KEY, accountId: 'u1' })).rejects.toThrow(PermanentError);
    await expect(target.findAccount(KEY)).rejects.toThrow(/baseUrl/);
  });
});

describe('reading grants', () => {
  const users = ({ path }: StubRequest, user: object) => (path === '/Users' ? page(user) : undefined);

  it('asks the groups when the provider filters by member', async () => {
    const target = await providerOf(
      (request) =>
        users(request, ADA) ??
        (request.query['filter']?.includes(NOBODY) ? page() : page({ id: 'g1', displayName: 'Sales' })),
    );
    expect((await target.findAccount(KEY))?.grants).toEqual(['Sales']);
  });

  it('reads every group where the provider ignores that filter', async () => {
    const target = await providerOf((request) => users(request, ADA) ?? page(SALES, LEGAL));
    expect((await target.findAccount(KEY))?.grants).toEqual(['Sales']);
  });

  it('reads every group where the provider refuses that filter', async () => {
    const target = await providerOf(
      (request) =>
        users(request, ADA) ?? (request.query['filter'] === undefined ? page(SALES, LEGAL) : { status: 400 }),
    );
    expect((await target.findAccount(KEY))?.grants).toEqual(['Sales']);
  });

  it("checks what only the user's own groups name: stale is dropped, overlooked is kept", async () => {
    const user = { ...ADA, groups: [{ value: 'g1' }, { value: 'g2' }, { value: 'g3' }] };
    const target = await providerOf((request) => {
      if (request.path === '/Groups/g1') return { body: SALES };
      if (request.path === '/Groups/g2') return { body: LEGAL };
      if (request.path === '/Groups/g3') return { status: 404 };
      return users(request, user) ?? page();
    });
    expect((await target.findAccount(KEY))?.grants).toEqual(['Sales']);
  });

  it.each([
    ['a UUID in capitals as the same', '2819c223-7f76-453a-919d-413861904646', ['Sales']],
    ['any other id in capitals as another', 'u1', []],
  ])('takes %s', async (_, id, grants) => {
    const group = { ...SALES, members: [{ value: id.toUpperCase() }] };
    const target = await providerOf(
      (request) =>
        users(request, { ...ADA, id }) ?? (request.query['filter'] === undefined ? page(group) : { status: 400 }),
    );
    expect((await target.findAccount(KEY))?.grants).toEqual(grants);
  });

  it('refuses paging that does not advance', async () => {
    const stuck = { body: { totalResults: 9, Resources: [SALES, LEGAL] } };
    const target = await providerOf((request) => users(request, ADA) ?? stuck);
    await expect(target.findAccount(KEY)).rejects.toThrow(/likely a provider bug/);
    expect(server?.requests.length).toBeLessThan(6);
  });
});

describe('changing', () => {
  const account = {
    accountId: 'u1',
    userName: KEY.userName,
    enabled: true,
    grants: [],
    attributes: { displayName: 'Ada', title: 'Engineer' },
  };

  it('takes "already a member" and "not a member" for success', async () => {
    const target = await providerOf(({ method, body }) => {
      if (method === 'GET') return page(SALES);
      return JSON.stringify(body).includes('"add"') ? { status: 409 } : { status: 400, body: { scimType: 'noTarget' } };
    });
    await target.grant(account, 'Sales');
    await target.revoke(account, 'Sales');
    expect(server?.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body)).toMatchObject([
      { Operations: [{ op: 'add', path: 'members', value: [{ value: 'u1' }] }] },
      { Operations: [{ op: 'remove', path: 'members[value eq "u1"]' }] },
    ]);
  });

  it('escapes quotes and backslashes in a filter', async () => {
    const target = await providerOf(() => page());
    await target.revoke(account, 'a "quoted" \\ name');
    expect(server?.requests[0]?.query['filter']).toBe('displayName eq "a \\"quoted\\" \\\\ name"');
  });

  it('takes an account out of its groups before it is deleted, since some providers keep members that are gone', async () => {
    const target = await providerOf(({ method, path, query }) => {
      if (method !== 'GET') return { status: 204 };
      if (path !== '/Groups' || query['filter']?.includes(NOBODY)) return page();
      return page(SALES, { ...LEGAL, members: SALES.members });
    });
    await target.deleteAccount?.(account);
    const changes = server?.requests.filter(({ method }) => method !== 'GET') ?? [];
    expect(changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PATCH /Groups/g1',
      'PATCH /Groups/g2',
      'DELETE /Users/u1',
    ]);
    expect(changes[0]?.body).toMatchObject({ Operations: [{ op: 'remove', path: 'members[value eq "u1"]' }] });
  });

  /** Somebody gives Ada the title Lead after she was read. */
  async function changedMeanwhile(etag: object) {
    const target = await providerOf(({ method, path, headers }) => {
      if (method === 'PATCH')
        return { status: [undefined, 'W/"2"'].includes(headers['if-match'] as string) ? 204 : 412 };
      if (path === '/ServiceProviderConfig') return { body: { etag } };
      if (path === '/Users/u1') return { body: { ...ADA, title: 'Lead', meta: { version: 'W/"2"' } } };
      return path === '/Users' ? page({ ...ADA, title: 'Engineer', meta: { version: 'W/"1"' } }) : page(LEGAL);
    });
    const found = await target.findAccount(KEY);
    if (found === undefined) throw new Error('she is not found');
    await target.updateAccount?.(found, { ...KEY, kind: 'employee', displayName: 'Ada', title: 'Lead' });
    const patches = server?.requests.filter(({ method }) => method === 'PATCH') ?? [];
    return patches.map(({ headers, body }) => [headers['if-match'], JSON.stringify(body).includes('title')]);
  }

  it('reads again what somebody changed since it was read, where versions are kept, and undoes none of it', async () => {
    expect(await changedMeanwhile({ supported: true })).toEqual([
      ['W/"1"', true],
      ['W/"2"', false],
    ]);
  });

  it('binds a change to no version where it is not said that they are kept', async () => {
    expect(await changedMeanwhile({ supported: false })).toEqual([[undefined, true]]);
  });

  it('patches only what differs, and claims the account', async () => {
    const target = await providerOf(() => ({ status: 204 }));
    const profile = { ...KEY, kind: 'employee', displayName: 'Ada', department: 'Legal' } as const;
    await target.updateAccount?.(account, profile);
    expect(server?.requests[0]?.body).toMatchObject({
      Operations: [
        { op: 'replace', path: 'externalId', value: 'E1' },
        { op: 'remove', path: 'title' },
        {
          op: 'replace',
          path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
          value: 'Legal',
        },
      ],
    });
  });
});

describe('taking back several groups at once', () => {
  const GROUPS = ['g1', 'g2', 'g3', 'g4', 'g5'].map((id) => ({ id, displayName: `Group ${id}` }));
  const NAMES = GROUPS.map(({ displayName }) => displayName);

  interface Bulk {
    readonly Operations: readonly { readonly bulkId: string; readonly path: string }[];
  }

  /** A provider that announces Bulk and answers it so; Ada is in all groups. */
  async function bulkProvider(announced: object | undefined, answer: (bulk: Bulk) => StubAnswer, status = 200) {
    const target = await providerOf(({ method, path, query, body }) => {
      if (path === '/ServiceProviderConfig') return { status, body: { bulk: announced } };
      if (path === '/Bulk') return answer(body as Bulk);
      if (method === 'PATCH') return { status: 204 };
      if (path === '/Users') return page(ADA);
      if (query['filter']?.includes(NOBODY)) return page();
      const from = Number(query['startIndex'] ?? 1) - 1;
      return { body: { totalResults: GROUPS.length, Resources: GROUPS.slice(from, from + 2) } };
    });
    const account = await target.findAccount(KEY);
    if (account === undefined) throw new Error('she is not found');
    const read = server?.requests.length ?? 0;
    return { revokeAll: () => target.revokeAll?.(account, NAMES), sent: () => server?.requests.slice(read) ?? [] };
  }
  const pathsOf = (requests: readonly StubRequest[]) =>
    requests
      .filter(({ path }) => path === '/Bulk')
      .map(({ body }) => (body as Bulk).Operations.map(({ path }) => path.slice(-2)).join(' '));
  const allDone = ({ Operations }: Bulk, status: unknown = '204'): StubAnswer => ({
    body: { Operations: Operations.map(({ bulkId }) => ({ bulkId, status })) },
  });

  it('sends one PATCH for each, all of them to be tried, and knows them by id or by location', async () => {
    const { revokeAll, sent } = await bulkProvider({ supported: true }, ({ Operations }) => ({
      body: {
        Operations: Operations.map(({ bulkId, path }, index) =>
          index === 0 ? { bulkId, status: '200' } : { location: `https://crm.example.com/scim/v2${path}`, status: 204 },
        ).reverse(),
      },
    }));
    expect(await revokeAll()).toEqual(NAMES);
    expect(sent().map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /ServiceProviderConfig', 'POST /Bulk']);
    expect(sent()[1]?.body).not.toHaveProperty('failOnErrors');
    expect(sent()[1]?.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: GROUPS.map(({ id }) => ({
        method: 'PATCH',
        path: `/Groups/${id}`,
        data: { Operations: [{ op: 'remove', path: 'members[value eq "u1"]' }] },
      })),
    });
  });

  it('keeps to the number of operations announced', async () => {
    const { revokeAll, sent } = await bulkProvider({ supported: true, maxOperations: 2 }, allDone);
    expect(await revokeAll()).toEqual(NAMES);
    expect(pathsOf(sent())).toEqual(['g1 g2', 'g3 g4', 'g5']);
  });

  it('keeps to the size announced, to the byte', async () => {
    const { revokeAll, sent } = await bulkProvider({ supported: true, maxPayloadSize: 600 }, allDone);
    expect(await revokeAll()).toEqual(NAMES);
    const sizes = sent().flatMap(({ path, body }) => (path === '/Bulk' ? [JSON.stringify(body).length] : []));
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(600);
    const exact = await bulkProvider({ supported: true, maxPayloadSize: Math.max(...sizes) }, allDone);
    await exact.revokeAll();
    expect(pathsOf(exact.sent())).toEqual(pathsOf(sent()));
  });

  it('halves what is too large (413), and goes on with halves', async () => {
    const { revokeAll, sent } = await bulkProvider({ supported: true }, (bulk) =>
      bulk.Operations.length > 2 ? { status: 413 } : allDone(bulk),
    );
    expect(await revokeAll()).toEqual(NAMES);
    expect(pathsOf(sent())).toEqual(['g1 g2 g3 g4 g5', 'g1 g2', 'g3 g4', 'g5']);
  });

  it('names only those that are gone: done, not there any more, or no member', async () => {
    const answers = [
      { status: '200' },
      { status: '404' },
      { status: '400', response: { scimType: 'noTarget', detail: 'ada' } },
      { status: '403', response: { detail: 'ada' } },
      { status: '503' },
    ];
    const { revokeAll } = await bulkProvider({ supported: true }, ({ Operations }) => ({
      body: { Operations: Operations.map(({ bulkId }, index) => ({ bulkId, ...answers[index] })) },
    }));
    expect(await revokeAll()).toEqual(NAMES.slice(0, 3));
  });

  it.each<[string, StubAnswer]>([
    ['404', { status: 404 }],
    ['405', { status: 405 }],
    ['501', { status: 501 }],
    ['500', { status: 500 }],
    ['an answer of its own kind', { body: { ok: true } }],
    ['statuses that are none', { body: { Operations: [{ bulkId: 'change-0', status: 'OK' }] } }],
  ])('does without for the rest of the connection where Bulk, though announced, gets %s', async (_, answer) => {
    const { revokeAll, sent } = await bulkProvider({ supported: true }, () => answer);
    expect(await revokeAll()).toEqual([]);
    const before = sent().length;
    expect(await revokeAll()).toEqual([]);
    expect(sent().length).toBe(before);
  });

  it('tells what was done before it went wrong', async () => {
    let requests = 0;
    const { revokeAll } = await bulkProvider({ supported: true, maxOperations: 2 }, (bulk) => {
      requests += 1;
      return requests === 1 ? allDone(bulk) : { status: 501 };
    });
    expect(await revokeAll()).toEqual(NAMES.slice(0, 2));
  });

  it('does not wait for a provider that does not even say what it can', async () => {
    const { revokeAll, sent } = await bulkProvider(undefined, allDone, 503);
    expect(await revokeAll()).toEqual([]);
    expect(new Set(sent().map(({ path }) => path))).toEqual(new Set(['/ServiceProviderConfig']));
  });

  it('leaves every group of a name that several have, and names it only when all are left', async () => {
    const twins = [
      { ...SALES, id: 'g1' },
      { ...SALES, id: 'g3' },
    ];
    let refused = true;
    const target = await providerOf(({ method, path, body }) => {
      if (path === '/ServiceProviderConfig') return { body: { bulk: { supported: true } } };
      if (path === '/Bulk') {
        const status = (index: number) => (refused && index === 1 ? '403' : '204');
        const { Operations } = body as Bulk;
        return { body: { Operations: Operations.map(({ bulkId }, index) => ({ bulkId, status: status(index) })) } };
      }
      if (method === 'PATCH') return { status: 204 };
      return path === '/Users' ? page(ADA) : page(...twins);
    });
    const account = await target.findAccount(KEY);
    if (account === undefined) throw new Error('she is not found');
    expect(await target.revokeAll?.(account, ['Sales'])).toEqual([]);
    refused = false;
    expect(await target.revokeAll?.(account, ['Sales'])).toEqual(['Sales']);
    await target.revoke(account, 'Sales');
    const patched = server?.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
    expect(patched).toEqual(['/Groups/g1', '/Groups/g3']);
  });

  it('hands a long Retry-After to the caller', async () => {
    const { revokeAll, sent } = await bulkProvider({ supported: true }, () => ({
      status: 429,
      headers: { 'retry-after': '120' },
    }));
    await expect(revokeAll()).rejects.toMatchObject({ name: 'RetryableError', retryAfterMs: 120_000 });
    expect(pathsOf(sent()).length).toBe(1);
  });

  it.each([
    undefined,
    { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    { supported: true, maxOperations: 1 },
    { supported: true, maxPayloadSize: 100 },
    { supported: 'yes' },
  ])('asks for none where %j is announced', async (announced) => {
    const { revokeAll, sent } = await bulkProvider(announced, allDone);
    expect(await revokeAll()).toEqual([]);
    expect(sent().map(({ path }) => path)).toEqual(['/ServiceProviderConfig']);
  });
});

describe('a provider that tells less than asked, or otherwise', () => {
  const NAMES = ['Finance', 'Legal', 'Sales'];
  const GROUPS = NAMES.map((displayName, index) => ({ id: `g${index}`, displayName, members: [{ value: 'u1' }] }));
  /** Nobody’s, so that a provider can show that it shows members. */
  const OTHERS = { id: 'g9', displayName: 'Others', members: [{ value: 'u9' }] };
  const without = (name: string, { [name]: _, ...rest }: Record<string, unknown>) => rest;

  interface Provider {
    readonly user?: object;
    readonly groups?: readonly Record<string, unknown>[];
    /** A group as the list shows it. @default as it is */
    readonly listed?: (group: Record<string, unknown>) => unknown;
    /** A group as it is shown when asked for by id. @default as it is */
    readonly shown?: (group: Record<string, unknown>) => object;
    /** @default `refused`: 400 */
    readonly filter?: 'refused' | 'finds nobody';
    /** Changes an answer that is a list. */
    readonly list?: (request: StubRequest, all: readonly unknown[]) => StubAnswer | undefined;
  }

  function unfriendly({ user = ADA, groups = [...GROUPS, OTHERS], filter = 'refused', ...differing }: Provider) {
    const { listed = (group) => group, shown = (group) => group, list } = differing;
    return providerOf((request) => {
      const { path, query } = request;
      if (path === '/Users/u1') return { body: user };
      const group = groups.find(({ id }) => path === `/Groups/${id}`);
      if (group !== undefined) return { body: shown(group) };
      const isUsers = path === '/Users';
      const byMember = query['filter']?.startsWith('members.value') === true;
      if (byMember) return filter === 'refused' ? { status: 400, body: { scimType: 'invalidFilter' } } : page();
      const all = isUsers ? [user] : path === '/Groups' ? groups.map(listed) : undefined;
      if (all === undefined) return { status: 404 };
      if (query['filter'] !== undefined) return page(...(all as object[]));
      const from = Number(query['startIndex'] ?? 1) - 1;
      const Resources = all.slice(from, from + Number(query['count'] ?? all.length));
      return list?.(request, all) ?? { body: { totalResults: all.length, Resources } };
    });
  }

  it.each<[string, Provider]>([
    ['leaves members out of lists and refuses to filter by them', { listed: (group) => without('members', group) }],
    ['puts empty members in lists', { listed: (group) => ({ ...group, members: [] }) }],
    ['puts null for members in lists', { listed: (group) => ({ ...group, members: null }) }],
    ['finds nobody by a filter that it does not know', { filter: 'finds nobody' }],
    [
      'finds nobody by that filter, and leaves members out of lists',
      { filter: 'finds nobody', listed: (group) => without('members', group) },
    ],
    [
      'names members by $ref alone',
      { groups: refs((id) => ({ $ref: `https://crm.example.com/scim/v2/Users/${id}` })) },
    ],
    ['names members by bare ids', { groups: refs((id) => id) }],
    ['names one member without a list', { groups: GROUPS.map((group) => ({ ...group, members: { value: 'u1' } })) }],
    ['says that there are as many as on the page', { list: (request, all) => lying(request, all, 'page') }],
    ['says that there are none', { list: (request, all) => lying(request, all, 0) }],
    ['does not say how many there are', { list: (request, all) => lying(request, all, undefined) }],
    ['says how many there are as text', { list: (request, all) => lying(request, all, String(all.length)) }],
    ['caps its pages below what was asked for', { list: (request, all) => lying(request, all, 'page', 1) }],
    ['pages by cursor, whatever was asked (RFC 9865)', { list: byCursor }],
    ['answers 400 to what lies behind the end', { list: refusingBehind }],
    ['begins again behind the end', { list: beginningAgain }],
    [
      'refuses to be asked for attributes',
      { list: ({ query }) => (query['attributes'] ? { status: 400 } : undefined) },
    ],
    [
      'keeps a group without a name beside them',
      { groups: [...GROUPS, without('displayName', { ...OTHERS, members: [{ value: 'u9' }] })] },
    ],
  ])('tells every group though it %s', async (_, provider) => {
    const target = await unfriendly(provider);
    expect((await target.findAccount({ ...KEY, accountId: 'u1' }))?.grants).toEqual(NAMES);
  });

  it.each<[string, Provider]>([
    ['nowhere shows who is in a group', hiding(({ id, displayName }) => ({ id, displayName }))],
    [
      'shows empty groups as empty, and leaves out the members of others',
      { ...hiding(({ id, displayName }) => ({ id, displayName })), groups: [...GROUPS, { ...OTHERS, members: [] }] },
    ],
    ['names members without their ids', { groups: GROUPS.map((group) => ({ ...group, members: [{ display: 'A' }] })) }],
    ['lists a group that is not there', { listed: (group) => without('members', { ...group, id: `${group['id']}x` }) }],
    ['answers with another group than the one asked for', hiding(() => OTHERS)],
    [
      'always answers the first page',
      { list: (_, all) => ({ body: { totalResults: 9, Resources: all.slice(0, 2) } }) },
    ],
    ['says that there are more and gives none', { list: (request, all) => lying(request, all, 9) }],
    ['always gives the same cursor', { list: (_, all) => ({ body: { Resources: all.slice(0, 2), nextCursor: 'x' } }) }],
    ['lists groups without ids', { listed: (group) => without('id', group) }],
    ['answers a page of groups with something else', { list: () => ({ body: { value: [] } }) }],
  ])('refuses to tell what is held when it %s', async (name, provider) => {
    const target = await unfriendly(
      name.startsWith('shows empty')
        ? { ...provider, shown: (group) => (group['id'] === 'g9' ? group : without('members', group)) }
        : provider,
    );
    await expect(target.findAccount({ ...KEY, accountId: 'u1' })).rejects.toThrow(/SCIM/);
    // Who is to be cut off is known all the same.
    expect(await target.locateAccount?.({ ...KEY, accountId: 'u1' })).toEqual({
      accountId: 'u1',
      userName: ADA.userName,
    });
  });

  it.each<[string, object]>([
    ['e-mail addresses as plain strings', { emails: ['ada@example.com'] }],
    ['one e-mail address without a list', { emails: { value: 'ada@example.com' } }],
    ['e-mail addresses that are none', { emails: 42 }],
    ['a name in one piece', { name: 'Ada Lovelace' }],
    ['a title that is a list', { title: ['Engineer'] }],
    ['groups as bare names', { groups: ['Sales'] }],
    ['groups that are none', { groups: 'Sales' }],
    ['an enterprise extension that is text', { 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': 'x' }],
    ['meta that is text', { meta: 'x' }],
    ['no user name', { userName: undefined }],
  ])('reads an account with %s', async (_, differing) => {
    const target = await unfriendly({ user: { ...ADA, ...differing } });
    expect(await target.findAccount({ ...KEY, accountId: 'u1' })).toMatchObject({ accountId: 'u1', grants: NAMES });
  });

  it('reads ids that are numbers, and cuts off by them', async () => {
    const numbered = GROUPS.map((group, index) => ({ ...group, id: 70 + index, members: [{ value: 42 }] }));
    const target = await providerOf(({ method, path, query }) => {
      if (method === 'PATCH') return { status: 204 };
      if (path === '/Users/42') return { body: { ...ADA, id: 42, externalId: 'E1' } };
      if (query['filter']?.startsWith('members')) return { status: 501 };
      return path === '/Groups' ? page(...numbered) : page();
    });
    const account = await target.findAccount({ ...KEY, accountId: '42' });
    expect(account).toMatchObject({ accountId: '42', grants: NAMES });
    if (account !== undefined) await target.disableAccount?.(account);
    expect(server?.requests.at(-1)).toMatchObject({ method: 'PATCH', path: '/Users/42' });
  });

  it('lists each account once though it says that there are none, and begins again behind the end', async () => {
    const users = ['u1', 'u2', 'u3', 'u4', 'u5'].map((id) => ({ id, userName: id, externalId: id }));
    for (const answer of [
      (request: StubRequest) => lying(request, users, 0),
      (request: StubRequest) => beginningAgain(request, users),
      (request: StubRequest) => refusingBehind(request, users),
    ]) {
      const target = await providerOf((request) => (request.path === '/Users' ? answer(request) : page()));
      const listed: string[] = [];
      let pages = 0;
      for (let from: string | undefined; pages < 20; ) {
        const { accounts, next } = (await target.listAccounts?.(from)) ?? { accounts: [] };
        listed.push(...accounts.map(({ accountId }) => accountId));
        pages += 1;
        if (next === undefined) break;
        from = next;
      }
      expect(listed).toEqual(['u1', 'u2', 'u3', 'u4', 'u5']);
      expect(pages).toBeLessThan(6);
      await server?.stop();
    }
  });

  it('finds an account by its name though the filter finds nobody, without a word', async () => {
    const target = await providerOf(({ path, query }) => {
      if (path !== '/Users') return page();
      return query['filter'] === undefined
        ? page({ ...ADA, id: 'u7', userName: 'x', externalId: undefined }, ADA)
        : page();
    });
    expect(await target.findAccount({ identityId: 'E1', userName: ADA.userName })).toMatchObject({ accountId: 'u1' });
  });

  it('disables by id alone, in the other way to say it where the first is refused', async () => {
    const target = await providerOf(({ body }) =>
      JSON.stringify(body).includes('"path":"active"')
        ? { status: 400, body: { scimType: 'invalidPath' } }
        : { status: 204 },
    );
    const account = { accountId: 'u1', userName: '', enabled: true, grants: [], attributes: {} };
    await target.disableAccount?.(account);
    expect(server?.requests.at(-1)?.body).toMatchObject({ Operations: [{ op: 'replace', value: { active: false } }] });
  });

  it('deletes by id alone, though it cannot be told what is held', async () => {
    const target = await providerOf(({ method }) => (method === 'DELETE' ? { status: 204 } : { body: { value: [] } }));
    await target.deleteAccount?.({ accountId: 'u1', userName: '', enabled: false, grants: [], attributes: {} });
    expect(server?.requests.at(-1)).toMatchObject({ method: 'DELETE', path: '/Users/u1' });
  });

  function refs(memberOf: (id: string) => unknown) {
    return [...GROUPS, OTHERS].map((group) => ({
      ...group,
      members: group.members.map(({ value }) => memberOf(value)),
    }));
  }

  function hiding(shown: (group: Record<string, unknown>) => object): Provider {
    return { listed: (group) => without('members', group), shown };
  }

  function lying(
    { query }: StubRequest,
    all: readonly unknown[],
    total: number | string | undefined | 'page',
    cap = 2,
  ) {
    const from = Number(query['startIndex'] ?? 1) - 1;
    const Resources = all.slice(from, from + Math.min(cap, Number(query['count'] ?? cap)));
    return { body: { totalResults: total === 'page' ? Resources.length : total, Resources } };
  }

  /** Two pages with an empty one between them, which the RFC allows. */
  function byCursor({ query }: StubRequest, all: readonly unknown[]): StubAnswer {
    const pages = [all.slice(0, 1), [], all.slice(1)];
    const at = Number(query['cursor'] ?? 0);
    return { body: { Resources: pages[at], ...(at < 2 ? { nextCursor: String(at + 1) } : {}) } };
  }

  function refusingBehind(request: StubRequest, all: readonly unknown[]): StubAnswer {
    return Number(request.query['startIndex'] ?? 1) > all.length ? { status: 400 } : lying(request, all, all.length);
  }

  function beginningAgain(request: StubRequest, all: readonly unknown[]): StubAnswer {
    const startIndex = Number(request.query['startIndex'] ?? 1);
    const query = { ...request.query, startIndex: String(startIndex > all.length ? 1 : startIndex) };
    return lying({ ...request, query }, all, all.length);
  }
});

describe('an attribute that the provider does not let be changed', () => {
  const account = {
    accountId: 'u1',
    userName: 'old@example.com',
    enabled: true,
    grants: [],
    attributes: { title: 'Engineer' },
  };
  const profile = { ...KEY, kind: 'employee', displayName: 'Ada', title: 'Lead' } as const;
  const isAbout = (body: unknown, attribute: string) => JSON.stringify(body).includes(`"path":"${attribute}"`);

  it.each(['userName', 'displayName', 'externalId'])(
    'keeps none of the others from being changed: %s',
    async (refused) => {
      const target = await providerOf(({ body }) =>
        isAbout(body, refused) ? { status: 400, body: { scimType: 'mutability' } } : { status: 204 },
      );
      await expect(target.updateAccount?.(account, profile)).rejects.toThrow(
        `(mutability): ${refused} may not be changed`,
      );
      const done = server?.requests.filter(({ body }) => !isAbout(body, refused)).map(({ body }) => body) ?? [];
      const others = ['externalId', 'userName', 'displayName', 'title'].filter((name) => name !== refused);
      for (const name of others) expect(done.some((body) => isAbout(body, name))).toBe(true);
    },
  );

  it.each(['timezone', 'externalId'])('keeps no account from being created: %s', async (refused) => {
    const target = await providerOf(({ method, path, body }) => {
      if (method === 'POST') {
        const isRefused = JSON.stringify(body).includes(`"${refused}"`);
        return isRefused ? { status: 400, body: { scimType: 'invalidValue' } } : { status: 201, body: ADA };
      }
      return path === '/Users' ? page() : page(SALES, LEGAL);
    });
    expect(await target.createAccount({ ...profile, timeZone: 'Mars/Olympus' })).toMatchObject({ accountId: 'u1' });
  });

  it('is not sent where it is as it should be: whose the account is', async () => {
    const target = await providerOf(({ method, path }) => {
      if (method === 'PATCH') return { status: 204 };
      return path === '/Users' ? page(ADA) : page(SALES, LEGAL);
    });
    const found = await target.findAccount(KEY);
    if (found !== undefined) await target.updateAccount?.(found, profile);
    expect(JSON.stringify(server?.requests.at(-1)?.body)).not.toContain('externalId');
  });
});

describe('whose account it is', () => {
  it('is nobody’s when it is the one that Tenure itself uses', async () => {
    const own = { id: 'u0', userName: 'tenure', active: true };
    const target = await providerOf(({ path }) => {
      if (path === '/Me') return { body: own };
      return path === '/Users' ? page(own) : page();
    });
    await expect(target.findAccount({ identityId: 'tenure', userName: 'tenure' })).rejects.toBeInstanceOf(
      ConflictError,
    );
  });

  it('is never told by an id that differs in case', async () => {
    const target = await providerOf(({ path }) => (path === '/Users' ? page(ADA) : page()));
    await expect(target.findAccount({ ...KEY, identityId: 'e1' })).rejects.toBeInstanceOf(ConflictError);
  });

  it('is not told by what is no id but says that it is somebody’s', async () => {
    const target = await providerOf(({ path }) =>
      path === '/Users' ? page({ ...ADA, externalId: { of: 'E2' } }) : page(),
    );
    await expect(target.findAccount(KEY)).rejects.toBeInstanceOf(ConflictError);
  });
});

it.each([
  'http://crm.example.com/scim/v2',
  'https://u:p@crm.example.com/scim',
  'https://crm.example.com/scim?x=1',
  'ftp://x',
])('refuses %s as base URL', (baseUrl) => {
  expect(scim.settings.safeParse({ baseUrl }).success).toBe(false);
});
