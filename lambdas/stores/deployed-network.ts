// The network of this deployment that the function is in, beside its code. There is none for a function outside of all.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from '../outbound/network.ts';

export const NETWORK_FILE = 'network.json';

export interface DeployedNetwork extends Network {
  /** The ARN or name of the secret with the proxy's `username` and `password`. */
  readonly proxySecret?: string | undefined;
}

let loaded: DeployedNetwork | undefined;

export function deployedNetwork(): DeployedNetwork {
  const file = join(import.meta.dirname, NETWORK_FILE);
  loaded ??= existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DeployedNetwork) : {};
  return loaded;
}
