// Which grant is which, asked of thousands at once: the same as comparing each with each, in rounds.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from '../../../lambdas/core/access/difference.ts';
import { rememberGone } from '../../../lambdas/core/access/gone-grants.ts';
import {
  type GrantedAccess,
  type HeldGrant,
  lookUpGrants,
  matchGrants,
  rememberGranted,
} from '../../../lambdas/core/access/granted-access.ts';
import { ALL } from '../../support/capabilities.ts';

const word = fc.constantFrom('a', 'b', 'c', 'd');
const id = fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined });
const grant: fc.Arbitrary<HeldGrant> = fc.record({ grant: word, grantId: id });
const remembered: fc.Arbitrary<GrantedAccess> = grant.map((one) => {
  return { ...one, entitlement: one.grant, privileged: false, sinceMs: 0 };
});

function isSame(one: HeldGrant, other: HeldGrant): boolean {
  const bothHaveIds = one.grantId !== undefined && other.grantId !== undefined;
  return bothHaveIds ? one.grantId === other.grantId : one.grant === other.grant;
}

describe('looking up a grant', () => {
  it('finds those that comparing each with each would find, in their order', () => {
    fc.assert(
      fc.property(fc.array(grant), fc.array(grant, { maxLength: 3 }), (among, asked) => {
        const lookup = lookUpGrants(among);
        for (const one of asked) {
          const same = among.filter((each) => isSame(each, one));
          expect(lookup.all(one)).toEqual(same);
          expect(lookup.find(one)).toBe(same[0]);
          expect(lookup.has(one)).toBe(same.length > 0);
        }
        expect(lookup.findAny(asked)).toBe(among.find((each) => asked.some((one) => isSame(each, one))));
      }),
    );
  });
});

describe('matching what is due with what is held', () => {
  it('does what is written in rounds', () => {
    fc.assert(
      fc.property(fc.array(word), fc.array(grant), fc.array(remembered), (due, held, granted) => {
        const places = (matched: ReadonlyMap<string, HeldGrant>) =>
          Object.fromEntries([...matched].map(([wanted, one]) => [wanted, held.indexOf(one)]));
        expect(places(matchGrants(due, held, granted))).toEqual(places(matchInRounds(due, held, granted)));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Word by word, looking at everything each time. */
function matchInRounds(due: readonly string[], held: readonly HeldGrant[], granted: readonly GrantedAccess[]) {
  const matched = new Map<string, HeldGrant>();
  const isFree = (one: HeldGrant) => ![...matched.values()].includes(one);
  for (const wanted of due) {
    const found = held.find((one) => isFree(one) && granted.some((each) => each.grant === wanted && isSame(each, one)));
    if (found !== undefined) matched.set(wanted, found);
  }
  for (;;) {
    const wanted = due.find((one) => !matched.has(one) && held.some((each) => each.grant === one));
    if (wanted === undefined) return matched;
    const shown = held.filter((one) => one.grant === wanted);
    const found = shown.find(isFree) ?? shown[0];
    if (found === undefined) throw new Error('nothing is shown under that name');
    for (const [other, each] of matched) if (each === found) matched.delete(other);
    matched.set(wanted, found);
  }
}

describe('an account with thousands of grants that are remembered', () => {
  const SIZE = 5_000;
  const entitlements = Array.from({ length: SIZE }, (_, index) => {
    return { id: `e${index}`, grant: `g${index}`, name: `E ${index}`, privileged: index % 2 === 0 };
  });
  const application = { id: 'crm', entitlements } as unknown as Parameters<typeof difference>[0]['application'];
  const grantIds = entitlements.map(({ grant: name }, index) => ({ grant: `${name} renamed`, grantId: `${index}` }));
  const grants = grantIds.map(({ grant: name }) => name);
  const granted = entitlements.map(({ id: entitlement, grant: name, privileged }, index) => {
    return { grant: name, grantId: `${index}`, entitlement, privileged, sinceMs: 0 };
  });
  const capabilities = { ...ALL, endSessions: false };
  const observed = { enabled: true, grants, grantIds, attributes: {} };
  const facing = { application, observed, granted, profile: undefined, capabilities, retentionIsOver: false };

  it('is closed: what was privileged when it was granted goes first', () => {
    const steps = difference({ ...facing, desired: undefined });
    expect(steps.map(({ action }) => action).indexOf('disable-account')).toBe(SIZE / 2);
    expect(steps).toHaveLength(SIZE + 1);
    expect(steps.at(-1)).toMatchObject({ grant: `g${SIZE - 1} renamed`, entitlement: `e${SIZE - 1}` });
  });

  it('is left as it is while reasons hold all of it up', () => {
    const due = entitlements.map(({ id: entitlement }) => ({ entitlement, reasons: [] }));
    const desired = { enabled: true, entitlements: due } as unknown as Parameters<typeof difference>[0]['desired'];
    expect(difference({ ...facing, desired })).toEqual([]);
  });

  it('is remembered, and so is what of it has gone', () => {
    const due = application.entitlements;
    expect(rememberGranted({ granted, due, held: grantIds, inDoubt: false, nowMs: 1 })).toEqual(granted);
    const account = { grants, grantIds };
    expect(
      rememberGone({ account, granted }, { grants: grants.slice(1), grantIds: grantIds.slice(1) }, { readMs: 1 }),
    ).toMatchObject([{ grant: 'g0', grantId: '0' }]);
  });
});
