// npm run bench -- sealing: what it costs to give an entry its place and to seal it, by how many are sealed together, and how
// many a second one sequencer takes. The real functions over tables that count what DynamoDB bills, in virtual time with
// the latencies of a network; what they compute themselves is not in it, and is printed beside.
import { generateKeyPairSync, sign } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { redactWith } from '../../lambdas/handlers/audit/redact-entries.ts';
import { sealLog } from '../../lambdas/handlers/audit/seal-log.ts';
import { type StreamRecord, sequenceEntries } from '../../lambdas/handlers/audit/sequence-entries.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoFactStore } from '../../lambdas/stores/facts/dynamo-fact-store.ts';
import { dynamoLogStore } from '../../lambdas/stores/log/dynamo-log-store.ts';
import { dynamoSubjectStore } from '../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { memoryLogObjects } from '../support/memory-log.ts';
import { MeteredTables, TABLE_NAMES } from '../support/metered-tables.ts';
import { PRICES } from './prices.ts';

export const START_MS = Date.parse('2026-11-28T09:00:00Z');
/** A transaction over a hundred items takes some 20 ms, reading as many no longer: taken for every request. */
const TABLE_MS = 20;
const OBJECT_MS = 30;
const SIGN_MS = 30;
/** As the stream brings them (BATCH_SIZE of lib/constructs/audit/log-sealing.ts). */
export const RECORDS = 1_000;
export const SUBJECTS = 500;
const SUBJECTS_AT_ONCE = 100;
const MEMORY_GB = { sequencing: 0.5, sealing: 1 };
/** Of one invocation, as in cost-meter.ts, with the metrics' line. */
const LOG_BYTES = 1_000;
/** Beside PRICES: S3 $5 per million puts and $0.40 per million gets, KMS $15 per million signatures, SQS $0.40 per million. */
const PUT = 0.000_005;
const GET = 0.000_000_4;
const SIGNATURE = 0.000_015;
/** Sent, received and deleted. */
const MESSAGE = 3 * 0.000_000_4;

export interface SealingFigures {
  readonly entries: number;
  /** In dollars, of each entry, from the stream to the published checkpoint. */
  readonly perEntry: number;
  /** In virtual time, by one sequencer. */
  readonly perSecond: number;
  /** What the sequencer computed, of one entry. */
  readonly cpuMs: number;
}

/** Whoever installs them uninstalls both. */
export function virtualTables(): { readonly time: VirtualTime; readonly tables: MeteredTables } {
  process.env[ENVIRONMENT.logTable] = TABLE_NAMES.log;
  process.env[ENVIRONMENT.subjectsTable] = TABLE_NAMES.subjects;
  process.env['AWS_REGION'] ??= 'us-east-1';
  const time = new VirtualTime(START_MS);
  const tables = new MeteredTables(() => time.sleep(TABLE_MS));
  tables.install();
  return { time, tables };
}

/** Of so many that come in one rush to a log of some size, whose subjects are known. */
export async function measureSealing(entries: number): Promise<SealingFigures> {
  const { time, tables } = virtualTables();
  try {
    const bench = benchOf(time);
    const from = 2 * SUBJECTS;
    await finish(time, bench.learn(from));
    const [units, counted] = [{ ...tables.units }, { ...bench.counts }];
    const cpuMs = process.cpuUsage();
    const sequencedMs = await finish(time, bench.sequence(from, from + entries));
    const { user, system } = process.cpuUsage(cpuMs);
    const sealedMs = await finish(time, bench.seal());
    const since = (name: keyof typeof counted) => bench.counts[name] - counted[name];
    const invocations = since('invocations');
    const dollars =
      (tables.units.writes - units.writes) * PRICES.writeUnit +
      (tables.units.reads - units.reads) * PRICES.readUnit +
      invocations * (PRICES.invocation + LOG_BYTES * PRICES.logByte) +
      ((sequencedMs * MEMORY_GB.sequencing + sealedMs * MEMORY_GB.sealing) / 1_000) * PRICES.gigabyteSecond +
      since('puts') * PUT +
      since('gets') * GET +
      since('signatures') * SIGNATURE +
      since('messages') * MESSAGE;
    return {
      entries,
      perEntry: dollars / entries,
      perSecond: entries / (sequencedMs / 1_000),
      cpuMs: (user + system) / 1_000 / entries,
    };
  } finally {
    tables.uninstall();
    time.uninstall();
  }
}

/** What of it goes wrong, or is looked at. */
export interface Disturbing {
  /** @default nothing: the one who measures seals */
  readonly wakeSealing?: (afterMs: number) => void;
  readonly beforeCommit?: () => Promise<void>;
  readonly beforeSigning?: () => Promise<void>;
}

