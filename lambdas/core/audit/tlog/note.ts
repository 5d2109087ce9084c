// Checkpoints as C2SP signed notes (signed-note, tlog-checkpoint), which Go's x/mod/sumdb/note and every witness read:
// `<origin>\n<size>\n<base64 root>\n\n— <key name> <base64(key id ‖ signature)>\n`.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { HASH_BYTES } from './hashing.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export interface OpenedNote {
  readonly text: string;
  /** Verifier keys whose signatures are on it and hold. At least one. */
  readonly verifiedBy: readonly string[];
}

/** A note, or a key for notes, that is not what it should be; the message says what. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

/** signed-note, section "Signature types": Ed25519 over the text. */
const ED25519 = 0x01;
const ED25519_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** As x/mod/sumdb/note bounds them. */
const MAXIMUM_SIGNATURES = 100;
const MAXIMUM_NOTE_CHARACTERS = 1_000_000;

/** The text of a checkpoint, which is what is signed. Throws a NoteError for what has no such text. */
export function noteText({ origin, size, root }: Checkpoint): string {
  if (!/^[^\p{Cc}]+$/u.test(origin)) throw new NoteError('an origin is one line of text');
  if (!Number.isSafeInteger(size) || size < 0)
    throw new NoteError(`checkpoint size ${size}: expected a natural number`);
  if (root.length !== HASH_BYTES) throw new NoteError(`a root of ${root.length} bytes: expected ${HASH_BYTES}`);
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;
}

/** The reverse of noteText. Extension lines are refused: Tenure writes none, so nobody would read them. */
export function parseNoteText(text: string): Checkpoint {
  const [origin, size, root, ...rest] = text.split('\n');
  if (origin === undefined || size === undefined || root === undefined || rest.length !== 1 || rest[0] !== '') {
    throw new NoteError('no checkpoint: expected the lines origin, size and root');
  }
  const checkpoint = { origin, size: Number(size), root: new Uint8Array(Buffer.from(root, 'base64')) };
  if (noteText(checkpoint) !== text) throw new NoteError('no checkpoint: size or root is not in its one form');
  return checkpoint;
}

/**
 * The text with a signature behind it. `sign` gets the bytes to be signed and returns the 64 bytes of an Ed25519
 * signature (RFC 8032), which is checked with the key: what nobody can verify is not published.
 */
export async function signNote(
  text: string,
  keyName: string,
  publicKey: Uint8Array,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  requireText(text);
  const keyId = keyIdOf(keyName, publicKey);
  const message = Buffer.from(text, 'utf8');
  const signature = await sign(message);
  if (!isSignatureOf(message, signature, publicKey))
    throw new NoteError(`the signature is not by the key of ${keyName}`);
  return `${text}\n— ${keyName} ${Buffer.concat([keyId, signature]).toString('base64')}\n`;
}

