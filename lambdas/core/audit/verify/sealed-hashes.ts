// Where the entries do not lead to the signed root: which of them are not what was sealed. Followed from the root down,
// since a hash that led to the root is the sealed one, and whatever lies below and hashes to another was altered.
import { decodeBundle } from '../tlog/bundle.ts';
import { peaksOf, rootOfPeaks } from '../tlog/compact-range.ts';
import { equalBytes, HASH_BYTES, leafHash } from '../tlog/hashing.ts';
import { TILE_WIDTH } from '../tlog/paths.ts';
import { hashesAtLevel } from '../tlog/tree.ts';
import type { Findings } from './findings.ts';
import type { KnownCheckpoint } from './known-checkpoints.ts';
import { type Inventory, type LogCopy, pathAt } from './log-copy.ts';
import { type Corrections, MAXIMUM_BUNDLE_BYTES, MAXIMUM_TILE_BYTES, say, spanOf } from './tree-pass.ts';

/** Beyond so many, whole blocks are told. */
const MAXIMUM_LEAVES = 65_536;

export interface Search {
  readonly copy: LogCopy;
  readonly inventory: Inventory;
  readonly head: KnownCheckpoint;
  /** Of the pass over the entries as they are. */
  readonly levels: readonly Uint8Array[];
  readonly findings: Findings;
}

/** Undefined when no hash that is there leads to the root. */
export async function findSealedHashes(search: Search): Promise<Corrections | undefined> {
  const edge = await sealedEdge(search);
  if (edge === undefined) return undefined;
  const descent = new Descent(search);
  for (const [level, hashes] of edge.entries()) {
    const first = hashesAtLevel(search.head.size, level) - hashes.length;
    for (const [offset, hash] of hashes.entries()) await descent.from(level, first + offset, hash);
  }
  return descent;
}

/** Level → the hashes at the right edge that lead to the root, whether by the tiles or by the entries. */
async function sealedEdge(search: Search): Promise<readonly (readonly Uint8Array[])[] | undefined> {
  const { head, levels } = search;
  const choices: (readonly (readonly Uint8Array[])[])[] = [];
  for (let level = 0; hashesAtLevel(head.size, level) > 0; level += 1) {
    const count = hashesAtLevel(head.size, level);
    const width = count % TILE_WIDTH;
    const index = (count - width) / TILE_WIDTH;
    const stored = width === 0 ? [] : await storedHashes(search, level, index, width);
    const computed = split(levels[level] ?? new Uint8Array(0));
    const own = width === 0 ? [] : computed.slice(-width);
    choices.push(stored === undefined ? [own] : [stored, own]);
  }
  // At most seven levels, with at most two choices each.
  return combinations(choices).find((edge) => equalBytes(rootOfPeaks(edge.toReversed().flatMap(peaksOf)), head.root));
}

function combinations<Choice>(choices: readonly (readonly Choice[])[]): readonly (readonly Choice[])[] {
  return choices.reduce<readonly (readonly Choice[])[]>(
    (all, next) => all.flatMap((chosen) => next.map((choice) => [...chosen, choice])),
    [[]],
  );
}

class Descent implements Corrections {
  readonly leaves = new Map<number, Uint8Array>();
  readonly subtrees = new Map<number, { readonly level: number; readonly hash: Uint8Array }>();
  readonly #search: Search;

  constructor(search: Search) {
    this.#search = search;
  }

  /** `hash` is the sealed one of the subtree at `index` of its level. */
  async from(level: number, index: number, hash: Uint8Array): Promise<void> {
    const { levels, head } = this.#search;
    const own = levels[level] ?? new Uint8Array(0);
    // Of level 0 only the edge was kept.
    const first = level === 0 ? head.size - own.length / HASH_BYTES : 0;
    const at = (index - first) * HASH_BYTES;
    if (equalBytes(own.subarray(at, at + HASH_BYTES), hash)) return;
    if (level === 0) this.leaves.set(index, hash);
    else if (level === 1) await this.#fromBlock(index, hash);
    else await this.#fromSubtree(level, index, hash);
  }

