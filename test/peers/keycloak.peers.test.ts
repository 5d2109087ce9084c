// A realm of a real Keycloak: what a leaver's sign-ins, sessions, offline tokens and access tokens are still good for.
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObservedAccount, Target } from '../../lambdas/connectors/connector.ts';
import { keycloak } from '../../lambdas/connectors/keycloak.ts';
import { describeContract, type Harness, type Session } from '../connectors/contract.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { type Keycloak, startKeycloak } from './servers/keycloak.ts';

const CLIENT_SECRET = 'secret-of-tenures-client';
const PASSWORD = 'password-of-ada';
const ROLES = ['manage-users', 'view-users', 'query-groups', 'view-realm'];

let server: Keycloak;
beforeAll(async () => {
  server = await startKeycloak();
});
afterAll(() => server?.stop());

/** A realm whose user profile holds the identity's id and lets names have any character. */
async function newRealm(realm: string, roles: readonly string[] = ROLES, declaresAttribute = true): Promise<void> {
  const administrator = await server.administrator();
  await administrator.realms.create({ realm, enabled: true });
  administrator.setConfig({ realmName: realm });
  if (declaresAttribute) {
    const onlyAdministrators = { view: ['admin'], edit: ['admin'] };
    const names = ['username', 'email', 'firstName', 'lastName', 'tenureIdentity'];
    const attributes = names.map((name) => ({
      name,
      permissions: name === 'tenureIdentity' ? onlyAdministrators : { view: ['admin', 'user'], edit: ['admin'] },
    }));
    await administrator.users.updateProfile({ attributes });
  }
  await administrator.clients.create({ clientId: 'crm', publicClient: true, directAccessGrantsEnabled: true });
  const { id } = await administrator.clients.create({
    clientId: 'tenure',
    secret: CLIENT_SECRET,
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
  });
  const robot = await administrator.clients.getServiceAccountUser({ id });
  const [management] = await administrator.clients.find({ clientId: 'realm-management' });
  const known = await administrator.clients.listRoles({ id: management?.id ?? '' });
  await administrator.users.addClientRoleMappings({
    id: robot.id ?? '',
    clientUniqueId: management?.id ?? '',
    roles: known.flatMap(({ id, name }) => (id && name && roles.includes(name) ? [{ id, name }] : [])),
  });
}

async function administratorOf(realm: string): Promise<KeycloakAdminClient> {
  const administrator = await server.administrator();
  administrator.setConfig({ realmName: realm });
  return administrator;
}

function connect(
  realm: string,
  baseUrl: string,
  settings: object = {},
  clientSecret = CLIENT_SECRET,
  callTimeoutMs = 10_000,
) {
  return keycloak.connect({
    applicationId: 'login',
    settings: keycloak.settings.parse({ baseUrl, realm, ...settings }),
    secret: { clientSecret },
    callTimeoutMs,
  });
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function tokenOf(realm: string, parameters: Readonly<Record<string, string>>): Promise<Tokens | undefined> {
  const answer = await fetch(`${server.url}/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'crm', ...parameters }),
  });
  if (answer.status >= 500) throw new Error(`Keycloak answered ${answer.status}`);
  return answer.ok ? ((await answer.json()) as Tokens) : undefined;
}

async function logIn(realm: string, { accountId, userName }: ObservedAccount, scope = 'openid') {
  const credential = { type: 'password', value: PASSWORD, temporary: false };
  await (await administratorOf(realm)).users.resetPassword({ id: accountId, credential });
  return tokenOf(realm, { grant_type: 'password', username: userName, password: PASSWORD, scope });
}

async function isWelcome(realm: string, { access_token }: Tokens): Promise<boolean> {
  const url = `${server.url}/realms/${realm}/protocol/openid-connect/userinfo`;
  return (await fetch(url, { headers: { authorization: `Bearer ${access_token}` } })).ok;
}

async function canRefresh(realm: string, { refresh_token }: Tokens): Promise<boolean> {
  return (await tokenOf(realm, { grant_type: 'refresh_token', refresh_token })) !== undefined;
}

const harness: Harness = {
  findsByIdentity: true,
  userName: (identityId) => `ada-${identityId}@example.com`.toLowerCase(),
  email: (identityId) => `ada-${identityId}@example.com`.toLowerCase(),
  awkwardUserName: (identityId) => `o'brien+${identityId}"\\*)(ö@example.com`.toLowerCase(),
  start: async (groups) => {
    const realm = 'contract';
    await newRealm(realm);
    const administrator = await administratorOf(realm);
    for (const name of groups) await administrator.groups.create({ name });
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          realm,
          proxy.url,
          smallPages ? { pageSize: 2 } : {},
          wrongCredentials ? 'not-the-secret' : CLIENT_SECRET,
          callTimeoutMs,
        ),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      createCall: { method: 'POST', pathPrefix: `/admin/realms/${realm}/users` },
      secrets: [CLIENT_SECRET, 'not-the-secret'],
      signIn: async (account): Promise<Session | undefined> => {
        const tokens = await logIn(realm, account);
        const isAlive = async () => tokens !== undefined && (await isWelcome(realm, tokens));
        return tokens && { isAlive, close: async () => {} };
      },
      addCredential: ({ accountId }) => addCredentials(realm, accountId),
      stop: proxy.stop,
    };
  },
};

async function addCredentials(realm: string, id: string): Promise<void> {
  const { users } = await administratorOf(realm);
  await users.resetPassword({ id, credential: { type: 'password', value: PASSWORD, temporary: false } });
  const credentialData = JSON.stringify({ subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' });
  const secretData = JSON.stringify({ value: 'abcdefghijklmnopqrst' });
  await users.update({ id }, { credentials: [{ type: 'otp', userLabel: 'phone', credentialData, secretData }] });
}

describeContract('keycloak', harness);

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
    const keys = createRemoteJWKSet(new URL(`${server.url}/realms/${realm}/protocol/openid-connect/certs`));
    await expect(jwtVerify(tokens.access_token, keys)).resolves.toBeDefined();
    const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token);
    const declared = keycloak.residualWindow?.(keycloak.settings.parse({ baseUrl: server.url, realm }));
    expect(declared?.seconds).toBe(exp - iat);
    const then = new Date((exp + 1) * 1000);
    await expect(jwtVerify(tokens.access_token, keys, { currentDate: then })).rejects.toThrow('exp');
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
