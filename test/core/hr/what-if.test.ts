// What is said beforehand is what happens: the same functions, and the real ones of a world in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../../lambdas/core/access/person.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../../lambdas/core/hr/population-walk.ts';
import { mostAffected, type WhatIf, whatIf } from '../../../lambdas/core/hr/what-if.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, type IdentityState, identityAt, isEmployed } from '../../../lambdas/core/identity/timeline.ts';
import { referenceAccess } from '../../reference/access.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { DUTIES } from '../../simulation/duties.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { accessGranted, joiner, leaver, mover, returning, suspension } from '../../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const APART: AccessModel = { ...MODEL, hash: 'apart', duties: DUTIES };
const person = (identityId: string, department: string, status: Person['status'] = 'active'): Person => {
  return { identityId, status, attributes: { kind: 'employee', department, location: 'Hamburg' } };
};
const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const asked = (change: Partial<WhatIf>): WhatIf => ({
  population: [],
  before: MODEL,
  after: MODEL,
  facts: [],
  guard: massErrorGuardSchema.parse({}),
  modelChange: modelChangeSchema.parse({}),
  nowMs: START,
  ...change,
});
const told = (change: Partial<WhatIf>) =>
  whatIf(asked(change)).people.map(({ identityId, change: { loses, gains } }) => {
    const names = (grants: typeof loses) => grants.map((one) => `${one.applicationId}:${one.entitlement}`).sort();
    return { identityId, loses: names(loses), gains: names(gains) };
  });

const PEOPLE = [person('E1', 'Sales'), person('E2', 'Engineering'), person('E3', 'Sales', 'suspended')];
const FACTS = [
  of('E1', mover('2026-11-23', { department: 'Engineering' })),
  of('E2', leaver('2026-11-23T08:00:00Z')),
  of('E3', returning('2026-11-23T08:00:00Z')),
  of('E4', joiner('2026-11-24', { department: 'Sales' })),
];

describe('what would happen', () => {
  it('says who would go on leave and who would be back, of whom nothing is taken and to whom nothing is given', () => {
    const away = of('E1', suspension('2026-11-23T08:00:00Z'));
    const found = whatIf(asked({ population: PEOPLE, facts: [away, ...FACTS.slice(1)] }));
    expect([found.suspended, found.resumed]).toEqual([['E1'], ['E3']]);
    expect(found.people.map(({ identityId }) => identityId)).toEqual(['E2', 'E4']);
  });

  it('is what people would be granted, and what would be taken from them, once all of it has taken effect', () => {
    expect(told({ population: PEOPLE, facts: FACTS })).toEqual([
      {
        identityId: 'E1',
        loses: ['chat:sales-room', 'cloud:billing'],
        gains: ['chat:engineering-room', 'cloud:developer', 'cloud:production-admin'],
      },
      {
        identityId: 'E2',
        loses: ['chat:engineering-room', 'chat:everyone', 'cloud:developer', 'cloud:production-admin'],
        gains: [],
      },
      { identityId: 'E4', loses: [], gains: ['chat:everyone', 'chat:sales-room', 'cloud:billing'] },
    ]);
  });

  it('says of whom two sides of a rule would come together, and what is not given for that', () => {
    const everyone = APART.profiles.map((profile) =>
      profile.id === 'everyone' ? { ...profile, entitlements: [...profile.entitlements, 'cloud:billing'] } : profile,
    );
    const { people } = whatIf(
      asked({ population: PEOPLE, before: APART, after: { ...APART, hash: 'x', profiles: everyone } }),
    );
    expect(people.map(({ identityId, begun, change }) => [identityId, begun, change.gains.length])).toEqual([
      ['E2', ['build-and-bill'], 0],
    ]);
  });

  it('tells what the mass-error guard would hold, of the model and of events', () => {
    const population = Array.from({ length: 30 }, (_, index) => person(`E${index}`, 'Sales'));
    const after = { ...MODEL, hash: 'less', profiles: MODEL.profiles.filter(({ id }) => id !== 'sales') };
    const facts = population.map(({ identityId }) => of(identityId, leaver('2026-11-23T08:00:00Z')));
    expect(whatIf(asked({ population, after, facts })).held).toMatchObject({
      model: { rule: 'model-change', count: 30 },
      events: { rule: 'number', count: 30, threshold: 26 },
    });
    expect(whatIf(asked({ population, facts: facts.slice(0, 3) })).held).toEqual({});
  });

  it('tells whom nobody employs any more from who stays with nothing, though both lose the same', () => {
    const only = { ...MODEL, profiles: MODEL.profiles.filter(({ id }) => id === 'sales') };
    const facts = [
      of('E1', mover('2026-11-23T08:00:00Z', { department: 'Nowhere' })),
      of('E2', leaver('2026-11-23T08:00:00Z')),
      of('E4', leaver('2026-11-23T08:00:00Z')),
    ];
    const population = ['E1', 'E2', 'E3', 'E4'].map((id) => person(id, 'Sales'));
    const { plan } = whatIf(asked({ population, before: only, after: only, facts }));
    expect(plan).toMatchObject({ population: 4, losing: 3, emptied: 3, closes: { chat: 3, cloud: 3 } });
    expect(plan.changes[0]?.because).toEqual([
      { reason: 'the condition of profile sales no longer holds', identityIds: ['E1'] },
      { reason: 'nobody employs them any more', identityIds: ['E2', 'E4'] },
    ]);
  });

  it('names the most affected first', () => {
    const { people } = whatIf(asked({ population: PEOPLE, facts: FACTS }));
    expect(mostAffected(people, 2).map(({ identityId }) => identityId)).toEqual(['E1', 'E2']);
  });
});

