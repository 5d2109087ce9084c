// The sample target systems of the local cloud, for applications that are not called where they are. They are real: a SCIM
// 2.0 server with one tenant for each application connected by SCIM, and moto's Identity Store. Groups come from the
// model's entitlements, since Tenure never makes a group that nobody has reviewed.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateGroupCommand, IdentitystoreClient } from '@aws-sdk/client-identitystore';
import type { AccessModel, Application } from '../lambdas/core/access-model/access-model.ts';
import { CREDENTIALS, REGION } from './emulators.ts';
import { type ApplicationServer, IDENTITY_STORE_ID, type Plan, scimAddress } from './plan.ts';
import type { Ports } from './ports.ts';
import { baseEnvironment, type Processes } from './processes.ts';
import type { FaultInput } from './targets/faults.ts';
import type { ScimServerConfig } from './targets/scim-server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCIM_SERVER = join(ROOT, 'local/targets/scim-server.ts');
const READY_TIMEOUT_MS = 30_000;

export interface ScimTarget {
  readonly connector: 'scim';
  readonly baseUrl: string;
  readonly token: string;
}

export interface Targets {
  /** By application id. */
  readonly scim: Readonly<Record<string, ScimTarget>>;
  /** Puts a fault in front of an application's server; it stays until cleared, or as long as it says. */
  addFault(application: string, fault: FaultInput): Promise<void>;
  clearFaults(application: string): Promise<void>;
}

export async function startTargets(
  processes: Processes,
  { applications }: AccessModel,
  plan: Plan,
  ports: Ports,
  identityStoreEndpoint: string,
  folder: string,
): Promise<Targets> {
  const servedBy = (server: ApplicationServer): readonly Application[] => {
    const ids = plan.applications.flatMap((planned) => (planned.server === server ? planned.id : []));
    return applications.filter(({ id }) => ids.includes(id));
  };
  const scim = servedBy('sample-scim');
  const groups = new Set(servedBy('sample-identity-store').flatMap(grantsOf));
  const [targets] = await Promise.all([
    scim.length === 0 ? NO_TARGETS : startScimServer(processes, scim, ports.scim, folder),
    createGroups([...groups], identityStoreEndpoint),
  ]);
  return targets;
}

const NO_TARGETS: Targets = {
  scim: {},
  addFault: () => Promise.reject(new Error('there is no sample server')),
  clearFaults: () => Promise.reject(new Error('there is no sample server')),
};

async function startScimServer(
  processes: Processes,
  applications: readonly Application[],
  port: number,
  folder: string,
): Promise<Targets> {
  const url = `http://127.0.0.1:${port}`;
  const controlToken = newToken();
  const scim = Object.fromEntries(
    applications.map(({ id }) => {
      return [id, { connector: 'scim', baseUrl: scimAddress(port, id), token: newToken() } satisfies ScimTarget];
    }),
  );
  const config: ScimServerConfig = {
    controlToken,
    applications: Object.fromEntries(
      applications.map((each) => [each.id, { token: scim[each.id]?.token ?? '', groups: grantsOf(each) }]),
    ),
  };
  const file = join(folder, 'scim-server.json');
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  await processes.start({
    name: 'SCIM server',
    command: process.execPath,
    arguments: ['--import', 'tsx', SCIM_SERVER, '--port', String(port), '--config', file],
    environment: baseEnvironment(),
    folder: ROOT,
    timeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 404,
  });
  const control = async (application: string, init: RequestInit) => {
    const headers = { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/${application}/faults`, { ...init, headers });
    if (!response.ok) throw new Error(`the SCIM server's fault control answered ${response.status}`);
  };
  return {
    scim,
    addFault: (application, fault) => control(application, { method: 'POST', body: JSON.stringify(fault) }),
    clearFaults: (application) => control(application, { method: 'DELETE' }),
  };
}

async function createGroups(names: readonly string[], endpoint: string): Promise<void> {
  const client = new IdentitystoreClient({ region: REGION, endpoint, credentials: CREDENTIALS });
  for (const DisplayName of names) {
    await client.send(new CreateGroupCommand({ IdentityStoreId: IDENTITY_STORE_ID, DisplayName }));
  }
}

function grantsOf({ entitlements }: Application): string[] {
  return entitlements.map(({ grant }) => grant);
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}
