// The keys by which a log is verified: given by whoever verifies, or found in the copy, which proves little.
import { parseWitnessKey } from '../lambdas/core/audit/tlog/cosignature.ts';
import { NoteError, parseVerifierKey } from '../lambdas/core/audit/tlog/note.ts';
import { readSmallFile } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';

const MAXIMUM_KEY_FILE_BYTES = 64 * 1024;

/** Where a copy has its own. */
export function ownKeyOf(folder: string): string {
  return `${folder}/log.vkey`;
}

/** A verifier key as it is, or the file that has one a line. */
export function readKeys(given: string): readonly string[] {
  return keysIn(given, '--key', parseVerifierKey);
}

/** The same of witnesses. */
export function readWitnessKeys(given: string): readonly string[] {
  return [...new Set(keysIn(given, '--witness', parseWitnessKey))];
}

function keysIn(given: string, option: string, parse: (vkey: string) => unknown): readonly string[] {
  const isKey = (text: string) => holds(text, parse);
  if (isKey(given)) return [given];
  const bytes = readSmallFile(given, MAXIMUM_KEY_FILE_BYTES);
  // What was given may be a key with a slip of the pen: it is repeated, since a verifier key is no secret.
  if (bytes === undefined) {
    throw new CommandError(
      `${option} ${given}: neither a verifier key, <name>+<key id>+<base64>, nor a file of such keys`,
    );
  }
  const lines = new TextDecoder().decode(bytes).split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '');
  const wrong = keys.findIndex((key) => !isKey(key));
  if (keys.length > 0 && wrong === -1) return keys;
  throw new CommandError(`${given}: expected a verifier key a line, <name>+<key id>+<base64>`);
}

function holds(text: string, parse: (vkey: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof NoteError) return false;
    throw error;
  }
}
