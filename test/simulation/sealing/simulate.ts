// One life of the sealed log in virtual time: entries are recorded in shards of a stream, which delivers them at least once, now
// and then to two functions at a time, and forgets some; several sequence and seal at once, and each of their calls may be
// the last. In the end nothing fails any more, and the oracle looks at what there is.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import type { LogEntry } from '../../../lambdas/core/audit/log-entry.ts';
import type { CommitDependencies } from '../../../lambdas/handlers/audit/commit-entries.ts';
import { sealLog } from '../../../lambdas/handlers/audit/seal-log.ts';
import { type StreamRecord, sequenceEntries } from '../../../lambdas/handlers/audit/sequence-entries.ts';
import { sequenceMissedEntries } from '../../../lambdas/handlers/audit/sequence-missed-entries.ts';
import type { AuditStore } from '../../../lambdas/stores/audit/audit-store.ts';
import type { LogMeasure } from '../../../lambdas/stores/log/log-metrics.ts';
import type { LogObjects } from '../../../lambdas/stores/log/log-objects.ts';
import type { LogSigner } from '../../../lambdas/stores/log/log-signer.ts';
import type { LogStore } from '../../../lambdas/stores/log/log-store.ts';
import { faultsOfSealedLog, type Recorded, type SealedWorld, type Written } from '../../reference/sealed-log.ts';
import { type MemoryLog, type MemoryLogObjects, memoryLog, memoryLogObjects } from '../../support/memory-log.ts';
import { Random } from '../random.ts';
import { VirtualTime } from '../virtual-time.ts';
import type { SealingPlant } from './plants.ts';
import { type Hazard, Processes } from './processes.ts';

export interface SealingOutcome {
  readonly faults: readonly string[];
  readonly entries: number;
  readonly checkpoints: number;
  /** `<call> <fate>` → how often. */
  readonly counts: ReadonlyMap<string, number>;
  readonly metrics: Readonly<Partial<Record<LogMeasure, number>>>;
}

const START_MS = Date.parse('2026-11-28T09:00:00Z');
const ORIGIN = 'simulation.tenure/000000000000/us-east-1';
const LIVELY_MS = 180_000;
const RETRY_MS = 500;
const CLOCK_MS = 60_000;
/** More than lies between two walks through the audit table. */
const QUIET_MS = 7 * 3_600_000;
/** A sealer makes most of its calls only where there is something to seal, and then few. */
const SEALERS_DANGER = 2;
/** Whoever catches up, or seals, at last. */
const CALM_RUNS = 12;
/** Of the log, in their order. */
const KEYS = Array.from({ length: 4 }, () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { raw: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)), privateKey };
});

interface Shard {
  readonly records: { readonly entry: AuditEntry; readonly record: StreamRecord; readonly told: { was: boolean } }[];
  position: number;
}

export async function simulateSealing(seed: number, plant?: SealingPlant): Promise<SealingOutcome> {
  const time = new VirtualTime(START_MS);
  const random = new Random(seed);
  const realRandom = Math.random;
  Math.random = () => random.share();
  const world = new SealingWorld(time, random, plant);
  try {
    let error: unknown;
    let ended = false;
    world
      .live()
      .catch((thrown) => {
        error = thrown;
      })
      .finally(() => {
        ended = true;
      });
    await time.runUntil(START_MS + 3 * QUIET_MS);
    if (error !== undefined) throw error;
    if (!ended) throw new Error('the life of the log did not end');
    return world.outcome();
  } finally {
    Math.random = realRandom;
    time.uninstall();
  }
}

