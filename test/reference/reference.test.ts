// Two answers to one question: what lambdas/core says of somebody, and what the reference model says, which was written
// from the documents alone. Any set of facts, at any instant, in any order of arrival.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { MODEL } from '../simulation/access-model.ts';
import { referenceAccess } from './access.ts';
import { randomFacts, randomHour } from './random-facts.ts';
import { referenceOf } from './state.ts';

const SEED = 26;
const RUNS = 3_000;

function compare(known: readonly Fact[], instantMs: number): void {
  const timeline = buildTimeline(known);
  const reference = referenceOf(known)(instantMs);
  expect(identityAt(timeline, instantMs).status).toBe(reference.status);
  const desired = desiredAccess(timeline, MODEL, instantMs).accounts.map(({ entitlements, ...account }) => ({
    ...account,
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  }));
  expect(desired).toEqual(referenceAccess(reference, MODEL));
}

describe('the heart and the reference model agree', () => {
  it('on any set of facts at any instant', () => {
    fc.assert(fc.property(randomFacts, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });
});
