// The settings of this deployment, as hashes beside the code: what they were is compared with what was on record.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployedSettings } from '../core/audit/settings-change.ts';

export const DEPLOYED_SETTINGS_FILE = 'deployed-settings.json';

let loaded: DeployedSettings | undefined;

export function deployedSettings(): DeployedSettings {
  loaded ??= JSON.parse(readFileSync(join(import.meta.dirname, DEPLOYED_SETTINGS_FILE), 'utf8')) as DeployedSettings;
  return loaded;
}
