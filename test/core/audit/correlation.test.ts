import { describe, expect, it } from 'vitest';
import { correlationAt, correlationOf } from '../../../lambdas/core/audit/correlation.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, rescind } from '../../support/facts.ts';

const atMs = (date: string) => Date.parse(`${date}T12:00:00Z`);
const JOINS: Fact = joiner('2026-11-01', { endsAt: null });
const LEAVES: Fact = leaver('2026-11-20');

describe('what ties together all that one event brings about', () => {
  const timeline = buildTimeline([JOINS, LEAVES]);

  it('is the fact that brought the state by which it is done, however late that is', () => {
    expect(correlationAt(timeline, atMs('2026-10-01'))).toBeUndefined();
    expect(correlationAt(timeline, atMs('2026-11-02'))).toBe(JOINS.factId);
    // A leaver that is known before it takes effect brings nothing about yet.
    expect(correlationAt(timeline, atMs('2026-11-19'))).toBe(JOINS.factId);
    for (const date of ['2026-11-21', '2027-11-21']) expect(correlationAt(timeline, atMs(date))).toBe(LEAVES.factId);
  });

  it('is the fact itself when it is recorded, and the one that it takes back', () => {
    const back: Fact = rescind(LEAVES, '2026-11-21');
    expect(correlationOf(LEAVES, timeline, atMs('2026-11-02'))).toBe(LEAVES.factId);
    expect(correlationOf(back, buildTimeline([JOINS, LEAVES, back]), atMs('2026-11-21'))).toBe(LEAVES.factId);
  });

  it('is, of an end date that was reached, the fact that was in force until then', () => {
    const contract: Fact = joiner('2026-11-01', { kind: 'contractor', endsAt: '2026-11-10' });
    expect(correlationAt(buildTimeline([contract]), atMs('2026-12-01'))).toBe(contract.factId);
  });
});
