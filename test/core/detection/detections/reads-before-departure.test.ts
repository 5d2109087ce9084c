import { describe, expect, it } from 'vitest';
import { readsBeforeDeparture as detection } from '../../../../lambdas/core/detection/detections/reads-before-departure.ts';
import { activity, DAY_MS, findingOf, NOW_MS, rememberAll } from '../../../support/watched-company.ts';

/** Twenty reads in an hour of each of the ten days before, and so many in this hour. */
function readBy(by: string, reads: number, usual = 20) {
  const days = Array.from({ length: 10 }, (_, day) =>
    activity({ by, action: 'read', reads: usual, timeMs: NOW_MS - (day + 1) * DAY_MS }),
  );
  const now = Array.from({ length: reads }, (_, place) =>
    activity({ by, action: 'read', timeMs: NOW_MS + place * 1_000 }),
  );
  return rememberAll([...days, ...now]);
}
const next = (by: string, more = {}) => activity({ by, action: 'read', timeMs: NOW_MS + 1_000_000, ...more });

describe('fires', () => {
  it('on the two-hundredth read within an hour by whoever is to leave, and not on the one before', () => {
    expect(findingOf(detection, next('eve'), { memory: readBy('eve', 199) })).toMatchObject({
      evidence: { reads: 200, usualPeak: 20, leavesAt: '2026-06-30T17:00:00.000Z' },
    });
    expect(findingOf(detection, next('eve'), { memory: readBy('eve', 198) })).toBeUndefined();
  });

  it('on what is read at once', () => {
    expect(findingOf(detection, next('eve', { reads: 500 }), { memory: readBy('eve', 0) })).toBeDefined();
  });

  it('counts a record that comes twice once', () => {
    const twice = Array.from({ length: 100 }, (_, place) =>
      activity({ by: 'eve', action: 'read', timeMs: NOW_MS + place * 1_000 }),
    );
    expect(findingOf(detection, next('eve'), { memory: rememberAll([...twice, ...twice]) })).toBeUndefined();
  });
});

describe('does not fire', () => {
  it.each([
    ['on whoever stays', next('ada'), readBy('ada', 400), {}],
    ['where that is usual', next('eve'), readBy('eve', 250, 100), {}],
    ['on what failed', next('eve', { outcome: 'failure' }), readBy('eve', 250), {}],
    ['where they leave later', next('eve'), readBy('eve', 250), { departureNoticeDays: 15 }],
    ['on what is no read', next('eve', { action: 'use' }), readBy('eve', 250), {}],
  ])('%s', (_, record, memory, settings) => {
    expect(findingOf(detection, record, { memory, settings })).toBeUndefined();
  });

  it('where HR has not said yet that they leave', () => {
    expect(findingOf(detection, next('fay', { timeMs: NOW_MS }), { memory: readBy('fay', 400) })).toBeUndefined();
  });
});
