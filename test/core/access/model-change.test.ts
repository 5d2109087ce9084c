import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessChange,
  changedApplications,
  type DueGrant,
  dueGrants,
  grantsOnRecord,
  keepBoth,
} from '../../../lambdas/core/access/model-change.ts';
import type { AccessModel, Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { IdentityState } from '../../../lambdas/core/identity/timeline.ts';

function application(id: string, ...grants: readonly (readonly [string, string])[]): Application {
  const entitlements = grants.map(([name, grant]) => ({ id: name, name, grant, privileged: false }));
  return { id, name: id, connector: 'scim', owner: 'E0', settings: {}, entitlements };
}

function model(
  applications: readonly Application[],
  profiles: Readonly<Record<string, readonly string[]>>,
): AccessModel {
  return {
    hash: JSON.stringify([applications, profiles]),
    applications,
    profiles: Object.entries(profiles).map(([department, entitlements]) => {
      return { id: department.toLowerCase(), name: department, when: { department: [department] }, entitlements };
    }),
  };
}

const inDepartment = (department: string, status: 'active' | 'suspended' = 'active'): IdentityState => ({
  status,
  joinedMs: 0,
  joinedBy: 'fact',
  attributes: { kind: 'employee', department },
});
const SALES = inDepartment('Sales');
const CHAT = application('chat', ['member', 'Members'], ['sales', 'Sales room']);
const CRM = application('crm', ['user', 'CRM users']);
const BEFORE = model([CHAT, CRM], { Sales: ['chat:member', 'chat:sales', 'crm:user'] });
const words = (grants: readonly DueGrant[]) =>
  grants.map(({ applicationId, grant }) => `${applicationId} ${grant}`).sort();
const changed = (after: AccessModel) => {
  const { loses, gains, closes, keeps } = accessChange(SALES, BEFORE, after);
  return { loses: words(loses), gains: words(gains), closes, keeps };
};

describe('what another model changes for somebody', () => {
  it('is nothing where it gives the same, by whichever profiles', () => {
    const after = model([CRM, CHAT], { Sales: ['crm:user', 'chat:sales', 'chat:member'], Finance: ['crm:user'] });
    expect(changed(after)).toEqual({ loses: [], gains: [], closes: [], keeps: 'all' });
  });

  it('is what a profile no longer gives, and the account where nothing is left in it', () => {
    const after = model([CHAT, CRM], { Sales: ['chat:member'] });
    expect(changed(after)).toEqual({
      loses: ['chat Sales room', 'crm CRM users'],
      gains: [],
      closes: ['crm'],
      keeps: 'some',
    });
    expect(changed(model([CHAT, CRM], {})).keeps).toBe('nothing');
  });

  it('is another group by the same entitlement', () => {
    const after = model([application('chat', ['member', 'Members'], ['sales', 'Revenue']), CRM], {
      Sales: ['chat:member', 'chat:sales', 'crm:user'],
    });
    expect(changed(after)).toEqual({ loses: ['chat Sales room'], gains: ['chat Revenue'], closes: [], keeps: 'some' });
  });

  it('is all of an application that is retired, or gone', () => {
    const profiles = { Sales: ['chat:member', 'chat:sales', 'crm:user'] };
    expect(changed(model([CHAT, { ...CRM, retired: true }], profiles)).loses).toEqual(['crm CRM users']);
    expect(changed(model([CHAT], { Sales: ['chat:member', 'chat:sales'] })).closes).toEqual(['crm']);
  });

  it('is nothing for whoever is not employed', () => {
    expect(accessChange({ status: 'unknown' }, BEFORE, model([], {})).loses).toEqual([]);
  });

  it('is told by what was granted where nobody knows the model before', () => {
    const granted = [{ grant: 'Members', entitlement: 'member', privileged: false, sinceMs: 0 }];
    const known = { readMs: 0, revision: 1, granted };
    const records = [
      { ...known, applicationId: 'chat' },
      { ...known, applicationId: 'crm', closedMs: 5 },
    ];
    expect(words(grantsOnRecord(records))).toEqual(['chat Members']);
  });

  it('concerns an application that is reached otherwise, or keeps accounts for another time', () => {
    const withCrm = (crm: Application) => model([CHAT, crm], {});
    expect([...changedApplications(BEFORE, withCrm({ ...CRM, name: 'Other', rateLimit: undefined }))]).toEqual([]);
    expect([...changedApplications(BEFORE, withCrm({ ...CRM, settings: { baseUrl: 'https://b.example' } }))]).toEqual([
      'crm',
    ]);
    expect([...changedApplications(BEFORE, withCrm({ ...CRM, retention: { deleteAfterDays: 3 } }))]).toEqual(['crm']);
    expect([...changedApplications(BEFORE, model([CHAT], {}))]).toEqual(['crm']);
  });
});

describe('the model that keeps what either gives', () => {
  const both = (after: AccessModel) => words(dueGrants(SALES, keepBoth(BEFORE, after)));

  it('keeps the group that an entitlement no longer names, and gives the new one', () => {
    const after = model([application('chat', ['sales', 'Revenue']), CRM], { Sales: ['chat:sales'] });
    expect(both(after)).toEqual(['chat Members', 'chat Revenue', 'chat Sales room', 'crm CRM users']);
  });

  it('keeps people in an application that is retired, and lets nobody else in', () => {
    const after = model([CHAT, { ...CRM, retired: true }], { Sales: ['crm:user'], Finance: ['crm:user'] });
    expect(both(after)).toContain('crm CRM users');
    expect(dueGrants(inDepartment('Finance'), keepBoth(BEFORE, after))).toEqual([]);
  });

  it('cannot keep what the deployed model does not reach: that is for people', () => {
    expect(both(model([CHAT], {}))).toEqual(['chat Members', 'chat Sales room']);
    expect(both(model([CHAT, { ...CRM, connector: 'okta' }], {}))).toEqual(['chat Members', 'chat Sales room']);
  });

  it('names a reason once, and has the hash of what is deployed', () => {
    const kept = keepBoth(BEFORE, BEFORE);
    expect(dueGrants(SALES, kept)).toEqual(dueGrants(SALES, BEFORE));
    const after = model([CHAT, CRM], {});
    expect(keepBoth(BEFORE, after).hash).toBe(after.hash);
    expect(keepBoth(BEFORE, after)).toBe(keepBoth(BEFORE, after));
  });

  it('gives exactly what the one or the other gives, whatever they are and whoever asks', () => {
    const names = ['a', 'b', 'c'];
    const pair = fc.tuple(fc.constantFrom(...names), fc.constantFrom('G1', 'G2', 'G3'));
    const anyApplication = (id: string) =>
      fc
        .tuple(fc.uniqueArray(pair, { selector: ([name]) => name }), fc.boolean())
        .filter(([pairs]) => new Set(pairs.map(([, grant]) => grant)).size === pairs.length)
        .map(([pairs, retired]) => ({ ...application(id, ...pairs), ...(retired && { retired }) }));
    const anyModel = fc.tuple(anyApplication('x'), anyApplication('y')).chain((applications) => {
      const references = applications.flatMap(({ id, entitlements }) => entitlements.map((one) => `${id}:${one.id}`));
      const some = fc.subarray(references);
      return fc.record({ Sales: some, Finance: some }).map((profiles) => model(applications, profiles));
    });
    const anybody = fc.constantFrom(SALES, inDepartment('Finance'), inDepartment('Sales', 'suspended'), {
      status: 'unknown',
    } as const);
    fc.assert(
      fc.property(anyModel, anyModel, anybody, (before, after, state) => {
        const expected = new Set([...words(dueGrants(state, before)), ...words(dueGrants(state, after))]);
        expect(words(dueGrants(state, keepBoth(before, after)))).toEqual([...expected].sort());
      }),
    );
  });
});
