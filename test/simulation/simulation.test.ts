// A fixed share of what `npm run simulate` runs, and the seeds that once failed. That each planted fault is caught is
// `npm run simulate -- --self-test`, which `.ci/run` does beside the slow suites.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCCURRENCES } from './coverage.ts';
import { PLANTS } from './plants.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { WorkerPool } from './worker-pool.ts';

const HISTORIES = 1_000;
/** Seeds that found something; what they found is planted in plants.ts where that can be done. */
const REGRESSIONS: readonly number[] = [
  10, 35, 76, 100, 186, 196, 630, 2245, 3723, 12583, 20038, 581, 1537, 6582, 39345, 41046, 7955, 9578, 15890, 19408,
  24923, 27974, 29534, 35698, 39385, 1121, 3049, 4271, 5113, 6513, 31458, 105185, 108152, 108828, 113240, 118079,
  200794, 201769, 20049, 27287, 1002067, 1007259, 1053503, 1085241, 766263, 2003375, 2004325, 4008649, 4028795, 4043771,
  4066227, 7031170, 8048142, 8062505, 8064001, 8069279, 8097337, 9001645, 9021699, 9042337, 10012688, 10077383,
  11005039, 11005249, 9004674, 9005695, 47475, 10035161, 12011912, 12063985, 13053281, 13064297, 13076870, 13080654,
  14019486, 13099409, 14049057, 21006838, 21006903, 21021115, 21043627, 871, 1333, 1762, 30000335, 30008453, 30012952,
  31000070, 31002741, 31007913, 32011572, 32023364, 33018028, 7911, 41001369, 41004751, 42017389, 42018885, 42019474,
  4253, 5793, 44027594, 45003427, 45011458, 46000790, 50096355,
];

let pool: WorkerPool;
beforeAll(async () => {
  pool = await WorkerPool.start();
});
afterAll(() => pool.close());

describe('the simulator', () => {
  it(`finds no violation in ${HISTORIES} random histories`, { timeout: 300_000 }, async () => {
    const run = await pool.runSeeds(1, HISTORIES);
    expect(run.violations).toEqual([]);
    expect(run.histories).toBe(HISTORIES);
    expect(run.systemCalls).toBeGreaterThan(5 * HISTORIES);
    expect(OCCURRENCES.filter((name) => run.counts[name] === undefined)).toEqual([]);
  });

  it('keeps the seeds that once failed', { timeout: 300_000 }, async () => {
    for (const seed of REGRESSIONS) expect((await simulate({ seed })).violation).toBeUndefined();
  });

  it('replays a seed exactly', async () => {
    const lines = async () => {
      const trace: string[] = [];
      await simulate({ seed: 7, trace: (line) => trace.push(line) });
      return trace;
    };
    const first = await lines();
    expect(first.length).toBeGreaterThan(10);
    expect(await lines()).toEqual(first);
  });

  it('finds the shortest history that fails', { timeout: 60_000 }, async () => {
    const plant = PLANTS.find(({ flag }) => flag === 'leavers-ignored');
    let seed = 1;
    let failing = await simulate({ seed, plant });
    while (failing.violation === undefined) {
      seed += 1;
      failing = await simulate({ seed, plant });
    }
    const shortest = await shrink(failing, { seed, plant });
    expect(shortest.violation).toBeDefined();
    expect(shortest.history.arrivals.length).toBeLessThanOrEqual(failing.history.arrivals.length);
    expect(shortest.history.arrivals.map(({ fact }) => fact.type)).toContain('leaver');
  });
});
