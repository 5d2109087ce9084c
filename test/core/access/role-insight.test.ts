// What a population says about its access model.
import { describe, expect, it } from 'vitest';
import type { Person } from '../../../lambdas/core/access/person.ts';
import { roleInsight } from '../../../lambdas/core/access/role-insight.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';

const entitlement = (id: string) => ({ id, name: id, grant: id, privileged: false });
const MODEL: AccessModel = {
  hash: 'h',
  applications: [
    {
      ...{ id: 'crm', name: 'CRM', connector: 'scim', owner: 'E0', settings: {} },
      entitlements: ['reader', 'writer', 'reports', ...Array.from({ length: 9 }, (_, index) => `extra-${index}`)].map(
        entitlement,
      ),
    },
    {
      ...{ id: 'old', name: 'Old', connector: 'scim', owner: 'E0', settings: {}, retired: true },
      entitlements: [entitlement('user')],
    },
  ],
  profiles: [
    { id: 'all', name: 'All', when: { kind: [{ exists: true }] }, entitlements: ['crm:reader'] },
    { id: 'nobody', name: 'Nobody', when: { department: ['Closed'] }, entitlements: ['crm:writer'] },
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:writer'] },
    { id: 'berlin', name: 'Berlin', when: { location: ['Berlin'] }, entitlements: ['crm:extra-1'] },
  ],
};

const many = (count: number, prefix: string, attributes: object, granted?: readonly string[]): readonly Person[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ identityId: `${prefix}${index}`, status: 'active' as const },
    attributes: { kind: 'employee' as const, ...attributes },
    ...(granted && { granted }),
  }));
const sales = (count: number) => many(count, 'S', { department: 'Sales', location: 'Berlin', title: 'Seller' });
const support = (count: number, granted?: readonly string[], prefix = 'P') =>
  many(count, prefix, { department: 'Support', location: 'Hamburg', title: 'Agent' }, granted);

describe('profiles', () => {
  it('that nobody has are told, and no others', () => {
    expect(roleInsight([...sales(6), ...support(6)], MODEL).unheld).toEqual(['nobody']);
  });

  it('that the same people have are told, until one of them has one alone', () => {
    const [one] = many(1, 'B', { location: 'Berlin' });
    expect(roleInsight([...sales(6), ...support(6)], MODEL).together).toEqual([
      { profiles: ['sales', 'berlin'], people: 6 },
    ]);
    expect(roleInsight([...sales(6), ...support(6), one as Person], MODEL).together).toEqual([]);
    expect(roleInsight([...sales(4), ...support(6)], MODEL).together).toEqual([]);
  });
});

describe('what people keep asking for', () => {
  const askedIn = (...people: readonly (readonly Person[])[]) => roleInsight(people.flat(), MODEL).asked;

  it('is explained by the attribute that finds them, and hardly anybody else', () => {
    const [found] = askedIn(sales(10), support(10, ['crm:reports']), support(1, undefined, 'Q'));
    expect(found).toMatchObject({ entitlement: 'crm:reports', holders: 10, isGivenToOthers: false });
    expect(found?.explanation).toMatchObject({ explains: 10, alreadyHave: 0, wouldGain: ['Q0'] });
    expect(Object.keys(found?.explanation?.when ?? {})).toHaveLength(1);
  });

  it('is explained by two attributes where one finds too many', () => {
    const half = (location: string, title: string, granted?: readonly string[]) =>
      many(8, `${location}-${title}-`, { department: 'IT', location, title }, granted);
    const [found] = askedIn(half('Berlin', 'Clerk', ['crm:reports']), half('Berlin', 'Head'), half('Hamburg', 'Clerk'));
    expect(found?.explanation?.when).toEqual({ title: 'Clerk', location: 'Berlin' });
    expect(found?.explanation?.wouldGain).toEqual([]);
  });

  it('is not explained by what finds too many others, nor by a few of them', () => {
    expect(askedIn(support(10, ['crm:reports']), support(2, undefined, 'Q'))[0]?.explanation).toBeUndefined();
    const scattered = Array.from({ length: 10 }, (_, index) =>
      many(1, `D${index}-`, { department: `D${index}`, title: `T${index}` }, ['crm:reports']),
    );
    expect(askedIn(...scattered, sales(20))[0]?.explanation).toBeUndefined();
    expect(askedIn(support(4, ['crm:reports']))).toEqual([]);
  });

  it('counts whom a profile gives it already among those who have it', () => {
    const [found] = askedIn(sales(10), support(10, ['crm:writer']));
    expect(found).toMatchObject({ entitlement: 'crm:writer', holders: 10, isGivenToOthers: true });
    expect(found?.explanation).toMatchObject({ explains: 10, wouldGain: [] });
  });

  it('is nothing that a profile gives anyway, nor what the model does not have, or no longer', () => {
    expect(askedIn(many(6, 'S', { department: 'Sales' }, ['crm:writer', 'crm:gone', 'old:user']))).toEqual([]);
  });
});

describe('an identity that holds far more than its peers', () => {
  it('is told with what hardly any of them hold', () => {
    const extras = Array.from({ length: 6 }, (_, index) => `crm:extra-${index}`);
    const [one] = support(1, extras, 'X');
    const { outliers } = roleInsight([...support(8), one as Person], MODEL);
    expect(outliers).toEqual([
      {
        ...{ identityId: 'X0', peerCount: 8, held: 7, median: 1 },
        peers: { kind: 'employee', department: 'Support', title: 'Agent' },
        rare: extras.slice(0, 5),
      },
    ]);
    expect(roleInsight([...support(4), one as Person], MODEL).outliers).toEqual([]);
  });
});
