// Which departure a removal belongs to, and whether there is anything left to prove.
import { describe, expect, it } from 'vitest';
import type { Removal } from '../../../lambdas/core/access/identity-record.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import {
  awaitsProof,
  awaitsRemoval,
  beginsRemoval,
  beginsUntilMs,
  isOvertaken,
} from '../../../lambdas/core/removal/removal.ts';
import { joiner, leaver } from '../../support/facts.ts';

const FACTS = [joiner('2026-01-01T00:00:00Z'), leaver('2026-03-01T00:00:00Z')];
const at = (instant: string, ...more: readonly Fact[]) =>
  identityAt(buildTimeline([...FACTS, ...more]), Date.parse(instant));
const removal = (started: string, proven?: string): Removal => ({
  version: 2,
  startedMs: Date.parse(started),
  provenMs: proven === undefined ? undefined : Date.parse(proven),
});

const EMPLOYED = at('2026-02-01T00:00:00Z');
const DEPARTED = at('2026-04-01T00:00:00Z');
const REHIRED = [joiner('2026-05-01T00:00:00Z'), leaver('2026-06-01T00:00:00Z')];
const DEPARTED_AGAIN = at('2026-07-01T00:00:00Z', ...REHIRED);

describe('a removal', () => {
  it('is awaited after a departure until the one that follows it has begun', () => {
    expect(awaitsRemoval(EMPLOYED, undefined, [])).toBe(false);
    expect(awaitsRemoval(DEPARTED, undefined, [])).toBe(true);
    expect(awaitsRemoval(DEPARTED, removal('2026-02-28T23:59:59.999Z'), [])).toBe(true);
    expect(awaitsRemoval(DEPARTED, removal('2026-03-01T00:00:00Z'), [])).toBe(false);
  });

  it('is awaited of whoever never came, or is yet to come, where there was an account', () => {
    const called = { status: 'unknown' } as const;
    const pending = identityAt(buildTimeline(FACTS), Date.parse('2025-12-01T00:00:00Z'));
    expect(pending.status).toBe('pending');
    for (const state of [called, pending]) {
      expect(awaitsRemoval(state, undefined, [])).toBe(false);
      expect(awaitsRemoval(state, undefined, [{}])).toBe(true);
      expect(awaitsProof(state, undefined, [{ closedMs: 1 }])).toBe(true);
      expect(awaitsRemoval(state, removal('2025-11-01T00:00:00Z'), [{}])).toBe(false);
    }
    expect(awaitsRemoval(EMPLOYED, undefined, [{}])).toBe(false);
  });

  it('of an earlier departure is not that of a later one, proven or not', () => {
    const first = removal('2026-03-01T00:00:05Z', '2026-03-01T00:01:00Z');
    expect(awaitsRemoval(DEPARTED_AGAIN, first, [])).toBe(true);
    expect(awaitsProof(DEPARTED_AGAIN, first, [])).toBe(true);
    expect(awaitsProof(DEPARTED_AGAIN, removal('2026-06-01T00:00:05Z', '2026-06-01T00:01:00Z'), [])).toBe(false);
  });

  it('that was begun anew covers no departure after the beginning of the one that is certified', () => {
    const anew = removal('2026-03-03T00:00:00Z', '2026-03-03T00:01:00Z');
    const certifiedBefore = { ...anew, certifiedFromMs: Date.parse('2026-02-28T00:00:00Z') };
    const certifiedSince = { ...anew, certifiedFromMs: Date.parse('2026-03-02T00:00:00Z') };
    expect(awaitsRemoval(DEPARTED, certifiedBefore, [])).toBe(true);
    expect(awaitsProof(DEPARTED, certifiedBefore, [])).toBe(true);
    expect(awaitsProof(DEPARTED, certifiedSince, [])).toBe(false);
  });

  it('is to be proven once it has begun, and never of somebody employed', () => {
    expect(awaitsProof(DEPARTED, removal('2026-03-01T00:00:05Z'), [])).toBe(true);
    expect(awaitsProof(DEPARTED, removal('2026-03-01T00:00:05Z', '2026-03-01T00:01:00Z'), [])).toBe(false);
    expect(awaitsProof(EMPLOYED, removal('2026-01-01T00:00:05Z'), [])).toBe(false);
    // Nobody ever knew of an employment, and yet a removal was begun.
    expect(awaitsProof({ status: 'unknown' }, removal('2026-01-01T00:00:05Z'), [])).toBe(true);
    expect(awaitsProof({ status: 'unknown' }, undefined, [])).toBe(false);
  });

  it('is to be proven anew where an account was open after the proof', () => {
    const proven = removal('2026-03-01T00:00:05Z', '2026-03-01T00:01:00Z');
    const closed = (iso: string) => ({ closedMs: Date.parse(iso) });
    expect(awaitsProof(DEPARTED, proven, [closed('2026-03-01T00:00:30Z'), closed('2026-03-01T00:01:00Z')])).toBe(false);
    expect(awaitsProof(DEPARTED, proven, [closed('2026-03-01T00:00:30Z'), closed('2026-03-01T00:01:00.001Z')])).toBe(
      true,
    );
    expect(awaitsProof(DEPARTED, proven, [{}])).toBe(true);
    expect(awaitsProof({ status: 'unknown' }, proven, [{}])).toBe(true);
    expect(awaitsProof(EMPLOYED, proven, [{}])).toBe(false);
  });

  it('begins again where something was open after the proof, and not while one is under way', () => {
    const proven = removal('2026-03-01T00:00:05Z', '2026-03-01T00:01:00Z');
    const reopened = { closedMs: Date.parse('2026-03-01T00:02:00Z') };
    expect(beginsRemoval(DEPARTED, proven, [{ closedMs: Date.parse('2026-03-01T00:00:30Z') }])).toBe(false);
    expect(beginsRemoval(DEPARTED, proven, [reopened])).toBe(true);
    expect(beginsRemoval(DEPARTED, proven, [{}])).toBe(true);
    expect(beginsRemoval(EMPLOYED, proven, [{}])).toBe(false);
    expect(beginsRemoval(DEPARTED, removal('2026-03-01T00:00:05Z'), [{}])).toBe(false);
    expect(beginsRemoval(DEPARTED_AGAIN, proven, [])).toBe(true);
  });

  it('is overtaken by one that a later fence began', () => {
    const later = { ...removal('2026-03-01T00:00:05Z'), epoch: 7 };
    expect(isOvertaken(later, 6)).toBe(true);
    expect(isOvertaken(later, 7)).toBe(false);
    // Begun before epochs were kept.
    expect(isOvertaken(later, undefined)).toBe(false);
    expect(isOvertaken(removal('2026-03-01T00:00:05Z'), 6)).toBe(false);
  });

  it('begins for five minutes after its fence, unless a pass had the lease since or something was recorded', () => {
    const startedMs = Date.parse('2026-03-01T00:00:00Z');
    const fenced = { removal: { version: 2, startedMs, epoch: 5 }, epoch: 5, version: 2 };
    expect(beginsUntilMs(fenced, startedMs + 299_999)).toBe(startedMs + 300_000);
    expect(beginsUntilMs(fenced, startedMs + 300_000)).toBeUndefined();
    expect(beginsUntilMs({ ...fenced, epoch: 6 }, startedMs)).toBeUndefined();
    expect(beginsUntilMs({ ...fenced, version: 3 }, startedMs)).toBeUndefined();
    expect(beginsUntilMs({ ...fenced, removal: undefined }, startedMs)).toBeUndefined();
    // Removals that were begun before the epoch was kept.
    expect(beginsUntilMs({ ...fenced, removal: { version: 2, startedMs } }, startedMs)).toBeUndefined();
    // The clock of the function that fenced off was a little ahead, or a day.
    expect(beginsUntilMs(fenced, startedMs - 60_000)).toBe(startedMs + 300_000);
    expect(beginsUntilMs(fenced, startedMs - 86_400_000)).toBeUndefined();
  });
});
