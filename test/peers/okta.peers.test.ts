// Okta's connector over the emulation, every request checked against Okta's published description.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { okta } from '../../lambdas/connectors/okta.ts';
import { RetryableError } from '../../lambdas/core/errors.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { startStubServer } from '../support/stub-server.ts';
import { OKTA_TOKEN, type Okta, startOkta } from './servers/okta.ts';

const CALL_TIMEOUT_MS = 10_000;
const WRONG_TOKEN = '00Tenure_token-of-somebody-else-entirely';

function connect(baseUrl: string, settings: object = {}, token = OKTA_TOKEN, callTimeoutMs = CALL_TIMEOUT_MS) {
  return okta.connect({
    applicationId: 'okta',
    settings: okta.settings.parse({ baseUrl, ...settings }),
    secret: { token },
    callTimeoutMs,
  });
}

const harness: Harness = {
  findsByIdentity: true,
  start: async (groups) => {
    const server = await startOkta(groups);
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          proxy.url,
          smallPages ? { pageSize: 2 } : {},
          wrongCredentials ? WRONG_TOKEN : OKTA_TOKEN,
          callTimeoutMs,
        ),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: '/api/v1/users?' },
      secrets: [OKTA_TOKEN, WRONG_TOKEN],
      countLeftovers: (accountId) => server.countMemberships(accountId, 'Sales'),
      signIn: async ({ accountId }) => {
        const session = await server.signIn(accountId);
        return session === undefined
          ? undefined
          : { isAlive: async () => server.isAlive(session), close: async () => {} };
      },
      addCredential: async ({ accountId }) => {
        for (let factor = 0; factor < 2; factor += 1) server.enrolFactor(accountId);
      },
      stop: async () => {
        await proxy.stop();
        await server.stop();
      },
    };
  },
};

describeContract('okta', harness);

describe('what is special about Okta', () => {
  const ada = { identityId: 'E1', kind: 'employee', userName: 'ada@example.com', displayName: 'Ada' } as const;
  let server: Okta;
  beforeAll(async () => {
    server = await startOkta(['Sales']);
  });
  afterAll(() => server?.stop());

  it('deactivates whom Okta does not let it suspend, and activates them again', async () => {
    const target = await connect(server.url);
    const account = await target.createAccount(ada);
    await server.setStatus(account.accountId, 'reactivate');
    await target.disableAccount?.(account);
    expect(server.calls).toContain('POST /api/v1/users/{userId}/lifecycle/deactivate');
    expect(await target.findAccount({ ...ada, accountId: account.accountId })).toMatchObject({ enabled: false });
    await target.enableAccount?.(account);
    expect(await target.findAccount({ ...ada, accountId: account.accountId })).toMatchObject({ enabled: true });
  });

  it('never takes the user whose token it is for anybody’s account', async () => {
    const target = await connect(server.url);
    const key = { identityId: 'E7', userName: 'testuser@okta.local' };
    await expect(target.findAccount(key)).rejects.toThrow(/Tenure's own/);
  });

  it('adopts a user that carries no employee number, and claims it', async () => {
    const target = await connect(server.url);
    const bob = { ...ada, identityId: 'E2', userName: 'bob@example.com' };
    const profile = { login: bob.userName, email: bob.userName, firstName: 'Bob', lastName: 'Byron' };
    await fetch(`${server.url}/api/v1/users?activate=true`, {
      method: 'POST',
      headers: { authorization: `SSWS ${OKTA_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ profile }),
    });
    const found = await target.findAccount(bob);
    if (found === undefined) throw new Error('the user who was there before is not found');
    expect(found.grants).toEqual([]);
    await target.updateAccount?.(found, bob);
    await expect(target.findAccount({ ...bob, identityId: 'E3' })).rejects.toThrow(/another identity/);
  });
});

it('waits for the next window when the rate limit is used up', async () => {
  const reset = String(Math.ceil(Date.now() / 1000) + 60);
  const stub = await startStubServer(() => ({ status: 429, headers: { 'x-rate-limit-reset': reset }, body: {} }));
  const target = await connect(stub.url);
  const error = await target.findAccount({ identityId: 'E1', userName: 'ada' }).catch((reason: unknown) => reason);
  await stub.stop();
  expect(error).toBeInstanceOf(RetryableError);
  expect((error as RetryableError).retryAfterMs).toBeGreaterThan(50_000);
});

it('refuses the address of the admin console', () => {
  expect(okta.settings.safeParse({ baseUrl: 'https://acme-admin.okta.com' }).success).toBe(false);
});
