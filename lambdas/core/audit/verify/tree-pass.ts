// One pass over the entries in their order, which makes the whole tree anew and holds every object against it. Memory
// grows by one hash for 256 entries.
import { decodeBundle } from '../tlog/bundle.ts';
import { CompactRange } from '../tlog/compact-range.ts';
import { equalBytes, HASH_BYTES, leafHash } from '../tlog/hashing.ts';
import { TILE_WIDTH } from '../tlog/paths.ts';
import { EntryRules } from './entry-rules.ts';
import type { Findings } from './findings.ts';
import type { KnownCheckpoint } from './known-checkpoints.ts';
import { type Inventory, type Level, type LogCopy, pathAt } from './log-copy.ts';

/** Hashes that the signed root vouches for where the entries that are there have others. */
export interface Corrections {
  /** Entry → its sealed hash. */
  readonly leaves: ReadonlyMap<number, Uint8Array>;
  /** First block of 256 entries → a whole subtree under which nothing else can be proved. */
  readonly subtrees: ReadonlyMap<number, { readonly level: number; readonly hash: Uint8Array }>;
}

export const NO_CORRECTIONS: Corrections = { leaves: new Map(), subtrees: new Map() };

export interface PassOptions {
  readonly copy: LogCopy;
  readonly inventory: Inventory;
  readonly size: number;
  /** None covers more than `size` entries. */
  readonly checkpoints: readonly KnownCheckpoint[];
  readonly corrections: Corrections;
  readonly findings: Findings;
}

export interface PassResult {
  readonly root: Uint8Array;
  /** Level → the hashes of its whole subtrees beside one another; level 0 only has those of the last, partial tile. */
  readonly levels: readonly Uint8Array[];
  readonly rules: EntryRules;
  /** Those whose root is that of so many entries, and those whose is not. */
  readonly fitting: readonly KnownCheckpoint[];
  readonly unfitting: readonly KnownCheckpoint[];
  readonly objectCount: number;
}

const LENGTH_BYTES = 2;
export const MAXIMUM_BUNDLE_BYTES = TILE_WIDTH * (LENGTH_BYTES + 0xffff);
export const MAXIMUM_TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Of an entry that is not there: no hash of anything. */
const UNKNOWN = new Uint8Array(HASH_BYTES);
/** A tile's own height in the tree. */
const TILE_HEIGHT = 8;

export async function passOverEntries(options: PassOptions): Promise<PassResult> {
  const pass = new TreePass(options);
  for (let block = 0; block * TILE_WIDTH < options.size; ) block += await pass.overBlock(block);
  return pass.end();
}

interface OpenTile {
  readonly index: number;
  readonly bytes: Uint8Array;
  width: number;
}

class TreePass {
  readonly #options: PassOptions;
  readonly #rules: EntryRules;
  readonly #range = new CompactRange();
  readonly #open: (OpenTile | undefined)[] = [];
  /** Whole tiles that were not yet held against their objects. */
  readonly #whole: { readonly level: number; readonly tile: OpenTile }[] = [];
  readonly #levels: Uint8Array[][] = [];
  readonly #waiting: KnownCheckpoint[];
  readonly #fitting: KnownCheckpoint[] = [];
  readonly #unfitting: KnownCheckpoint[] = [];
  #objectCount = 0;

  constructor(options: PassOptions) {
    this.#options = options;
    this.#rules = new EntryRules(options.findings);
    this.#waiting = [...options.checkpoints].sort((a, b) => b.size - a.size);
    this.#judgeCheckpoints();
  }

  /** How many blocks it went over. */
  async overBlock(block: number): Promise<number> {
    const { size, corrections } = this.#options;
    const subtree = corrections.subtrees.get(block);
    if (subtree !== undefined) return this.#overSubtree(block, subtree);
    const first = block * TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, size - first);
    const entries = await this.#readBundle(block, width);
    const altered = new Spans(({ from, to }) => this.#nameAltered(from, to));
    for (let offset = 0; offset < width; offset += 1) {
      const [index, entry] = [first + offset, entries[offset]];
      const corrected = corrections.leaves.get(index);
      if (entry !== undefined && corrected === undefined) this.#rules.check(index, entry);
      else this.#rules.skip();
      if (entry !== undefined && corrected !== undefined) altered.add(index);
      this.#append(corrected ?? (entry === undefined ? UNKNOWN : leafHash(entry)), 0);
    }
    altered.end();
    await this.#compareWholeTiles();
    return 1;
  }

