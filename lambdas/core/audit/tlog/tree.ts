// The life of a leaf: (1) its bytes go into a bundle, its hash into the last tile of level 0; (2) a tile with 256 hashes is
// full for good, and the root of its subtree is the next hash of the level above; (3) what is not full yet lies in partial
// tiles, one a width, so that no object is ever changed.
import { decodeBundle, encodeBundle } from './bundle.ts';
import { CompactRange, peaksOf } from './compact-range.ts';
import { equalBytes, HASH_BYTES, leafHash } from './hashing.ts';
import { bundlePath, TILE_WIDTH, tilePath } from './paths.ts';

export type ReadObject = (path: string) => Promise<Uint8Array | undefined>;

export interface LogObject {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface GrownTree {
  readonly size: number;
  readonly root: Uint8Array;
  /** The root before, by the tiles that were read: what was sealed must be equal to it. */
  readonly previousRoot: Uint8Array;
  /** To be put in this order, tiles after the entries they are the hashes of. */
  readonly objects: readonly LogObject[];
}

/** An object that the tree rests on is missing, or is not what others say of it. */
export class TreeError extends Error {
  override readonly name = 'TreeError';
}

/** Hashes at a level of a tree of so many entries: whole subtrees only. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/**
 * The tree of `size` entries with `leaves` behind them: what is new of it, full tiles and the partial ones at the new
 * right edge. The same arguments give the same objects. Reads the partial tiles at the old edge and its partial bundle.
 *
 * @throws TreeError when one of these is missing, has another length, or when the bundle's entries are not those hashed
 */
export async function growTree(
  size: number,
  leaves: readonly Uint8Array[],
  readObject: ReadObject,
): Promise<GrownTree> {
  const edge = await readEdge(size, readObject);
  const range = new CompactRange(size, edge.levels.toReversed().flatMap(peaksOf));
  const previousRoot = range.root();
  const tiles = edge.levels.map((hashes, level) => openTile(level, size, hashes));
  const full: LogObject[] = [];
  for (const leaf of leaves) {
    range.append(leafHash(leaf), (height, _index, hash) => {
      const level = height / HEIGHT;
      if (!Number.isInteger(level)) return;
      tiles[level] ??= openTile(level, 0, []);
      const done = addHash(tiles[level], hash);
      if (done !== undefined) full.push(done);
    });
  }
  const partial = tiles.filter(({ isNew }) => isNew).map(asObject);
  const objects = [...bundlesOf(size, edge.entries, leaves), ...full, ...partial];
  return { size: range.size, root: range.root(), previousRoot, objects };
}

/** Of a tile: 256 hashes have a root that many levels above them. */
const HEIGHT = 8;

function bundlesOf(size: number, before: readonly Uint8Array[], leaves: readonly Uint8Array[]): readonly LogObject[] {
  if (leaves.length === 0) return [];
  const entries = [...before, ...leaves];
  const first = Math.floor(size / TILE_WIDTH);
  return Array.from({ length: Math.ceil(entries.length / TILE_WIDTH) }, (_, offset) => {
    const bundle = entries.slice(offset * TILE_WIDTH, (offset + 1) * TILE_WIDTH);
    return { path: bundlePath(first + offset, bundle.length), bytes: encodeBundle(bundle) };
  });
}

/** The last tile of a level. */
interface OpenTile {
  readonly level: number;
  index: number;
  hashes: Uint8Array[];
  /** Whether it has a hash that the old tree had not. */
  isNew: boolean;
}

function openTile(level: number, size: number, hashes: readonly Uint8Array[]): OpenTile {
  return { level, index: Math.floor(hashesAtLevel(size, level) / TILE_WIDTH), hashes: [...hashes], isNew: false };
}

function asObject({ level, index, hashes }: OpenTile): LogObject {
  return { path: tilePath(level, index, hashes.length), bytes: Buffer.concat(hashes) };
}

function addHash(tile: OpenTile, hash: Uint8Array): LogObject | undefined {
  tile.hashes.push(hash);
  tile.isNew = true;
  if (tile.hashes.length < TILE_WIDTH) return undefined;
  const object = asObject(tile);
  tile.index += 1;
  tile.hashes = [];
  tile.isNew = false;
  return object;
}

interface Edge {
  /** Level → the hashes of its partial tile, of which there may be none. */
  readonly levels: readonly (readonly Uint8Array[])[];
  readonly entries: readonly Uint8Array[];
}

async function readEdge(size: number, readObject: ReadObject): Promise<Edge> {
  const levels: Uint8Array[][] = [];
  for (let level = 0; hashesAtLevel(size, level) > 0; level += 1) {
    const count = hashesAtLevel(size, level);
    const width = count % TILE_WIDTH;
    const path = width === 0 ? undefined : tilePath(level, Math.floor(count / TILE_WIDTH), width);
    levels.push(path === undefined ? [] : hashesOf(path, width, await readObject(path)));
  }
  const [leafHashes = []] = levels;
  if (leafHashes.length === 0) return { levels, entries: [] };
  const path = bundlePath(Math.floor(size / TILE_WIDTH), leafHashes.length);
  return { levels, entries: entriesOf(path, leafHashes, await readObject(path)) };
}

/** The hashes of a tile. Throws a TreeError when it is missing or has another length. */
export function hashesOf(path: string, width: number, bytes: Uint8Array | undefined): Uint8Array[] {
  if (bytes === undefined) throw new TreeError(`${path} is missing`);
  if (bytes.length !== width * HASH_BYTES) {
    throw new TreeError(`${path} has ${bytes.length} bytes: expected ${width} hashes of ${HASH_BYTES}`);
  }
  return Array.from({ length: width }, (_, index) => bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
}

function entriesOf(path: string, leafHashes: readonly Uint8Array[], bytes: Uint8Array | undefined): Uint8Array[] {
  if (bytes === undefined) throw new TreeError(`${path} is missing`);
  const entries = decodeBundle(bytes);
  const wrong = leafHashes.findIndex((hash, index) => {
    const entry = entries[index];
    return entry === undefined || !equalBytes(leafHash(entry), hash);
  });
  if (wrong !== -1 || entries.length !== leafHashes.length) {
    const place =
      wrong === -1 ? `has ${entries.length} entries of ${leafHashes.length}` : `differs at its entry ${wrong}`;
    throw new TreeError(`${path} ${place} from the tile of its hashes`);
  }
  return entries;
}
