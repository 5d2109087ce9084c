// Two answers to one question: what lambdas/core says of somebody, and what the reference model says, which was written
// from the documents alone. Any set of facts, at any instant, in any order of arrival.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Fact, JoinerFact } from '../../lambdas/core/identity/facts.ts';
import { departuresIn } from '../../lambdas/core/identity/ownership.ts';
import { buildTimeline, identityAt } from '../../lambdas/core/identity/timeline.ts';
import { MODEL } from '../simulation/access-model.ts';
import { DUTIES } from '../simulation/duties.ts';
import { referenceAccess } from './access.ts';
import {
  randomAnswered,
  randomCampaigns,
  randomDuplicate,
  randomExcepted,
  randomFacts,
  randomGranted,
  randomHour,
  randomReturned,
  randomReviewed,
  randomSurvivor,
  randomSuspended,
  randomUndone,
} from './random-facts.ts';
import { departuresOf, type ReferenceState, referenceOf } from './state.ts';

const SEED = 26;
const RUNS = 3_000;

/** Whoever is in sales has both sides. */
const APART: AccessModel = {
  ...MODEL,
  duties: [
    {
      ...{ id: 'r', name: 'R', severity: 'high', mode: 'require-exception', exceptions: [] },
      sides: ['chat:everyone', 'chat:sales-room'].map((one) => ({ name: one, entitlements: [one], profiles: [] })),
    },
  ],
};

/** By `application:entitlement`: less than a random history lasts. */
const HANDOVER_DAYS: Readonly<Record<string, number>> = {
  'chat:sales-room': 3,
  'cloud:billing': 1,
  'cloud:production-admin': 2,
  'badge:office': 4,
};

function handingOver(model: AccessModel): AccessModel {
  const applications = model.applications.map((application) => ({
    ...application,
    entitlements: application.entitlements.map((one) => {
      const days = HANDOVER_DAYS[`${application.id}:${one.id}`];
      return days === undefined ? one : { ...one, handover: { days } };
    }),
  }));
  return { ...model, hash: `${model.hash}, handed over`, applications };
}

function compare(known: readonly Fact[], instantMs: number): void {
  compareBy(MODEL, known, instantMs);
}

function compareBy(model: AccessModel, known: readonly Fact[], instantMs: number): void {
  const timeline = buildTimeline(known);
  const reference = referenceOf(known)(instantMs);
  const state = identityAt(timeline, instantMs);
  expect(state.status).toBe(reference.status);
  const departedMs = 'departedMs' in state ? state.departedMs : undefined;
  expect(departedMs).toBe(reference.departedMs);
  const { enabled, accounts } = desiredAccess(timeline, model, instantMs);
  const desired = accounts.map(({ applicationId, entitlements }) => ({
    applicationId,
    enabled,
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  }));
  expect(desired).toEqual(referenceAccess(reference, model));
}

function compareDepartures(known: readonly Fact[], untilMs: number): void {
  const told = departuresIn(buildTimeline(known), untilMs);
  expect(departuresOf(known, untilMs)).toEqual(expect.arrayContaining([...told]));
}

function inSales(fact: JoinerFact): Fact {
  return { ...fact, attributes: { department: 'Sales', ...fact.attributes } };
}

