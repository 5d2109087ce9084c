// A copy of a log's bucket, and which of the log's objects there are in it.
import { parseSuccessionPath } from '../tlog/key-succession.ts';
import { bundlePath, parseTilePath, TILE_WIDTH, tilePath } from '../tlog/paths.ts';
import { hashesAtLevel } from '../tlog/tree.ts';
import { parseWitnessedPath } from '../tlog/witnessed.ts';
import type { Findings } from './findings.ts';

export interface LogCopy {
  /** The path of each object, in any order, with slashes. */
  readonly list: () => AsyncIterable<string>;
  /** Undefined when there is none, or when it is larger than so many bytes. */
  readonly read: (path: string, maximumBytes: number) => Promise<Uint8Array | undefined>;
  /** Of an object of any size. */
  readonly digest: (path: string) => Promise<{ readonly sha256: string; readonly bytes: number } | undefined>;
}

/** A log with more objects than this is verified in parts, or by another tool. */
const MAXIMUM_OBJECTS = 20_000_000;
const MAXIMUM_NAMED = 5;

export type Level = number | 'entries';

/** The copy cannot be verified at all: there is no answer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

export class Inventory {
  /** Level → tile index → the widths that there are, the smallest first. */
  readonly #tiles = new Map<Level, Map<number, number[]>>();
  readonly checkpointPaths: string[] = [];
  /** Of checkpoints with a cosignature. */
  readonly witnessedPaths: string[] = [];
  /** Of the keys that are announced. */
  readonly keyNumbers: number[] = [];
  readonly #details = new Set<string>();
  readonly #foreign: string[] = [];
  #foreignCount = 0;

  static async of(copy: LogCopy, findings: Findings): Promise<Inventory> {
    const inventory = new Inventory();
    let count = 0;
    for await (const path of copy.list()) {
      count += 1;
      if (count > MAXIMUM_OBJECTS) throw new NoAnswerError(`more than ${MAXIMUM_OBJECTS} objects`);
      inventory.#add(path, findings);
    }
    for (const tiles of inventory.#tiles.values()) for (const widths of tiles.values()) widths.sort((a, b) => a - b);
    inventory.checkpointPaths.sort();
    inventory.witnessedPaths.sort();
    if (inventory.#foreignCount > 0) {
      const named = inventory.#foreign.join(', ');
      findings.remark(`${inventory.#foreignCount} objects are none of the log's and were not looked at: ${named}`);
    }
    return inventory;
  }

  widthsOf(level: Level, index: number): readonly number[] {
    return this.#tiles.get(level)?.get(index) ?? [];
  }

  /** The one of that width, otherwise the next larger: what is full for good may stand in for what it was. */
  pathFor(level: Level, index: number, width: number): string | undefined {
    const found = this.widthsOf(level, index).find((each) => each >= width);
    return found === undefined ? undefined : pathAt(level, index, found);
  }

  /** Whether everything is here of which a tree of so many entries is made, whatever it says. */
  isComplete(size: number): boolean {
    const counts: (readonly [Level, number])[] = [['entries', size]];
    for (let level = 0; hashesAtLevel(size, level) > 0; level += 1) counts.push([level, hashesAtLevel(size, level)]);
    return counts.every(([level, count]) => {
      for (let index = 0; index * TILE_WIDTH < count; index += 1) {
        if (this.pathFor(level, index, Math.min(TILE_WIDTH, count - index * TILE_WIDTH)) === undefined) return false;
      }
      return true;
    });
  }

  hasDetail(sha256: string): boolean {
    return this.#details.has(sha256);
  }

  get detailCount(): number {
    return this.#details.size;
  }

  /** How many tiles and bundles hold something behind so many entries; and the first of them. */
  beyond(size: number): { readonly count: number; readonly first: string | undefined } {
    let count = 0;
    let first: string | undefined;
    for (const [level, tiles] of this.#tiles) {
      const sealed = level === 'entries' ? size : hashesAtLevel(size, level);
      for (const [index, widths] of tiles) {
        const beyond = widths.filter((width) => index * TILE_WIDTH + width > sealed);
        count += beyond.length;
        if (beyond[0] !== undefined) first ??= pathAt(level, index, beyond[0]);
      }
    }
    return { count, first };
  }

  #add(path: string, findings: Findings): void {
    const tile = parseTilePath(path);
    if (tile !== undefined) {
      const tiles = this.#tiles.get(tile.level) ?? new Map<number, number[]>();
      tiles.set(tile.index, [...(tiles.get(tile.index) ?? []), tile.width]);
      this.#tiles.set(tile.level, tiles);
      return;
    }
    const keyNumber = parseSuccessionPath(path);
    if (keyNumber !== undefined) this.keyNumbers.push(keyNumber);
    else if (parseWitnessedPath(path) !== undefined) this.witnessedPaths.push(path);
    else if (/^checkpoints\/\d{20}$/.test(path)) this.checkpointPaths.push(path);
    else if (/^details\/[0-9a-f]{64}$/.test(path)) this.#details.add(path.slice('details/'.length));
    else if (/^(?:tile|checkpoints|details|keys|witnessed)\//.test(path)) {
      findings.fault({ kind: 'surplus', path, message: `${path}: no object of a log has such a name` });
    } else if (path !== 'checkpoint' && path !== 'log.vkey') {
      this.#foreignCount += 1;
      if (this.#foreign.length < MAXIMUM_NAMED) this.#foreign.push(path);
    }
  }
}

export function pathAt(level: Level, index: number, width: number): string {
  return level === 'entries' ? bundlePath(index, width) : tilePath(level, index, width);
}
