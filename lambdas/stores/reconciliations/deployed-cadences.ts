// Which applications are reconciled how often: told when the app is synthesised, beside the code of the function that starts
// them, since to know which can be listed takes the connectors.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cadence } from '../../core/reconciliation/cadence.ts';

export const CADENCES_FILE = 'cadences.json';

export function deployedCadences(): readonly Cadence[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, CADENCES_FILE), 'utf8')) as readonly Cadence[];
}