class SealingWorld {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #processes: Processes;
  readonly #memory: MemoryLog = memoryLog();
  readonly #log: LogStore;
  readonly #objects: LogObjects;
  readonly #shards: readonly Shard[];
  readonly #recorded: {
    readonly fact: Omit<Recorded, 'wasDelivered'>;
    readonly told: { was: boolean };
    entry: AuditEntry;
  }[] = [];
  readonly #puts: Written[] = [];
  readonly #setAside: string[] = [];
  readonly #metrics: Partial<Record<LogMeasure, number>> = {};
  readonly #keepsOrder: boolean;
  readonly #changesKeys: boolean;
  #keyCount = 1;
  #retiredKeys = 0;
  readonly #hazard: Hazard;
  readonly #running = new Set<Promise<unknown>>();

  constructor(time: VirtualTime, random: Random, plant: SealingPlant = { name: 'none' }) {
    this.#time = time;
    this.#random = random;
    this.#processes = new Processes(time, random);
    const bucket = this.#watched(memoryLogObjects());
    this.#log = { ...this.#memory, ...plant.log?.(this.#memory) };
    this.#objects = { ...bucket, ...plant.objects?.(bucket) };
    this.#shards = Array.from({ length: random.between(1, 3) }, () => ({ records: [], position: 0 }));
    this.#keepsOrder = random.chance(0.8);
    this.#changesKeys = random.chance(0.5);
    this.#hazard = { dying: random.pick([0, 1, 5, 15]), failing: random.pick([0, 2, 10]) };
  }

  async live(): Promise<void> {
    this.#record();
    this.#processes.hazard = this.#hazard;
    const pollers = this.#shards.map((shard, index) => this.#poll(shard, index));
    await this.#ticking();
    await Promise.all(pollers);
    await Promise.all(this.#running);
    // A stream may be quiet, and the walk find what it lost, under the same hazards.
    await this.#time.sleep(QUIET_MS);
    for (let run = 0; run < 2; run += 1) await this.#catchUp();
    this.#processes.hazard = { dying: 0, failing: 0 };
    await this.#time.sleep(QUIET_MS);
    for (let run = 0; run < CALM_RUNS; run += 1) await this.#catchUp();
    await Promise.all(this.#running);
    for (let run = 0; run < 2; run += 1) await this.#seal();
  }

  outcome(): SealingOutcome {
    const leaves = [...this.#memory.batches].sort(([a], [b]) => a - b).flatMap(([, batch]) => batch.leaves);
    const judged: SealedWorld = {
      recorded: this.#recorded.map(({ fact, told }) => ({ ...fact, wasDelivered: told.was })),
      leaves,
      puts: this.#puts,
      setAside: this.#setAside,
      streamKeptOrder: this.#keepsOrder,
      origin: ORIGIN,
      publicKeys: KEYS.map(({ raw }) => raw),
    };
    return {
      faults: faultsOfSealedLog(judged),
      entries: leaves.length,
      checkpoints: this.#memory.roots.size,
      counts: this.#processes.counts,
      metrics: this.#metrics,
    };
  }

  /** Few as a rule; now and then more than a tile holds. */
  #record(): void {
    const random = this.#random;
    const count = random.chance(0.03) ? random.between(257, 600) : random.between(1, 70);
    const identities = random.between(1, 12);
    for (let index = 0; index < count; index += 1) {
      const identityId = `E${random.below(identities)}`;
      const shard = Number(identityId.slice(1)) % this.#shards.length;
      const atMs = START_MS + random.below(LIVELY_MS);
      const canBeSealed = !random.chance(0.03);
      const entry = {
        identityId,
        entryId: `entry-${index}`,
        at: new Date(atMs).toISOString(),
        actor: { type: 'tenure', id: 'simulation' },
        event: { type: canBeSealed ? (random.chance(0.05) ? 'large' : 'converged') : 'poison', openTasks: index },
      } as unknown as AuditEntry;
      const told = { was: false };
      this.#recorded.push({ fact: { key: keyOf(entry), shard, canBeSealed }, told, entry });
      this.#shards[shard]?.records.push({ entry, record: recordOf(entry, index), told });
    }
  }

  /** What Lambda does with a shard: the next batch only once this one is through, the same again when it is not. */
  async #poll(shard: Shard, index: number): Promise<void> {
    const random = this.#random;
    const most = random.pick([1, 3, 10, 60]);
    const betweenMs = (2 * LIVELY_MS) / (shard.records.length / most + 1);
    while (shard.position < shard.records.length) {
      await this.#time.sleep(random.below(Math.ceil(betweenMs)));
      const batch = shard.records.slice(shard.position, shard.position + random.between(1, most));
      // It was not read within a day.
      if (random.chance(0.05)) {
        for (const { told } of batch) told.was = false;
        shard.position += batch.length;
        continue;
      }
      for (const { told } of batch) told.was = true;
      const records = batch.map(({ record }) => record);
      if (!this.#keepsOrder && random.chance(0.5)) records.sort(() => random.share() - 0.5);
      // One that lost its lease over the shard may still be at it.
      if (random.chance(0.1)) this.#aside(this.#sequence(records, index));
      const failed = await this.#sequence(records, index);
      if (failed === undefined) {
        await this.#time.sleep(RETRY_MS);
        continue;
      }
      const at = batch.findIndex(({ record }) => failed.includes(record.dynamodb.SequenceNumber));
      shard.position += this.#keepsOrder ? (at === -1 ? batch.length : at) : failed.length > 0 ? 0 : batch.length;
    }
  }

  /** The sequence numbers that failed; undefined: the function did. */
  async #sequence(Records: readonly StreamRecord[], _shard: number): Promise<readonly string[] | undefined> {
    const process = this.#processes.start();
    const setAside = async ({ pk, sk }: { readonly pk: string; readonly sk: string }) => {
      await process.call('setAside', async () => void this.#setAside.push(`${pk} ${sk}`));
    };
    const subjects = { findForgotten: async () => new Map() };
    const run = sequenceEntries({ ...this.#committing(process), subjects, setAside, publish: this.#publish });
    try {
      const { batchItemFailures } = await run({ Records });
      return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    } catch {
      return undefined;
    }
  }

  async #catchUp(): Promise<void> {
    const process = this.#processes.start();
    const audit: Pick<AuditStore, 'listAll'> = {
      listAll: async ({ limit, after = '0' }) => {
        const items = this.#recorded.slice(Number(after), Number(after) + limit).map(({ entry }) => entry);
        const next = Number(after) + limit;
        return { items, next: next < this.#recorded.length ? String(next) : undefined };
      },
    };
    const committing = { ...this.#committing(process), log: process.through('log', this.#log) };
    const run = sequenceMissedEntries({
      ...committing,
      audit: process.through('audit', audit),
      publish: this.#publish,
    });
    await run().catch(() => undefined);
  }

  async #seal(): Promise<void> {
    const process = this.#processes.start(SEALERS_DANGER);
    const signers = KEYS.slice(0, this.#keyCount).map(({ raw, privateKey }): LogSigner => {
      const signer: LogSigner = {
        publicKey: async () => raw,
        sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
      };
      // It is asked for its public key once, and remembers.
      return { ...signer, sign: process.through('signer', signer).sign };
    });
    const run = sealLog({
      log: process.through('log', this.#log),
      objects: process.through('objects', this.#objects),
      signers,
      retiredKeys: this.#retiredKeys,
      origin: ORIGIN,
      publish: this.#publish,
      clock: Date.now,
    });
    await run().catch(() => undefined);
  }

  #committing(process: ReturnType<Processes['start']>): CommitDependencies {
    return {
      log: process.through('log', this.#log),
      objects: process.through('objects', this.#objects),
      redact: () => process.call('redact', async () => redacted),
      wakeSealing: (afterMs) => process.call('wakeSealing', async () => this.#wake(afterMs)),
      clock: Date.now,
      warn: () => {},
      pause: (durationMs) => this.#time.sleep(durationMs),
    };
  }

  /** A message of SQS: delivered once or more often, late, or (beyond what SQS promises) not at all. */
  #wake(afterMs: number): void {
    const random = this.#random;
    if (random.chance(0.1)) return;
    for (let times = random.chance(0.1) ? 2 : 1; times > 0; times -= 1) {
      this.#aside(this.#time.sleep(afterMs + random.below(2_000)).then(() => this.#seal()));
    }
  }

  async #ticking(): Promise<void> {
    for (let passedMs = 0; passedMs < 2 * LIVELY_MS; passedMs += CLOCK_MS) {
      await this.#time.sleep(CLOCK_MS);
      await this.#changeKeys();
      this.#aside(this.#seal());
      // A clock may strike twice, or the queue at the same time.
      if (this.#random.chance(0.4)) this.#aside(this.#seal());
      if (this.#random.chance(0.3)) this.#aside(this.#catchUp());
    }
  }

  /** Deployments: another key, and one of those that were followed signs no longer. */
  async #changeKeys(): Promise<void> {
    const random = this.#random;
    if (this.#changesKeys && random.chance(0.4)) this.#keyCount = Math.min(KEYS.length, this.#keyCount + 1);
    const { length } = await this.#memory.readKeyEnds();
    if (random.chance(0.3)) this.#retiredKeys = random.between(this.#retiredKeys, length);
  }

  #aside(run: Promise<unknown>): void {
    const settled: Promise<unknown> = run.finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  #watched(bucket: MemoryLogObjects): MemoryLogObjects {
    const noted = async (path: string, bytes: Uint8Array, isWritten: boolean) => {
      if (isWritten) this.#puts.push({ path, bytes: Uint8Array.from(bytes) });
      return isWritten;
    };
    return {
      ...bucket,
      create: async (path, bytes) => noted(path, bytes, await bucket.create(path, bytes)),
      replace: async (path, bytes, tag) => noted(path, bytes, await bucket.replace(path, bytes, tag)),
    };
  }

  readonly #publish = (measured: Partial<Readonly<Record<LogMeasure, number>>>): void => {
    for (const [measure, value] of Object.entries(measured) as [LogMeasure, number][]) {
      this.#metrics[measure] = (this.#metrics[measure] ?? 0) + value;
    }
  };
}

function keyOf({ identityId, at, entryId }: AuditEntry): string {
  return `${identityId} ${at}#${entryId}`;
}

function recordOf(entry: AuditEntry, index: number): StreamRecord {
  const item = { pk: entry.identityId, sk: `${entry.at}#${entry.entryId}`, ...entry };
  const { pk, sk } = item;
  return {
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: String(index + 1), Keys: marshall({ pk, sk }), NewImage: marshall(item) },
  } as StreamRecord;
}

/** As the real one, as far as the log is concerned. */
function redacted(entry: AuditEntry, sequence: number): { readonly entry: LogEntry; readonly detail?: Uint8Array } {
  const { identityId, at, event } = entry;
  const type: string = event.type;
  if (type === 'poison') throw new TypeError('no JSON says this');
  const key = keyOf(entry);
  const detail = type === 'large' ? new TextEncoder().encode(key.repeat(40)) : undefined;
  const sha256 = detail && createHash('sha256').update(detail).digest('hex');
  return {
    entry: {
      format: 1,
      id: hashOf(key),
      at,
      subject: { kind: 'identity', id: hashOf(identityId) },
      sequence,
      actor: { type: 'tenure', id: 'simulation' },
      event: { type, key },
      ...(detail && sha256 && { detail: { sha256, bytes: detail.length } }),
    },
    ...(detail && { detail }),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
