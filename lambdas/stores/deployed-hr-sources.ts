// The HR sources of this deployment and whose word counts more, beside the code as the access model is: settings may be
// long, and environment variables hold 4 kB in all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HrSourcePrecedence } from '../core/identity/source-precedence.ts';

export const HR_SOURCES_FILE = 'hr-sources.json';
export const HR_SOURCE_PRECEDENCE_FILE = 'hr-source-precedence.json';

export interface DeployedHrSource {
  readonly id: string;
  readonly type: string;
  /** As its type's schema takes them; checked when the app was synthesised. */
  readonly settings: unknown;
}

let sources: readonly DeployedHrSource[] | undefined;
let precedence: HrSourcePrecedence | undefined;

export function deployedHrSources(): readonly DeployedHrSource[] {
  sources ??= readDeployed(HR_SOURCES_FILE) as DeployedHrSource[];
  return sources;
}

/** Of every source, whichever the function serves. */
export function deployedPrecedence(): HrSourcePrecedence {
  precedence ??= readDeployed(HR_SOURCE_PRECEDENCE_FILE) as HrSourcePrecedence;
  return precedence;
}

function readDeployed(file: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
}
