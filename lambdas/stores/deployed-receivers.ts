// Whom this deployment tells what it does, beside the code as the HR sources are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receiver } from '../core/signals/receiver-settings.ts';

export const RECEIVERS_FILE = 'signal-receivers.json';

let receivers: readonly Receiver[] | undefined;

/** As they were checked when the app was synthesised. */
export function deployedReceivers(): readonly Receiver[] {
  receivers ??= JSON.parse(readFileSync(join(import.meta.dirname, RECEIVERS_FILE), 'utf8')) as Receiver[];
  return receivers;
}