/** The note with one more signature behind those that it has. */
export async function alsoSigned(
  note: string,
  keyName: string,
  publicKey: Uint8Array,
  sign: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<string> {
  const { text } = splitNote(note);
  const other = await signNote(text, keyName, publicKey, sign);
  return note + other.slice(text.length + 1);
}

/** What was signed, by whomever. Throws a NoteError for what is no note. */
export function textOfNote(note: string): string {
  return splitNote(note).text;
}

/** Whatever signatures it has, by whomever: none of them was checked. Throws a NoteError for what is no note. */
export function signaturesOf(note: string): readonly NoteSignature[] {
  return splitNote(note).signatures;
}

/** What a verifier is given: `<name>+<key id, hexadecimal>+<base64(0x01 ‖ public key)>`. */
export function verifierKey(keyName: string, publicKey: Uint8Array): string {
  const keyId = keyIdOf(keyName, publicKey).toString('hex');
  return `${keyName}+${keyId}+${Buffer.of(ED25519, ...publicKey).toString('base64')}`;
}

/** The reverse of verifierKey. Throws a NoteError for another kind of key, and for a key id that is not the key's. */
export function parseVerifierKey(written: string): NamedKey {
  return parseKey(written, ED25519, 'an Ed25519 key, type 1');
}

export interface NamedKey {
  readonly keyName: string;
  /** The raw 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A verifier key of one type, by what it is called. */
export function parseKey(written: string, type: number, expected: string): NamedKey {
  const [, keyName, keyId, base64] = /^([^+]*)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(written) ?? [];
  if (keyName === undefined || base64 === undefined) {
    throw new NoteError('no verifier key: expected <name>+<key id>+<base64>');
  }
  const key = Buffer.from(base64, 'base64');
  if (key[0] !== type || key.length !== 1 + ED25519_KEY_BYTES) {
    throw new NoteError(`verifier key ${keyName}: expected ${expected} with ${ED25519_KEY_BYTES} bytes`);
  }
  const publicKey = new Uint8Array(key.subarray(1));
  if (keyIdOf(keyName, publicKey, type).toString('hex') !== keyId) {
    throw new NoteError(`verifier key ${keyName}: ${keyId} is not its key id`);
  }
  return { keyName, publicKey };
}

/**
 * The text, if one of the keys signed it. A signature by an unknown key counts as absent: a witness's, say. One that a
 * known key's name and id stand beside must hold, whatever others there are.
 *
 * @throws NoteError
 */
export function openNote(note: string, vkeys: readonly string[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const message = Buffer.from(text, 'utf8');
  const keys = vkeys.map((vkey) => ({ vkey, ...parseVerifierKey(vkey) }));
  const verifiedBy = keys.flatMap(({ vkey, keyName, publicKey }) => {
    const keyId = keyIdOf(keyName, publicKey);
    const own = signatures.filter(
      ({ name, bytes }) => name === keyName && keyId.equals(bytes.subarray(0, KEY_ID_BYTES)),
    );
    const bad = own.find(({ bytes }) => !isSignatureOf(message, bytes.subarray(KEY_ID_BYTES), publicKey));
    if (bad !== undefined) throw new NoteError(`the signature of ${keyName} does not hold`);
    return own.length === 0 ? [] : [vkey];
  });
  if (verifiedBy.length > 0) return { text, verifiedBy };
  const names = signatures.map(({ name, bytes }) => `${name}+${bytes.toString('hex', 0, KEY_ID_BYTES)}`);
  throw new NoteError(`signed by none of the keys given, but by ${names.slice(0, 5).join(', ')}`);
}

export interface NoteSignature {
  readonly name: string;
  /** The key id, and the signature behind it. */
  readonly bytes: Buffer;
}

function splitNote(note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  if (note.length > MAXIMUM_NOTE_CHARACTERS) throw new NoteError('no note: too long');
  const split = note.lastIndexOf('\n\n');
  if (split === -1 || !note.endsWith('\n'))
    throw new NoteError('no note: expected a text, an empty line and signatures');
  const text = note.slice(0, split + 1);
  requireText(text);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAXIMUM_SIGNATURES) throw new NoteError(`no note: more than ${MAXIMUM_SIGNATURES} signatures`);
  return { text, signatures: lines.map(readSignature) };
}

function readSignature(line: string): NoteSignature {
  const [, name = '', base64 = ''] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/u.exec(line) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const isOneForm = bytes.length > KEY_ID_BYTES && bytes.toString('base64') === base64;
  if (!isKeyName(name) || !isOneForm) throw new NoteError('no note: a line of its signatures is not one');
  return { name, bytes };
}

/** signed-note: UTF-8 without control characters but newlines, and it ends with one. */
function requireText(text: string): void {
  const isText = text.endsWith('\n') && !/[^\P{Cc}\n]|\p{Surrogate}/u.test(text);
  if (!isText) throw new NoteError('no note: expected lines of text without control characters');
}

/** signed-note, section "Verifier": neither white space nor a plus. */
function isKeyName(name: string): boolean {
  return name !== '' && !/[\s\p{Z}\p{Cc}\p{Surrogate}+]/u.test(name);
}

/** The first four bytes of SHA-256(name ‖ "\n" ‖ type ‖ public key). */
export function keyIdOf(keyName: string, publicKey: Uint8Array, type = ED25519): Buffer {
  if (!isKeyName(keyName)) throw new NoteError('a key name is neither empty nor has it white space or a plus');
  if (publicKey.length !== ED25519_KEY_BYTES) {
    throw new NoteError(`a public key of ${publicKey.length} bytes: expected ${ED25519_KEY_BYTES}`);
  }
  const id = createHash('sha256').update(`${keyName}\n`).update(Uint8Array.of(type)).update(publicKey).digest();
  return id.subarray(0, KEY_ID_BYTES);
}

export function isSignatureOf(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
