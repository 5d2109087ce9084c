// Seals what was sequenced: grows the Merkle tree, puts what is new of it into the bucket, fixes the root of the new size,
// has it signed and publishes it. Each step may be the last: whoever comes next does the same again, and finds it done.
import * as z from 'zod';
import { type Checkpoint, startOfSealing } from '../../core/audit/sealing/checkpoint.ts';
import { LogTamperedError } from '../../core/audit/sealing/tampering.ts';
import { EMPTY_ROOT } from '../../core/audit/tlog/hashing.ts';
import { NoteError } from '../../core/audit/tlog/note.ts';
import { growTree, TreeError } from '../../core/audit/tlog/tree.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoLogStore } from '../../stores/log/dynamo-log-store.ts';
import { type PublishLogMetrics, publishLogMetrics } from '../../stores/log/log-metrics.ts';
import { type LogObjects, s3LogObjects } from '../../stores/log/log-objects.ts';
import { kmsLogSigners } from '../../stores/log/log-signer.ts';
import type { LogStore } from '../../stores/log/log-store.ts';
import { checkpointPath, LogKeys, type LogKeysDependencies } from './log-keys.ts';

export interface SealDependencies extends LogKeysDependencies {
  readonly log: LogStore;
  readonly publish: PublishLogMetrics;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Whoever has a copy of the bucket finds there with which key its checkpoints are verified, or the first of them. */
const KEY_OBJECT = 'log.vkey';
const CHECKPOINT = 'checkpoint';
/** What is held in memory at once: whichever is reached first. */
const ROUND_LEAVES = 16_384;
const ROUND_BYTES = 32_000_000;
const CONCURRENT_PUTS = 16;
/** After this a run begins no further round: what is left is the next run's. */
const RUN_MS = 60_000;
/** Sealers that publish at the same time: each that loses finds the checkpoint further on. */
const PUBLISH_TRIES = 6;

interface Sealing extends SealDependencies {
  readonly keys: LogKeys;
}

export interface Sealed {
  readonly size: number;
}

export const sealLog = (dependencies: SealDependencies) => async (): Promise<Sealed> => {
  const { publish, clock } = dependencies;
  try {
    const deadlineMs = clock() + RUN_MS;
    const sealing = { ...dependencies, keys: await LogKeys.read(dependencies) };
    let { from, logSize } = await begin(sealing);
    while (from.size < logSize && clock() < deadlineMs) {
      from = await seal(sealing, from, await readLeaves(dependencies, from.size, logSize));
    }
    return { size: from.size };
  } catch (error) {
    if (!(error instanceof TreeError || error instanceof NoteError || error instanceof LogTamperedError)) throw error;
    publish({ tampered: 1 });
    throw error instanceof LogTamperedError ? error : new LogTamperedError(error.message, { cause: error });
  }
};

/**
 * The checkpoint from which the log is grown, and where the log ends. What was published is read after what says so, and
 * before where the log ends.
 */
async function begin(sealing: Sealing): Promise<{ from: Checkpoint; readonly logSize: number }> {
  const { log, objects, publish, keys } = sealing;
  const sealed = await log.readSealed();
  const published = (await readPublished(sealing))?.checkpoint;
  const fixedRoot = published && (await log.findRoot(published.size));
  const { size: logSize } = await log.readHead();
  const { from, isReplayed } = startOfSealing({ published, fixedRoot, sealed, logSize });
  if (from === undefined) await createSame(objects, KEY_OBJECT, encode(`${keys.first}\n`));
  if (isReplayed && from !== undefined) {
    publish({ tampered: 1 });
    // Not by the table's word: nothing is signed of which only that is known.
    await requireSameCheckpoint(sealing, checkpointPath(from.size), from);
    await publishCheckpoint(sealing, from);
  }
  await keys.follow(from);
  await measureWaiting(sealing, from?.size ?? 0);
  return { from: from ?? { size: 0, root: base64(EMPTY_ROOT) }, logSize };
}

async function measureWaiting({ log, publish, clock }: Sealing, size: number): Promise<void> {
  const oldest = await log.readBatch(size);
  publish({ unsealedSeconds: oldest === undefined ? 0 : Math.max(0, clock() - oldest.committedMs) / 1_000 });
}

/** What was committed from there to the log's end, as much as one round takes. Throws LogTamperedError where some is missing. */
async function readLeaves({ log }: SealDependencies, from: number, logSize: number): Promise<readonly Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  let bytes = 0;
  while (from + leaves.length < logSize && leaves.length < ROUND_LEAVES && bytes < ROUND_BYTES) {
    const at = from + leaves.length;
    const batch = await log.readBatch(at);
    const count = batch?.leaves.length ?? 0;
    if (batch === undefined || count === 0 || at + count > logSize)
      throw new LogTamperedError(`${count} entries were committed at ${at} of a log of ${logSize}`);
    leaves.push(...batch.leaves);
    bytes += batch.leaves.reduce((sum, { length }) => sum + length, 0);
  }
  return leaves;
}

