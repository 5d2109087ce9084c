import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { stageOfFact, stageOfInstant } from '../../../lambdas/core/identity/stage.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const stage = (facts: Fact[], fact: Fact) => stageOfFact(buildTimeline(facts), fact.factId, NOW);

describe('the stage', () => {
  const joins = joiner('2026-01-01', { department: 'Sales' });

  it('is found from what changes, not from the label', () => {
    const relabelled = joiner('2026-11-23', { department: 'Engineering' });
    expect(stage([joins, relabelled], relabelled)).toBe('mover');
    const unchanged = mover('2026-11-23', { department: 'Sales' });
    expect(stage([joins, unchanged], unchanged)).toBe('unchanged');
  });

  it('is joiner for a hire and for a rehire', () => {
    expect(stage([joins], joins)).toBe('joiner');
    const rehire = joiner('2026-11-23');
    expect(stage([joins, leaver('2026-05-01'), rehire], rehire)).toBe('joiner');
  });

  it('is nothing for a mover whose joiner has not arrived', () => {
    const early = mover('2026-11-01', { department: 'Engineering' });
    expect(stage([early], early)).toBe('unchanged');
  });

  it('is nothing for a fact that takes effect later; the instant itself has the stage', () => {
    const ends = leaver('2026-11-30T17:00:00Z');
    expect(stage([joins, ends], ends)).toBe('unchanged');
    const instantMs = Date.parse('2026-11-30T17:00:00Z');
    expect(stageOfInstant(buildTimeline([joins, ends]), instantMs, instantMs + 5)).toBe('leaver');
  });

  it('is leaver for a leaver, joiner for its rescinding', () => {
    const ends = leaver('2026-11-20');
    const withdrawn = rescind(ends, '2026-11-23T11:00:00Z');
    expect(stage([joins, ends], ends)).toBe('leaver');
    expect(stage([joins, ends, withdrawn], withdrawn)).toBe('joiner');
  });

  it('tells a leave of absence from the return', () => {
    const leave = suspension('2026-06-01');
    const back = returning('2026-11-01');
    expect(stage([joins, leave], leave)).toBe('suspension');
    expect(stage([joins, leave, back], back)).toBe('return');
  });
});
