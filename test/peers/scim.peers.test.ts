// SCIM against a second real server, which unlike SCIMMY keeps versions and leaves memberships behind; and how few
// requests a leaver's groups take, with both.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { scim } from '../../lambdas/connectors/scim/scim.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { describeContract } from '../connectors/contract.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { startScimServer } from '../support/scim-server.ts';
import { CALL_TIMEOUT_MS, scim2Harness } from './harnesses/scim.ts';
import { type Scim2Server, startScim2Server } from './servers/scim2.ts';

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

describeContract('scim (scim2-server)', scim2Harness);

describe('scim, where the provider keeps versions', () => {
  let server: Scim2Server;
  let proxy: FaultProxy;
  let target: Target;
  beforeAll(async () => {
    server = await startScim2Server(['Sales']);
    proxy = await startFaultProxy(new URL(server.baseUrl).origin);
    target = await connect(server, `${proxy.url}/v2`);
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  it('reads again what somebody else has changed, and updates that', async () => {
    const account = await target.createAccount(profileOf('E1'));
    await retitle(server, account.accountId, 'Countess');
    // As far as was read, only the display name differs.
    await target.updateAccount?.(account, { ...profileOf('E1'), displayName: 'Ada King' });
    expect((await target.findAccount(profileOf('E1')))?.attributes).toMatchObject({
      displayName: 'Ada King',
      title: 'Engineer',
    });
  });

  it('gives up after three attempts, to be tried again later', async () => {
    const account = await target.createAccount(profileOf('E2'));
    proxy.faults.add({ kind: 'status', status: 412, match: { method: 'PATCH' } });
    const update = target.updateAccount?.(account, { ...profileOf('E2'), displayName: 'Ada King' });
    await expect(update).rejects.toThrow(/412/);
    await expect(update).rejects.toMatchObject({ name: 'RetryableError' });
    proxy.faults.clear();
  });

  it('cuts off whatever somebody else is changing', async () => {
    const account = await target.createAccount(profileOf('E3'));
    await retitle(server, account.accountId, 'Countess');
    await target.disableAccount?.(account);
    expect(await target.findAccount(profileOf('E3'))).toMatchObject({ enabled: false });
  });

  it('says what a token may not do', async () => {
    expect(await target.checkPrivileges?.()).toEqual([]);
    const settings = scim.settings.parse({ baseUrl: server.baseUrl });
    const connection = { applicationId: 'crm', settings, secret: { token: 'nobody' }, callTimeoutMs: CALL_TIMEOUT_MS };
    const lacking = await (await scim.connect(connection)).checkPrivileges?.();
    expect(lacking).toMatchObject([/may not read \/Users/, /may not read \/Groups/, /may not change/].map(matching));
    proxy.faults.add({ kind: 'status', status: 403, match: { method: 'PATCH' } });
    expect(await target.checkPrivileges?.()).toMatchObject([matching(/may not change \/Users/)]);
    proxy.faults.clear();
  });

  it('does not declare what the provider documents that it cannot do', async () => {
    const settings = scim.settings.parse({ baseUrl: server.baseUrl, provider: 'github' });
    const secret = { token: server.token };
    const github = await scim.connect({ applicationId: 'code', settings, secret, callTimeoutMs: CALL_TIMEOUT_MS });
    expect(github.deleteAccount).toBeUndefined();
    expect(target.deleteAccount).toBeDefined();
    expect(scim.limitsOf?.(settings)).toMatchObject([matching(/GitHub/)]);
  });
});

const GROUPS = ['Group 1', 'Group 2', 'Group 3', 'Group 4', 'Group 5'];
const BULK = { supported: true, maxOperations: 1_000, maxPayloadSize: 1_048_576 };

interface Provider {
  readonly baseUrl: string;
  readonly token: string;
  stop(): Promise<void>;
}

async function startScimmy(): Promise<Provider> {
  const token = 'token-of-the-crm';
  const { baseUrls, stop } = await startScimServer({ crm: { token, groups: GROUPS } });
  return { baseUrl: baseUrls['crm'] ?? '', token, stop };
}

describe.each<[string, () => Promise<Provider>, readonly string[]]>([
  ['SCIMMY', startScimmy, ['GET /ServiceProviderConfig', 'POST /Bulk']],
  ['scim2-server', () => startScim2Server(GROUPS), ['GET /ServiceProviderConfig', 'POST /Bulk']],
  [
    'scim2-server, which takes two operations',
    () => startScim2Server(GROUPS, { bulk: { ...BULK, maxOperations: 2 } }),
    ['GET /ServiceProviderConfig', 'POST /Bulk', 'POST /Bulk', 'POST /Bulk'],
  ],
  [
    'scim2-server, which takes a kilobyte',
    () => startScim2Server(GROUPS, { bulk: { ...BULK, maxPayloadSize: 1_024 } }),
    ['GET /ServiceProviderConfig', 'POST /Bulk', 'POST /Bulk'],
  ],
  [
    'scim2-server without Bulk',
    () => startScim2Server(GROUPS, { bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 } }),
    ['GET /ServiceProviderConfig', ...GROUPS.map(() => 'PATCH /Groups')],
  ],
])('a leaver who holds five groups in %s', (_, start, requests) => {
  let server: Provider;
  let proxy: FaultProxy;
  let target: Target;
  let leavers = 0;
  const seen: string[] = [];
  beforeAll(async () => {
    server = await start();
    const { origin, pathname } = new URL(server.baseUrl);
    proxy = await startFaultProxy(origin, ({ method, url = '' }) => {
      const [, resource] = url.slice(pathname.length).split(/[/?]/);
      seen.push(`${method} /${resource}`);
      return `/${resource}`;
    });
    target = await connect(server, proxy.url + pathname);
  });
  afterEach(() => proxy.faults.clear());
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  /** Through a connection of its own, as each convergence has. */
  async function leaver() {
    leavers += 1;
    const profile = profileOf(`L${leavers}`);
    const created = await target.createAccount(profile);
    for (const grant of GROUPS) await target.grant(created, grant);
    const own = await connect(server, proxy.url + new URL(server.baseUrl).pathname);
    const account = await own.findAccount(profile);
    if (account === undefined) throw new Error('the account is not found any more');
    expect(account.grants).toEqual(GROUPS);
    seen.length = 0;
    return { own, account, grantsNow: async () => (await own.findAccount(profile))?.grants };
  }

  it('loses all of them in as few requests as it allows', async () => {
    const { own, account, grantsNow } = await leaver();
    await takeBack(own, account);
    expect(seen).toEqual(requests);
    expect(await grantsNow()).toEqual([]);
  });

  it('loses them though every Bulk is refused, which is then not tried again', async () => {
    const { own, account, grantsNow } = await leaver();
    proxy.faults.add({ kind: 'status', status: 501, match: { pathPrefix: '/Bulk' } });
    await takeBack(own, account);
    await takeBack(own, account);
    expect(seen.filter((request) => request === 'POST /Bulk').length).toBe(requests.includes('POST /Bulk') ? 1 : 0);
    expect(await grantsNow()).toEqual([]);
  });

  it('loses them though an answer to Bulk is lost', async () => {
    const { own, account, grantsNow } = await leaver();
    proxy.faults.add({ kind: 'applied-then-reset', times: 1, match: { pathPrefix: '/Bulk' } });
    await takeBack(own, account);
    expect(await grantsNow()).toEqual([]);
  });

  it('loses the others where one of the groups is gone meanwhile', async () => {
    const { own, account, grantsNow } = await leaver();
    await deleteGroup(server, 'Group 3');
    await takeBack(own, account);
    expect(await grantsNow()).toEqual([]);
  });
});

/** As core/access/step-batches.ts and convergence.ts do: together first, what is left one by one. */
async function takeBack(target: Target, account: ObservedAccount): Promise<void> {
  const gone = (await target.revokeAll?.(account, account.grants)) ?? [];
  for (const grant of account.grants) if (!gone.includes(grant)) await target.revoke(account, grant);
}

/** Past the connector. */
async function deleteGroup({ baseUrl, token }: Provider, name: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const filter = encodeURIComponent(`displayName eq "${name}"`);
  const found = await fetch(`${baseUrl}/Groups?filter=${filter}`, { headers });
  const { Resources } = (await found.json()) as { Resources: readonly { readonly id: string }[] };
  const deleted = await fetch(`${baseUrl}/Groups/${Resources[0]?.id}`, { method: 'DELETE', headers });
  expect(deleted.status).toBe(204);
}

function connect(server: Pick<Provider, 'token'>, baseUrl: string): Target | Promise<Target> {
  const settings = scim.settings.parse({ baseUrl });
  const secret = { token: server.token };
  return scim.connect({ applicationId: 'crm', settings, secret, callTimeoutMs: CALL_TIMEOUT_MS });
}

function profileOf(identityId: string) {
  const userName = `${identityId}@example.com`;
  return { identityId, kind: 'employee', userName, displayName: 'Ada', title: 'Engineer' } as const;
}

/** Somebody else's change, which gives the account a new version. */
async function retitle(server: Scim2Server, accountId: string, title: string): Promise<void> {
  const Operations = [{ op: 'replace', path: 'title', value: title }];
  await server.call('PATCH', `/Users/${accountId}`, { schemas: [PATCH], Operations });
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