async function seal(sealing: Sealing, from: Checkpoint, leaves: readonly Uint8Array[]): Promise<Checkpoint> {
  const { log, objects, keys } = sealing;
  const grown = await growTree(from.size, leaves, async (path) => (await objects.read(path))?.bytes);
  if (base64(grown.previousRoot) !== from.root)
    throw new LogTamperedError(`the tiles at ${from.size} entries do not have the root that was sealed`);
  await mapBounded(grown.objects, CONCURRENT_PUTS, ({ path, bytes }) => createSame(objects, path, bytes));
  const checkpoint = { size: grown.size, root: base64(grown.root) };
  const fixed = await log.fixCheckpoint(checkpoint, keys.numberAt(checkpoint.size));
  if (fixed === 'other-root') throw new LogTamperedError(`another root was fixed for ${checkpoint.size} entries`);
  if (fixed === 'other-key') throw new RetryableError('another key of the log signs by now');
  await publishCheckpoint(sealing, checkpoint);
  return checkpoint;
}

/** Under its size for ever, and as the one that everybody looks at first, which never goes backwards. */
async function publishCheckpoint(sealing: Sealing, checkpoint: Checkpoint): Promise<void> {
  const { log, objects, keys } = sealing;
  const note = encode(await keys.sign(checkpoint));
  const path = checkpointPath(checkpoint.size);
  if (!(await objects.create(path, note))) await requireSameCheckpoint(sealing, path, checkpoint);
  for (let attempt = 1; attempt <= PUBLISH_TRIES; attempt += 1) {
    const published = await readPublished(sealing);
    if (published !== undefined && published.checkpoint.size >= checkpoint.size) break;
    if (await objects.replace(CHECKPOINT, note, published?.tag)) break;
    if (attempt === PUBLISH_TRIES) throw new RetryableError('the checkpoint is being published by others');
  }
  await log.saveSealed(checkpoint);
}

async function readPublished(sealing: Sealing) {
  const object = await sealing.objects.read(CHECKPOINT);
  return object && { checkpoint: sealing.keys.open(object.bytes), tag: object.tag };
}

async function requireSameCheckpoint(sealing: Sealing, path: string, { size, root }: Checkpoint): Promise<void> {
  const object = await sealing.objects.read(path);
  const there = object && sealing.keys.open(object.bytes);
  if (there?.size !== size || there.root !== root) throw new LogTamperedError(`${path} is not what is to be sealed`);
}

/** Throws LogTamperedError when something else is there: nobody but a sealer writes, and all sealers write the same. */
async function createSame(objects: LogObjects, path: string, bytes: Uint8Array): Promise<void> {
  if (await objects.create(path, bytes)) return;
  const there = await objects.read(path);
  if (there === undefined || !Buffer.from(there.bytes).equals(bytes))
    throw new LogTamperedError(`${path} is not what is to be sealed`);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

let live: ReturnType<typeof sealLog> | undefined;

export const handler = serveTask('seal-log', z.unknown(), () => {
  live ??= sealLog({
    log: dynamoLogStore(),
    objects: s3LogObjects(),
    signers: kmsLogSigners(),
    retiredKeys: Number(fromEnvironment('logRetiredKeys')),
    origin: fromEnvironment('logOrigin'),
    publish: publishLogMetrics,
    clock: Date.now,
  });
  return live();
});