export function benchOf(time: VirtualTime, { wakeSealing, beforeCommit, beforeSigning }: Disturbing = {}) {
  const counts = { invocations: 0, puts: 0, gets: 0, signatures: 0, messages: 0 };
  const bucket = memoryLogObjects();
  const counted = async <Answer>(name: 'puts' | 'gets', effect: () => Promise<Answer>) => {
    counts[name] += 1;
    await time.sleep(OBJECT_MS);
    return await effect();
  };
  const objects = {
    read: (path: string) => counted('gets', () => bucket.read(path)),
    create: (path: string, bytes: Uint8Array) => counted('puts', () => bucket.create(path, bytes)),
    replace: (path: string, bytes: Uint8Array, tag: string | undefined) =>
      counted('puts', () => bucket.replace(path, bytes, tag)),
  };
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const log = dynamoLogStore();
  const committing: Pick<typeof log, 'commit' | 'readPositions'> = {
    readPositions: log.readPositions,
    async commit(input) {
      await beforeCommit?.();
      return await log.commit(input);
    },
  };
  const sequencing = sequenceEntries({
    log: committing,
    objects,
    redact: redactWith({ subjects: dynamoSubjectStore(), facts: dynamoFactStore(), log, warn: refuse }),
    subjects: dynamoSubjectStore(),
    wakeSealing: async (afterMs) => {
      counts.messages += 1;
      wakeSealing?.(afterMs);
    },
    setAside: async () => Promise.reject(new Error('nothing is to be set aside')),
    publish: () => {},
    clock: Date.now,
    warn: beforeCommit === undefined ? refuse : () => {},
    pause: (durationMs) => time.sleep(durationMs),
  });
  const sealing = sealLog({
    log,
    objects,
    signers: [
      {
        publicKey: async () => raw,
        sign: async (message) => {
          counts.signatures += 1;
          await beforeSigning?.();
          await time.sleep(SIGN_MS);
          return new Uint8Array(sign(null, message, privateKey));
        },
      },
    ],
    retiredKeys: 0,
    origin: 'bench.tenure',
    publish: () => {},
    clock: Date.now,
  });
  return {
    counts,
    async sequence(from: number, to: number): Promise<void> {
      for (let at = from; at < to; at += RECORDS) {
        counts.invocations += 1;
        const count = Math.min(RECORDS, to - at);
        const { batchItemFailures } = await sequencing({
          Records: Array.from({ length: count }, (_, offset) => recordOf(at + offset)),
        });
        if (batchItemFailures.length > 0) throw new Error('entries were not sequenced');
      }
    },
    /** The first entries, a few at a time: as many subjects at once as a day brings would wait in real time. */
    async learn(entries: number): Promise<void> {
      for (let at = 0; at < entries; at += SUBJECTS_AT_ONCE) await this.sequence(at, at + SUBJECTS_AT_ONCE);
      await this.seal();
    },
    /** Returns how many entries are sealed by then. */
    async seal(): Promise<number> {
      counts.invocations += 1;
      return (await sealing()).size;
    },
  };
}

/** Returns for how long it ran. */
export async function finish(time: VirtualTime, run: Promise<unknown>): Promise<number> {
  const startedMs = time.nowMs;
  let endedMs: number | undefined;
  let failure: unknown;
  run.then(
    () => {
      endedMs = time.nowMs;
    },
    (error) => {
      failure = error ?? new Error('it failed');
    },
  );
  for (let step = 0; step < 10_000 && endedMs === undefined && failure === undefined; step += 1) {
    await time.runUntil(time.nowMs + 1_000);
  }
  if (failure !== undefined) throw failure;
  if (endedMs === undefined) throw new Error('it did not end');
  return endedMs - startedMs;
}

/** What a connector writes most: that it granted something. */
function recordOf(index: number): StreamRecord {
  const entry: AuditEntry = {
    identityId: `E${1_000 + (index % SUBJECTS)}`,
    entryId: `call-${index}:access-changed`,
    at: new Date(START_MS + index).toISOString(),
    actor: { type: 'tenure', id: 'converge-application' },
    trigger: `acme-hr:wd-${index}`,
    version: 3,
    epoch: 7,
    modelHash: 'a'.repeat(64),
    event: {
      type: 'access-changed',
      applicationId: 'code-hosting',
      callId: `7-code-hosting-${index}`,
      accountId: `user-${index}`,
      step: {
        action: 'grant',
        grant: 'engineering',
        entitlement: 'code-hosting:engineering',
        privileged: false,
        reasons: [{ type: 'birthright', profile: 'engineering', fact: `acme-hr:wd-${index}` }],
      },
    },
  };
  const item = { pk: entry.identityId, sk: `${entry.at}#${entry.entryId}`, ...entry };
  return {
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: String(index + 1),
      Keys: marshall({ pk: item.pk, sk: item.sk }),
      NewImage: marshall(item, { removeUndefinedValues: true }),
    },
  } as StreamRecord;
}

export async function printSealing(): Promise<void> {
  console.log('\nWhat does it cost to seal an entry, and how many a second can one sequencer take?');
  console.log('  sealed together      dollars each   entries a second   ms computed each');
  for (const entries of [1, 10, 100, 1_000, 10_000]) {
    const { perEntry, perSecond, cpuMs } = await measureSealing(entries);
    const cells = [
      perEntry.toPrecision(3).padStart(17),
      perSecond.toFixed(0).padStart(19),
      cpuMs.toFixed(3).padStart(19),
    ];
    console.log(`  ${String(entries).padStart(15)}${cells.join('')}`);
  }
}

function refuse(_: string, error: unknown): void {
  throw error;
}
