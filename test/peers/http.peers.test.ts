// The `http` connector with nothing but a description (directus/application.yaml), against Directus: the contract, and
// what is true of an application whose tokens cannot be taken back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { http } from '../../lambdas/connectors/http/http.ts';
import { describeContract } from '../connectors/contract.ts';
import { answers, CALL_TIMEOUT_MS, httpHarness, post, RESIDUAL_SECONDS, settingsOf, signIn } from './harnesses/http.ts';
import { type Directus, startDirectus } from './servers/directus.ts';

describeContract('http', httpHarness);

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
