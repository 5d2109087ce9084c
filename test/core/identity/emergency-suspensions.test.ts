// Kept out in an emergency: from when it is said until it is resumed, whatever else is said of the identity by then.
import { describe, expect, it } from 'vitest';
import type { AccessResumedFact, AccessSuspendedFact, Fact } from '../../../lambdas/core/identity/facts.ts';
import { stageOfFact } from '../../../lambdas/core/identity/stage.ts';
import { buildTimeline, identityAt, nextTransitionMs } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';

const at = (moment: string) => Date.parse(moment);
const day = (number: number) => `2026-04-${String(number).padStart(2, '0')}T00:00:00Z`;
const base = (id: string, number: number) => ({
  ...{ factId: `tenure:${id}`, identityId: 'E1', source: 'tenure', sourceEventId: id },
  ...{ recordedMs: at(day(number)), receivedMs: at(day(number)) },
});
const suspended = (id: string, number: number): AccessSuspendedFact => ({
  ...base(id, number),
  ...{ type: 'access-suspended', suspendedBy: 'E7', suspendedAs: 'operations', reason: 'stolen' },
});
const resumed = (id: string, number: number): AccessResumedFact => ({
  ...base(`back/${id}`, number),
  ...{ type: 'access-resumed', resumes: `tenure:${id}`, resumedBy: 'E7' },
});
const hired = joiner('2026-03-01T09:00:00Z', { department: 'Sales' });
const statusesOf = (facts: readonly Fact[], days: readonly number[]) => {
  const timeline = buildTimeline([hired, ...facts]);
  return days.map((number) => identityAt(timeline, at(day(number))).status);
};

describe('who is kept out in an emergency', () => {
  it('is suspended from that very instant until it is resumed, in whatever order it is known', () => {
    const facts = [suspended('a', 5), resumed('a', 8)];
    const expected = ['active', 'suspended', 'suspended', 'active'];
    expect(statusesOf(facts, [4, 5, 7, 8])).toEqual(expected);
    expect(statusesOf(facts.toReversed(), [4, 5, 7, 8])).toEqual(expected);
    const timeline = buildTimeline([hired, ...facts]);
    expect(identityAt(timeline, at(day(5)) - 1).status).toBe('active');
    expect(identityAt(timeline, at(day(8)) - 1).status).toBe('suspended');
    expect(stageOfFact(timeline, 'tenure:a', at(day(6)))).toBe('suspension');
    expect(stageOfFact(timeline, 'tenure:back/a', at(day(9)))).toBe('return');
  });

  it('is let in when the last of several is over', () => {
    const longer = [suspended('a', 5), resumed('a', 12)];
    const shorter = [suspended('b', 6), resumed('b', 8)];
    const later = [suspended('c', 11), resumed('c', 14)];
    expect(statusesOf([...longer, ...shorter], [7, 9, 11, 12])).toEqual([
      'suspended',
      'suspended',
      'suspended',
      'active',
    ]);
    expect(statusesOf([...later, ...longer], [12, 13, 14])).toEqual(['suspended', 'suspended', 'active']);
    expect(statusesOf([suspended('d', 3), ...longer, ...shorter], [4, 9, 20])).toEqual([
      'suspended',
      'suspended',
      'suspended',
    ]);
  });

  it('stays so through a move, a leave and a rehire, and is departed as a leaver', () => {
    const moved = mover(day(6), { department: 'Finance' });
    const left = leaver(day(10));
    const again = joiner(day(20), { department: 'Sales' });
    const facts = [suspended('a', 5), moved, left, again];
    expect(statusesOf(facts, [7, 11, 21])).toEqual(['suspended', 'departed', 'suspended']);
    expect(statusesOf([...facts, resumed('a', 15)], [7, 11, 21])).toEqual(['suspended', 'departed', 'active']);
  });

  it('changes nothing while on leave, and is on leave afterwards', () => {
    const timeline = buildTimeline([hired, suspension(day(4)), suspended('a', 5), resumed('a', 8)]);
    expect(nextTransitionMs(timeline, at(day(4)))).toBeUndefined();
    expect(identityAt(timeline, at(day(9))).status).toBe('suspended');
  });

  it('was never kept out by what was resumed before it was said', () => {
    expect(statusesOf([suspended('a', 5), resumed('a', 4)], [5, 6])).toEqual(['active', 'active']);
  });

  it('is named, as long as nobody resumed it', () => {
    const { suspensions } = buildTimeline([hired, suspended('a', 5), suspended('b', 6), resumed('a', 8)]);
    expect(suspensions.map(({ factId }) => factId)).toEqual(['tenure:b']);
  });
});
