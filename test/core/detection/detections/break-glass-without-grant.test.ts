import { expect, it } from 'vitest';
import { breakGlassWithoutGrant as detection } from '../../../../lambdas/core/detection/detections/break-glass-without-grant.ts';
import { activity, findingOf, partyOf } from '../../../support/watched-company.ts';

const root = { who: { ...partyOf('root', 'aws'), breakGlass: true as const } };

it.each([
  ['on a sign-in of root', activity(root), 'critical'],
  ['on anything that root does', activity({ ...root, action: 'other' }), 'critical'],
  ['on a sign-in that failed', activity({ ...root, outcome: 'failure' }), 'medium'],
])('fires %s', (_, record, severity) => {
  expect(findingOf(detection, record)).toMatchObject({ severity });
});

it('fires on an account that was named as break-glass', () => {
  expect(
    findingOf(detection, activity({ by: 'emergency-1' }), { settings: { breakGlassAccounts: ['crm:emergency-1'] } }),
  ).toBeDefined();
});

it('does not fire while somebody holds an emergency grant', () => {
  expect(findingOf(detection, activity(root), { openBreakGlass: true })).toBeUndefined();
});

it.each([
  ['on anybody else', activity()],
  ['on a call of root’s that was refused', activity({ ...root, action: 'use', outcome: 'failure' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
