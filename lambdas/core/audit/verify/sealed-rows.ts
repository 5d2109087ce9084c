// The rows that the lake must have of sealed entries, made of the log's copy by the mapping that the lake is written with.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { decodeLogEntry } from '../log-entry.ts';
import { type OcsfEvent, toOcsfEvents } from '../ocsf/ocsf-event.ts';
import { decodeBundle } from '../tlog/bundle.ts';
import { leafHash } from '../tlog/hashing.ts';
import { TILE_WIDTH } from '../tlog/paths.ts';
import type { KnownCheckpoint } from './known-checkpoints.ts';
import type { Inventory, LogCopy } from './log-copy.ts';
import { MAXIMUM_BUNDLE_BYTES } from './tree-pass.ts';

/** An audit entry is an item of DynamoDB: 400 kB. */
const MAXIMUM_DETAIL_BYTES = 4_000_000;
const detailSchema = z.looseObject({ event: z.record(z.string(), z.unknown()) });

export interface RowsOfEntry {
  readonly index: number;
  /** Undefined, when the entry cannot be read, and why. */
  readonly rows?: readonly OcsfEvent[];
  readonly because?: string;
}

export class SealedRows {
  readonly #copy: LogCopy;
  readonly #inventory: Inventory;
  readonly #head: KnownCheckpoint;

  constructor(copy: LogCopy, inventory: Inventory, head: KnownCheckpoint) {
    this.#copy = copy;
    this.#inventory = inventory;
    this.#head = head;
  }

  /** Of the entries from `from` to before `to`, bundle by bundle. */
  async *of(from: number, to: number): AsyncGenerator<RowsOfEntry> {
    for (let block = Math.floor(from / TILE_WIDTH); block * TILE_WIDTH < to; block += 1) {
      const width = Math.min(TILE_WIDTH, this.#head.size - block * TILE_WIDTH);
      const leaves = await this.#leavesOf(block, width);
      for (let offset = 0; offset < width; offset += 1) {
        const index = block * TILE_WIDTH + offset;
        if (index >= from && index < to) yield await this.#rowsOf(index, leaves[offset]);
      }
    }
  }

  async #leavesOf(block: number, width: number): Promise<readonly Uint8Array[]> {
    const path = this.#inventory.pathFor('entries', block, width);
    const bytes = path === undefined ? undefined : await this.#copy.read(path, MAXIMUM_BUNDLE_BYTES);
    try {
      return bytes === undefined ? [] : decodeBundle(bytes);
    } catch {
      return [];
    }
  }

  async #rowsOf(index: number, leaf: Uint8Array | undefined): Promise<RowsOfEntry> {
    if (leaf === undefined) return { index, because: 'the entry is missing' };
    try {
      const entry = decodeLogEntry(leaf);
      const detail = entry.detail && (await this.#detailOf(entry.detail.sha256));
      const leafDigest = Buffer.from(leafHash(leaf)).toString('base64');
      return { index, rows: toOcsfEvents({ index, entry, leafHash: leafDigest, detail }, this.#head.origin) };
    } catch (error) {
      return { index, because: error instanceof Error ? error.message : String(error) };
    }
  }

  async #detailOf(sha256: string): Promise<Readonly<Record<string, unknown>>> {
    const bytes = await this.#copy.read(`details/${sha256}`, MAXIMUM_DETAIL_BYTES);
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new Error(`details/${sha256} is not what it names`);
    return detailSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).event;
  }
}
