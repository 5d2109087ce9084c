// Given what reasons hold up and rules, then what is left and what is said.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredAccessInState } from '../../../lambdas/core/access/desired-access.ts';
import { dueGrants, keepBoth, keepEarlier } from '../../../lambdas/core/access/model-change.ts';
import { lastInstantMs, nextModelInstantMs } from '../../../lambdas/core/access/passing-time.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { DutyException, DutyRule, DutySide } from '../../../lambdas/core/access-model/duty-rule.ts';
import type { EmployedState } from '../../../lambdas/core/identity/timeline.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { heldAccounts } from '../../reference/access.ts';
import { keptApart } from '../../reference/duties.ts';
import { segregatedModel } from '../../support/segregated-model.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const IDS = ['a', 'b', 'c', 'd'];
const side = (entitlements: readonly string[], profiles: readonly string[] = []): DutySide => {
  return { name: [...entitlements, ...profiles].join('+'), entitlements, profiles };
};
const rule = (change: Partial<DutyRule> = {}): DutyRule => ({
  id: 'r',
  name: 'R',
  severity: 'high',
  mode: 'prevent',
  sides: [side(['x:a']), side(['y:b'])],
  exceptions: [],
  ...change,
});

/** One profile for each attribute, and one that everybody has. */
function modelWith(duties: readonly DutyRule[], given: Readonly<Record<string, readonly string[]>>): AccessModel {
  const profiles = Object.entries(given).map(([id, entitlements]) => {
    return { id, name: id, when: { [id === 'all' ? 'kind' : id]: [{ exists: true }] }, entitlements };
  });
  return segregatedModel(duties, profiles);
}
const having = (...profiles: readonly string[]): EmployedState => ({
  status: 'active',
  joinedMs: 0,
  joinedBy: 'f',
  attributes: { kind: 'employee', ...Object.fromEntries(profiles.map((name) => [name, 'some'])) },
});
const accessOf = (model: AccessModel, state: EmployedState, identityId = 'E1', nowMs = NOW) => {
  const { accounts, conflicts } = desiredAccessInState(state, model, { identityId, nowMs });
  const held = accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements.map((one) => `${applicationId}:${one.entitlement}`),
  );
  return { held, conflicts: conflicts.map(({ rule: { id }, outcome }) => `${id} ${outcome}`) };
};
const GIVEN = { title: ['x:a', 'x:c'], department: ['y:b', 'x:c'] };
const BOTH = having('title', 'department');

