// The activity sources of this deployment, beside the code as the HR sources are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ACTIVITY_SOURCES_FILE = 'activity-sources.json';

export interface DeployedActivitySource {
  readonly id: string;
  readonly type: string;
  /** As its type's schema takes them; checked when the app was synthesised. */
  readonly settings: unknown;
}

let sources: readonly DeployedActivitySource[] | undefined;

export function deployedActivitySources(): readonly DeployedActivitySource[] {
  sources ??= JSON.parse(
    readFileSync(join(import.meta.dirname, ACTIVITY_SOURCES_FILE), 'utf8'),
  ) as DeployedActivitySource[];
  return sources;
}
