// Entra ID's connector over a strict stand-in for Microsoft Graph.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entraId } from '../../lambdas/connectors/entra-id.ts';
import { PermanentError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { APP, APP_ROLE, CLIENT_ID, CLIENT_SECRET, type Graph, SKU, startGraph, TENANT } from './servers/graph.ts';

const CALL_TIMEOUT_MS = 10_000;
const WRONG_SECRET = 'secret~of~somebody.else';
const MANAGED = ['licences', 'app-roles', 'authentication-methods', 'ownership'];
const PERMISSIONS = [
  'User.ReadWrite.All',
  'User.RevokeSessions.All',
  'GroupMember.ReadWrite.All',
  'LicenseAssignment.ReadWrite.All',
  'AppRoleAssignment.ReadWrite.All',
  'Application.Read.All',
  'UserAuthenticationMethod.ReadWrite.All',
  'Group.ReadWrite.All',
  'Application.ReadWrite.All',
  'Directory.Read.All',
];

function connect(url: string, settings: object = {}, clientSecret = CLIENT_SECRET, callTimeoutMs = CALL_TIMEOUT_MS) {
  const addresses = { graphUrl: `${url}/v1.0`, loginUrl: url };
  const all = { tenantId: TENANT, manage: MANAGED, domain: 'acme.example.com', usageLocation: 'DE', ...addresses };
  return entraId.connect({
    applicationId: 'entra',
    settings: entraId.settings.parse({ ...all, ...settings }),
    secret: { clientId: CLIENT_ID, clientSecret },
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: true,
  awkwardUserName: (identityId) => `o'brien#${identityId}!~^@example.com`,
  start: async (groups) => {
    const server = await startGraph(groups);
    server.grantPermissions(...PERMISSIONS);
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          proxy.url,
          smallPages ? { pageSize: 2 } : {},
          wrongCredentials ? WRONG_SECRET : CLIENT_SECRET,
          callTimeoutMs,
        ),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: '/v1.0/users' },
      secrets: [CLIENT_SECRET, WRONG_SECRET],
      countLeftovers: async (accountId) => server.countMemberships(accountId),
      signIn: async ({ accountId }) => {
        const token = server.signIn(accountId);
        return token === undefined ? undefined : { isAlive: async () => server.isAlive(token), close: async () => {} };
      },
      addCredential: async ({ accountId }) => {
        for (const type of ['phone', 'fido2', 'password'] as const) server.registerMethod(accountId, type);
      },
      addOwned: async ({ accountId }) => server.makeOwner(accountId),
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

describeContract('entra-id', harness);

describe('what is special about Entra ID', () => {
  const ada = { identityId: 'E1', kind: 'employee', userName: 'ada@example.com', displayName: 'Ada' } as const;
  let server: Graph;
  beforeAll(async () => {
    server = await startGraph(['Sales', 'sales']);
  });
  afterAll(() => server?.stop());

  it.each([`licence:${SKU}`, `app-role:${APP}/${APP_ROLE}`])('grants and revokes %s', async (grant) => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    for (let round = 0; round < 2; round += 1) await target.grant(account, grant);
    expect((await target.findAccount(ada))?.grants).toEqual([grant]);
    for (let round = 0; round < 2; round += 1) await target.revoke(account, grant);
    expect((await target.findAccount(ada))?.grants).toEqual([]);
  });

  it('says why a licence was refused', async () => {
    const target = await connect(server.url, { usageLocation: undefined });
    const account = await target.createAccount({ ...ada, identityId: 'E2', userName: 'bob@example.com' });
    await expect(target.grant(account, `licence:${SKU}`)).rejects.toThrow(/usageLocation/);
  });

  it('leaves dynamic groups to their rule', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    server.joinDynamicGroup(account.accountId);
    expect((await target.findAccount(ada))?.grants).toEqual([]);
  });

  it('tells groups apart whose names differ in case only, by id if need be', async () => {
    const byName = await connect(server.url);
    const account = await byName.createAccount(ada);
    await byName.grant(account, 'Sales');
    const byId = await connect(server.url, { groupsBy: 'id' });
    const [id = ''] = (await byId.findAccount(ada))?.grants ?? [];
    await byId.revoke(account, id);
    expect((await byName.findAccount(ada))?.grants).toEqual([]);
    await byId.grant(account, id);
    expect((await byName.findAccount(ada))?.grants).toEqual(['Sales']);
    await expect(byId.grant(account, 'Sales')).rejects.toBeInstanceOf(PermanentError);
  });

  it('hands over to nobody only where a custodian is named', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    server.makeOwner(account.accountId);
    await expect(target.transferOwnership?.(account, { account: undefined })).rejects.toThrow(/custodianId/);
    const custodian = await target.createAccount({ ...ada, identityId: 'E9', userName: 'custodian@example.com' });
    const named = await connect(server.url, { custodianId: custodian.accountId });
    await named.transferOwnership?.(account, { account: undefined });
    expect((await target.findAccount(ada))?.owns).toEqual([]);
  });

  it('says which permissions nobody has consented to', async () => {
    server.grantPermissions('User.ReadWrite.All', 'User.RevokeSessions.All');
    const target = await connect(server.url, { manage: ['licences'] });
    expect(await target.checkPrivileges?.()).toEqual([
      'The application permission GroupMember.ReadWrite.All',
      'The application permission LicenseAssignment.ReadWrite.All',
    ]);
  });

  it('refuses an identity whose id does not fit into employeeId', async () => {
    const target = await connect(server.url);
    const long = { ...ada, identityId: 'E'.repeat(17), userName: 'long@example.com' };
    await expect(target.createAccount(long)).rejects.toThrow(/16 characters/);
  });
});
