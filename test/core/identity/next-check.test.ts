// When the sweep looks again.
import { expect, it } from 'vitest';
import {
  NEXT_CHECK_GRACE_MS,
  nextCheckAfterFact,
  nextCheckWhenSettled,
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
