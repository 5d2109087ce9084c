// npm run bench -- sealing, its second table: how old an entry is when it is sealed. The real functions in virtual time, called
// as they are deployed (lib/constructs/audit/log-sealing.ts): by the stream in batches, by the queue half a minute after the
// first entry of a rush, and by the clock each minute. One invocation may fail, and is tried again as AWS tries it again.
import { benchOf, finish, RECORDS, SUBJECTS, virtualTables } from './sealing.ts';

/** Until Lambda has a record of a stream, which it asks for four times a second; and until a function has begun. */
const STREAM_MS = 250;
const INVOKED_MS = 100;
const BATCHING_WINDOW_MS = 1_000;
/** Until a message that is due is taken. */
const QUEUE_MS = 500;
const CLOCK_MS = 60_000;
/** For so long a call hangs before its function gives up: longer than the clients of DynamoDB and KMS try. */
const HANGING_MS = 20_000;
const RETRY_MS = 1_000;
/** Seconds between the clock's minute and the first entry: neither the best that can happen nor what never does. */
const CLOCK_OFFSET_MS = 17_000;

export interface Arrival {
  readonly perSecond: number;
  readonly seconds: number;
  /** Which call hangs and fails: of those that give places, or of those that sign. @default none */
  readonly failing?: { readonly of: 'sequencing' | 'sealing'; readonly call: number } | undefined;
}

/** In seconds of virtual time, from the effect to the published checkpoint. */
export interface Ages {
  readonly entries: number;
  readonly median: number;
  readonly p99: number;
  readonly oldest: number;
  /** Invocations that failed, or lost against another. */
  readonly failed: number;
}

export async function measureAges({ perSecond, seconds, failing }: Arrival): Promise<Ages> {
  const { time, tables } = virtualTables();
  const entries = Math.round(perSecond * seconds);
  // Those of before are sealed, and make everybody known.
  const before = 2 * SUBJECTS;
  let startMs = Number.POSITIVE_INFINITY;
  const writtenMs = (index: number) => startMs + (index * 1_000) / perSecond;
  const sealedMs: number[] = [];
  let failed = 0;
  const calls = { sequencing: 0, sealing: 0 };
  const maybeFail = async (of: keyof typeof calls) => {
    if (time.nowMs < startMs) return;
    calls[of] += 1;
    if (failing?.of !== of || calls[of] !== failing.call) return;
    await time.sleep(HANGING_MS);
    throw new Error('nobody answered');
  };
  const seal = async (afterMs: number) => {
    await time.sleep(afterMs + INVOKED_MS);
    try {
      const size = await bench.seal();
      while (sealedMs.length < Math.min(size - before, entries)) sealedMs.push(time.nowMs);
    } catch {
      failed += 1;
    }
  };
  const bench = benchOf(time, {
    wakeSealing: (afterMs) => time.nowMs >= startMs && void seal(Math.ceil(afterMs / 1_000) * 1_000 + QUEUE_MS),
    beforeCommit: () => maybeFail('sequencing'),
    beforeSigning: () => maybeFail('sealing'),
  });
  const readStream = async () => {
    for (let from = 0; from < entries; ) {
      const firstMs = Math.max(time.nowMs, writtenMs(from) + STREAM_MS);
      const fullMs = writtenMs(Math.min(from + RECORDS, entries) - 1) + STREAM_MS;
      await waitUntil(Math.max(firstMs, Math.min(fullMs, writtenMs(from) + STREAM_MS + BATCHING_WINDOW_MS)));
      const there = Math.floor(((time.nowMs - STREAM_MS - startMs) * perSecond) / 1_000) + 1;
      const to = Math.min(from + RECORDS, entries, Math.max(there, from + 1));
      await time.sleep(INVOKED_MS);
      try {
        await bench.sequence(before + from, before + to);
        from = to;
      } catch {
        failed += 1;
        await time.sleep(RETRY_MS);
      }
    }
  };
  const waitUntil = async (atMs: number) => {
    if (atMs > time.nowMs) await time.sleep(atMs - time.nowMs);
  };
  const tick = async () => {
    await time.sleep(CLOCK_OFFSET_MS);
    while (sealedMs.length < entries) {
      void seal(0);
      await time.sleep(CLOCK_MS);
    }
  };
  try {
    await finish(time, bench.learn(before));
    // By then the sealing is over that they asked for.
    await finish(time, time.sleep(CLOCK_MS));
    startMs = time.nowMs;
    await finish(time, Promise.all([readStream(), tick()]));
  } finally {
    tables.uninstall();
    time.uninstall();
  }
  const ages = sealedMs.map((atMs, index) => (atMs - writtenMs(index)) / 1_000).sort((one, other) => one - other);
  const at = (share: number) => ages[Math.ceil(share * ages.length) - 1] ?? Number.NaN;
  return { entries: ages.length, median: at(0.5), p99: at(0.99), oldest: at(1), failed };
}

/** An hour of few, and of many as long as it takes until nothing new is to be seen. */
const ARRIVALS: readonly Arrival[] = [
  { perSecond: 1, seconds: 3_600 },
  { perSecond: 10, seconds: 1_200 },
  { perSecond: 100, seconds: 300 },
  { perSecond: 1_000, seconds: 100 },
];

const FAILING = [
  { of: 'sequencing', call: 5 },
  { of: 'sealing', call: 2 },
] as const;

export async function printAges(): Promise<void> {
  console.log(
    '\nHow old is an entry when it is sealed? In seconds of virtual time, by how many are written each second.',
  );
  console.log('  a second     entries   what fails       median      p99   oldest');
  for (const arrival of ARRIVALS) {
    for (const failing of [undefined, ...FAILING]) {
      const { entries, median, p99, oldest } = await measureAges({ ...arrival, failing });
      const ages = [median, p99, oldest].map((age) => age.toFixed(1).padStart(9)).join('');
      const name = (failing?.of ?? 'nothing').padEnd(13);
      console.log(`  ${String(arrival.perSecond).padStart(8)}${String(entries).padStart(12)}   ${name}${ages}`);
    }
  }
}
