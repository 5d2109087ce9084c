import { expect, it } from 'vitest';
import { keyMadeForAnother as detection } from '../../../../lambdas/core/detection/detections/key-made-for-another.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

it('fires on a key of somebody else', () => {
  expect(findingOf(detection, activity({ by: 'bob', on: 'ada', action: 'key-create' }))).toMatchObject({
    identityId: 'ada',
    evidence: { madeBy: 'bob', madeFor: 'ada' },
  });
});

it('fires on a key of somebody whom Tenure does not know', () => {
  expect(findingOf(detection, activity({ by: 'bob', on: 'nobody', action: 'key-create' }))).toMatchObject({
    identityId: 'bob',
    evidence: { madeFor: 'unknown' },
  });
});

it('fires on a key of a service account that somebody else answers for', () => {
  expect(findingOf(detection, activity({ by: 'ada', on: 'pipeline', action: 'key-create' }))).toBeDefined();
});

it.each([
  ['on a key of one’s own', activity({ by: 'bob', action: 'key-create' })],
  ['on a key of one’s own that names one', activity({ by: 'bob', on: 'bob', action: 'key-create' })],
  ['on a key that an owner makes for what they own', activity({ by: 'bob', on: 'pipeline', action: 'key-create' })],
  ['on what failed', activity({ by: 'bob', on: 'ada', action: 'key-create', outcome: 'failure' })],
  ['on a key that is deleted', activity({ by: 'bob', on: 'ada', action: 'key-delete' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});
