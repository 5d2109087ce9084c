// The HR sources of this deployment, beside the code as the access model is: settings may be long, and environment
// variables hold 4 kB in all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const HR_SOURCES_FILE = 'hr-sources.json';

export interface DeployedHrSource {
  readonly id: string;
  readonly type: string;
  /** As its type's schema takes them; checked when the app was synthesised. */
  readonly settings: unknown;
}

let loaded: readonly DeployedHrSource[] | undefined;

export function deployedHrSources(): readonly DeployedHrSource[] {
  loaded ??= JSON.parse(readFileSync(join(import.meta.dirname, HR_SOURCES_FILE), 'utf8')) as DeployedHrSource[];
  return loaded;
}