describe('the heart and the reference model agree', () => {
  it('on any set of facts at any instant', () => {
    fc.assert(fc.property(randomFacts, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });

  it('on whoever absorbed a duplicate', () => {
    fc.assert(fc.property(randomSurvivor, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });

  it('on a duplicate', () => {
    fc.assert(fc.property(randomDuplicate, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });

  it('on whoever absorbed a duplicate that is somebody else after all', () => {
    fc.assert(fc.property(randomUndone, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });

  it('on who was taken for somebody else', () => {
    fc.assert(fc.property(randomReturned, randomHour, compare), { seed: SEED, numRuns: RUNS });
  });

  it('on what people decided on for a time', () => {
    let [held, alone, lapsed] = [0, 0, 0];
    const compareGranted = (known: readonly Fact[], instantMs: number) => {
      compare(known, instantMs);
      const { granted = [], attributes } = referenceOf(known)(instantMs);
      const profiles = referenceAccess({ status: 'active', attributes }, MODEL).flatMap((one) => one.entitlements);
      const isAlone = granted.some((reference) => !profiles.includes(reference.split(':')[1] ?? ''));
      if (granted.length > 0) held += 1;
      if (isAlone) alone += 1;
      if (granted.length === 0 && known.some(({ type }) => type === 'access-granted')) lapsed += 1;
    };
    fc.assert(fc.property(randomGranted, randomHour, compareGranted), { seed: SEED, numRuns: RUNS });
    expect(Math.min(held, alone, lapsed)).toBeGreaterThan(RUNS / 10);
  });

  it('on who is kept out in an emergency', () => {
    let [keptOut, letIn, onLeave] = [0, 0, 0];
    const compareSuspended = (known: readonly Fact[], instantMs: number) => {
      compare(known, instantMs);
      const isDesk = ({ type }: Fact) => type === 'access-suspended' || type === 'access-resumed';
      const { status } = referenceOf(known)(instantMs);
      const { status: otherwise } = referenceOf(known.filter((fact) => !isDesk(fact)))(instantMs);
      if (status === 'suspended' && otherwise === 'active') keptOut += 1;
      if (status === 'active' && known.some(({ type }) => type === 'access-resumed')) letIn += 1;
      if (otherwise === 'suspended') onLeave += 1;
    };
    fc.assert(fc.property(randomSuspended, randomHour, compareSuspended), { seed: SEED, numRuns: RUNS });
    expect(Math.min(keptOut, letIn, onLeave)).toBeGreaterThan(RUNS / 50);
  });

  it('on whom nobody answers for in time', () => {
    let [lapsed, letIn, inTime] = [0, 0, 0];
    const compareAnswered = (known: readonly Fact[], instantMs: number) => {
      compare(known, instantMs);
      const isAnswer = ({ type }: Fact) => type === 'answer-asked' || type === 'ownership-accepted';
      const accepted = ({ type, recordedMs }: Fact) => type === 'ownership-accepted' && recordedMs <= instantMs;
      const statusBy = (facts: readonly Fact[]) => referenceOf(facts)(instantMs).status;
      const otherwise = statusBy(known.filter((fact) => !isAnswer(fact)));
      const unaccepted = statusBy(known.filter((fact) => !accepted(fact)));
      if (statusBy(known) === 'suspended' && otherwise === 'active') lapsed += 1;
      if (statusBy(known) === 'active' && unaccepted === 'suspended') letIn += 1;
      if (statusBy(known) === 'active' && known.some(({ type }) => type === 'answer-asked')) inTime += 1;
    };
    fc.assert(fc.property(randomAnswered, randomHour, compareAnswered), { seed: SEED, numRuns: RUNS });
    expect(Math.min(lapsed, letIn, inTime)).toBeGreaterThan(RUNS / 50);
  });

  it('on what somebody may hold by an exception', () => {
    let [excepted, apart] = [0, 0];
    const compareExcepted = (known: readonly Fact[], instantMs: number) => {
      const facts = known.map((fact) => (fact.type === 'joiner' ? inSales(fact) : fact));
      compareBy(APART, facts, instantMs);
      const then = referenceOf(facts)(instantMs);
      const { excepted: rules, ...state } = { ...then, moved: then.moved };
      const holds = (one: ReferenceState) =>
        referenceAccess(one, APART).some(({ entitlements }) => entitlements.includes('sales-room'));
      if (holds({ ...state, excepted: rules }) && !holds(state)) excepted += 1;
      if (rules === undefined && holds({ ...state, excepted: ['r'] })) apart += 1;
    };
    fc.assert(fc.property(randomExcepted, randomHour, compareExcepted), { seed: SEED, numRuns: RUNS });
    expect(Math.min(excepted, apart)).toBeGreaterThan(RUNS / 50);
  });

  it('on what a mover keeps for a time', () => {
    const model = handingOver(MODEL);
    const apart = handingOver({ ...APART, duties: [...(APART.duties ?? []), ...DUTIES] });
    let [handed, ended, yielding] = [0, 0, 0];
    const compareMoved = (known: readonly Fact[], instantMs: number) => {
      const facts = known.map((fact) => (fact.type === 'joiner' ? inSales(fact) : fact));
      compareBy(model, facts, instantMs);
      compareBy(apart, facts, instantMs);
      const { status, attributes, granted, excepted, moved } = referenceOf(facts)(instantMs);
      const state: ReferenceState = { status, attributes, granted, excepted };
      const count = (one: ReferenceState, by: AccessModel) =>
        referenceAccess(one, by).reduce((sum, { entitlements }) => sum + entitlements.length, 0);
      const kept = count({ ...state, moved }, model) - count(state, model);
      if (kept > 0) handed += 1;
      if (kept === 0 && (moved?.length ?? 0) > 0) ended += 1;
      if (kept > count({ ...state, moved }, apart) - count(state, apart)) yielding += 1;
    };
    const anyFacts = fc.oneof(
      randomFacts,
      randomGranted,
      randomExcepted,
      randomSuspended,
      randomSurvivor,
      randomUndone,
    );
    fc.assert(fc.property(anyFacts, randomHour, compareMoved), { seed: SEED, numRuns: 2 * RUNS });
    expect(Math.min(handed, ended, yielding)).toBeGreaterThan(RUNS / 100);
  });

  it('on what is left of it once somebody has looked, or nobody has', { timeout: 120_000 }, () => {
    const model = handingOver(MODEL);
    let [taken, kept] = [0, 0];
    const compareReviewed = (known: readonly Fact[], instantMs: number) => {
      compareBy(model, known, instantMs);
      const isReview = ({ type }: Fact) => type === 'access-review-opened' || type === 'access-review-decided';
      const held = (facts: readonly Fact[]) => JSON.stringify(referenceAccess(referenceOf(facts)(instantMs), model));
      const [now, without] = [held(known), held(known.filter((fact) => !isReview(fact)))];
      const unanswered = held(known.filter(({ type }) => type !== 'access-review-decided'));
      if (now !== without) taken += 1;
      if (now !== unanswered) kept += 1;
    };
    fc.assert(fc.property(randomReviewed, randomHour, compareReviewed), { seed: SEED, numRuns: RUNS });
    expect(Math.min(taken, kept)).toBeGreaterThan(RUNS / 50);
  });

  it('on what campaigns take away, and on what is given back', { timeout: 120_000 }, () => {
    const model = handingOver(MODEL);
    let [taken, restored] = [0, 0];
    const compareCampaigns = (known: readonly Fact[], instantMs: number) => {
      compareBy(model, known, instantMs);
      const held = (facts: readonly Fact[], atMs: number) =>
        JSON.stringify(referenceAccess(referenceOf(facts)(atMs), model));
      const without = known.filter(({ type }) => type !== 'access-review-opened');
      const isTakenAt = (atMs: number) => held(known, atMs) !== held(without, atMs);
      if (isTakenAt(instantMs)) taken += 1;
      const answered = known.flatMap((fact) => (fact.type === 'access-review-decided' ? fact.recordedMs : []));
      if (!isTakenAt(instantMs) && answered.some((atMs) => atMs <= instantMs && isTakenAt(atMs - 1))) restored += 1;
    };
    fc.assert(fc.property(randomCampaigns, randomHour, compareCampaigns), { seed: SEED, numRuns: RUNS / 2 });
    expect(Math.min(taken, restored)).toBeGreaterThan(RUNS / 200);
  });

  it('on every departure there was', () => {
    fc.assert(fc.property(fc.oneof(randomFacts, randomSurvivor, randomDuplicate), randomHour, compareDepartures), {
      seed: SEED,
      numRuns: RUNS,
    });
  });

  it('on every departure of whom a merge that was taken back concerned', () => {
    fc.assert(fc.property(fc.oneof(randomUndone, randomReturned), randomHour, compareDepartures), {
      seed: SEED,
      numRuns: RUNS,
    });
  });
});
