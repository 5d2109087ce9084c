// When the sweep looks again.
import { expect, it } from 'vitest';
import {
  NEXT_CHECK_GRACE_MS,
  nextCheckAfterFact,
  nextCheckWhenSettled,
  waitsBehindOthersUntilMs,
} from '../../../lambdas/core/identity/next-check.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver } from '../../support/facts.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');

it('looks soon after a fact, whatever that fact says', () => {
  expect(nextCheckAfterFact(NOW_MS)).toBe(NOW_MS + NEXT_CHECK_GRACE_MS);
});

it('looks after the next thing that time alone changes', () => {
  const timeline = buildTimeline([joiner('2026-11-01T00:00:00Z'), leaver('2026-12-01T17:00:00Z')]);
  expect(nextCheckWhenSettled(timeline, NOW_MS)).toBe(Date.parse('2026-12-01T17:00:00Z') + NEXT_CHECK_GRACE_MS);
});

it('does not look at all when nothing is to come', () => {
  expect(nextCheckWhenSettled(buildTimeline([joiner('2026-11-01T00:00:00Z')]), NOW_MS)).toBeUndefined();
});

it('may wait behind others for a quarter of an hour after a fact, for as long as no pass has begun', () => {
  const recorded = { version: 2, settledVersion: 1, failedPasses: 0, lease: undefined, clockMs: NOW_MS };
  const untilMs = NOW_MS + 900_000;
  expect(waitsBehindOthersUntilMs(recorded, untilMs - 1)).toBe(untilMs);
  expect(waitsBehindOthersUntilMs({ ...recorded, settledVersion: undefined }, NOW_MS)).toBe(untilMs);
  expect(waitsBehindOthersUntilMs(recorded, untilMs)).toBeUndefined();
  expect(waitsBehindOthersUntilMs({ ...recorded, settledVersion: 2 }, NOW_MS)).toBeUndefined();
  expect(waitsBehindOthersUntilMs({ ...recorded, failedPasses: 1 }, NOW_MS)).toBeUndefined();
  const died = { holder: 'a pass', expiresMs: NOW_MS - 1 };
  expect(waitsBehindOthersUntilMs({ ...recorded, lease: died }, NOW_MS)).toBeUndefined();
  // The clock of whoever recorded it was a little ahead, or a day.
  expect(waitsBehindOthersUntilMs(recorded, NOW_MS - 60_000)).toBe(untilMs);
  expect(waitsBehindOthersUntilMs(recorded, NOW_MS - 86_400_000)).toBeUndefined();
});
