// A fixed share of what `npm run simulate -- --sealing` runs; and that each planted mistake is seen.
import '../../support/quiet-logs.ts';
import { describe, expect, it } from 'vitest';
import { SEALING_PLANTS } from './plants.ts';
import { simulateSealing } from './simulate.ts';

const LIVES = 100;
/** Every call that sequencing, catching up and sealing make. */
const CALLS = [
  'audit.listAll',
  'log.commit',
  'log.endKey',
  'log.findCatchUp',
  'log.findRoot',
  'log.fixCheckpoint',
  'log.readBatch',
  'log.readHead',
  'log.readKeyEnds',
  'log.readPositions',
  'log.readSealed',
  'log.saveCatchUp',
  'log.saveSealed',
  'objects.create',
  'objects.read',
  'objects.replace',
  'redact',
  'setAside',
  'signer.sign',
  'wakeSealing',
];

describe('the sealed log', () => {
  it('has one root a size, and every entry once and in order, wherever functions die', {
    timeout: 120_000,
  }, async () => {
    const counts = new Map<string, number>();
    let entries = 0;
    for (let seed = 1; seed <= LIVES; seed += 1) {
      const outcome = await simulateSealing(seed);
      expect(outcome.faults, `seed ${seed}`).toEqual([]);
      expect(outcome.metrics.tampered ?? 0, `seed ${seed}`).toBe(0);
      entries += outcome.entries;
      for (const [name, count] of outcome.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    }
    expect(entries).toBeGreaterThan(20 * LIVES);
    for (const call of CALLS) {
      const deaths = (counts.get(`${call} dies before`) ?? 0) + (counts.get(`${call} dies after`) ?? 0);
      expect(deaths, call).toBeGreaterThan(0);
    }
    // A call that nobody listed would be a step at which nobody dies.
    expect([...new Set([...counts.keys()].map((name) => name.split(' ')[0]))].sort()).toEqual([...CALLS].sort());
  });

  it('is the same life whenever it is lived', async () => {
    const [one, other] = [await simulateSealing(7), await simulateSealing(7)];
    expect([...other.counts]).toEqual([...one.counts]);
    expect(other.entries).toBe(one.entries);
  });

  it.each(SEALING_PLANTS)('would be seen to be wrong: $name', { timeout: 120_000 }, async (plant) => {
    let seed = 1;
    while (seed <= 200 && (await simulateSealing(seed, plant)).faults.length === 0) seed += 1;
    expect(seed).toBeLessThanOrEqual(200);
  });
});