describe('what is held for a time', () => {
  const BEFORE = '2026-11-23T08:00:00Z';
  const employee = { department: 'Sales', location: 'Hamburg' };
  const contractor = { ...employee, kind: 'contractor' as const, endsAt: '2027-06-01' };
  const moves = mover(BEFORE, { department: 'Engineering' });
  const open = accessGranted('badge:office', '2026-03-15T00:00:00Z', undefined);
  const ending = accessGranted('cloud:developer', '2026-03-15T00:00:00Z', '2027-03-15T00:00:00Z');

  it.each([
    ['moves', employee, [moves]],
    ['leaves', employee, [leaver(BEFORE)]],
    ['leaves and is hired again', employee, [leaver(BEFORE), joiner('2026-11-24', employee)]],
    ['is to leave and to be hired again', employee, [leaver('2026-11-25'), joiner('2026-11-27', employee)]],
    ['is on leave and comes back', employee, [suspension(BEFORE), returning('2026-11-24')]],
    ['is a contractor who moves', contractor, [moves]],
    ['is a contractor whose contract ends sooner', contractor, [mover(BEFORE, { endsAt: '2026-11-20' })]],
    ['becomes an employee', contractor, [mover(BEFORE, { kind: 'employee', endsAt: null })]],
  ] as const)('is lost and kept as the timeline of whoever %s says', (_, attributes, told) => {
    const happened: readonly Fact[] = [
      joiner('2026-01-01', attributes),
      ...(attributes === contractor ? [ending] : [open, ending]),
    ];
    const stateAt = (facts: readonly Fact[], atMs: number) => identityAt(buildTimeline(facts), atMs);
    const now = stateAt(happened, START);
    if (!isEmployed(now)) throw new Error('expected somebody employed');
    const granted = now.grants?.map(({ entitlement }) => entitlement);
    const exported: Person = { identityId: 'E1', status: 'active', attributes: now.attributes, granted };
    const { atMs, people } = whatIf(asked({ population: [exported], facts: told }));
    const held = (state: IdentityState) => {
      if (!isEmployed(state)) return [];
      const granted = state.grants?.map(({ entitlement }) => entitlement) ?? [];
      return referenceAccess({ ...state, granted }, MODEL)
        .flatMap(({ applicationId, entitlements }) => entitlements.map((one) => `${applicationId}:${one}`))
        .sort();
    };
    const [before, after] = [held(stateAt(happened, atMs)), held(stateAt([...happened, ...told], atMs))];
    const [change] = people.map(({ change: { loses, gains } }) =>
      [loses, gains].map((grants) => grants.map((one) => `${one.applicationId}:${one.entitlement}`).sort()),
    );
    const missing = (from: readonly string[], to: readonly string[]) => from.filter((one) => !to.includes(one));
    expect(granted?.length).toBeGreaterThan(0);
    expect(change ?? [[], []]).toEqual([missing(before, after), missing(after, before)]);
  });

  it('is lost, where it has no end, by whoever may have nothing without one, and the plan says so', () => {
    const exported: Person = { ...person('E1', 'Sales'), granted: ['badge:office'] };
    const facts = [mover(BEFORE, { kind: 'contractor', endsAt: '2027-06-01' })];
    const { plan } = whatIf(asked({ population: [exported], facts }));
    expect(plan.changes.filter(({ applicationId }) => applicationId === 'badge')).toMatchObject([
      { direction: 'loses', because: [{ reason: 'nothing gives it for a time any more', identityIds: ['E1'] }] },
    ]);
  });
});

