import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planModelChange } from '../../../lambdas/core/access/model-plan.ts';
import type { Person } from '../../../lambdas/core/access/person.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { referenceAccess } from '../../reference/access.ts';
import { MODEL } from '../../simulation/access-model.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const person = (
  identityId: string,
  attributes: Partial<Person['attributes']>,
  status: Person['status'] = 'active',
) => ({
  identityId,
  status,
  attributes: { kind: 'employee' as const, ...attributes },
});
const SALES = [
  person('E2', { department: 'Sales' }),
  person('E1', { department: 'Sales', location: 'Berlin' }, 'suspended'),
];
const ENGINEER = person('E3', { department: 'Engineering' });
const EVERYBODY = [...SALES, ENGINEER];

type Profiles = Readonly<Record<string, Partial<AccessModel['profiles'][number]>>>;

/** The simulated model, with these profiles otherwise; an empty one is taken out. */
function otherwise(profiles: Profiles, applications = MODEL.applications): AccessModel {
  const changed = MODEL.profiles.map((profile) => ({ ...profile, ...profiles[profile.id] }));
  const added = Object.entries(profiles).filter(([id]) => MODEL.profiles.every((one) => one.id !== id));
  const all = [...changed, ...added.map(([id, one]) => ({ id, name: id, when: {}, entitlements: [], ...one }))];
  return { ...MODEL, hash: 'other', applications, profiles: all.filter(({ entitlements }) => entitlements.length > 0) };
}

function reasons(after: AccessModel, direction: 'loses' | 'gains', before = MODEL) {
  const { changes } = planModelChange(EVERYBODY, before, after, NOW);
  return changes
    .filter((change) => change.direction === direction)
    .flatMap(({ applicationId, entitlement, because }) =>
      because.map(({ reason, identityIds }) => `${applicationId}:${entitlement} ${reason}: ${identityIds.join(' ')}`),
    );
}

describe('the plan of a changed model', () => {
  it('says in numbers how many would lose and gain, and whose accounts would close', () => {
    const after = otherwise({ sales: { entitlements: ['chat:sales-room'] }, engineering: { entitlements: [] } });
    expect(planModelChange(EVERYBODY, MODEL, after, NOW)).toMatchObject({
      population: 3,
      losing: 3,
      emptied: 0,
      gaining: 0,
      closes: { cloud: 3 },
    });
    expect(planModelChange(EVERYBODY, MODEL, { ...MODEL, profiles: [] }, NOW)).toMatchObject({ losing: 3, emptied: 3 });
    expect(planModelChange(EVERYBODY, MODEL, MODEL, NOW)).toMatchObject({
      losing: 0,
      gaining: 0,
      changes: [],
      closes: {},
    });
  });

  it('counts who holds for a time what there is no more, and not who holds for a time what no profile gives any more', () => {
    const held = [{ ...ENGINEER, granted: ['cloud:billing'] }];
    const without = otherwise({ sales: { entitlements: ['chat:sales-room'] } });
    expect(planModelChange(held, MODEL, without, NOW)).toMatchObject({ losing: 0 });
    const cloud = MODEL.applications.map((one) =>
      one.id === 'cloud' ? { ...one, entitlements: one.entitlements.filter(({ id }) => id !== 'billing') } : one,
    );
    const { losing, changes } = planModelChange(held, MODEL, otherwise({}, cloud), NOW);
    expect(losing).toBe(1);
    expect(changes).toMatchObject([
      { entitlement: 'billing', because: [{ reason: 'there is no entitlement cloud:billing any more' }] },
    ]);
  });

  it('says because of what', () => {
    expect(reasons(otherwise({ sales: { entitlements: ['cloud:billing'] } }), 'loses')).toEqual([
      'chat:sales-room profile sales no longer gives it: E1 E2',
    ]);
    expect(reasons(otherwise({ office: { entitlements: [] } }), 'loses')).toEqual([
      'badge:office there is no profile office any more: E1',
    ]);
    const narrower = otherwise({ office: { when: { location: ['Berlin'], department: ['Finance'] } } });
    expect(reasons(narrower, 'loses')).toEqual(['badge:office the condition of profile office no longer holds: E1']);
    const wider = otherwise({ office: { when: { department: ['Sales'] } } });
    expect(reasons(wider, 'gains')).toEqual(['badge:office the condition of profile office holds now: E2']);
    expect(reasons(otherwise({ cloud: { entitlements: ['cloud:billing'] } }), 'gains')).toEqual([
      'cloud:billing profile cloud is new: E3',
    ]);
  });

  it('says because of which application or entitlement', () => {
    const changed = (id: string, change: object) =>
      otherwise(
        {},
        MODEL.applications.map((one) => (one.id === id ? { ...one, ...change } : one)),
      );
    expect(reasons(changed('badge', { retired: true }), 'loses')).toEqual([
      'badge:office application badge is retired: E1',
    ]);
    expect(reasons(MODEL, 'gains', changed('badge', { retired: true }))).toEqual([
      'badge:office application badge is no longer retired: E1',
    ]);
    const renamed = changed('badge', { entitlements: [{ id: 'office', name: 'o', grant: 'HQ', privileged: false }] });
    expect(reasons(renamed, 'loses')).toEqual(['badge:office badge:office now stands for HQ: E1']);
    expect(reasons(renamed, 'gains')).toEqual(['badge:office badge:office stood for office: E1']);
    const without = MODEL.applications.filter(({ id }) => id !== 'badge');
    expect(reasons(otherwise({ office: { entitlements: [] } }, without), 'loses')).toEqual([
      'badge:office there is no application badge any more: E1',
    ]);
  });

  it('names whoever the reference says differs, and nobody else', () => {
    const references = MODEL.applications.flatMap(({ id, entitlements }) =>
      entitlements.map((one) => `${id}:${one.id}`),
    );
    const some = fc.subarray(references, { minLength: 1 });
    const anyModel = fc
      .record({ everyone: some, sales: some, engineering: some, office: some })
      .map((given) =>
        otherwise(Object.fromEntries(Object.entries(given).map(([id, entitlements]) => [id, { entitlements }]))),
      );
    const anybody = fc.record({
      department: fc.constantFrom('Sales', 'Engineering', 'Finance'),
      location: fc.constantFrom('Berlin', 'Hamburg'),
    });
    fc.assert(
      fc.property(anyModel, anyModel, fc.array(anybody, { maxLength: 6 }), (before, after, attributes) => {
        const people = attributes.map((one, index) => person(`E${index}`, one));
        const held = (one: Person, model: AccessModel) =>
          referenceAccess(one, model).flatMap(({ applicationId, entitlements }) =>
            entitlements.map((entitlement) => `${applicationId}:${entitlement} ${one.identityId}`),
          );
        const missing = (from: AccessModel, to: AccessModel) =>
          people.flatMap((one) => held(one, from).filter((grant) => !held(one, to).includes(grant))).sort();
        const { changes } = planModelChange(people, before, after, NOW);
        const named = (direction: string) =>
          changes
            .filter((change) => change.direction === direction)
            .flatMap(({ applicationId, entitlement, because }) =>
              because.flatMap(({ identityIds }) => identityIds.map((id) => `${applicationId}:${entitlement} ${id}`)),
            )
            .sort();
        expect(named('loses')).toEqual(missing(before, after));
        expect(named('gains')).toEqual(missing(after, before));
      }),
    );
  });
});
