// Puts what was sealed since the last time into the lake, as OCSF in Parquet. Whatever it is stopped at, the next run takes
// the same entries again and puts the same rows in the same place: what is in the lake is never there twice.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { decodeLogEntry } from '../../core/audit/log-entry.ts';
import type { OcsfClassName } from '../../core/audit/ocsf/classes.ts';
import {
  endOfChunk,
  type LakePlace,
  lakeKey,
  lakePositionSchema,
  mergeRows,
  POSITION_KEY,
  partOf,
} from '../../core/audit/ocsf/lake-layout.ts';
import { type OcsfEvent, type SealedEntry, toOcsfEvents } from '../../core/audit/ocsf/ocsf-event.ts';
import { decodeBundle } from '../../core/audit/tlog/bundle.ts';
import { leafHash } from '../../core/audit/tlog/hashing.ts';
import { bundlePath, TILE_WIDTH } from '../../core/audit/tlog/paths.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type PublishLakeBehind, publishLakeBehind } from '../../stores/lake/lake-metrics.ts';
import { type LakeObjects, type LogReader, s3LakeObjects } from '../../stores/lake/lake-objects.ts';
import { readParquet, writeParquet } from '../../stores/lake/parquet.ts';

export interface LakeDependencies {
  readonly log: LogReader;
  readonly lake: LakeObjects;
  readonly place: LakePlace;
  readonly publish: PublishLakeBehind;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface WrittenLake {
  /** Entries in the lake now. */
  readonly size: number;
  /** Entries that are sealed and not in it yet: the next run goes on. */
  readonly behind: number;
}

/** The log is not the one that the lake was made from, or is not whole: a person must look. */
export class LakeMismatchError extends Error {
  override readonly name = 'LakeMismatchError';
}

interface Position {
  readonly origin: string;
  readonly size: number;
  readonly tag: string | undefined;
}

/** After this a run takes no further entries: the function has a minute more for those that it took. */
const RUN_MS = 120_000;
const CONCURRENT_READS = 8;
/** Each holds the rows of an object in memory. */
const CONCURRENT_OBJECTS = 2;

export const writeLake = (dependencies: LakeDependencies) => async (): Promise<WrittenLake> => {
  const deadlineMs = dependencies.clock() + RUN_MS;
  const checkpoint = await readCheckpoint(dependencies.log);
  if (checkpoint === undefined) return { size: 0, behind: 0 };
  let position = await readPosition(dependencies.lake, checkpoint.origin);
  if (position.origin !== checkpoint.origin || position.size > checkpoint.size)
    throw new LakeMismatchError(
      `the lake has ${position.size} entries of ${position.origin}, the log is ${checkpoint.origin} with ${checkpoint.size}`,
    );
  while (position.size < checkpoint.size && dependencies.clock() < deadlineMs)
    position = await writeChunk(dependencies, position, checkpoint.size);
  const behind = checkpoint.size - position.size;
  dependencies.publish(behind);
  return { size: position.size, behind };
};

async function writeChunk(dependencies: LakeDependencies, position: Position, size: number): Promise<Position> {
  const { lake, log, place } = dependencies;
  const { origin, size: from, tag } = position;
  const to = endOfChunk(from, size);
  const sealed = await readEntries(log, from, to, size);
  const rows = new Map<string, OcsfEvent[]>();
  for (const event of sealed.flatMap((entry) => toOcsfEvents(entry, origin))) {
    const key = lakeKey(event.className, event.eventDay, partOf(from), place);
    const beside = rows.get(key);
    if (beside === undefined) rows.set(key, [event]);
    else beside.push(event);
  }
  await mapBounded([...rows], CONCURRENT_OBJECTS, ([key, fresh]) => rewrite(lake, key, fresh, from, to));
  // Last: a position that is behind costs work, one that is ahead would cost rows.
  const bytes = new TextEncoder().encode(`${JSON.stringify({ origin, size: to })}\n`);
  if (!(await lake.replace(POSITION_KEY, bytes, tag))) throw new RetryableError('another run writes the lake');
  return readPosition(lake, origin);
}

async function rewrite(
  lake: LakeObjects,
  key: string,
  fresh: readonly OcsfEvent[],
  from: number,
  to: number,
): Promise<void> {
  const { className, eventDay } = fresh[0] as OcsfEvent;
  const found = await lake.read(key);
  const existing = found === undefined ? [] : await readParquet(className, eventDay, found.bytes);
  const bytes = writeParquet(className as OcsfClassName, mergeRows(existing, fresh, from, to));
  if (!(await lake.replace(key, bytes, found?.tag))) throw new RetryableError('another run writes the lake');
}

/** The size is that of the newest checkpoint, which says how wide the last bundle is. */
async function readEntries(log: LogReader, from: number, to: number, size: number): Promise<readonly SealedEntry[]> {
  const first = Math.floor(from / TILE_WIDTH);
  const count = Math.ceil(to / TILE_WIDTH) - first;
  const bundles = await mapBounded(
    Array.from({ length: count }, (_, at) => first + at),
    CONCURRENT_READS,
    (bundle) => readBundle(log, bundle, Math.min(TILE_WIDTH, size - bundle * TILE_WIDTH)),
  );
  const leaves = bundles.flat().slice(from - first * TILE_WIDTH, to - first * TILE_WIDTH);
  return mapBounded(leaves, CONCURRENT_READS, async (leaf) => {
    const entry = decodeLogEntry(leaf.bytes);
    const detail = entry.detail && (await readDetail(log, entry.detail.sha256));
    return { index: leaf.index, entry, leafHash: Buffer.from(leafHash(leaf.bytes)).toString('base64'), detail };
  });
}

async function readBundle(
  log: LogReader,
  bundle: number,
  width: number,
): Promise<readonly { readonly index: number; readonly bytes: Uint8Array }[]> {
  // A bundle that has grown since the checkpoint may be there at its full width alone (C2SP tlog-tiles, "Partial tiles").
  const path = bundlePath(bundle, width);
  const found = (await log.read(path)) ?? (width < TILE_WIDTH ? await log.read(bundlePath(bundle)) : undefined);
  const leaves = found && decodeBundle(found.bytes);
  if (leaves === undefined || leaves.length < width) throw new LakeMismatchError(`${path} is not whole`);
  return leaves.slice(0, width).map((bytes, at) => ({ index: bundle * TILE_WIDTH + at, bytes }));
}

async function readDetail(log: LogReader, sha256: string): Promise<Readonly<Record<string, unknown>>> {
  const found = await log.read(`details/${sha256}`);
  const hash = found && createHash('sha256').update(found.bytes).digest('hex');
  if (found === undefined || hash !== sha256) throw new LakeMismatchError(`details/${sha256} is not what was sealed`);
  return detailSchema.parse(JSON.parse(new TextDecoder().decode(found.bytes))).event;
}

const detailSchema = z.looseObject({ event: z.record(z.string(), z.unknown()) });

/** Its signature is for those who distrust the bucket: `npx tenure audit verify` compares the lake with the log. */
async function readCheckpoint(log: LogReader): Promise<{ readonly origin: string; readonly size: number } | undefined> {
  const found = await log.read('checkpoint');
  if (found === undefined) return undefined;
  const [origin = '', digits = ''] = new TextDecoder().decode(found.bytes).split('\n');
  const size = Number(digits);
  if (origin === '' || !/^(0|[1-9]\d*)$/.test(digits) || !Number.isSafeInteger(size))
    throw new LakeMismatchError('the checkpoint is not one');
  return { origin, size };
}

async function readPosition(lake: LakeObjects, origin: string): Promise<Position> {
  const found = await lake.read(POSITION_KEY);
  if (found === undefined) return { origin, size: 0, tag: undefined };
  return { ...lakePositionSchema.parse(JSON.parse(new TextDecoder().decode(found.bytes))), tag: found.tag };
}

const placeSchema = z.strictObject({ region: z.string().min(1), accountId: z.string().min(1) });

/** What a schedule sends is of no interest. */
export const handler = serveTask('write-lake', z.unknown(), async () =>
  writeLake({
    log: s3LakeObjects('logBucket'),
    lake: s3LakeObjects('lakeBucket'),
    place: placeSchema.parse(JSON.parse(fromEnvironment('lakePlace'))),
    publish: publishLakeBehind,
    clock: Date.now,
  })(),
);