describe('what was said and what then happens', () => {
  let time: VirtualTime;
  beforeEach(() => {
    time = new VirtualTime(START);
  });
  afterEach(() => time.uninstall());

  it('agree on each grant of a feed, by the real functions and state machines', async () => {
    const happened = new Map<string, Set<string>>();
    const retryPolicy = {
      maximumPasses: 4,
      firstWaitSeconds: 5,
      maximumWaitSeconds: 60,
      afterEscalationSeconds: 1_800,
    };
    let isTold = false;
    const world: World = new World({
      model: APART,
      retryPolicy,
      onChange: (applicationId, { identityId, method, grant }) => {
        if (!isTold || grant === undefined || (method !== 'grant' && method !== 'revoke' && method !== 'revokeAll'))
          return;
        const steps = happened.get(identityId) ?? new Set();
        happened.set(identityId, steps.add(`${method === 'grant' ? '+' : '-'}${applicationId}:${grant}`));
      },
    });
    const settle = () => time.runUntil(time.nowMs + 30 * 60_000);
    const departments = ['Sales', 'Engineering', 'Finance'];
    const ids = Array.from({ length: 12 }, (_, index) => `E${index}`);
    const departmentOf = (index: number) => departments[index % 3] ?? '';
    for (const [index, id] of ids.entries())
      await world.record(
        of(
          id,
          joiner('2026-01-01', { department: departmentOf(index), location: 'Hamburg', email: `${id}@acme.example` }),
        ),
      );
    await settle();
    const population = ids.map((id, index) => person(id, departmentOf(index)));
    const facts: readonly Fact[] = ids.flatMap((id, index): Fact[] => {
      if (index % 4 === 0) return [of(id, mover('2026-11-23T09:00:00Z', { department: departmentOf(index + 1) }))];
      if (index % 4 === 1) return [of(id, leaver('2026-11-23T09:00:00Z'))];
      if (index % 4 === 2) return [of(id, suspension('2026-11-23T09:00:00Z'))];
      return [];
    });
    const said = whatIf(asked({ population, before: APART, after: APART, facts, nowMs: time.nowMs }));
    isTold = true;
    for (const fact of facts) await world.record(fact);
    await settle();
    const expected = said.people.map(({ identityId, change }) => [
      identityId,
      [
        ...change.gains.map((one) => `+${one.applicationId}:${one.grant}`),
        ...change.loses.map((one) => `-${one.applicationId}:${one.grant}`),
      ].sort(),
    ]);
    // On leave what cannot be disabled is taken away for the time, and is not lost.
    const away = new Set(facts.filter(({ type }) => type === 'suspension').map(({ identityId }) => identityId));
    const found = [...happened].filter(([id]) => !away.has(id)).map(([id, steps]) => [id, [...steps].sort()]);
    expect(found.sort()).toEqual(expected.sort());
    expect(expected.length).toBeGreaterThan(4);
  });
});
