// Proofs of RFC 6962 sections 2.1.1 and 2.1.2, computed from tiles, and verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2
// write it down: an auditor needs neither the entries nor the tiles.
import { peaksOf, rootOfPeaks } from './compact-range.ts';
import { EMPTY_ROOT, equalBytes, nodeHash } from './hashing.ts';
import { TILE_WIDTH, tilePath } from './paths.ts';
import { hashesAtLevel, hashesOf, type ReadObject } from './tree.ts';

/** More hashes than any proof has whose sizes a number can hold. */
const MAXIMUM_PROOF = 64;

/**
 * The hashes that lead from the entry at `index` to the root of the first `size` entries.
 *
 * @throws RangeError when the entry is not among them
 * @throws TreeError when a tile is missing or has another length
 */
export async function inclusionProof(index: number, size: number, readObject: ReadObject): Promise<Uint8Array[]> {
  requireNatural(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`entry ${index} is not among the first ${size}`);
  }
  const siblings: Subtree[] = [];
  for (let [start, end] = [0, size]; end - start > 1; ) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      siblings.push([middle, end]);
      end = middle;
    } else {
      siblings.push([start, middle]);
      start = middle;
    }
  }
  return hashesOfSubtrees(siblings.reverse(), size, readObject);
}

/**
 * The hashes that show the tree of `first` entries to be the beginning of that of `second`; none where one of both is
 * empty or they are the same.
 *
 * @throws RangeError when the first is the larger
 * @throws TreeError when a tile is missing or has another length
 */
export async function consistencyProof(first: number, second: number, readObject: ReadObject): Promise<Uint8Array[]> {
  requireNatural(first);
  requireNatural(second);
  if (first > second) throw new RangeError(`${first} entries are not the beginning of ${second}`);
  if (first === 0 || first === second) return [];
  const subtrees: Subtree[] = [];
  let [start, end] = [0, second];
  while (end !== first) {
    const middle = start + splitOf(end - start);
    if (first <= middle) {
      subtrees.push([middle, end]);
      end = middle;
    } else {
      subtrees.push([start, middle]);
      start = middle;
    }
  }
  // The old tree's own root is known to whoever verifies.
  if (start !== 0) subtrees.push([start, end]);
  return hashesOfSubtrees(subtrees.reverse(), second, readObject);
}

/** RFC 9162 section 2.1.3.2. */
export function verifyInclusion(claim: {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  const { index, size, proof } = claim;
  if (!isNatural(index) || !isNatural(size) || index >= size || !areHashes([...proof, claim.leafHash])) return false;
  let [fn, sn, hash] = [index, size - 1, claim.leafHash];
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(hash, claim.root);
}

/** RFC 9162 section 2.1.4.2; the empty tree is the beginning of every other. */
export function verifyConsistency(claim: {
  readonly first: number;
  readonly firstRoot: Uint8Array;
  readonly second: number;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { first, firstRoot, second, secondRoot, proof } = claim;
  if (!isNatural(first) || !isNatural(second) || first > second) return false;
  if (!areHashes([...proof, firstRoot, secondRoot])) return false;
  if (first === second) return proof.length === 0 && equalBytes(firstRoot, secondRoot);
  if (first === 0) return proof.length === 0 && equalBytes(firstRoot, EMPTY_ROOT);
  return leadsToBoth(claim);
}

/** For `0 < first < second`. */
function leadsToBoth(claim: Parameters<typeof verifyConsistency>[0]): boolean {
  // A whole subtree's root is not in the proof: it is the first root itself.
  const path = 2 ** heightBelow(claim.first) === claim.first ? [claim.firstRoot, ...claim.proof] : claim.proof;
  const [begin, ...rest] = path;
  if (begin === undefined) return false;
  let [fn, sn] = [claim.first - 1, claim.second - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [firstHash, secondHash] = [begin, begin];
  for (const hash of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      firstHash = nodeHash(hash, firstHash);
      secondHash = nodeHash(hash, secondHash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      secondHash = nodeHash(secondHash, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equalBytes(firstHash, claim.firstRoot) && equalBytes(secondHash, claim.secondRoot);
}

/** From the first entry of it to the one behind its last. */
type Subtree = readonly [start: number, end: number];

async function hashesOfSubtrees(subtrees: readonly Subtree[], size: number, readObject: ReadObject) {
  const tiles = new Map<string, readonly Uint8Array[]>();
  const readTile = async (level: number, index: number): Promise<readonly Uint8Array[]> => {
    const width = Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH);
    const path = tilePath(level, index, width);
    const hashes = tiles.get(path) ?? hashesOf(path, width, await readObject(path));
    tiles.set(path, hashes);
    return hashes;
  };
  const hashes: Uint8Array[] = [];
  for (const subtree of subtrees) hashes.push(await rootOfSubtree(subtree, readTile));
  return hashes;
}

/** It starts at a multiple of the power of two that holds it, so it is made up of whole ones, the largest first. */
async function rootOfSubtree(
  [start, end]: Subtree,
  readTile: (level: number, index: number) => Promise<readonly Uint8Array[]>,
): Promise<Uint8Array> {
  const peaks: Uint8Array[] = [];
  for (let at = start; at < end; ) {
    const height = heightBelow(end - at);
    const level = Math.floor(height / 8);
    const first = at / TILE_WIDTH ** level;
    const from = first % TILE_WIDTH;
    const hashes = await readTile(level, Math.floor(first / TILE_WIDTH));
    peaks.push(rootOfPeaks(peaksOf(hashes.slice(from, from + 2 ** (height % 8)))));
    at += 2 ** height;
  }
  return rootOfPeaks(peaks);
}

/** RFC 6962 section 2.1: the largest power of two below the number of entries. */
function splitOf(count: number): number {
  return 2 ** heightBelow(count - 1);
}

/** Of the largest whole subtree within so many entries; a logarithm would be rounded up below large powers of two. */
function heightBelow(count: number): number {
  return count.toString(2).length - 1;
}

function half(number: number): number {
  return Math.floor(number / 2);
}

function isNatural(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function requireNatural(size: number): void {
  if (!isNatural(size)) throw new RangeError(`tree size ${size}: expected a natural number`);
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.length <= MAXIMUM_PROOF * 2 && hashes.every(({ length }) => length === EMPTY_ROOT.length);
}
