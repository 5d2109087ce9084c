// Whether a copy of the log's bucket is what was sealed, and a copy of the lake's says the same. Needs nothing but the copy and a key: no network, no account.

import type { WitnessPolicy } from '../lambdas/core/audit/verify/known-witnesses.ts';
import { type LogCopy, NoAnswerError } from '../lambdas/core/audit/verify/log-copy.ts';
import {
  type Since,
  type Verification,
  type VerifyOptions,
  verifyLog,
} from '../lambdas/core/audit/verify/verify-log.ts';
import { copyIn, readSmallFile } from './audit-verify-files.ts';
import { CommandError } from './command-error.ts';
import { lakeIn } from './lake-copy.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { renderVerification, VERIFICATION_FORMATS, type VerificationFormat } from './render-verification.ts';
import { checkPack, renderPack } from './review-pack.ts';
import { ownKeyOf, readKeys, readWitnessKeys } from './verifier-keys.ts';

const FAULTS_FOUND = 3;
const MAXIMUM_NOTE_BYTES = 1_000_000;

export async function runAuditVerify(args: readonly string[], { out }: Streams): Promise<number> {
  const options = readOptions(
    args,
    ['log', 'key', 'since', 'witness', 'quorum', 'lake', 'pack', 'format'],
    ['replica'],
  );
  const folder = required(options.log, 'log', "the folder of a copy of the log's bucket");
  const format = readFormat(options.format);
  const copy = copyIn(folder);
  const own = options.key === undefined;
  const vkeys = readKeys(options.key ?? ownKeyOf(folder));
  const since = readSince(options.since);
  const lake = options.lake === undefined ? undefined : lakeIn(options.lake);
  const witnesses = readWitnesses(options.witness, options.quorum);
  const verification = await verified(copy, { vkeys, since, witnesses, lake, isReplica: options['replica'] === true });
  out(renderVerification(verification, { vkeys, own }, format));
  if (options.pack === undefined || verification.faultCount > 0 || verification.head === undefined) {
    return verification.faultCount === 0 ? 0 : FAULTS_FOUND;
  }
  const verdict = await checkPack(options.pack, copy, verification.head.size);
  out(format === 'json' ? JSON.stringify(verdict, undefined, 2) : renderPack(verdict));
  return verdict.faultCount === 0 ? 0 : FAULTS_FOUND;
}

/** Throws a CommandError when the copy is none that can be verified. */
export async function verified(copy: LogCopy, options: VerifyOptions): Promise<Verification> {
  try {
    return await verifyLog(copy, options);
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

function readWitnesses(given: string | undefined, quorum: string | undefined): WitnessPolicy | undefined {
  if (given === undefined) {
    if (quorum !== undefined) throw new CommandError('--quorum is of witnesses: expected --witness with it');
    return undefined;
  }
  const vkeys = readWitnessKeys(given);
  const enough = quorum === undefined ? vkeys.length : Number(quorum);
  if (!Number.isInteger(enough) || enough < 1 || enough > vkeys.length)
    throw new CommandError(`--quorum ${quorum}: expected 1 to ${vkeys.length}, as many as there are witnesses`);
  return { vkeys, quorum: enough };
}

function readSince(given: string | undefined): Since | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,15}$/.test(given)) return { size: Number(given) };
  const checkpoint = readSmallFile(given, MAXIMUM_NOTE_BYTES);
  if (checkpoint === undefined)
    throw new CommandError(`--since ${given}: expected a file with a checkpoint, or a size`);
  return { checkpoint, place: given };
}
