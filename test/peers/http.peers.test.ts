// The `http` connector with nothing but a description (directus/application.yaml), against Directus: the contract, and
// what is true of an application whose tokens cannot be taken back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ObservedAccount, Target } from '../../lambdas/connectors/connector.ts';
import { http } from '../../lambdas/connectors/http.ts';
import type { HttpSettings } from '../../lambdas/connectors/http-description.ts';
import { describeContract, type Harness } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type Directus, startDirectus } from './servers/directus.ts';

const CALL_TIMEOUT_MS = 10_000;
/** Directus' ACCESS_TOKEN_TTL here, and so the residual window the settings declare. */
const RESIDUAL_SECONDS = 4;

function settingsOf(url: string, changes: object = {}): HttpSettings {
  const { settings } = parse(readFileSync(join(import.meta.dirname, 'directus', 'application.yaml'), 'utf8'));
  const residualWindow = { ...settings.residualWindow, seconds: RESIDUAL_SECONDS };
  return http.settings.parse({ ...settings, baseUrl: url, residualWindow, ...changes });
}

const harness: Harness = {
  findsByIdentity: true,
  userName: (identityId) => `${identityId.toLowerCase()}@example.com`,
  // What Directus takes for an e-mail address.
  awkwardUserName: (identityId) => `o'brien+${identityId.toLowerCase()}/!#$%&?@example.com`,
  start: async (grants) => {
    const directus = await startDirectus(grants, RESIDUAL_SECONDS);
    const proxy = await startFaultProxy(directus.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        http.connect({
          applicationId: 'content',
          settings: settingsOf(proxy.url, smallPages ? { pageSize: 2 } : {}),
          secret: { token: wrongCredentials ? 'token-of-nobody' : directus.token },
          callTimeoutMs,
        }),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      createCall: { method: 'POST', pathPrefix: '/users' },
      secrets: [directus.token, 'token-of-nobody'],
      countLeftovers: async (accountId) => {
        const path = `/access?filter[user][_eq]=${accountId}`;
        return ((await directus.administer('GET', path)) as { data: unknown[] }).data.length;
      },
      signIn: async (account) => {
        const tokens = await signIn(directus, account);
        if (tokens === undefined) return undefined;
        return { isAlive: () => answers(directus, tokens.access_token), close: async () => {} };
      },
      residualSeconds: RESIDUAL_SECONDS,
      stop: async () => {
        await proxy.stop();
        await directus.stop();
      },
    };
  },
};

describeContract('http', harness);

describe('http, where tokens outlive the account', () => {
  let directus: Directus;
  let target: Target;
  beforeAll(async () => {
    directus = await startDirectus(['Editor'], RESIDUAL_SECONDS);
    target = await connect(directus);
  });
  afterAll(() => directus?.stop());

  it('refuses to sign in or to refresh at once; a token already issued answers for as long as was declared', async () => {
    const settings = settingsOf(directus.url);
    expect(http.residualWindow?.(settings)).toEqual({
      seconds: RESIDUAL_SECONDS,
      what: 'access tokens already issued',
    });
    const account = await target.createAccount(profileOf('E1'));
    const tokens = await signIn(directus, account);
    if (tokens === undefined) throw new Error('the sign-in was refused');
    const issuedMs = performance.now();
    await target.disableAccount?.(account);
    expect(await signIn(directus, account)).toBeUndefined();
    const refreshed = await post(directus, '/auth/refresh', { refresh_token: tokens.refresh_token, mode: 'json' });
    expect(refreshed.status).toBe(401);
    expect(await answers(directus, tokens.access_token)).toBe(true);
    // `exp` is in whole seconds.
    const leftMs = (RESIDUAL_SECONDS + 1) * 1000 - (performance.now() - issuedMs);
    await new Promise((resolve) => setTimeout(resolve, leftMs));
    expect(await answers(directus, tokens.access_token)).toBe(false);
  });

  it('takes a static token with the account, for good', async () => {
    const account = await target.createAccount(profileOf('E2'));
    await directus.administer('PATCH', `/users/${account.accountId}`, { token: 'static-token-of-ada' });
    expect(await answers(directus, 'static-token-of-ada')).toBe(true);
    await target.disableAccount?.(account);
    expect(await answers(directus, 'static-token-of-ada')).toBe(false);
    await target.enableAccount?.(account);
    expect(await answers(directus, 'static-token-of-ada')).toBe(false);
  });

  it('revokes a grant that is held twice', async () => {
    const account = await target.createAccount(profileOf('E3'));
    const policies = (await directus.administer('GET', '/policies?filter[name][_eq]=Editor')) as {
      data: { id: string }[];
    };
    const access = { user: account.accountId, policy: policies.data[0]?.id };
    for (let times = 0; times < 2; times += 1) await directus.administer('POST', '/access', access);
    await target.revoke(account, 'Editor');
    expect((await target.findAccount(profileOf('E3')))?.grants).toEqual([]);
    const left = await directus.administer('GET', `/access?filter[user][_eq]=${account.accountId}`);
    expect(left).toEqual({ data: [] });
  });

  it('adopts an account that no identity has claimed, and claims it', async () => {
    await directus.administer('POST', '/users', { email: 'e4@example.com', first_name: 'Augusta' });
    const account = await target.createAccount(profileOf('E4'));
    expect(account.attributes.givenName).toBe('Augusta');
    await target.updateAccount?.(account, profileOf('E4'));
    const renamed = await target.findAccount({ identityId: 'E4', userName: 'renamed@example.com' });
    expect(renamed).toMatchObject({ accountId: account.accountId, attributes: { givenName: 'Ada' } });
  });

  it('tells the last use', async () => {
    const account = await target.createAccount(profileOf('E5'));
    expect(account.lastActiveMs).toBeUndefined();
    await signIn(directus, account);
    const after = await target.findAccount(profileOf('E5'));
    expect(Math.abs((after?.lastActiveMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('says what the token it was given lacks', async () => {
    expect(await target.checkPrivileges?.()).toEqual([]);
    await directus.withoutPermission('directus_access', 'delete');
    expect(await (await connect(directus)).checkPrivileges?.()).toEqual(['may not detach policies']);
  });
});

function connect(directus: Directus): Target | Promise<Target> {
  const secret = { token: directus.token };
  const settings = settingsOf(directus.url);
  return http.connect({ applicationId: 'content', settings, secret, callTimeoutMs: CALL_TIMEOUT_MS });
}

function profileOf(identityId: string) {
  const userName = `${identityId.toLowerCase()}@example.com`;
  return {
    identityId,
    kind: 'employee',
    userName,
    displayName: 'Ada King',
    givenName: 'Ada',
    familyName: 'King',
  } as const;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** The password is set first: an account of Tenure's has one that nobody knows. */
async function signIn(directus: Directus, { accountId, userName }: ObservedAccount): Promise<Tokens | undefined> {
  const password = 'Password of Ada 1!';
  await directus.administer('PATCH', `/users/${accountId}`, { password });
  const response = await post(directus, '/auth/login', { email: userName, password });
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`signing in answered ${response.status}`);
  return ((await response.json()) as { data: Tokens }).data;
}

function post(directus: Directus, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(directus.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function answers(directus: Directus, token: string): Promise<boolean> {
  const response = await fetch(`${directus.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
  return response.ok;
}
