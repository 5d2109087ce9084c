// Which handovers are undone when it turns out that an owner never went.
import { expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { undoneHandovers } from '../../../lambdas/core/identity/ownership.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const NOW_MS = Date.parse('2026-06-13T09:00:00Z');
const hired = joiner('2026-06-05T00:00:00Z', { endsAt: '2026-06-13T00:00:00Z' });
const handedOver: Fact = {
  factId: 'tenure:handed-over',
  identityId: 'E1',
  source: 'tenure',
  sourceEventId: 'handed-over',
  recordedMs: Date.parse('2026-06-13T00:05:00Z'),
  receivedMs: Date.parse('2026-06-13T00:05:00Z'),
  type: 'handed-over',
  departure: 'end-date:2026-06-13T00:00:00.000Z',
  owned: [{ identityId: 'svc', factId: 'tenure:owned/svc' }],
};
const undone = (...facts: readonly Fact[]) =>
  undoneHandovers(buildTimeline([hired, handedOver, ...facts]), NOW_MS).map(({ factId }) => factId);

it('undoes what was handed over when it is told late that the contract went on as it ran out', () => {
  expect(undone(mover('2026-06-13T00:00:00Z', { endsAt: '2026-12-31' }))).toEqual([handedOver.factId]);
});

it('undoes nothing of who was gone for a moment, or for good until a rehire', () => {
  expect(undone(mover('2026-06-13T00:00:00.001Z', { endsAt: '2026-12-31' }))).toEqual([]);
  const left = leaver('2026-06-13T00:00:00Z');
  expect(undone(left)).toEqual([]);
  expect(undone(left, joiner('2026-06-13T08:00:00Z'))).toEqual([]);
});
