// Given what is held and what is to come, then what the segregation of duties says to a request before anybody decides.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { foreseenConflicts, whyKeptApart } from '../../../lambdas/core/requests/foreseen-conflicts.ts';
import { accessGranted, joiner, leaver, mover } from '../../support/facts.ts';
import { segregatedModel } from '../../support/segregated-model.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const iso = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();
const rule = (change: Partial<DutyRule> = {}): DutyRule => ({
  id: 'r',
  name: 'R',
  severity: 'high',
  mode: 'prevent',
  sides: [
    { name: 'first', entitlements: ['x:a'], profiles: [] },
    { name: 'second', entitlements: ['y:b'], profiles: ['seconds'] },
  ],
  exceptions: [],
  ...change,
});
const PROFILES = [
  { id: 'firsts', name: 'Firsts', when: { department: ['First'] }, entitlements: ['x:a'] },
  { id: 'seconds', name: 'Seconds', when: { department: ['Second'] }, entitlements: ['y:c'] },
];
const modelWith = (...duties: readonly DutyRule[]) => segregatedModel(duties, PROFILES);
const whom = (...facts: readonly Fact[]) => ({ identityId: 'E1', timeline: buildTimeline(facts), nowMs: NOW_MS });
const asking = (entitlement: string, from?: number, until?: number) => ({
  entitlement,
  startsMs: from === undefined ? undefined : NOW_MS + from * DAY_MS,
  endsMs: until === undefined ? undefined : NOW_MS + until * DAY_MS,
});
const joined = (department: string) => joiner(iso(-30), { department });
const told = (...args: Parameters<typeof foreseenConflicts>) =>
  foreseenConflicts(...args).map(({ rule: { id }, outcome, fromMs }) => [id, outcome, (fromMs - NOW_MS) / DAY_MS]);

