import { expect, it } from 'vitest';
import { serviceAccountInteractive as detection } from '../../../../lambdas/core/detection/detections/service-account-interactive.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

it.each(['pipeline', 'agent', 'orphan'])('fires on %s at a screen', (by) => {
  expect(findingOf(detection, activity({ by, interactive: true }))).toMatchObject({ identityId: by, severity: 'high' });
});

it.each([
  ['on a person', activity({ interactive: true })],
  ['on a machine by its key', activity({ by: 'pipeline', interactive: false })],
  ['where the source does not tell', activity({ by: 'pipeline' })],
  ['on what failed', activity({ by: 'pipeline', interactive: true, outcome: 'failure' })],
  ['on a call', activity({ by: 'pipeline', interactive: true, action: 'use' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
