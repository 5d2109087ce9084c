// What docs/reference/audit-log.md says of the cost of an entry, and of how fast one sequencer is.
import '../support/quiet-logs.ts';
import { expect, it } from 'vitest';
import { measureSealing } from './sealing.ts';
import { measureAges } from './sealing-age.ts';

it('an entry costs less than $0.00001 where ten are sealed together, and less the more there are', async () => {
  const ten = await measureSealing(10);
  expect(ten.perEntry).toBeLessThan(0.000_01);
  const thousand = await measureSealing(1_000);
  expect(thousand.perEntry).toBeLessThan(ten.perEntry);
});

it('one sequencer gives places to a thousand entries a second', { timeout: 60_000 }, async () => {
  const { perSecond } = await measureSealing(2_000);
  expect(perSecond).toBeGreaterThan(1_000);
});

// In virtual time, so the same on every machine: a minute is what docs/reference/audit-log.md promises.
it.each([
  { perSecond: 0.2, seconds: 600 },
  { perSecond: 10, seconds: 70 },
  { perSecond: 100, seconds: 33 },
])('an entry is sealed within a minute of its effect, where $perSecond come each second', async (arrival) => {
  const ages = await measureAges(arrival);
  expect(ages).toMatchObject({ entries: arrival.perSecond * arrival.seconds, failed: 0 });
  expect(ages.oldest).toBeLessThan(60);
});

it('whichever invocation of the sequencer hangs for 20 s and fails, an entry is 20 s older at most', async () => {
  const oldest: number[] = [];
  for (let call = 1; call <= 20; call += 1) {
    const ages = await measureAges({ perSecond: 0.5, seconds: 60, failing: { of: 'sequencing', call } });
    expect(ages).toMatchObject({ entries: 30, failed: 1 });
    oldest.push(ages.oldest);
  }
  expect(Math.max(...oldest)).toBeLessThan(65);
  // Had it not failed, nobody would have waited so long.
  expect(Math.max(...oldest)).toBeGreaterThan(40);
});

it('where sealing hangs and fails once, some wait for the next seal: fewer than one of a hundred of an hour', async () => {
  const ages = await measureAges({ perSecond: 0.5, seconds: 3_600, failing: { of: 'sealing', call: 2 } });
  expect(ages).toMatchObject({ entries: 1_800, failed: 1 });
  expect(ages.p99).toBeLessThan(60);
  expect(ages.oldest).toBeGreaterThan(40);
});
