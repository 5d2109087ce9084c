// npm run simulate: many random histories on all cores. A failure names its seed and the shortest history that fails;
// `--seed N` replays one exactly and shows every function call; `--self-test` shows that planted faults are caught.
import '../support/node-20.ts';
import { parseArgs } from 'node:util';
import { describeCounts } from './coverage.ts';
import type { Arrival } from './history.ts';
import { PLANTS } from './plants.ts';
import { runSealing, runSealingPlants } from './sealing/main.ts';
import { describeCaught, MAXIMUM_HISTORIES, selfTest } from './self-test.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { type Violated, WorkerPool } from './worker-pool.ts';

const DEFAULT_HISTORIES = 100_000;
const SHOWN_VIOLATIONS = 5;
const SEALING_LIVES = 10_000;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: String(DEFAULT_HISTORIES) },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    'self-test': { type: 'boolean', default: false },
    sealing: { type: 'boolean', default: false },
  },
});

if (values.sealing) process.exitCode = await runSealingLives();
else if (values['self-test']) process.exitCode = await runSelfTest();
else if (values.seed !== undefined) process.exitCode = await replay(wholeNumber('seed', values.seed));
else process.exitCode = await runMany(wholeNumber('from', values.from), wholeNumber('histories', values.histories));

/** Of the sealed log alone, which no history of identities disturbs. */
async function runSealingLives(): Promise<number> {
  if (values['self-test']) return await runSealingPlants(MAXIMUM_HISTORIES);
  if (values.seed !== undefined) return await runSealing(wholeNumber('seed', values.seed), 1);
  const histories = values.histories === String(DEFAULT_HISTORIES) ? SEALING_LIVES : values.histories;
  return await runSealing(wholeNumber('from', values.from), wholeNumber('histories', String(histories)));
}

async function runMany(firstSeed: number, histories: number): Promise<number> {
  const startedMs = performance.now();
  let shown = 0;
  // At once: a long run that is stopped has told what it found.
  const violation = ({ seed, message }: Violated) => console.log(`seed ${seed}: ${message}`);
  const progress = (done: number) => {
    if (done - shown < histories / 10) return;
    shown = done;
    console.log(`${done} histories, ${seconds(startedMs)} s`);
  };
  const pool = await WorkerPool.start();
  const { violations, systemCalls, counts, ...run } = await pool.runSeeds(firstSeed, histories, values.plant, {
    progress,
    violation,
    slow: (seed) => console.log(`seed ${seed}: takes more than a minute`),
  });
  pool.close();
  console.log(
    `${run.histories} histories from seed ${firstSeed}, ${systemCalls} calls to systems, ${violations.length} violations, ${seconds(startedMs)} s`,
  );
  console.log(`histories in which it occurred: ${describeCounts(counts)}`);
  for (const { seed, message } of violations.slice(0, SHOWN_VIOLATIONS)) {
    console.log(`\nseed ${seed}: ${message}\n  npm run simulate -- --seed ${seed}`);
    await showShortest(seed);
  }
  return violations.length === 0 ? 0 : 1;
}

async function replay(seed: number): Promise<number> {
  const plant = PLANTS.find(({ flag }) => flag === values.plant);
  const trace = (line: string) => console.log(line);
  const { violation, history } = await simulate({ seed, plant, trace });
  console.log(`\nthe history\n${history.arrivals.map(describeArrival).join('\n')}`);
  if (violation === undefined) {
    console.log(`\nseed ${seed}: no violation`);
    return 0;
  }
  console.log(`\nseed ${seed}: ${violation.message}`);
  await showShortest(seed);
  return 1;
}

async function showShortest(seed: number): Promise<void> {
  const plant = PLANTS.find(({ flag }) => flag === values.plant);
  const shortest = await shrink(await simulate({ seed, plant }), { seed, plant });
  console.log(`  the shortest history that fails: ${shortest.violation?.message}`);
  for (const arrival of shortest.history.arrivals) console.log(`  ${describeArrival(arrival)}`);
}

async function runSelfTest(): Promise<number> {
  console.log(`planted fault                caught after (of ${MAXIMUM_HISTORIES} histories), by`);
  const pool = await WorkerPool.start();
  const results = await selfTest(pool, (caught) => console.log(describeCaught(caught)));
  pool.close();
  const missed = results.filter(({ histories }) => histories === undefined);
  console.log(`${results.length - missed.length} of ${results.length} planted faults caught`);
  return missed.length === 0 ? 0 : 1;
}

function describeArrival({ atMs, fact }: Arrival): string {
  const { identityId, factId, type, recordedMs: _recorded, receivedMs: _received, source: _source, ...rest } = fact;
  const { sourceEventId: _id, ...said } = rest as typeof rest & { sourceEventId: string };
  return `${new Date(atMs).toISOString()} ${identityId} ${factId} ${type} ${JSON.stringify(said)}`;
}

function seconds(startedMs: number): string {
  return ((performance.now() - startedMs) / 1_000).toFixed(1);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${name}: expected a whole number from 1, got "${text}"`);
  process.exit(2);
}
