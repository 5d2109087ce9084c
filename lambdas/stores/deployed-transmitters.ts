// Whose signals this deployment takes, beside the code as the HR sources are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transmitter } from '../core/signals/signal-settings.ts';

export const TRANSMITTERS_FILE = 'signal-transmitters.json';

let transmitters: readonly Transmitter[] | undefined;

/** As they were checked when the app was synthesised. */
export function deployedTransmitters(): readonly Transmitter[] {
  transmitters ??= JSON.parse(readFileSync(join(import.meta.dirname, TRANSMITTERS_FILE), 'utf8')) as Transmitter[];
  return transmitters;
}