  async end(): Promise<PassResult> {
    for (const [level, tile] of this.#open.entries()) {
      if (tile !== undefined) await this.#compareTile(level, tile);
    }
    // Behind the last whole block there is a partial tile of level 0: what diagnosis may need of that level.
    const [edge] = this.#open;
    const lowest = edge === undefined ? [] : [edge.bytes.slice(0, edge.width * HASH_BYTES)];
    return {
      root: this.#range.root(),
      levels: [lowest, ...this.#levels.slice(1)].map((hashes) => Buffer.concat(hashes ?? [])),
      rules: this.#rules,
      fitting: this.#fitting,
      unfitting: this.#unfitting,
      objectCount: this.#objectCount,
    };
  }

  async #overSubtree(block: number, { level, hash }: { level: number; hash: Uint8Array }): Promise<number> {
    const blocks = TILE_WIDTH ** (level - 1);
    this.#rules.skip(blocks * TILE_WIDTH);
    // Checkpoints within it cannot be judged; nor can the objects under it.
    while ((this.#waiting.at(-1)?.size ?? Number.POSITIVE_INFINITY) < (block + blocks) * TILE_WIDTH)
      this.#waiting.pop();
    this.#append(hash, level * TILE_HEIGHT);
    await this.#compareWholeTiles();
    return blocks;
  }

  #append(hash: Uint8Array, height: number): void {
    this.#range.append(hash, this.#onNode, height);
    this.#judgeCheckpoints();
  }

  readonly #onNode = (height: number, index: number, hash: Uint8Array): void => {
    if (height % TILE_HEIGHT !== 0) return;
    const level = height / TILE_HEIGHT;
    if (level > 0) {
      // A copy: many hashes share the memory of one buffer, which would stay with any of them.
      this.#levels[level] ??= [];
      this.#levels[level].push(Uint8Array.from(hash));
    }
    const position = index % TILE_WIDTH;
    const tileIndex = (index - position) / TILE_WIDTH;
    let tile = this.#open[level];
    if (tile?.index !== tileIndex) tile = { index: tileIndex, bytes: new Uint8Array(MAXIMUM_TILE_BYTES), width: 0 };
    tile.bytes.set(hash, position * HASH_BYTES);
    tile.width = position + 1;
    this.#open[level] = tile;
    if (tile.width < TILE_WIDTH) return;
    this.#whole.push({ level, tile });
    this.#open[level] = undefined;
  };

  #judgeCheckpoints(): void {
    for (;;) {
      const next = this.#waiting.at(-1);
      if (next === undefined || next.size !== this.#range.size) return;
      this.#waiting.pop();
      (equalBytes(next.root, this.#range.root()) ? this.#fitting : this.#unfitting).push(next);
    }
  }

  async #compareWholeTiles(): Promise<void> {
    for (const { level, tile } of this.#whole.splice(0)) await this.#compareTile(level, tile);
  }

  async #compareTile(level: number, { index, bytes, width }: OpenTile): Promise<void> {
    const { copy, inventory, findings } = this.#options;
    if (inventory.pathFor(level, index, width) === undefined) this.#nameMissing(level, index, width);
    for (const stored of inventory.widthsOf(level, index)) {
      const path = pathAt(level, index, stored);
      const found = await copy.read(path, MAXIMUM_TILE_BYTES);
      this.#objectCount += 1;
      if (found?.length !== stored * HASH_BYTES) {
        const message = `${path} has not the ${stored * HASH_BYTES} bytes of ${stored} hashes`;
        findings.fault({ kind: 'tile', path, ...spanOf(level, index * TILE_WIDTH), message });
        continue;
      }
      const common = Math.min(stored, width) * HASH_BYTES;
      const wrong = firstDifference(found.subarray(0, common), bytes.subarray(0, common));
      if (wrong === undefined) continue;
      const position = Math.floor(wrong / HASH_BYTES);
      const span = spanOf(level, index * TILE_WIDTH + position);
      findings.fault({
        kind: 'tile',
        path,
        ...span,
        message: `${path}: its hash ${position} is not that of ${say(span)}`,
      });
    }
  }

  /** The entries of a block as the object has them that stands for this tree, and fewer or none where that is wrong. */
  async #readBundle(block: number, width: number): Promise<readonly Uint8Array[]> {
    const { copy, inventory } = this.#options;
    const chosen = inventory.widthsOf('entries', block).find((each) => each >= width);
    if (chosen === undefined) {
      this.#nameMissing('entries', block, width);
      return [];
    }
    const path = pathAt('entries', block, chosen);
    const bytes = (await copy.read(path, MAXIMUM_BUNDLE_BYTES)) ?? new Uint8Array(0);
    const entries = this.#decode(path, block, chosen, bytes);
    this.#objectCount += 1;
    for (const stored of inventory.widthsOf('entries', block)) {
      if (stored !== chosen) await this.#compareBundle(block, stored, bytes, entries);
    }
    return entries;
  }

