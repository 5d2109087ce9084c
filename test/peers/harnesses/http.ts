// Directus as the contract drives it, and ways past the connector.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { http } from '../../../lambdas/connectors/http/http.ts';
import type { HttpSettings } from '../../../lambdas/connectors/http/http-description.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Harness } from '../../connectors/contract.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { type Directus, startDirectus } from '../servers/directus.ts';

export const CALL_TIMEOUT_MS = 10_000;
/** Directus' ACCESS_TOKEN_TTL here, and so the residual window the settings declare. */
export const RESIDUAL_SECONDS = 6;

export function settingsOf(url: string, changes: object = {}, tokenSeconds = RESIDUAL_SECONDS): HttpSettings {
  const { settings } = parse(readFileSync(join(import.meta.dirname, '../directus', 'application.yaml'), 'utf8'));
  const residualWindow = { ...settings.residualWindow, seconds: tokenSeconds };
  return http.settings.parse({ ...settings, baseUrl: url, residualWindow, ...changes });
}

/** Where access tokens live that long. */
export const httpHarnessOf = (tokenSeconds: number): Harness => ({
  findsByIdentity: true,
  omitsEmptyLists: 'APIs in Go write an empty list as null, and a description cannot say so',
  userName: (identityId) => `${identityId.toLowerCase()}@example.com`,
  // What Directus takes for an e-mail address.
  awkwardUserName: (identityId) => `o'brien+${identityId.toLowerCase()}/!#$%&?@example.com`,
  start: async (grants) => {
    const directus = await startDirectus(grants, tokenSeconds);
    const proxy = await startFaultProxy(directus.url);
    return {
      connect: ({ callTimeoutMs = CALL_TIMEOUT_MS, smallPages = false, wrongCredentials = false } = {}) =>
        http.connect({
          applicationId: 'content',
          settings: settingsOf(proxy.url, smallPages ? { pageSize: 2 } : {}, tokenSeconds),
          secret: { token: wrongCredentials ? 'token-of-nobody' : directus.token },
          callTimeoutMs,
        }),
      addFault: async (fault) => proxy.faults.add(fault),
      clearFaults: async () => proxy.faults.clear(),
      distort: proxy.distort,
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
      residual: http.residualWindow?.(settingsOf(proxy.url, {}, tokenSeconds)),
      stop: async () => {
        await proxy.stop();
        await directus.stop();
      },
    };
  },
});

export const httpHarness = httpHarnessOf(RESIDUAL_SECONDS);

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** The password is set first: an account of Tenure's has one that nobody knows. */
export async function signIn(
  directus: Directus,
  { accountId, userName }: ObservedAccount,
): Promise<Tokens | undefined> {
  const password = 'Password of Ada 1!';
  await directus.administer('PATCH', `/users/${accountId}`, { password });
  const response = await post(directus, '/auth/login', { email: userName, password });
  if (response.status === 401) return undefined;
  if (!response.ok) throw new Error(`signing in answered ${response.status}`);
  return ((await response.json()) as { data: Tokens }).data;
}

export function post(directus: Directus, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(directus.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

export async function answers(directus: Directus, token: string): Promise<boolean> {
  const response = await fetch(`${directus.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
  return response.ok;
}
