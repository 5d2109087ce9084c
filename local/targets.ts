// The target systems of the local cloud. They are real: a SCIM 2.0 server with one tenant for each application of the
// access model that is connected by SCIM, and moto's Identity Store. Groups come from the model's entitlements, since
// Tenure never makes a group that nobody has reviewed.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateGroupCommand, IdentitystoreClient } from '@aws-sdk/client-identitystore';
import { parse } from 'yaml';
import * as z from 'zod';
import { connectorSettingsSchemas } from '../lambdas/connectors/registry.ts';
import type { AccessModel, Application } from '../lambdas/core/access-model/access-model.ts';
import { type ApplicationSettings, loadAccessModel } from '../lib/access-model/load-access-model.ts';
import { CREDENTIALS, REGION } from './emulators.ts';
import type { Ports } from './ports.ts';
import { baseEnvironment, type Processes } from './processes.ts';
import type { FaultInput } from './targets/faults.ts';
import type { ScimServerConfig } from './targets/scim-server.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const ACCESS_MODEL_FOLDER = join(ROOT, 'access-model');
const SCIM_SERVER = join(ROOT, 'local/targets/scim-server.ts');
const READY_TIMEOUT_MS = 30_000;

/** moto takes any id; it is a setting of the deployment, so it stays the same from run to run. */
export const IDENTITY_STORE_ID = 'd-1234567890';

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

/** Where each application's system is: what a deployment to AWS would say in `cdk.json`. */
export function applicationSettings({ scim }: Ports): ApplicationSettings {
  const settings = readConnectors().flatMap(([id, connector]): [string, Record<string, unknown>][] => {
    if (connector === 'scim') return [[id, { baseUrl: `http://127.0.0.1:${scim}/${id}/scim/v2` }]];
    // The store is all there is of Identity Center here: nobody opens a role session or an application through it.
    const directory = { identityStoreId: IDENTITY_STORE_ID, longestSessionHours: 0, opensApplications: false };
    return connector === 'identity-center' ? [[id, directory]] : [];
  });
  return Object.fromEntries(settings);
}

/** @throws AccessModelError with every fault of the YAML */
export function loadLocalAccessModel(settings: ApplicationSettings): AccessModel {
  return loadAccessModel(ACCESS_MODEL_FOLDER, connectorSettingsSchemas(), settings);
}

/** Only the connector of each application: to find the settings without which the model cannot be loaded. */
function readConnectors(): readonly [id: string, connector: string][] {
  const folder = join(ACCESS_MODEL_FOLDER, 'applications');
  const schema = z.looseObject({ connector: z.string() });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name): [string, string][] => {
      const application = schema.safeParse(parse(readFileSync(join(folder, name), 'utf8')));
      return application.success ? [[basename(name, '.yaml'), application.data.connector]] : [];
    });
}

export async function startTargets(
  processes: Processes,
  applications: readonly Application[],
  ports: Ports,
  identityStoreEndpoint: string,
  folder: string,
): Promise<Targets> {
  const ofConnector = (connector: string) => applications.filter((application) => application.connector === connector);
  const [targets] = await Promise.all([
    startScimServer(processes, ofConnector('scim'), ports.scim, folder),
    createGroups(ofConnector('identity-center').flatMap(grantsOf), identityStoreEndpoint),
  ]);
  return targets;
}

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
      return [id, { connector: 'scim', baseUrl: `${url}/${id}/scim/v2`, token: newToken() } satisfies ScimTarget];
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
