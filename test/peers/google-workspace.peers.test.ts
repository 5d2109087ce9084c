// Google Workspace's connector over a strict stand-in, every request checked against Google's discovery documents.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { googleWorkspace } from '../../lambdas/connectors/google-workspace.ts';
import { ConflictError, RetryableError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { ADMINISTRATOR, CLIENT_EMAIL, type GoogleWorkspace, startGoogleWorkspace } from './servers/google-workspace.ts';

const CALL_TIMEOUT_MS = 10_000;
const KEY = newKey();
const OTHER_KEY = newKey();

function newKey() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function connect(url: string, settings: object = {}, { privateKey } = KEY, callTimeoutMs = CALL_TIMEOUT_MS) {
  return googleWorkspace.connect({
    applicationId: 'google',
    settings: googleWorkspace.settings.parse({
      apiUrl: url,
      loginUrl: url,
      domain: 'example.com',
      leaversOrgUnitPath: '/Leavers',
      ...settings,
    }),
    secret: { clientEmail: CLIENT_EMAIL, privateKey, administrator: ADMINISTRATOR },
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: true,
  omitsEmptyLists: 'Google leaves out every list that is empty',
  awkwardUserName: (identityId) => `o'brien_${identityId}.x-y@example.com`,
  grantName: (name) => `${name.toLowerCase().replaceAll(' ', '-')}@example.com`,
  awkwardGrant: "o'brien_1.x-y@example.com",
  start: async (groups) => {
    const server = await startGoogleWorkspace(groups, KEY.publicKey);
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        connect(proxy.url, smallPages ? { pageSize: 2 } : {}, wrongCredentials ? OTHER_KEY : KEY, callTimeoutMs),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: '/admin/directory/v1/users' },
      secrets: [KEY.privateKey, OTHER_KEY.privateKey],
      countLeftovers: async (accountId) => server.countMemberships(accountId),
      signIn: async ({ accountId }) => {
        const session = server.signIn(accountId);
        return session === undefined
          ? undefined
          : { isAlive: async () => server.isAlive(session), close: async () => {} };
      },
      addCredential: async ({ accountId }) => server.addCredentials(accountId),
      // Everybody has data from the first day on.
      addOwned: async () => {},
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

describeContract('google-workspace', harness);

describe('what is special about Google Workspace', () => {
  const ada = { identityId: 'E1', kind: 'employee', userName: 'ada@example.com', displayName: 'Ada' } as const;
  const bob = { ...ada, identityId: 'E2', userName: 'bob@example.com' } as const;
  let server: GoogleWorkspace;
  beforeAll(async () => {
    server = await startGoogleWorkspace([], KEY.publicKey);
  });
  afterAll(() => server?.stop());

  it('starts one transfer of everything, asks to come back until it is done, and then has nothing left to do', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    const heir = await target.createAccount(bob);
    server.holdTransfers(true);
    for (let round = 0; round < 2; round += 1) {
      const error = await target.transferOwnership?.(account, { account: heir }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RetryableError);
      expect((error as RetryableError).retryAfterMs).toBe(300_000);
    }
    expect(server.dataOf(account.accountId)).toHaveLength(3);
    server.holdTransfers(false);
    await target.transferOwnership?.(account, { account: heir });
    expect(server.dataOf(account.accountId)).toEqual([]);
    expect((await target.findAccount(ada))?.owns).toEqual([]);
    expect(server.calls.filter((call) => call.startsWith('POST /admin/datatransfer'))).toHaveLength(1);
  });

  it('hands over to the custodian where there is no successor', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount({ ...ada, identityId: 'E3', userName: 'eve@example.com' });
    await expect(target.transferOwnership?.(account, { account: undefined })).rejects.toThrow(/custodianId/);
    const heir = await target.createAccount(bob);
    const named = await connect(server.url, { custodianId: heir.accountId });
    await named.transferOwnership?.(account, { account: undefined });
    expect(server.dataOf(account.accountId)).toEqual([]);
  });

  it('never takes the administrator whom Tenure stands in for, for anybody’s account', async () => {
    const target = await connect(server.url);
    await target.createAccount({ ...ada, identityId: 'E8', userName: ADMINISTRATOR }).catch(() => {});
    const key = { identityId: 'E9', userName: ADMINISTRATOR };
    await expect(target.findAccount(key)).rejects.toBeInstanceOf(ConflictError);
    await expect(target.findAccount(key)).rejects.toThrow(/Tenure's own/);
  });

  it('does not take an alias for a name', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(bob);
    server.addAlias(account.accountId, 'robert@example.com');
    const robert = { identityId: 'E4', userName: 'robert@example.com' };
    expect(await target.findAccount(robert)).toBeUndefined();
  });

  it('declares neither archive nor handover where the settings know of none', async () => {
    const target = await connect(server.url, { leaversOrgUnitPath: undefined, transferData: false });
    expect(target.archiveAccount).toBeUndefined();
    expect(target.transferOwnership).toBeUndefined();
    const found = await target.findAccount(bob);
    expect(found).not.toHaveProperty('owns');
    expect(found).not.toHaveProperty('archived');
  });

  it('waits when a quota is used up, which Google says with 403', async () => {
    const proxy = await startFaultProxy(server.url);
    const body = { error: { code: 403, errors: [{ reason: 'userRateLimitExceeded' }] } };
    proxy.faults.add({ kind: 'status', status: 403, retryAfterSeconds: 60, body, match: { pathPrefix: '/admin/' } });
    const target = await connect(proxy.url, { transferData: false });
    const error = await target.findAccount(ada).catch((reason: unknown) => reason);
    await proxy.stop();
    expect(error).toBeInstanceOf(RetryableError);
    expect((error as RetryableError).retryAfterMs).toBe(60_000);
  });

  it('says that scopes are not delegated', async () => {
    server.delegate(['https://www.googleapis.com/auth/admin.directory.user']);
    const target = await connect(server.url);
    expect(await target.checkPrivileges?.()).toEqual([expect.stringContaining('delegation')]);
  });
});
