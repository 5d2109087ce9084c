// What a witness says of a checkpoint (C2SP tlog-cosignature, Ed25519): that the log has only grown since the last one that
// it saw, and when it said so. And what it is asked with (C2SP tlog-witness, add-checkpoint).
import { isSignatureOf, keyIdOf, NoteError, type NoteSignature, parseKey, signaturesOf, textOfNote } from './note.ts';

export interface WitnessKey {
  readonly keyName: string;
  readonly publicKey: Uint8Array;
  /** Eight hexadecimal digits. */
  readonly keyId: string;
}

export interface Cosignature {
  /** As it stands in a note, with its newline. */
  readonly line: string;
  readonly timeMs: number;
}

/** tlog-cosignature, section "Format". */
const COSIGNATURE_V1 = 0x04;
const TIMESTAMP_BYTES = 8;
/** tlog-witness, section "add-checkpoint". */
const MAXIMUM_PROOF_LINES = 63;

/** Throws a NoteError for what is no key of a witness, that of a log for instance. */
export function parseWitnessKey(vkey: string): WitnessKey {
  const { keyName, publicKey } = parseKey(vkey, COSIGNATURE_V1, 'an Ed25519 cosignature key, type 4');
  return { keyName, publicKey, keyId: keyIdOf(keyName, publicKey, COSIGNATURE_V1).toString('hex') };
}

/**
 * By that witness, of a checkpoint's text, among the signatures of a note or of an answer; undefined: there is none. Others
 * are ignored. The latest, where there are several.
 *
 * @throws NoteError when one has the witness's name and key id and does not hold
 */
export function findCosignature(
  text: string,
  signatures: readonly NoteSignature[],
  { keyName, publicKey, keyId }: WitnessKey,
): Cosignature | undefined {
  const own = signatures.filter(({ name, bytes }) => name === keyName && bytes.toString('hex', 0, 4) === keyId);
  const found = own.map(({ name, bytes }): Cosignature => {
    const [time, signature] = [bytes.subarray(4, 4 + TIMESTAMP_BYTES), bytes.subarray(4 + TIMESTAMP_BYTES)];
    const seconds = time.length === TIMESTAMP_BYTES ? Number(time.readBigUInt64BE()) : Number.NaN;
    const isTime = Number.isSafeInteger(seconds * 1_000);
    if (!isTime || !isSignatureOf(Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), signature, publicKey))
      throw new NoteError(`the cosignature of ${keyName} does not hold`);
    return { line: `— ${name} ${bytes.toString('base64')}\n`, timeMs: seconds * 1_000 };
  });
  return found.toSorted((one, other) => other.timeMs - one.timeMs)[0];
}

/** The signatures that a witness answered with. Throws a NoteError when these are none. */
export function signaturesInAnswer(note: string, answer: string): readonly NoteSignature[] {
  return signaturesOf(`${textOfNote(note)}\n${answer}`);
}

/** The body of add-checkpoint. Throws a RangeError for a proof that is longer than any. */
export function addCheckpointBody(oldSize: number, proof: readonly Uint8Array[], note: string): string {
  if (proof.length > MAXIMUM_PROOF_LINES) throw new RangeError(`${proof.length} hashes are more than any proof has`);
  const lines = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${oldSize}\n${lines.join('')}\n${note}`;
}
