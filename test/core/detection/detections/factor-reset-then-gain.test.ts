import { describe, expect, it } from 'vitest';
import { factorResetThenGain as detection } from '../../../../lambdas/core/detection/detections/factor-reset-then-gain.ts';
import { remember } from '../../../../lambdas/core/detection/memory.ts';
import { activity, findingOf, HOUR_MS, NOW_MS, rememberAll } from '../../../support/watched-company.ts';

const reset = (timeMs: number, by = 'bob') => activity({ by, on: 'ada', action: 'factor-reset', timeMs });
const afterReset = (hours: number) => rememberAll([reset(NOW_MS - hours * HOUR_MS)], 'target');

describe('fires', () => {
  it.each([
    ['on a grant', activity({ by: 'bob', on: 'ada', action: 'grant' }), 'high'],
    ['on a key', activity({ action: 'key-create' }), 'high'],
    ['on a new factor', activity({ action: 'factor-add' }), 'medium'],
  ])('%s within a day of a reset', (_, record, severity) => {
    expect(findingOf(detection, record, { memory: afterReset(24) })).toMatchObject({
      severity,
      identityId: 'ada',
      response: 'ask',
    });
  });

  it('on a reset that is told after what it led to', () => {
    const memory = rememberAll([activity({ action: 'factor-add', timeMs: NOW_MS + HOUR_MS })]);
    expect(findingOf(detection, reset(NOW_MS), { memory })).toMatchObject({ evidence: { gained: 'factor' } });
  });
});

describe('does not fire', () => {
  it('past a day, or before the reset', () => {
    const gain = activity({ action: 'factor-add' });
    expect(
      findingOf(detection, gain, { memory: rememberAll([reset(NOW_MS - 24 * HOUR_MS - 1)], 'target') }),
    ).toBeUndefined();
    expect(findingOf(detection, gain, { memory: rememberAll([reset(NOW_MS + HOUR_MS)], 'target') })).toBeUndefined();
  });

  it('without a reset', () => {
    expect(
      findingOf(detection, activity({ action: 'factor-add' }), { memory: rememberAll([activity()]) }),
    ).toBeUndefined();
  });

  it('on a factor that somebody reset themselves', () => {
    const own = activity({ by: 'ada', on: 'ada', action: 'factor-reset', timeMs: NOW_MS - HOUR_MS });
    const memory = remember(undefined, own, 'actor', { toOneself: true });
    expect(findingOf(detection, activity({ action: 'factor-add' }), { memory })).toBeUndefined();
  });

  it('on what failed', () => {
    expect(
      findingOf(detection, activity({ action: 'factor-add', outcome: 'failure' }), { memory: afterReset(1) }),
    ).toBeUndefined();
  });
});