  #decode(path: string, block: number, width: number, bytes: Uint8Array): readonly Uint8Array[] {
    const { findings } = this.#options;
    const first = block * TILE_WIDTH;
    const span = { path, entry: first, lastEntry: first + width - 1 };
    try {
      const entries = decodeBundle(bytes);
      if (entries.length !== width) {
        const message = `${path} has ${entries.length} entries: expected ${width}, of ${say(span)}`;
        findings.fault({ kind: 'bundle', ...span, message });
      }
      return entries;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      findings.fault({ kind: 'bundle', ...span, message: `${path} is ${reason}: ${say(span)} cannot be read` });
      return [];
    }
  }

  /** What was a bundle's beginning when it was sealed is still its beginning. */
  async #compareBundle(
    block: number,
    stored: number,
    bytes: Uint8Array,
    entries: readonly Uint8Array[],
  ): Promise<void> {
    const { copy, findings, corrections } = this.#options;
    const path = pathAt('entries', block, stored);
    const found = (await copy.read(path, MAXIMUM_BUNDLE_BYTES)) ?? new Uint8Array(0);
    this.#objectCount += 1;
    const common = endOf(bytes, entries[Math.min(stored, entries.length) - 1]);
    const isSameLength = stored > entries.length ? found.length > common : found.length === common;
    if (isSameLength && equalBytes(found.subarray(0, common), bytes.subarray(0, common))) return;
    const others = this.#decode(path, block, stored, found);
    const wrong = others.findIndex((other, offset) => {
      const sealed = corrections.leaves.get(block * TILE_WIDTH + offset);
      return sealed === undefined ? !equalBytes(other, entries[offset] ?? other) : !equalBytes(leafHash(other), sealed);
    });
    if (wrong === -1) return;
    const entry = block * TILE_WIDTH + wrong;
    const message = `${path}: its entry ${entry} is another than the one sealed`;
    findings.fault({ kind: 'bundle', path, entry, message });
  }

  #nameMissing(level: Level, index: number, width: number): void {
    const path = pathAt(level, index, width);
    const { entry } = spanOf(level === 'entries' ? 0 : level, index * TILE_WIDTH);
    const { lastEntry } = spanOf(level === 'entries' ? 0 : level, index * TILE_WIDTH + width - 1);
    const message = `${path} is missing: it holds ${level === 'entries' ? '' : 'the hashes of '}${say({ entry, lastEntry })}`;
    this.#options.findings.fault({ kind: 'missing', path, entry, lastEntry, message });
  }

  #nameAltered(from: number, to: number): void {
    const span = { entry: from, lastEntry: to };
    const message = `${say(span)}: not what was sealed there`;
    this.#options.findings.fault({ kind: 'entry', ...span, path: pathOfEntry(this.#options, from), message });
  }
}

function pathOfEntry({ inventory, size }: PassOptions, entry: number): string {
  const block = Math.floor(entry / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, size - block * TILE_WIDTH);
  return inventory.pathFor('entries', block, width) ?? pathAt('entries', block, width);
}

/** Numbers beside one another are told together. */
class Spans {
  readonly #tell: (span: { readonly from: number; readonly to: number }) => void;
  #open: { readonly from: number; to: number } | undefined;

  constructor(tell: (span: { readonly from: number; readonly to: number }) => void) {
    this.#tell = tell;
  }

  add(number: number): void {
    if (this.#open?.to === number - 1) this.#open.to = number;
    else {
      this.end();
      this.#open = { from: number, to: number };
    }
  }

  end(): void {
    if (this.#open !== undefined) this.#tell(this.#open);
    this.#open = undefined;
  }
}

/** The entries under a hash of a level. */
export function spanOf(level: number, hash: number): { readonly entry: number; readonly lastEntry: number } {
  const count = TILE_WIDTH ** level;
  return { entry: hash * count, lastEntry: (hash + 1) * count - 1 };
}

export function say({ entry, lastEntry }: { readonly entry: number; readonly lastEntry: number }): string {
  return entry === lastEntry ? `entry ${entry}` : `entries ${entry} to ${lastEntry}`;
}

function endOf(bytes: Uint8Array, entry: Uint8Array | undefined): number {
  return entry === undefined ? 0 : entry.byteOffset - bytes.byteOffset + entry.length;
}

function firstDifference(one: Uint8Array, other: Uint8Array): number | undefined {
  if (equalBytes(one, other)) return undefined;
  const index = one.findIndex((byte, at) => byte !== other[at]);
  return index === -1 ? undefined : index;
}
