import { expect, it } from 'vitest';
import { suspendedAccountUsed as detection } from '../../../../lambdas/core/detection/detections/suspended-account-used.ts';
import { activity, findingOf, MINUTE_MS } from '../../../support/watched-company.ts';

const SINCE_MS = Date.parse('2026-06-01T00:00:00Z');

it('fires on whoever is on leave or suspended, and says since when', () => {
  const finding = findingOf(detection, activity({ by: 'dee' }));
  expect(finding).toMatchObject({
    identityId: 'dee',
    severity: 'high',
    evidence: { since: '2026-06-01T00:00:00.000Z' },
  });
});

it.each([
  ['on whoever is at work', activity()],
  ['on whoever has left: another detection does', activity({ by: 'cy' })],
  ['before the leave', activity({ by: 'dee', timeMs: SINCE_MS - 1 })],
  ['while systems still come to it', activity({ by: 'dee', timeMs: SINCE_MS + 15 * MINUTE_MS - 1 })],
  ['on what failed', activity({ by: 'dee', outcome: 'failure' })],
  ['on what others do to them', activity({ by: 'ada', on: 'dee', action: 'grant' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});

it('fires from the end of the grace on', () => {
  expect(findingOf(detection, activity({ by: 'dee', timeMs: SINCE_MS + 15 * MINUTE_MS }))).toBeDefined();
});
