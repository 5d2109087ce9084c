// Entries beside one another in an object, as C2SP tlog-tiles section "Log entries" has it: each behind its length as a
// big-endian uint16.
import { TILE_WIDTH } from './paths.ts';

const LENGTH_BYTES = 2;
const MAXIMUM_ENTRY_BYTES = 0xffff;

/** Throws a RangeError for more entries than a bundle has, and for an entry whose length has no 16 bits. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length > TILE_WIDTH) throw new RangeError(`${leaves.length} entries in a bundle of at most ${TILE_WIDTH}`);
  const bytes = new Uint8Array(leaves.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  for (const leaf of leaves) {
    if (leaf.length > MAXIMUM_ENTRY_BYTES) {
      throw new RangeError(`an entry of ${leaf.length} bytes of at most ${MAXIMUM_ENTRY_BYTES}`);
    }
    bytes[at] = leaf.length >> 8;
    bytes[at + 1] = leaf.length & 0xff;
    bytes.set(leaf, at + LENGTH_BYTES);
    at += LENGTH_BYTES + leaf.length;
  }
  return bytes;
}

/** Views into the bytes, which must stay as they are. Throws a RangeError for a cut bundle and for one with too many. */
export function decodeBundle(bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (leaves.length === TILE_WIDTH) throw new RangeError(`a bundle with more than ${TILE_WIDTH} entries`);
    const start = at + LENGTH_BYTES;
    if (start > bytes.length) throw new RangeError(`a bundle cut within the length of its entry ${leaves.length}`);
    const end = start + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (end > bytes.length) throw new RangeError(`a bundle cut within its entry ${leaves.length}`);
    leaves.push(bytes.subarray(start, end));
    at = end;
  }
  return leaves;
}
