// What SCIM providers get wrong, and how the connector stays right: the contract suite shows a provider that does well.
import { afterEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { scim } from '../../../lambdas/connectors/scim/scim.ts';
import { ConflictError, PermanentError } from '../../../lambdas/core/errors.ts';
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

it.each([
  'http://crm.example.com/scim/v2',
  'https://u:p@crm.example.com/scim',
  'https://crm.example.com/scim?x=1',
  'ftp://x',
])('refuses %s as base URL', (baseUrl) => {
  expect(scim.settings.safeParse({ baseUrl }).success).toBe(false);
});
