// Walks every cell of the collision matrix: each pair of kinds, effective before, with and after one another, in any
// order of arrival, any number of times and whatever the distances.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  KINDS,
  type Kind,
  type Outcome,
  outcomeOf,
  TIMINGS,
  type Timing,
} from '../../../docs/generators/collision-matrix.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, type IdentityState, identityAt, isEmployed } from '../../../lambdas/core/identity/timeline.ts';
import { toIso } from '../../../lambdas/core/moment.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const KNOWN_MS = Date.parse('2026-06-15T12:00:00Z');
const DAY_MS = 86_400_000;
const LONG_AFTER = Date.parse('2027-06-15T12:00:00Z');

interface Distances {
  /** Between the instants at which the two take effect. */
  readonly effectMs: number;
  /** Between the instants at which they were recorded. */
  readonly recordMs: number;
}

/** What is known before both: enough for each of the two to have something to change. */
function background(kinds: readonly Kind[]): readonly Fact[] {
  const joined = joiner('2026-01-01T00:00:00Z', { department: 'as before' });
  const onLeave = suspension('2026-02-01T00:00:00Z');
  const left = leaver('2026-03-01T00:00:00Z');
  if (kinds.includes('rehire') || kinds.every((kind) => kind === 'rescind')) return [joined, left];
  if (kinds.includes('joiner')) return [];
  return kinds.includes('return') ? [joined, onLeave] : [joined];
}

function state(kind: Kind, department: string, effectiveMs: number, recordedMs: number, rescinded: Fact): Fact {
  const [at, told] = [toIso(effectiveMs), { recorded: toIso(recordedMs) }];
  switch (kind) {
    case 'joiner':
    case 'rehire':
      return joiner(at, { department }, told);
    case 'mover':
      return mover(at, { department }, told);
    case 'leaver':
      return leaver(at, told);
    case 'suspension':
      return suspension(at, told);
    case 'return':
      return returning(at, told);
    case 'rescind':
      return rescind(rescinded, toIso(recordedMs));
    default:
      return kind satisfies never;
  }
}

/** A rescind is of the other of the two; two rescinds are of the last leaver, and of that rescind. */
function collide(known: Kind, arriving: Kind, timing: Timing, { effectMs, recordMs }: Distances): readonly Fact[] {
  const before = background([known, arriving]);
  const direction = { before: -1, same: 0, after: 1 }[timing];
  const arrivesMs = KNOWN_MS + direction * effectMs;
  const saidMs = Math.min(KNOWN_MS, arrivesMs) - DAY_MS;
  const subject = before.at(-1) as Fact;
  if (known === 'rescind' && arriving !== 'rescind') {
    const second = state(arriving, 'as arriving', arrivesMs, saidMs + recordMs, subject);
    return [...before, state(known, 'as known', KNOWN_MS, saidMs, second), second];
  }
  const first = state(known, 'as known', KNOWN_MS, saidMs, subject);
  return [...before, first, state(arriving, 'as arriving', arrivesMs, saidMs + recordMs, first)];
}

function outcomeIn(reached: IdentityState): Outcome {
  if (!isEmployed(reached)) return reached.status === 'departed' ? 'departed' : 'unknown';
  const access = reached.attributes.department as 'as before' | 'as known' | 'as arriving';
  return reached.status === 'suspended' ? `on leave, ${access}` : access;
}

const distances = fc.record({
  effectMs: fc.integer({ min: 1, max: 60 * DAY_MS }),
  recordMs: fc.integer({ min: 1, max: 90 * DAY_MS }),
});

describe.each(KINDS)('while a %s is known or in flight,', (known) => {
  describe.each(KINDS)('a %s that arrives', (arriving) => {
    it.each(TIMINGS.map((timing) => ({ timing, outcome: outcomeOf(known, arriving, timing) })))(
      'effective $timing it ends in: $outcome',
      ({ timing, outcome }) => {
        const arrivals = distances
          .map((distance) => collide(known, arriving, timing, distance))
          .chain((facts) =>
            fc.tuple(fc.shuffledSubarray([...facts], { minLength: facts.length }), fc.subarray([...facts])),
          );
        fc.assert(
          fc.property(arrivals, ([facts, again]) => {
            expect(outcomeIn(identityAt(buildTimeline([...facts, ...again]), LONG_AFTER))).toBe(outcome);
          }),
          { numRuns: 30 },
        );
      },
    );
  });
});