describe('what nobody may hold together', () => {
  it('leaves the side that is written first, and all that no rule names', () => {
    const kept = accessOf(modelWith([rule()], GIVEN), BOTH);
    expect(kept).toEqual({ held: ['x:a', 'x:c'], conflicts: ['r prevented'] });
    const turned = rule({ sides: [side(['y:b']), side(['x:a'])] });
    expect(accessOf(modelWith([turned], GIVEN), BOTH).held).toEqual(['x:c', 'y:b']);
    expect(accessOf(modelWith([rule()], GIVEN), having('department'))).toEqual({ held: ['x:c', 'y:b'], conflicts: [] });
  });

  it('takes of a profile what nothing else gives', () => {
    const named = rule({ sides: [side(['x:a']), side([], ['department'])] });
    const { accounts } = desiredAccessInState(BOTH, modelWith([named], GIVEN));
    expect(accounts).toEqual([
      {
        applicationId: 'x',
        entitlements: [
          { entitlement: 'a', reasons: [{ type: 'birthright', profile: 'title' }] },
          { entitlement: 'c', reasons: [{ type: 'birthright', profile: 'title' }] },
        ],
      },
    ]);
  });

  it('is only told where it is only to be detected', () => {
    const kept = accessOf(modelWith([rule({ mode: 'detect' })], GIVEN), BOTH);
    expect(kept).toEqual({ held: ['x:a', 'x:c', 'y:b'], conflicts: ['r detected'] });
  });

  it('says what of each side would be held, and which is refused', () => {
    const [conflict] = desiredAccessInState(BOTH, modelWith([rule()], GIVEN)).conflicts;
    expect(conflict?.sides).toEqual([
      { name: 'x:a', entitlements: ['x:a'], profiles: [], refused: false },
      { name: 'y:b', entitlements: ['y:b'], profiles: [], refused: true },
    ]);
  });

  it('looks at the gravest rule first, and does not refuse for the sake of what is refused already', () => {
    const first = rule({ id: 'a-b', severity: 'low', sides: [side(['x:a']), side(['x:b'])] });
    const graver = rule({ id: 'c-a', severity: 'critical', sides: [side(['x:c']), side(['x:a'])] });
    const given = { title: ['x:a', 'x:b', 'x:c'] };
    const kept = accessOf(modelWith([first, graver], given), having('title'));
    expect(kept).toEqual({ held: ['x:b', 'x:c'], conflicts: ['c-a prevented'] });
  });

  describe('with an exception', () => {
    const until = (untilMs: number, identityId = 'E1'): DutyException => {
      return { identityId, owner: 'E9', reason: 'year end', untilMs };
    };
    const excepted = (mode: DutyRule['mode'], exceptions: readonly DutyException[]) =>
      modelWith([rule({ mode, exceptions })], GIVEN);

    it.each<[string, AccessModel, string, number, string]>([
      ['counts until just before its end', excepted('require-exception', [until(NOW + 1)]), 'E1', NOW, 'excepted'],
      ['is over at its end', excepted('require-exception', [until(NOW)]), 'E1', NOW, 'prevented'],
      ['is nobody else’s', excepted('require-exception', [until(NOW + 1)]), 'E2', NOW, 'prevented'],
      ['does not count where there is none to be', excepted('prevent', [until(NOW + 1)]), 'E1', NOW, 'prevented'],
    ])('%s', (_, model, identityId, nowMs, outcome) => {
      const { conflicts, held } = accessOf(model, BOTH, identityId, nowMs);
      expect(conflicts).toEqual([`r ${outcome}`]);
      expect(held.includes('y:b')).toBe(outcome === 'excepted');
    });

    it('changes something when it ends', () => {
      const model = excepted('require-exception', [until(NOW + 5), until(NOW - 5), until(NOW + 1, 'E2')]);
      const whom = { identityId: 'E1', nowMs: NOW };
      expect(nextModelInstantMs(buildTimeline([]), model, whom)).toBe(NOW + 5);
      expect(nextModelInstantMs(buildTimeline([]), model, { ...whom, nowMs: NOW + 5 })).toBeUndefined();
      expect(lastInstantMs(buildTimeline([]), model, whom)).toBe(NOW - 5);
    });
  });

  it('agrees with a plain reading of any rules over any access, and never leaves two sides', () => {
    const reference = fc.constantFrom(...['x', 'y'].flatMap((app) => IDS.map((id) => `${app}:${id}`)));
    const profile = fc.constantFrom('title', 'department', 'location', 'all');
    const sides = fc
      .uniqueArray(fc.oneof(reference, profile), { minLength: 2, maxLength: 6 })
      .map((names) => names.map((name) => (name.includes(':') ? side([name]) : side([], [name]))));
    const rules = fc.array(
      fc.record({
        sides,
        severity: fc.constantFrom('low', 'medium', 'high', 'critical'),
        mode: fc.constantFrom('prevent', 'require-exception', 'detect'),
      }),
      { maxLength: 5 },
    );
    const given = fc.dictionary(profile, fc.uniqueArray(reference, { minLength: 1, maxLength: 5 }), { maxKeys: 4 });
    const had = fc.uniqueArray(fc.constantFrom('title', 'department', 'location'));
    fc.assert(
      fc.property(rules, given, had, (drawn, profiles, names) => {
        const duties = drawn.map((one, index) => rule({ id: `r${index}`, ...one } as Partial<DutyRule>));
        const model = modelWith(duties, profiles);
        const state = having(...names);
        const expected = keptApart(heldAccounts(state.attributes, model), model).flatMap((account) =>
          account.entitlements.map((one) => `${account.applicationId}:${one.entitlement} ${one.profiles.join()}`),
        );
        const found = desiredAccessInState(state, model).accounts.flatMap((account) =>
          account.entitlements.map((one) => {
            return `${account.applicationId}:${one.entitlement} ${one.reasons.map((reason) => ('profile' in reason ? reason.profile : '')).join()}`;
          }),
        );
        expect(found).toEqual(expected);
      }),
    );
  });
});

describe('what a changed model would take, until somebody agrees', () => {
  const before = modelWith([], { title: ['x:a'], department: ['y:b'] });

  it('is kept apart by the rules of both models', () => {
    const after = modelWith([rule()], { title: ['x:a'], department: ['y:c'] });
    const conflicts = (state: EmployedState) => desiredAccessInState(state, keepBoth(before, after)).conflicts.length;
    expect([conflicts(BOTH), conflicts(having('title'))]).toEqual([1, 0]);
  });

  it('is kept as it was where that and what is new are two sides', () => {
    const after = modelWith([rule()], { department: ['x:a'], title: ['y:c'] });
    const words = dueGrants(BOTH, keepEarlier(before, after)).map((one) => `${one.applicationId}:${one.entitlement}`);
    expect(words).toEqual(['x:a', 'y:b']);
  });
});
