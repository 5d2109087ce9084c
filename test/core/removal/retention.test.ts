// How long a leaver's account is kept: from the departure, or from when Tenure was told of it.
import { expect, it } from 'vitest';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { deletionDueMs } from '../../../lambdas/core/removal/retention.ts';
import { joiner, leaver } from '../../support/facts.ts';

const application = (deleteAfterDays?: number): Application => ({
  id: 'chat',
  name: 'Chat',
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: [],
  ...(deleteAfterDays !== undefined && { retention: { deleteAfterDays } }),
});
const stateAt = (at: string, ...facts: readonly Fact[]) =>
  identityAt(buildTimeline([joiner('2026-01-01T00:00:00Z'), ...facts]), Date.parse(at));
const due = (at: string, ...facts: readonly Fact[]) => {
  const dueMs = deletionDueMs(application(30), stateAt(at, ...facts));
  return dueMs && new Date(dueMs).toISOString();
};

it.each([
  ['the departure', '2026-06-01T00:00:00Z', '2026-05-01T00:00:00Z', '2026-07-01T00:00:00.000Z'],
  [
    'its recording, where it was dated back',
    '2026-06-01T00:00:00Z',
    '2026-08-01T12:00:00Z',
    '2026-08-31T12:00:00.000Z',
  ],
])('counts from %s', (_what, departs, received, expected) => {
  expect(due('2026-12-01T00:00:00Z', leaver(departs, { recorded: received, received }))).toBe(expected);
});

it('is of nobody who has not left, and of no application that keeps accounts', () => {
  const left = leaver('2026-06-01T00:00:00Z');
  expect(due('2026-05-31T00:00:00Z', left)).toBeUndefined();
  expect(deletionDueMs(application(), stateAt('2026-12-01T00:00:00Z', left))).toBeUndefined();
});
