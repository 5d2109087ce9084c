// A realm of a real Keycloak: what a leaver's sign-ins, sessions, offline tokens and access tokens are still good for.
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import { keycloak } from '../../lambdas/connectors/keycloak.ts';
import { ConflictError } from '../../lambdas/core/errors.ts';
import { describeContract } from '../connectors/contract.ts';
import {
  administratorOf,
  canRefresh,
  connect,
  isVerified,
  isWelcome,
  keycloakHarness,
  keysOf,
  logIn,
  newRealm,
  ROLES,
  server,
  startServer,
  stopServer,
} from './harnesses/keycloak.ts';

beforeAll(startServer);
afterAll(stopServer);

describeContract('keycloak', keycloakHarness);

describe('keycloak beyond the contract', () => {
  const realm = 'beyond';
  let target: Target;
  let administrator: () => Promise<KeycloakAdminClient>;
  let counter = 0;
  beforeAll(async () => {
    await newRealm(realm);
    target = await connect(realm, server.url);
    administrator = () => administratorOf(realm);
  });

  async function newAccount() {
    counter += 1;
    const userName = `ada-${counter}@example.com`;
    const profile = {
      identityId: `E${counter}`,
      kind: 'employee',
      userName,
      displayName: 'Ada Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      email: userName,
    } as const;
    const account = await target.createAccount(profile);
    return { profile, account, find: () => target.findAccount(profile) };
  }

  it('ends sessions and offline tokens, of which disabling alone ends none: they are back when enabled', async () => {
    const { account, find } = await newAccount();
    const [session, offline] = [await logIn(realm, account), await logIn(realm, account, 'openid offline_access')];
    if (session === undefined || offline === undefined) throw new Error('refused');
    expect((await find())?.openSessions).toBe(2);
    expect((await find())?.lastActiveMs).toBeGreaterThan(Date.now() - 60_000);
    await target.disableAccount?.(account);
    expect(await canRefresh(realm, session)).toBe(false);
    expect((await find())?.openSessions).toBe(2);
    await target.enableAccount?.(account);
    expect(await canRefresh(realm, session)).toBe(true);
    await target.endSessions?.(account);
    expect((await find())?.openSessions).toBe(0);
    for (const tokens of [session, offline]) {
      expect(await isWelcome(realm, tokens)).toBe(false);
      expect(await canRefresh(realm, tokens)).toBe(false);
    }
    expect(await logIn(realm, account)).toBeDefined();
  });

  it('declares how long an access token outlives everything, where it is verified by its signature alone', async () => {
    const { account } = await newAccount();
    const tokens = await logIn(realm, account);
    if (tokens === undefined) throw new Error('refused');
    await target.disableAccount?.(account);
    await target.endSessions?.(account);
    expect(await isWelcome(realm, tokens)).toBe(false);
    const keys = keysOf(realm);
    expect(await isVerified(tokens, keys)).toBe(true);
    const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token);
    const declared = keycloak.residualWindow?.(keycloak.settings.parse({ baseUrl: server.url, realm }));
    expect(declared?.seconds).toBe(exp - iat);
    expect(await isVerified(tokens, keys, (exp + 1) * 1_000)).toBe(false);
  });

  it('tells when a password was set, so that a new one is known for new though it keeps its id', async () => {
    const { account, find } = await newAccount();
    const { users } = await administrator();
    const set = async (value: string) => {
      await users.resetPassword({ id: account.accountId, credential: { type: 'password', value, temporary: false } });
      return (await find())?.credentials?.find(({ kind }) => kind === 'password');
    };
    const first = await set('first password, 12345');
    const second = await set('second password, 12345');
    expect(Math.abs((first?.setMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(second?.setMs ?? 0).toBeGreaterThan(first?.setMs ?? 0);
  });

  it('never takes the service account of a client, its own among them, for anybody’s account', async () => {
    for (const clientId of ['tenure', 'realm-management']) {
      const userName = `service-account-${clientId}`;
      const found = await target.findAccount({ identityId: userName, userName }).catch((error: unknown) => error);
      expect(found === undefined || found instanceof ConflictError).toBe(true);
    }
  });

  it('keeps what others have written on a user', async () => {
    const { profile, account } = await newAccount();
    const { users } = await administrator();
    await users.update({ id: account.accountId }, { requiredActions: ['UPDATE_PASSWORD'] });
    await target.disableAccount?.(account);
    await target.updateAccount?.(account, { ...profile, familyName: 'King' });
    const after = await users.findOne({ id: account.accountId });
    expect(after).toMatchObject({ enabled: false, lastName: 'King', requiredActions: ['UPDATE_PASSWORD'] });
    expect(after?.attributes).toEqual({ tenureIdentity: [profile.identityId] });
  });

  it('grants a group inside a group by its path', async () => {
    const { account, find } = await newAccount();
    const { groups } = await administrator();
    for (const name of ['Sales', 'Support']) {
      const { id } = await groups.create({ name });
      await groups.createChildGroup({ id }, { name: 'EMEA' });
    }
    await target.grant(account, 'Support/EMEA');
    expect((await find())?.grants).toEqual(['Support/EMEA']);
    await expect(target.grant(account, 'EMEA')).rejects.toThrow('no group "EMEA"');
    await target.revoke(account, 'Sales/EMEA');
    expect((await find())?.grants).toEqual(['Support/EMEA']);
    await target.revoke(account, 'Support/EMEA');
    expect((await find())?.grants).toEqual([]);
  });

  it('adopts a user without an identity, and from then on it is nobody else’s', async () => {
    const { users } = await administrator();
    const { id } = await users.create({ username: 'legacy', enabled: true });
    const profile = { identityId: 'E900', kind: 'employee', userName: 'legacy', displayName: '' } as const;
    expect(await target.createAccount(profile)).toMatchObject({ accountId: id });
    await expect(target.findAccount({ identityId: 'E901', userName: 'legacy' })).rejects.toThrow('another identity');
  });

  it('names the privileges that are lacking, and a token life that is longer than declared', async () => {
    await newRealm('lacking', ['view-users', 'view-realm']);
    const lacking = await connect('lacking', server.url, { accessTokenSeconds: 60 });
    expect(await lacking.checkPrivileges?.()).toEqual([
      'the realm-management role manage-users',
      'accessTokenSeconds: 300, since access tokens of the realm live that long',
    ]);
  });

  it('refuses a realm that drops the identity’s id, and says what is missing', async () => {
    await newRealm('undeclared', ROLES, false);
    const undeclared = await connect('undeclared', server.url);
    const profile = { identityId: 'E1', kind: 'employee', userName: 'ada', displayName: 'Ada' } as const;
    for (let round = 0; round < 2; round += 1) {
      await expect(undeclared.createAccount(profile)).rejects.toThrow('drops the attribute tenureIdentity');
    }
    expect(await undeclared.checkPrivileges?.()).toEqual(["the attribute tenureIdentity in the realm's user profile"]);
  });

  it('takes a realm that is not there for a wrong setting, never for a user who is gone', async () => {
    const nowhere = await connect('nowhere', server.url);
    await expect(nowhere.findAccount({ identityId: 'E1', userName: 'ada' })).rejects.toThrow(
      'are baseUrl and realm right',
    );
  });
});
