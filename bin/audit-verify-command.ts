// Whether a copy of the log's bucket is what was sealed. Needs nothing but the copy and a key: no network, no account.
import { NoteError, parseVerifierKey } from '../lambdas/core/audit/tlog/note.ts';
import { NoAnswerError } from '../lambdas/core/audit/verify/log-copy.ts';
import { type Since, type Verification, verifyLog } from '../lambdas/core/audit/verify/verify-log.ts';
import { copyIn, readSmallFile } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { renderVerification, VERIFICATION_FORMATS, type VerificationFormat } from './render-verification.ts';

const FAULTS_FOUND = 3;
const MAXIMUM_KEY_FILE_BYTES = 64 * 1024;
const MAXIMUM_NOTE_BYTES = 1_000_000;
const OWN_KEY = 'log.vkey';

export async function runAuditVerify(args: readonly string[], { out }: Streams): Promise<number> {
  const options = readOptions(args, ['log', 'key', 'since', 'format']);
  const folder = required(options.log, 'log', "the folder of a copy of the log's bucket");
  const format = readFormat(options.format);
  const copy = copyIn(folder);
  const own = options.key === undefined;
  const vkeys = readKeys(options.key ?? `${folder}/${OWN_KEY}`);
  const since = readSince(options.since);
  const verification = await verify(() => verifyLog(copy, { vkeys, since }));
  out(renderVerification(verification, { vkeys, own }, format));
  return verification.faultCount === 0 ? 0 : FAULTS_FOUND;
}

async function verify(run: () => Promise<Verification>): Promise<Verification> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NoAnswerError) throw new CommandError(`The log cannot be verified: ${error.message}`);
    throw error;
  }
}

function readFormat(written = 'text'): VerificationFormat {
  const format = VERIFICATION_FORMATS.find((each) => each === written);
  if (format === undefined) throw new CommandError(`--format ${written}: expected ${VERIFICATION_FORMATS.join(', ')}`);
  return format;
}

/** A verifier key as it is, or the file that has one a line. */
function readKeys(given: string): readonly string[] {
  if (isKey(given)) return [given];
  const bytes = readSmallFile(given, MAXIMUM_KEY_FILE_BYTES);
  // What was given may be a key with a slip of the pen: it is repeated, since a verifier key is no secret.
  if (bytes === undefined) {
    throw new CommandError(`--key ${given}: neither a verifier key, <name>+<key id>+<base64>, nor a file of such keys`);
  }
  const lines = new TextDecoder().decode(bytes).split('\n');
  const keys = lines.map((line) => line.trim()).filter((line) => line !== '');
  const wrong = keys.findIndex((key) => !isKey(key));
  if (keys.length > 0 && wrong === -1) return keys;
  throw new CommandError(`${given}: expected a verifier key a line, <name>+<key id>+<base64>`);
}

function isKey(text: string): boolean {
  try {
    parseVerifierKey(text);
    return true;
  } catch (error) {
    if (error instanceof NoteError) return false;
    throw error;
  }
}

function readSince(given: string | undefined): Since | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,15}$/.test(given)) return { size: Number(given) };
  const checkpoint = readSmallFile(given, MAXIMUM_NOTE_BYTES);
  if (checkpoint === undefined)
    throw new CommandError(`--since ${given}: expected a file with a checkpoint, or a size`);
  return { checkpoint, place: given };
}