describe('a rule about duties', () => {
  it('has nothing against what brings no two sides together', () => {
    expect(told(asking('y:b'), whom(joined('None')), modelWith(rule()))).toEqual([]);
    expect(told(asking('y:c'), whom(joined('First')), modelWith(rule()))).toEqual([]);
    expect(told(asking('x:a'), whom(joined('First')), modelWith(rule()))).toEqual([]);
    expect(told(asking('y:b'), whom(joined('First')), modelWith())).toEqual([]);
  });

  it('keeps apart either side, whichever the rule has first, and by whatever reason the other is held', () => {
    expect(told(asking('y:b'), whom(joined('First')), modelWith(rule()))).toEqual([['r', 'prevented', 0]]);
    expect(told(asking('x:a'), whom(joined('Second')), modelWith(rule()))).toEqual([['r', 'prevented', 0]]);
    const granted = accessGranted('x:a', iso(-1), iso(5), { recorded: iso(-1) });
    expect(told(asking('y:b'), whom(joined('None'), granted), modelWith(rule()))).toEqual([['r', 'prevented', 0]]);
    expect(told(asking('y:b', 5), whom(joined('None'), granted), modelWith(rule()))).toEqual([]);
    expect(told(asking('y:b', 4.9), whom(joined('None'), granted), modelWith(rule()))).toHaveLength(1);
  });

  it('says so by its name and the other side', () => {
    expect(whyKeptApart(asking('y:b'), whom(joined('First')), modelWith(rule()))).toBe(
      'By the rule r (R) it is not held together with the side "first" (x:a).',
    );
    expect(whyKeptApart(asking('x:a'), whom(joined('Second')), modelWith(rule()))).toBe(
      'By the rule r (R) it is not held together with the side "second" (y:c, the profile seconds).',
    );
    expect(whyKeptApart(asking('y:b'), whom(joined('First')), modelWith(rule({ mode: 'detect' })))).toBeUndefined();
  });

  it('only tells of it where it detects', () => {
    expect(told(asking('y:b'), whom(joined('First')), modelWith(rule({ mode: 'detect' })))).toEqual([
      ['r', 'detected', 0],
    ]);
  });

  it('counts an exception as long as it is in force, and nobody else’s', () => {
    const until = (days: number, identityId = 'E1') =>
      modelWith(
        rule({
          mode: 'require-exception',
          exceptions: [{ identityId, owner: 'E0', reason: 'r', untilMs: NOW_MS + days * DAY_MS }],
        }),
      );
    const first = whom(joined('First'));
    expect(told(asking('y:b', 0, 10), first, until(10))).toEqual([['r', 'excepted', 0]]);
    expect(told(asking('y:b', 0, 10), first, until(9))).toEqual([['r', 'prevented', 9]]);
    expect(told(asking('y:b', 0, 10), first, until(10, 'E2'))).toEqual([['r', 'prevented', 0]]);
    expect(whyKeptApart(asking('y:b', 0, 10), first, until(9))).toBe(
      `By the rule r (R) it is not held together with the side "first" (x:a) from ${iso(9)} on. ` +
        'It needs an exception that lasts as long as it.',
    );
  });

  it('looks at what is to come while the access lasts, and no further', () => {
    const moving = whom(joined('None'), mover(iso(5), { department: 'First' }, { recorded: iso(-1) }));
    expect(told(asking('y:b'), moving, modelWith(rule()))).toEqual([['r', 'prevented', 5]]);
    expect(told(asking('y:b', 0, 5), moving, modelWith(rule()))).toEqual([]);
    const leaving = whom(
      joined('First'),
      mover(iso(3), { department: 'None' }, { recorded: iso(-1) }),
      leaver(iso(4), { recorded: iso(-1) }),
      joiner(iso(6), { department: 'First' }, { recorded: iso(-1) }),
    );
    expect(told(asking('y:b', 3), leaving, modelWith(rule()))).toEqual([]);
    expect(told(asking('y:b', 2), leaving, modelWith(rule()))).toEqual([['r', 'prevented', 2]]);
  });

  it('tells of each rule once, the gravest first', () => {
    const duties = [rule({ id: 'mild', severity: 'low', mode: 'detect' }), rule({ id: 'grave', severity: 'critical' })];
    expect(told(asking('y:b'), whom(joined('First')), modelWith(...duties))).toEqual([['grave', 'prevented', 0]]);
    const both = duties.map((one) => ({ ...one, mode: 'detect' as const }));
    expect(told(asking('y:b'), whom(joined('First')), modelWith(...both))).toEqual([
      ['grave', 'detected', 0],
      ['mild', 'detected', 0],
    ]);
  });

  it('looks at the next 200 instants, and at none beyond', () => {
    const HOUR_MS = 3_600_000;
    // Now is one of them; each of these moves is another.
    const moves = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const department = index + 1 === count ? 'First' : `None ${index}`;
        return mover(new Date(NOW_MS + (index + 1) * HOUR_MS).toISOString(), { department }, { recorded: iso(-1) });
      });
    expect(told(asking('y:b'), whom(joined('None'), ...moves(199)), modelWith(rule()))).toHaveLength(1);
    expect(told(asking('y:b'), whom(joined('None'), ...moves(200)), modelWith(rule()))).toEqual([]);
  });

  it('refuses exactly what would be within the time of the other side', () => {
    const days = fc.integer({ min: 0, max: 12 });
    const windows = fc.tuple(days, days).filter(([from, until]) => from < until);
    let refused = 0;
    fc.assert(
      fc.property(windows, windows, ([from, until], [since, ends]) => {
        const held = accessGranted('x:a', iso(since), iso(ends), { recorded: iso(-1) });
        const why = whyKeptApart(asking('y:b', from, until), whom(joined('None'), held), modelWith(rule()));
        const isTogether = Math.max(from, since) < Math.min(until, ends);
        if (isTogether) refused += 1;
        expect(why !== undefined).toBe(isTogether);
      }),
    );
    expect(refused).toBeGreaterThan(10);
  });
});
