import { expect, it } from 'vitest';
import { ownerlessMachineActive as detection } from '../../../../lambdas/core/detection/detections/ownerless-machine-active.ts';
import { activity, findingOf, MINUTE_MS, NOW_MS } from '../../../support/watched-company.ts';

const LEFT_MS = Date.parse('2026-05-01T17:00:00Z');

it('fires where its owner has left and nobody took it over', () => {
  expect(findingOf(detection, activity({ by: 'orphan', action: 'use' }))).toMatchObject({
    identityId: 'orphan',
    evidence: { owner: 'cy', ownerDepartedAt: '2026-05-01T17:00:00.000Z' },
  });
});

it.each([
  ['where its owner is at work', activity({ by: 'pipeline', action: 'use' })],
  ['before the owner had left', activity({ by: 'orphan', action: 'use', timeMs: LEFT_MS - 1 })],
  [
    'while somebody may still take it over',
    activity({ by: 'orphan', action: 'use', timeMs: LEFT_MS + 15 * MINUTE_MS - 1 }),
  ],
  ['on what failed', activity({ by: 'orphan', action: 'use', outcome: 'failure' })],
  ['on a person', activity({ action: 'use', timeMs: NOW_MS })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
