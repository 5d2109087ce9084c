// What is held, and what waiting means for a timeline.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import {
  type Disabling,
  judge,
  lossBetween,
  type MassErrorGuardSettings,
  massErrorGuardSchema,
  mayTakeAccess,
  needsPopulation,
  type Population,
  sumOf,
  takingOf,
} from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { Attributes } from '../../../lambdas/core/identity/attributes.ts';
import { type Fact, factIdOf, type HoldDecisionFact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const MINUTE_MS = 60_000;
const DEFAULTS = massErrorGuardSchema.parse({});

const MODEL: AccessModel = {
  hash: 'a'.repeat(64),
  applications: ['crm', 'contracts'].map((id) => ({
    id,
    name: id,
    connector: 'scim',
    owner: 'E0001',
    settings: {},
    entitlements: ['user', 'lead'].map((name) => ({ id: name, name, grant: name, privileged: false })),
  })),
  profiles: [
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:user'] },
    { id: 'head', name: 'Head', when: { department: ['Sales'], title: ['Head'] }, entitlements: ['crm:lead'] },
    { id: 'legal', name: 'Legal', when: { department: ['Legal'] }, entitlements: ['contracts:user'] },
  ],
};

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
  missingShare: fc.constant(0.5),
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
    ['more than the share, by a part of a person', 11, population(109), { rule: 'share', count: 11, threshold: 11 }],
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

  it('counts apart who keeps some of the access, and together who loses the account in one application', () => {
    const both = (identities: number, reduced: number, applications = {}) =>
      judge(disabling(identities, { reduced, applications }), DEFAULTS, population(100, { crm: 12 }));
    expect(both(10, 10)).toEqual({ verdict: 'pass' });
    expect(both(0, 11)).toEqual({ verdict: 'hold', reason: { rule: 'share', count: 11, threshold: 11 } });
    expect(both(0, 26)).toEqual({ verdict: 'hold', reason: { rule: 'number', count: 26, threshold: 26 } });
    expect(both(3, 3, { crm: 6 })).toEqual({
      verdict: 'hold',
      reason: { rule: 'application', applicationId: 'crm', count: 6, threshold: 6 },
    });
    expect(needsPopulation(disabling(3, { reduced: 3 }), DEFAULTS)).toBe(true);
    expect(needsPopulation(disabling(3, { reduced: 26 }), DEFAULTS)).toBe(false);
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

describe('what takes access', () => {
  const join = joiner('2026-01-01T00:00:00Z', { department: 'Sales', title: 'Head' });
  const contractor = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2027-06-30' });
  const pastLeave = leaver('2026-11-22T17:00:00Z', { recorded: '2026-11-22T17:00:00Z' });
  const onLeave = suspension('2026-11-01T00:00:00Z');
  const back = returning('2026-11-10T00:00:00Z');
  const move = (attributes: Partial<Attributes>, at = '2026-11-20T00:00:00Z') => mover(at, attributes);
  it.each<[string, readonly Fact[], Fact, 'all' | 'some' | undefined]>([
    ['a leaver in effect', [join], leaver('2026-11-20T00:00:00Z'), 'all'],
    ['a leaver to come', [join], leaver('2027-01-31T00:00:00Z'), 'all'],
    ['a leaver of somebody suspended', [join, onLeave], leaver('2026-11-20T00:00:00Z'), 'all'],
    ['a leaver of somebody whom no profile gives anything', [contractor], leaver('2026-11-20T00:00:00Z'), 'all'],
    ['a suspension', [join], suspension('2026-11-20T00:00:00Z'), 'all'],
    ['a return taken back', [join, onLeave, back], rescind(back, '2026-11-20T00:00:00Z'), 'all'],
    ['an end date', [join], move({ endsAt: '2026-11-21' }), 'all'],
    ['an end date for somebody suspended', [join, onLeave], move({ endsAt: '2026-11-21' }), 'all'],
    ['a contract made shorter', [contractor], move({ endsAt: '2026-12-31' }), 'all'],
    ['a contract made longer', [contractor], move({ endsAt: '2027-12-31' }), undefined],
    ['a joiner taken back', [join], rescind(join, '2026-11-20T00:00:00Z'), 'all'],
    ['a leaver taken back', [join, pastLeave], rescind(pastLeave, '2026-11-23T08:00:00Z'), undefined],
    ['a leaver of the departed', [join, pastLeave], leaver('2026-11-22T18:00:00Z'), undefined],
    ['a leaver of nobody', [], leaver('2026-11-20T00:00:00Z'), undefined],
    ['a department that no profile names', [join], move({ department: 'Sales & more' }), 'all'],
    ['the same, to come', [join], move({ department: 'Sales & more' }, '2026-12-24T00:00:00Z'), 'all'],
    ['the same, as a joiner', [join], joiner('2026-11-20T00:00:00Z', { department: 'Sales & more' }), 'all'],
    ['the same, of somebody suspended', [join, onLeave], move({ department: 'Sales & more' }), 'all'],
    ['a transfer', [join], move({ department: 'Legal' }), 'some'],
    ['a title', [join], move({ title: 'Engineer' }), 'some'],
    ['a title that gave nothing', [contractor], move({ title: 'Engineer' }), undefined],
    ['a department that gives more', [contractor], move({ department: 'Sales' }), undefined],
    ['a family name', [join], move({ familyName: 'King' }), undefined],
    ['a new contractor', [], contractor, undefined],
    ['a return', [join, onLeave], returning('2026-11-20T00:00:00Z'), undefined],
  ])('%s', (_what, known, fact, extent) => {
    const loss = lossBetween(buildTimeline(known), buildTimeline([...known, fact]), MODEL, NOW_MS);
    expect(loss?.extent).toBe(extent);
    expect(takingOf(known, [fact], MODEL, NOW_MS)?.facts).toEqual(extent && [fact]);
  });

  it('names the applications in which the account goes', () => {
    const accountsLostTo = (...told: readonly Fact[]) =>
      lossBetween(buildTimeline([join]), buildTimeline([join, ...told]), MODEL, NOW_MS)?.applications;
    expect(accountsLostTo(move({ title: 'Engineer' }))).toEqual([]);
    expect(accountsLostTo(move({ department: 'Legal' }))).toEqual(['crm']);
    expect(accountsLostTo(leaver('2026-11-20T00:00:00Z'))).toEqual(['crm']);
  });

  it('is never judged when it is a leaver flagged immediate, nor is what that cuts off', () => {
    const now = leaver('2026-11-20T00:00:00Z', { immediate: true });
    expect(mayTakeAccess(now)).toBe(false);
    expect(takingOf([join], [now, suspension('2026-11-19T00:00:00Z')], MODEL, NOW_MS)).toBeUndefined();
  });

  it('leaves alone what the same delivery says and takes nothing', () => {
    const renamed = move({ familyName: 'King' });
    const gone = leaver('2026-11-21T00:00:00Z');
    expect(takingOf([join], [renamed, gone], MODEL, NOW_MS)?.facts).toEqual([gone]);
    // Each takes nothing from what the other leaves: together they move somebody there and back.
    const there = move({ department: 'Legal' }, '2026-11-19T00:00:00Z');
    expect(takingOf([join], [there, move({ department: 'Sales' })], MODEL, NOW_MS)).toBeUndefined();
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
