// SCIM against a second real server, which unlike SCIMMY keeps versions and leaves memberships behind.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/connector.ts';
import { scim } from '../../lambdas/connectors/scim.ts';
import { describeContract } from '../connectors/contract.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
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

function connect(server: Scim2Server, baseUrl: string): Target | Promise<Target> {
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
