// The local cloud's SCIM server as a process of its own for the tests.
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FaultInput } from '../../local/targets/faults.ts';
import type { ScimServerConfig } from '../../local/targets/scim-server.ts';
import { startChildServer } from './child-server.ts';

const SERVER = fileURLToPath(new URL('../../local/targets/scim-server.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const CONTROL_TOKEN = 'control-token-of-a-test';

export interface ScimServer {
  readonly baseUrls: Readonly<Record<string, string>>;
  addFault(application: string, fault: FaultInput): Promise<void>;
  clearFaults(application: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startScimServer(applications: ScimServerConfig['applications']): Promise<ScimServer> {
  const server = await startChildServer({
    command: process.execPath,
    arguments: ['--import', TSX, SERVER, '--config', '-'],
    input: `${JSON.stringify({ controlToken: CONTROL_TOKEN, applications })}\n`,
    isReady: (line) => line.startsWith('{"url"'),
  });
  const { url, baseUrls }: { url: string; baseUrls: Record<string, string> } = JSON.parse(server.ready);
  const control = async (application: string, init: RequestInit) => {
    const headers = { authorization: `Bearer ${CONTROL_TOKEN}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/${application}/faults`, { ...init, headers });
    if (!response.ok) throw new Error(`fault control answered ${response.status}: ${await response.text()}`);
  };
  return {
    baseUrls,
    addFault: (application, fault) => control(application, { method: 'POST', body: JSON.stringify(fault) }),
    clearFaults: (application) => control(application, { method: 'DELETE' }),
    stop: server.stop,
  };
}
