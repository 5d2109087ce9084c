// When the sweep looks again.
import { expect, it } from 'vitest';
import {
  ATTENTION_GRACE_MS,
  attentionAfterFact,
  attentionWhenSettled,
} from '../../../lambdas/core/identity/attention.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver } from '../../support/facts.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');

it('looks soon after a fact, whatever that fact says', () => {
  expect(attentionAfterFact(NOW_MS)).toBe(NOW_MS + ATTENTION_GRACE_MS);
});

it('looks after the next thing that time alone changes', () => {
  const timeline = buildTimeline([joiner('2026-11-01T00:00:00Z'), leaver('2026-12-01T17:00:00Z')]);
  expect(attentionWhenSettled(timeline, NOW_MS)).toBe(Date.parse('2026-12-01T17:00:00Z') + ATTENTION_GRACE_MS);
});

it('does not look at all when nothing is to come', () => {
  expect(attentionWhenSettled(buildTimeline([joiner('2026-11-01T00:00:00Z')]), NOW_MS)).toBeUndefined();
});
