// What docs/reference/audit-log.md says of the cost of an entry, and of how fast one sequencer is.
import '../support/quiet-logs.ts';
import { expect, it } from 'vitest';
import { measureSealing } from './sealing.ts';

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
