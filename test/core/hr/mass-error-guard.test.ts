// What is held, and what waiting means for a timeline.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Disabling,
  disables,
  judge,
  type MassErrorGuardSettings,
  massErrorGuardSchema,
  mayDisable,
  needsPopulation,
  type Population,
  sumOf,
} from '../../../lambdas/core/hr/mass-error-guard.ts';
import { type Fact, factIdOf, type HoldDecisionFact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const DEFAULTS = massErrorGuardSchema.parse({});

const disabling = (identities: number, overrides: Partial<Disabling> = {}): Disabling => ({
  deliveryId: 'delivery',
  atMs: NOW_MS,
  identities,
  applications: {},
  ...overrides,
});
const population = (employed: number, applications: Record<string, number> = {}): Population => ({
  employed,
  applications,
});

const settingsArbitrary: fc.Arbitrary<MassErrorGuardSettings> = fc.record({
  windowMinutes: fc.integer({ min: 1, max: 1_440 }),
  maximumIdentities: fc.integer({ min: 1, max: 200 }),
  maximumShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
  applicationShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
  neverHeld: fc.integer({ min: 0, max: 20 }),
});
const losses = fc.dictionary(fc.constantFrom('crm', 'git', 'mail'), fc.integer({ min: 0, max: 300 }));

describe('judging', () => {
  it.each([
    ['few, in a tiny company', 5, population(6), undefined],
    ['more than the number', 26, population(100_000), { rule: 'number', count: 26, threshold: 26 }],
    ['as many as the number', 25, population(100_000), undefined],
    ['more than the share', 11, population(100), { rule: 'share', count: 11, threshold: 11 }],
    ['as many as the share', 10, population(100), undefined],
  ])('%s', (_what, count, counted, reason) => {
    const expected = reason === undefined ? { verdict: 'pass' } : { verdict: 'hold', reason };
    expect(judge(disabling(count), DEFAULTS, counted)).toEqual(expected);
  });

  it('holds what halves an application, and names it', () => {
    const sum = disabling(8, { applications: { crm: 7, git: 8 } });
    expect(judge(sum, DEFAULTS, population(1_000, { crm: 14, git: 500 }))).toEqual({
      verdict: 'hold',
      reason: { rule: 'application', applicationId: 'crm', count: 7, threshold: 7 },
    });
    expect(judge(sum, DEFAULTS, population(1_000, { crm: 15, git: 500 }))).toEqual({ verdict: 'pass' });
  });

  it('never holds what is small, always holds what exceeds the number, and more is never held less', () => {
    fc.assert(
      fc.property(settingsArbitrary, fc.nat(400), losses, losses, fc.nat(400), (settings, count, lost, held, more) => {
        const counted = population(500, held);
        const verdict = (identities: number, applications = lost) =>
          judge(disabling(identities, { applications }), settings, counted).verdict;
        if (count <= settings.neverHeld) expect(verdict(count)).toBe('pass');
        else if (count > settings.maximumIdentities) expect(verdict(count)).toBe('hold');
        if (verdict(count) === 'hold') expect(verdict(count + more)).toBe('hold');
        // Without the population nothing is decided that needs it.
        if (!needsPopulation(disabling(count), settings)) {
          expect(judge(disabling(count), settings, undefined)).toEqual(judge(disabling(count), settings, counted));
        }
      }),
    );
  });
});

describe('the window', () => {
  it('counts a delivery once however often and in whatever order it comes, and forgets what is old', () => {
    const deliveries = fc.array(
      fc.record({
        deliveryId: fc.constantFrom('a', 'b', 'c', 'd'),
        atMs: fc.integer({ min: NOW_MS - 120 * MINUTE_MS, max: NOW_MS }),
        identities: fc.integer({ min: 1, max: 10 }),
        applications: fc.constant({}),
      }),
    );
    fc.assert(
      fc.property(deliveries, fc.infiniteStream(fc.nat()), (given, order) => {
        const sum = sumOf(given, DEFAULTS, NOW_MS).identities;
        const shuffled = given
          .map((one) => [order.next().value as number, one] as const)
          .sort(([a], [b]) => a - b)
          .map(([, one]) => one);
        expect(sumOf([...shuffled, ...shuffled], DEFAULTS, NOW_MS).identities).toBe(sum);
        const most = new Map<string, number>();
        for (const { deliveryId, identities, atMs } of given) {
          if (atMs < NOW_MS - 60 * MINUTE_MS) continue;
          most.set(deliveryId, Math.max(most.get(deliveryId) ?? 0, identities));
        }
        expect(sum).toBe([...most.values()].reduce((total, one) => total + one, 0));
      }),
    );
  });
});

describe('what disables', () => {
  const join = joiner('2026-01-01T00:00:00Z');
  const contractor = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2027-06-30' });
  const pastLeave = leaver('2026-11-22T17:00:00Z', { recorded: '2026-11-22T17:00:00Z' });
  it.each<[string, readonly Fact[], Fact, boolean]>([
    ['a leaver in effect', [join], leaver('2026-11-20T00:00:00Z'), true],
    ['a leaver to come', [join], leaver('2027-01-31T00:00:00Z'), true],
    ['a suspension', [join], suspension('2026-11-20T00:00:00Z'), true],
    ['an end date', [join], mover('2026-11-20T00:00:00Z', { endsAt: '2026-11-21' }), true],
    ['a contract made shorter', [contractor], mover('2026-11-20T00:00:00Z', { endsAt: '2026-12-31' }), true],
    ['a contract made longer', [contractor], mover('2026-11-20T00:00:00Z', { endsAt: '2027-12-31' }), false],
    ['a joiner taken back', [join], rescind(join, '2026-11-20T00:00:00Z'), true],
    ['a leaver taken back', [join, pastLeave], rescind(pastLeave, '2026-11-23T08:00:00Z'), false],
    ['a leaver of the departed', [join, pastLeave], leaver('2026-11-22T18:00:00Z'), false],
    ['a leaver of nobody', [], leaver('2026-11-20T00:00:00Z'), false],
    ['a department', [join], mover('2026-11-20T00:00:00Z', { department: 'Sales' }), false],
    ['a new contractor', [], contractor, false],
    ['a return', [join, suspension('2026-11-01T00:00:00Z')], returning('2026-11-20T00:00:00Z'), false],
  ])('%s', (_what, known, fact, expected) => {
    expect(disables(buildTimeline(known), buildTimeline([...known, fact]), NOW_MS)).toBe(expected);
    if (expected) expect(mayDisable(fact)).toBe(true);
  });

  it('is never judged when it is flagged immediate', () => {
    expect(mayDisable(leaver('2026-11-20T00:00:00Z', { immediate: true }))).toBe(false);
  });
});

describe('a held fact', () => {
  const hold = 'hold-1';
  const join = joiner('2026-01-01T00:00:00Z');
  const leave: Fact = { ...leaver('2026-11-20T17:00:00Z'), held: hold };
  const decision = (type: HoldDecisionFact['type']): Fact => ({
    type,
    factId: factIdOf('tenure', `${type}/${hold}/E1`),
    identityId: 'E1',
    source: 'tenure',
    sourceEventId: `${type}/${hold}/E1`,
    recordedMs: NOW_MS,
    receivedMs: NOW_MS,
    hold,
    decidedBy: 'E9',
    reason: 'asked HR',
  });
  const statusOf = (facts: readonly Fact[]) => identityAt(buildTimeline(facts), NOW_MS).status;

  it('is kept, and counts from its own instant once released, whichever arrives first', () => {
    expect(statusOf([join, leave])).toBe('active');
    expect(buildTimeline([join, leave]).facts).toHaveLength(2);
    fc.assert(
      fc.property(fc.shuffledSubarray([join, leave, decision('hold-released')], { minLength: 3 }), (facts) => {
        expect(identityAt(buildTimeline(facts), NOW_MS)).toMatchObject({
          status: 'departed',
          departedMs: Date.parse('2026-11-20T17:00:00Z'),
        });
      }),
    );
    expect(statusOf([join, decision('hold-released')])).toBe('active');
  });

  it('never counts once dropped', () => {
    expect(statusOf([join, leave, decision('hold-dropped')])).toBe('active');
    expect(statusOf([join, leave, decision('hold-dropped'), decision('hold-released')])).toBe('active');
  });

  it('takes nothing back while it waits, and can itself be taken back', () => {
    const plain = leaver('2026-11-20T17:00:00Z');
    const heldRescind: Fact = { ...rescind(join, '2026-11-21T00:00:00Z'), held: hold };
    expect(statusOf([join, heldRescind])).toBe('active');
    expect(statusOf([join, heldRescind, decision('hold-released')])).toBe('unknown');
    expect(statusOf([join, leave, decision('hold-released'), rescind(leave, '2026-11-22T00:00:00Z')])).toBe('active');
    expect(statusOf([join, plain])).toBe('departed');
  });
});
