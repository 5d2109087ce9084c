// Many at once, through the real state machines and handlers in virtual time: a burst drains as fast as its systems allow.
import { describe, expect, it } from 'vitest';
import { drain } from '../bench/bursts.ts';

it('asks the tables no more than it must of a joiner in four applications', async () => {
  const { counts } = await drain({ joiners: 1, applications: 4, callsPerSecond: 20 });
  expect(counts.reads + counts.writes).toBeLessThanOrEqual(56);
});

describe('a burst of joiners', () => {
  it('is settled in little more than the time that the systems need, with no call too many and nothing twice', async () => {
    const { capacityMs, drainedMs, calls, counts, refused } = await drain({
      joiners: 40,
      applications: 3,
      callsPerSecond: 5,
    });
    expect(drainedMs).toBeLessThanOrEqual(1.2 * capacityMs);
    // Found, created, two grants, read back: once for each in each.
    expect(calls).toBe(40 * 3 * 5);
    expect(refused).toBe(0);
    expect(counts).toMatchObject({ failed: 0, executions: 40 });
  });

  it('takes as many transitions for each, however long the queue', async () => {
    const transitions = async (joiners: number) =>
      (await drain({ joiners, applications: 1, callsPerSecond: 20 })).counts.transitions / joiners;
    // Most of the few need not wait: all of the many do, and once.
    const few = await transitions(100);
    expect(await transitions(400)).toBeLessThanOrEqual(few + 2);
  });

  it('does not hold up who leaves in the midst of it', async () => {
    const alone = await drain({ joiners: 0, applications: 2, callsPerSecond: 5, leavers: 1 });
    const { lockedDownMs, counts } = await drain({ joiners: 60, applications: 2, callsPerSecond: 5, leavers: 5 });
    expect(lockedDownMs.at(-1)).toBeLessThanOrEqual(1.5 * (alone.lockedDownMs.at(-1) ?? 0));
    expect(counts.failed).toBe(0);
  });
});
