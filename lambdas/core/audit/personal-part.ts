// What tells of a person in an entry, under a key of their own: destroying the key destroys it everywhere, in a log that
// nobody can alter as well. Nothing is random: an entry that is turned into a leaf twice must be the same leaf.
//
// AES-256-GCM (NIST SP 800-38D). The iv is a keyed digest of what is encrypted and of where it belongs, as in a synthetic
// iv (RFC 5297): two texts share one only where both are the same. 96 bits meet by chance after 2^48 entries of one person.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';

export const SUBJECT_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** As base64url. `entryId`: of the log entry, without which it cannot be opened: it is of no use in another. */
export function sealPersonalPart(key: Uint8Array, entryId: string, part: unknown): string {
  const text = Buffer.from(canonicalJson(part), 'utf8');
  const iv = keyed(key, 'iv').update(entryId).update('\n').update(text).digest().subarray(0, IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyed(key, 'encryption').digest(), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(entryId, 'utf8'));
  return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Throws when it was sealed under another key or for another entry, or is not what was sealed. */
export function openPersonalPart(key: Uint8Array, entryId: string, sealed: string): unknown {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw new RangeError('a personal part is cut off');
  const iv = bytes.subarray(0, IV_BYTES);
  const decipher = createDecipheriv(ALGORITHM, keyed(key, 'encryption').digest(), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(entryId, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  return JSON.parse(text.toString('utf8'));
}

/** The first 16 bytes of the text's digest under the subject's key, as base64url: tells nothing without it. */
export function commitmentTo(key: Uint8Array, text: string): string {
  requireKey(key);
  return createHmac('sha256', key).update(text, 'utf8').digest().subarray(0, 16).toString('base64url');
}

/** Each purpose has a key of its own. */
function keyed(key: Uint8Array, purpose: string) {
  requireKey(key);
  const own = createHmac('sha256', key).update(`tenure personal part: ${purpose}`).digest();
  return createHmac('sha256', own);
}

function requireKey(key: Uint8Array): void {
  if (key.length !== SUBJECT_KEY_BYTES) throw new RangeError(`a subject's key has ${SUBJECT_KEY_BYTES} bytes`);
}
