// RFC 6962 section 2.1 word by word, over all leaves at once: the tree, its proofs, and the tiles of C2SP tlog-tiles by
// what they are said to hold. Slow, and shares nothing with what it judges.
import { createHash } from 'node:crypto';

export type Leaves = readonly Uint8Array[];

const hash = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const [LEAF, NODE] = [Buffer.of(0), Buffer.of(1)];

/** MTH(D[n]). */
export function treeHash(leaves: Leaves): Buffer {
  const [only] = leaves;
  if (only === undefined) return hash();
  if (leaves.length === 1) return hash(LEAF, only);
  const k = largestPowerBelow(leaves.length);
  return hash(NODE, treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

/** PATH(m, D[n]). */
export function auditPath(m: number, leaves: Leaves): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const k = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m < k ? [...auditPath(m, left), treeHash(right)] : [...auditPath(m - k, right), treeHash(left)];
}

/** PROOF(m, D[n]). */
export function consistency(m: number, leaves: Leaves): readonly Buffer[] {
  return m === 0 ? [] : subproof(m, leaves, true);
}

function subproof(m: number, leaves: Leaves, isWhole: boolean): readonly Buffer[] {
  if (m === leaves.length) return isWhole ? [] : [treeHash(leaves)];
  const k = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return m <= k ? [...subproof(m, left, isWhole), treeHash(right)] : [...subproof(m - k, right, false), treeHash(left)];
}

/** Path → bytes: every object that a log of these entries must have, and no other. */
export function logObjects(leaves: Leaves): ReadonlyMap<string, Buffer> {
  const objects = new Map<string, Buffer>();
  cut(leaves).forEach((bundle, index) => {
    const bytes = bundle.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 255), entry]);
    objects.set(`tile/entries/${numbered(index, bundle.length)}`, Buffer.concat(bytes));
  });
  let groups: readonly Leaves[] = leaves.map((leaf) => [leaf]);
  for (let level = 0; groups.length > 0; level += 1) {
    const tiles = cut(groups.map((group) => treeHash(group)));
    tiles.forEach((tile, index) => {
      objects.set(`tile/${level}/${numbered(index, tile.length)}`, Buffer.concat(tile));
    });
    groups = cut(groups)
      .filter(({ length }) => length === 256)
      .map((group) => group.flat());
  }
  return objects;
}

function cut<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / 256) }, (_, index) =>
    items.slice(index * 256, index * 256 + 256),
  );
}

function numbered(index: number, width: number): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return groups.join('/') + (width === 256 ? '' : `.p/${width}`);
}

function largestPowerBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
