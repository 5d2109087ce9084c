// Items of a table that would be larger than DynamoDB takes (400 KB): what is long of them is compressed into one
// attribute. Shorter ones lie as they always did, so that whatever reads a table without this sees them.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { PermanentError } from '../core/errors.ts';

type Item = Record<string, unknown>;

/** Of JSON, which is longer than what DynamoDB counts: an item below this was always taken. */
const PACKED_FROM_BYTES = 250_000;
/** A member as short as that may be a key, or be asked for by a condition: it stays as it is. */
const LONG_BYTES = 1_024;
/** Well below 400 KB, since what stays as it is counts as well. */
export const MAXIMUM_PACKED_BYTES = 350_000;
/** More is nothing that was written here: an account of 5,000 grants of 256 characters comes to 4 MB at most. */
const MAXIMUM_UNPACKED_BYTES = 64_000_000;
/** Names that come again and again lie up to so far apart (16 MB). */
const WINDOW_BITS = 24;
const QUALITY = 5;
const PACKED = 'brotli';

/**
 * @param what is kept, for the error: no name of a person
 * @throws PermanentError when it is too large even so
 */
export function packed(item: Item, what: string): Item {
  if (bytesOf(item) < PACKED_FROM_BYTES) return item;
  const members = Object.entries(item);
  const long = members.filter(([, value]) => bytesOf(value) > LONG_BYTES);
  const short = members.filter(([, value]) => bytesOf(value) <= LONG_BYTES);
  const bytes = compress(Object.fromEntries(long));
  if (bytes.length > MAXIMUM_PACKED_BYTES) {
    throw new PermanentError(
      `${what} is too large to be kept: ${bytes.length} bytes when compressed, of at most ${MAXIMUM_PACKED_BYTES}`,
    );
  }
  return { ...Object.fromEntries(short), [PACKED]: new Uint8Array(bytes) };
}

export function unpacked(item: Item): Item {
  const { [PACKED]: bytes, ...short } = item;
  if (!(bytes instanceof Uint8Array)) return item;
  const text = brotliDecompressSync(bytes, { maxOutputLength: MAXIMUM_UNPACKED_BYTES }).toString('utf8');
  return { ...short, ...(JSON.parse(text) as Item) };
}

/** What it takes in a table: compressed where it would be. */
export function keptBytes(value: unknown): number {
  const bytes = bytesOf(value);
  return bytes < PACKED_FROM_BYTES ? bytes : compress(value).length;
}

/** What it takes where it is compressed with more beside it. @param from below, it is not tried */
export function compressedBytes(value: unknown, from: number): number {
  const bytes = bytesOf(value);
  return bytes < from ? bytes : compress(value).length;
}

function compress(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value), 'utf8');
  const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  return brotliCompressSync(text, {
    params: {
      [BROTLI_PARAM_LGWIN]: WINDOW_BITS,
      [BROTLI_PARAM_QUALITY]: QUALITY,
      [BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '', 'utf8');
}
