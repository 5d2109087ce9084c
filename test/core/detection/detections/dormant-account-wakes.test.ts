import { expect, it } from 'vitest';
import { dormantAccountWakes as detection } from '../../../../lambdas/core/detection/detections/dormant-account-wakes.ts';
import { activity, DAY_MS, findingOf, NOW_MS, rememberAll } from '../../../support/watched-company.ts';

const usedBefore = (days: number, by = 'ada') => rememberAll([activity({ by, timeMs: NOW_MS - days * DAY_MS })]);

it('fires on the first use after 90 days, and not on one before', () => {
  expect(findingOf(detection, activity(), { memory: usedBefore(90) })).toMatchObject({
    evidence: { application: 'crm', days: 90 },
  });
  expect(findingOf(detection, activity({ timeMs: NOW_MS - 1 }), { memory: usedBefore(90) })).toBeUndefined();
});

it('fires by the application: that others were used says nothing', () => {
  const memory = rememberAll([
    activity({ timeMs: NOW_MS - 100 * DAY_MS }),
    activity({ in: 'mail', timeMs: NOW_MS - DAY_MS }),
  ]);
  expect(findingOf(detection, activity(), { memory })).toBeDefined();
  expect(findingOf(detection, activity({ in: 'mail' }), { memory })).toBeUndefined();
});

it.each([
  ['where nothing is remembered', activity(), undefined],
  ['where the application was never seen used', activity({ in: 'mail' }), usedBefore(100)],
  ['on what failed', activity({ outcome: 'failure' }), usedBefore(100)],
  ['on a record that comes late', activity({ timeMs: NOW_MS - 200 * DAY_MS }), usedBefore(1)],
  ['on a leave that began since', activity({ by: 'dee' }), usedBefore(100, 'dee')],
])('does not fire %s', (_, record, memory) => {
  expect(findingOf(detection, record, { memory })).toBeUndefined();
});