  async #fromBlock(block: number, hash: Uint8Array): Promise<void> {
    const stored = await storedHashes(this.#search, 0, block, TILE_WIDTH);
    if (stored === undefined || !equalBytes(rootOfPeaks(peaksOf(stored)), hash)) {
      this.#giveUp(
        1,
        block,
        hash,
        `neither ${pathAt('entries', block, TILE_WIDTH)} nor ${pathAt(0, block, TILE_WIDTH)}`,
      );
      return;
    }
    if (this.leaves.size > MAXIMUM_LEAVES) {
      this.#giveUp(1, block, hash, pathAt('entries', block, TILE_WIDTH));
      return;
    }
    const entries = await this.#entriesOf(block);
    for (const [offset, sealed] of stored.entries()) {
      const entry = entries[offset];
      if (entry === undefined || !equalBytes(leafHash(entry), sealed))
        this.leaves.set(block * TILE_WIDTH + offset, sealed);
    }
  }

  async #fromSubtree(level: number, index: number, hash: Uint8Array): Promise<void> {
    const children = await this.#childrenOf(level, index, hash);
    if (children === undefined) {
      this.#giveUp(level, index, hash, 'nothing below');
      return;
    }
    for (const [offset, child] of children.entries()) await this.from(level - 1, index * TILE_WIDTH + offset, child);
  }

  /** By the tile of the level below, or, where that was altered, by the roots of the tiles below it. */
  async #childrenOf(level: number, index: number, hash: Uint8Array): Promise<readonly Uint8Array[] | undefined> {
    const isSealed = (hashes: readonly Uint8Array[] | undefined) =>
      hashes !== undefined && equalBytes(rootOfPeaks(peaksOf(hashes)), hash);
    const stored = await storedHashes(this.#search, level - 1, index, TILE_WIDTH);
    if (isSealed(stored)) return stored;
    const roots: Uint8Array[] = [];
    for (let child = index * TILE_WIDTH; child < (index + 1) * TILE_WIDTH; child += 1) {
      const below = await storedHashes(this.#search, level - 2, child, TILE_WIDTH);
      if (below !== undefined) roots.push(rootOfPeaks(peaksOf(below)));
    }
    return roots.length === TILE_WIDTH && isSealed(roots) ? roots : undefined;
  }

  #giveUp(level: number, index: number, hash: Uint8Array, what: string): void {
    const span = spanOf(level, index);
    this.subtrees.set(span.entry / TILE_WIDTH, { level, hash });
    const sealedIn = pathAt(level, Math.floor(index / TILE_WIDTH), TILE_WIDTH).replace(/\.p\/.*/, '');
    const message = `${say(span)}: not what was sealed there; ${what} hashes to what ${sealedIn} has of them`;
    this.#search.findings.fault({ kind: 'entry', ...span, message });
  }

  async #entriesOf(block: number): Promise<readonly Uint8Array[]> {
    const { copy, inventory } = this.#search;
    const path = inventory.pathFor('entries', block, TILE_WIDTH);
    const bytes = path === undefined ? undefined : await copy.read(path, MAXIMUM_BUNDLE_BYTES);
    try {
      return decodeBundle(bytes ?? new Uint8Array(0));
    } catch {
      return [];
    }
  }
}

async function storedHashes({ copy, inventory }: Search, level: number, index: number, width: number) {
  const path = inventory.pathFor(level, index, width);
  const bytes = path === undefined ? undefined : await copy.read(path, MAXIMUM_TILE_BYTES);
  return bytes === undefined || bytes.length < width * HASH_BYTES ? undefined : split(bytes).slice(0, width);
}

function split(hashes: Uint8Array): readonly Uint8Array[] {
  const count = Math.floor(hashes.length / HASH_BYTES);
  return Array.from({ length: count }, (_, index) => hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
}
