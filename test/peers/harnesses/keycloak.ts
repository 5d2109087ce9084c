// A realm of a real Keycloak as the contract drives it, and ways past the connector.
import type KeycloakAdminClient from '@keycloak/keycloak-admin-client';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { type KeycloakSettings, keycloak } from '../../../lambdas/connectors/keycloak.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness, Session } from '../../connectors/contract.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { type Keycloak, startKeycloak } from '../servers/keycloak.ts';

const CLIENT_SECRET = 'secret-of-tenures-client';
const PASSWORD = 'password-of-ada';
export const ROLES = ['manage-users', 'view-users', 'query-groups', 'view-realm'];

/** One server for all: it takes long to start. */
export let server: Keycloak;
let starting: Promise<Keycloak> | undefined;

export async function startServer(): Promise<void> {
  starting ??= startKeycloak();
  server = await starting;
}

export async function stopServer(): Promise<void> {
  await server?.stop();
}

/** A realm whose user profile holds the identity's id and lets names have any character. */
export async function newRealm(
  realm: string,
  roles: readonly string[] = ROLES,
  declaresAttribute = true,
): Promise<void> {
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

export async function administratorOf(realm: string): Promise<KeycloakAdminClient> {
  const administrator = await server.administrator();
  administrator.setConfig({ realmName: realm });
  return administrator;
}

function settingsOf(realm: string, baseUrl: string, settings: object = {}): KeycloakSettings {
  return keycloak.settings.parse({ baseUrl, realm, ...settings });
}

export function connect(
  realm: string,
  baseUrl: string,
  settings: object = {},
  clientSecret = CLIENT_SECRET,
  callTimeoutMs = 10_000,
) {
  return keycloak.connect({
    applicationId: 'login',
    settings: settingsOf(realm, baseUrl, settings),
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

export async function logIn(realm: string, { accountId, userName }: ObservedAccount, scope = 'openid') {
  const credential = { type: 'password', value: PASSWORD, temporary: false };
  await (await administratorOf(realm)).users.resetPassword({ id: accountId, credential });
  return tokenOf(realm, { grant_type: 'password', username: userName, password: PASSWORD, scope });
}

export async function isWelcome(realm: string, { access_token }: Tokens): Promise<boolean> {
  const url = `${server.url}/realms/${realm}/protocol/openid-connect/userinfo`;
  return (await fetch(url, { headers: { authorization: `Bearer ${access_token}` } })).ok;
}

/** The realm's keys, as an application fetches them that verifies tokens by itself. */
export function keysOf(realm: string) {
  return createRemoteJWKSet(new URL(`${server.url}/realms/${realm}/protocol/openid-connect/certs`));
}

/** What such an application says: signature and time alone. */
export function isVerified(
  { access_token }: Tokens,
  keys: ReturnType<typeof keysOf>,
  atMs = Date.now(),
): Promise<boolean> {
  return jwtVerify(access_token, keys, { currentDate: new Date(atMs) }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof errors.JWTExpired) return false;
      throw error;
    },
  );
}

export async function canRefresh(realm: string, { refresh_token }: Tokens): Promise<boolean> {
  return (await tokenOf(realm, { grant_type: 'refresh_token', refresh_token })) !== undefined;
}

/** A realm whose access tokens live that long. */
export const keycloakHarnessOf = (accessTokenSeconds: number): Harness => ({
  findsByIdentity: true,
  userName: (identityId) => `ada-${identityId}@example.com`.toLowerCase(),
  email: (identityId) => `ada-${identityId}@example.com`.toLowerCase(),
  awkwardUserName: (identityId) => `o'brien+${identityId}"\\*)(ö@example.com`.toLowerCase(),
  start: async (groups) => {
    const realm = 'contract';
    await startServer();
    await newRealm(realm);
    const administrator = await administratorOf(realm);
    await administrator.realms.update({ realm }, { accessTokenLifespan: accessTokenSeconds });
    for (const name of groups) await administrator.groups.create({ name });
    const proxy = await startFaultProxy(server.url);
    return {
      connect: ({ callTimeoutMs, smallPages = false, wrongCredentials = false } = {}) =>
        connect(
          realm,
          proxy.url,
          { accessTokenSeconds, ...(smallPages ? { pageSize: 2 } : {}) },
          wrongCredentials ? 'not-the-secret' : CLIENT_SECRET,
          callTimeoutMs,
        ),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
      createCall: { method: 'POST', pathPrefix: `/admin/realms/${realm}/users` },
      secrets: [CLIENT_SECRET, 'not-the-secret'],
      signIn: async (account): Promise<Session | undefined> => {
        const tokens = await logIn(realm, account);
        const isAlive = async () => tokens !== undefined && (await isWelcome(realm, tokens));
        return tokens && { isAlive, close: async () => {} };
      },
      residual: keycloak.residualWindow?.(settingsOf(realm, server.url, { accessTokenSeconds })),
      openOutlasting: async (account) => {
        const tokens = await logIn(realm, account);
        if (tokens === undefined) throw new Error('the sign-in was refused');
        const keys = keysOf(realm);
        const isAlive = () => isVerified(tokens, keys);
        return { isAlive, close: async () => {} };
      },
      addCredential: ({ accountId }) => addCredentials(realm, accountId),
      stop: proxy.stop,
    };
  },
});

/** Long enough for the calls of a test, short enough to be waited for. */
export const keycloakHarness = keycloakHarnessOf(10);

async function addCredentials(realm: string, id: string): Promise<void> {
  const { users } = await administratorOf(realm);
  await users.resetPassword({ id, credential: { type: 'password', value: PASSWORD, temporary: false } });
  const credentialData = JSON.stringify({ subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' });
  const secretData = JSON.stringify({ value: 'abcdefghijklmnopqrst' });
  await users.update({ id }, { credentials: [{ type: 'otp', userLabel: 'phone', credentialData, secretData }] });
}
