// scim2-server, the SCIM server of the scim2 project: it keeps versions (ETag) and filters groups by member, and leaves
// a deleted user's memberships behind.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';
import { ensurePython } from '../python.ts';

const TOKEN = 'token-of-tenure';

export interface Scim2Server {
  readonly baseUrl: string;
  readonly token: string;
  /** Past the connector. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export interface Scim2Options {
  /** What it announces and enforces. @default a thousand operations, a megabyte */
  readonly bulk?: { readonly supported: boolean; readonly maxOperations: number; readonly maxPayloadSize: number };
}

export async function startScim2Server(groups: readonly string[], { bulk }: Scim2Options = {}): Promise<Scim2Server> {
  const commands = await ensurePython();
  const folder = await mkdtemp(join(tmpdir(), 'tenure-scim2-'));
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}/v2`;
  const server = await startChildServer({
    command: join(commands, 'python'),
    arguments: [
      ...['-u', join(commands, 'scim2-server'), '--port', String(port), '--bearer-token', TOKEN],
      ...(bulk === undefined ? [] : ['--service-provider-config', await writeConfig(folder, bulk)]),
    ],
    isReady: (line) => line.includes(`${port}`),
  });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`scim2-server ${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];
  for (const displayName of groups) await call('POST', '/Groups', { schemas, displayName });
  // It leaves out lists that are empty. While no group shows a member, nobody can tell whether any has one.
  const user = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'bystander@example.com' };
  const { id: value } = (await call('POST', '/Users', user)) as { id: string };
  await call('POST', '/Groups', { schemas, displayName: 'Bystanders', members: [{ value }] });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  };
  return { baseUrl, token: TOKEN, call, stop };
}

async function writeConfig(folder: string, bulk: NonNullable<Scim2Options['bulk']>): Promise<string> {
  const supported = { supported: true };
  const config = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: supported,
    bulk,
    filter: { ...supported, maxResults: 1_000 },
    changePassword: supported,
    sort: supported,
    etag: supported,
  };
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(config));
  return file;
}
