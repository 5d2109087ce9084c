// scim2-server, the SCIM server of the scim2 project: it keeps versions (ETag) and filters groups by member, and leaves
// a deleted user's memberships behind.
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

export async function startScim2Server(groups: readonly string[]): Promise<Scim2Server> {
  const commands = await ensurePython(['scim2-server==0.8.3']);
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}/v2`;
  const server = await startChildServer({
    command: join(commands, 'python'),
    arguments: ['-u', join(commands, 'scim2-server'), '--port', String(port), '--bearer-token', TOKEN],
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
  return { baseUrl, token: TOKEN, call, stop: server.stop };
}
