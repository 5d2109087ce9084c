// The right edge of a Merkle tree, which is all that growing it needs: the roots of the perfect subtrees that its size is
// the sum of, the largest first.
import { EMPTY_ROOT, nodeHash } from './hashing.ts';

/** Each node as it is completed: `height` 0 is a leaf, `index` counts those of its height from the left. */
export type OnNode = (height: number, index: number, hash: Uint8Array) => void;

export class CompactRange {
  readonly #peaks: Uint8Array[];
  #size: number;

  /** `peaks` must be as many as `size` has ones in binary. Throws a RangeError otherwise. */
  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    const expected = onesIn(size);
    if (peaks.length !== expected) throw new RangeError(`size ${size} has ${expected} peaks, not ${peaks.length}`);
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  /** A leaf, or the root of a whole subtree of that height, for which the size must be a multiple of its own. */
  append(node: Uint8Array, onNode?: OnNode, ofHeight = 0): void {
    let hash = node;
    let height = ofHeight;
    let index = this.#size / 2 ** height;
    if (!Number.isInteger(index)) throw new RangeError(`no subtree of height ${height} begins at ${this.#size}`);
    onNode?.(height, index, hash);
    while (index % 2 === 1) {
      const left = this.#peaks.pop();
      if (left === undefined) throw new RangeError(`no peak at height ${height}`);
      hash = nodeHash(left, hash);
      index = (index - 1) / 2;
      height += 1;
      onNode?.(height, index, hash);
    }
    this.#peaks.push(hash);
    this.#size += 2 ** ofHeight;
  }

  /** RFC 6962 section 2.1: the split is at the largest power of two below the size, so peaks are joined from the right. */
  root(): Uint8Array {
    return rootOfPeaks(this.#peaks);
  }
}

/** Of hashes beside one another at one height, from the left: the roots of the perfect subtrees that they make up. */
export function peaksOf(hashes: readonly Uint8Array[]): Uint8Array[] {
  const peaks: Uint8Array[] = [];
  hashes.forEach((leaf, leafIndex) => {
    let hash = leaf;
    for (let index = leafIndex; index % 2 === 1; index = (index - 1) / 2) hash = nodeHash(peaks.pop() ?? hash, hash);
    peaks.push(hash);
  });
  return peaks;
}

export function rootOfPeaks(peaks: readonly Uint8Array[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (const peak of peaks.toReversed()) root = root === undefined ? peak : nodeHash(peak, root);
  return root ?? EMPTY_ROOT;
}

function onesIn(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`tree size ${size}: expected a natural number`);
  return size.toString(2).replaceAll('0', '').length;
}
