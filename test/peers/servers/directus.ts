// Directus 11 on SQLite, in a temporary folder: the first administrator, the policies asked for, and for Tenure a user
// with a static token and only the permissions that test/peers/directus/application.yaml checks.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { ensurePackages } from '../debian.ts';
import { ensureNpm } from '../ensure-npm.ts';

const FOLDER = join(import.meta.dirname, '..', 'directus');
const CLI = join(FOLDER, 'node_modules', 'directus', 'cli.js');
const ADMIN_TOKEN = 'static-token-of-the-administrator';
const PERMISSIONS: readonly (readonly [string, string])[] = [
  ...['create', 'read', 'update', 'delete'].map((action) => ['directus_users', action] as const),
  ...['create', 'read', 'delete'].map((action) => ['directus_access', action] as const),
  ['directus_policies', 'read'],
];

export interface Directus {
  readonly url: string;
  /** Of the user that Tenure works as. */
  readonly token: string;
  /** As the administrator, past the connector. */
  administer(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Takes one of Tenure's permissions away. */
  withoutPermission(collection: string, action: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startDirectus(policies: readonly string[], accessTokenSeconds: number): Promise<Directus> {
  // Native modules are compiled where no prebuilt one fits.
  await ensurePackages(['g++', 'make', 'python3']);
  await ensureNpm(FOLDER);
  const folder = await mkdtemp(join(tmpdir(), 'tenure-directus-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const environment = environmentOf(folder, url, accessTokenSeconds);
  const options = { env: { ...process.env, ...environment }, timeout: 120_000 };
  await promisify(execFile)(process.execPath, [CLI, 'bootstrap'], options);
  const server = await startChildServer({
    command: process.execPath,
    arguments: [CLI, 'start'],
    environment,
    isReady: (line) => line.includes('Server started at'),
  });
  const administer = (method: string, path: string, body?: unknown) => call(url, method, path, body);
  const unique = { is_unique: true, is_indexed: true };
  await administer('POST', '/fields/directus_users', { field: 'tenure_identity', type: 'string', schema: unique });
  const token = 'static-token-of-tenure';
  const policyId = idOf(await administer('POST', '/policies', { name: 'Tenure', admin_access: false }));
  const rules = new Map<string, string>();
  for (const [collection, action] of PERMISSIONS) {
    const rule = { policy: policyId, collection, action, fields: ['*'], permissions: {}, validation: {} };
    rules.set(`${collection} ${action}`, idOf(await administer('POST', '/permissions', rule)));
  }
  const userId = idOf(await administer('POST', '/users', { email: 'tenure@example.com', token }));
  await administer('POST', '/access', { user: userId, policy: policyId });
  for (const name of policies) await administer('POST', '/policies', { name });
  return {
    url,
    token,
    administer,
    withoutPermission: async (collection, action) => {
      await administer('DELETE', `/permissions/${rules.get(`${collection} ${action}`)}`);
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function environmentOf(folder: string, url: string, accessTokenSeconds: number): Readonly<Record<string, string>> {
  return {
    DB_CLIENT: 'sqlite3',
    DB_FILENAME: join(folder, 'data.db'),
    SECRET: 'secret-of-directus-for-a-test-only',
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: 'password-of-the-administrator',
    ADMIN_TOKEN,
    HOST: '127.0.0.1',
    PORT: new URL(url).port,
    PUBLIC_URL: url,
    ACCESS_TOKEN_TTL: `${accessTokenSeconds}s`,
    STORAGE_LOCATIONS: 'local',
    STORAGE_LOCAL_ROOT: folder,
    EXTENSIONS_PATH: folder,
    TELEMETRY: 'false',
    CACHE_ENABLED: 'false',
    RATE_LIMITER_ENABLED: 'false',
    PRESSURE_LIMITER_ENABLED: 'false',
    // A refused sign-in is held back for half a second otherwise.
    LOGIN_STALL_TIME: '10',
  };
}

async function call(url: string, method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Directus ${method} ${path} answered ${response.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

function idOf(answer: unknown): string {
  return String((answer as { data: { id: string | number } }).data.id);
}
