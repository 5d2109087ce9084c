// The deployment's own rules over activity, beside the code that runs them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SigmaRule } from '../core/detection/sigma-rule.ts';

export const SIGMA_RULES_FILE = 'sigma-rules.json';

let rules: readonly SigmaRule[] | undefined;

export function deployedSigmaRules(): readonly SigmaRule[] {
  rules ??= JSON.parse(readFileSync(join(import.meta.dirname, SIGMA_RULES_FILE), 'utf8')) as readonly SigmaRule[];
  return rules;
}
