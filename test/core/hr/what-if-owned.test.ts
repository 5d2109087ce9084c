// What somebody owns goes with them: said beforehand as it then happens, from an export and from what is on record, and what was
// handed over or excepted counts in both.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planModelChange } from '../../../lambdas/core/access/model-plan.ts';
import { type Person, personOf, stateOf } from '../../../lambdas/core/access/person.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../../lambdas/core/hr/population-walk.ts';
import { type WhatIf, whatIf } from '../../../lambdas/core/hr/what-if.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt, isEmployed } from '../../../lambdas/core/identity/timeline.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { telling } from '../../support/telling.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const LIMITED: AccessModel = {
  ...MODEL,
  hash: 'limited',
  applications: MODEL.applications.filter(({ connector }) => connector !== 'manual'),
  nonHuman: { 'ai-agent': { holdsNoMoreThanOwner: true } },
};
const asked = (change: Partial<WhatIf>): WhatIf => ({
  ...{ population: [], before: LIMITED, after: LIMITED, facts: [], nowMs: START },
  guard: massErrorGuardSchema.parse({}),
  modelChange: modelChangeSchema.parse({}),
  ...change,
});
const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, attributes = {}) =>
  of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }));
const owned = (id: string, kind: 'ai-agent' | 'service-account', owner: string) =>
  person(id, { kind, owner, endsAt: '2027-12-01' });
const left = of('E1', leaver('2026-11-22'));

describe('what somebody owns who', () => {
  let time: VirtualTime;
  beforeEach(() => {
    time = new VirtualTime(START);
  });
  afterEach(() => time.uninstall());

  it.each<[string, readonly Fact[], readonly Fact[]]>([
    [
      'leaves goes to whoever is above, who limits an agent from then on',
      [
        ...[person('E7', { department: 'Finance' }), person('E1', { manager: 'E7' })],
        ...[owned('bot', 'service-account', 'E1'), owned('agent', 'ai-agent', 'E1')],
      ],
      [left],
    ],
    [
      'leaves goes past whoever left as well',
      [
        ...[
          person('E8', { department: 'Engineering' }),
          person('E7', { manager: 'E8' }),
          person('E1', { manager: 'E7' }),
        ],
        owned('agent', 'ai-agent', 'E1'),
      ],
      [left, of('E7', leaver('2026-11-22'))],
    ],
    [
      'leaves goes to the successor that HR names',
      [
        ...[person('E7', { department: 'Finance' }), person('E9', { department: 'Engineering' })],
        ...[person('E1', { manager: 'E7' }), owned('agent', 'ai-agent', 'E1')],
      ],
      [of('E1', leaver('2026-11-22', { successor: 'E9' }))],
    ],
    ['leaves is suspended where nobody takes it over', [person('E1'), owned('bot', 'service-account', 'E1')], [left]],
    [
      'moves loses what they lose, as far as it is an agent',
      [person('E1'), owned('agent', 'ai-agent', 'E1'), owned('bot', 'service-account', 'E1')],
      [of('E1', mover('2026-11-22', { department: 'Engineering' }))],
    ],
  ])('%s', async (_, before, said) => {
    const retryPolicy = {
      maximumPasses: 3,
      firstWaitSeconds: 5,
      maximumWaitSeconds: 60,
      afterEscalationSeconds: 1_800,
    };
    const world: World = new World({ model: LIMITED, retryPolicy });
    const { tell } = telling(world, time);
    await tell(...before);
    const ids = before.map(({ identityId }) => identityId);
    const held = () => {
      const [chat, cloud] = ['chat', 'cloud'].map((id) => world.systems.get(id));
      return ids.map((id) => [
        ...[...(chat?.accountOf(id)?.grants ?? [])].map((grant) => `chat:${grant}`),
        ...[...(cloud?.accountOf(id)?.grants ?? [])].map((grant) => `cloud:${grant}`),
      ]);
    };
    const usable = () => ids.filter((id) => world.systems.get('chat')?.accountOf(id)?.enabled);
    const had = held();
    const could = usable();
    const records = await Promise.all(ids.map((id) => world.stores.directory.load(id)));
    const people = records.flatMap((record): Person[] => {
      const state = identityAt(buildTimeline(record?.facts ?? []), time.nowMs);
      return record !== undefined && isEmployed(state) ? [personOf(record.header.identityId, state)] : [];
    });
    const known = new Map(records.flatMap((one) => (one === undefined ? [] : [[one.header.identityId, one.facts]])));
    const told = { population: people, facts: said, nowMs: time.nowMs };
    const foreseen = [whatIf(asked({ ...told, known })), whatIf(asked(told))];
    await tell(...said);
    const has = held();
    const isGone = (id: string) => said.some((fact) => fact.type === 'leaver' && fact.identityId === id);
    for (const { people: changed, suspended } of foreseen) {
      const loses = (id: string) =>
        changed
          .filter(({ identityId }) => identityId === id)
          .flatMap(({ change }) => change.loses.map((one) => `${one.applicationId}:${one.grant}`))
          .sort();
      for (const [index, id] of ids.entries()) {
        // A system that cannot disable takes the grants of whoever is suspended until they are back.
        if (suspended.includes(id)) continue;
        const lost = (had[index] ?? []).filter((grant) => !has[index]?.includes(grant)).sort();
        expect([id, loses(id)]).toEqual([id, lost]);
      }
      expect(suspended).toEqual(could.filter((id) => !usable().includes(id) && !isGone(id)).sort());
    }
    expect([had, could]).not.toEqual([has, usable()]);
  });

  it('leaves counts in what the mass-error guard would hold', () => {
    const population = [
      ...Array.from({ length: 40 }, (_, index) =>
        personOf(
          `P${index}`,
          stateOf({ identityId: '', status: 'active', attributes: { kind: 'employee', department: 'Sales' } }, START),
        ),
      ),
      ...Array.from({ length: 30 }, (_, index): Person => {
        return { identityId: `bot${index}`, status: 'active', attributes: { kind: 'service-account', owner: 'P0' } };
      }),
    ];
    const facts = [of('P0', leaver('2026-11-22'))];
    expect(whatIf(asked({ population, facts })).held.events).toEqual({ rule: 'number', count: 31, threshold: 26 });
    const two = population.filter(({ identityId }) => !identityId.startsWith('bot') || identityId === 'bot1');
    expect(whatIf(asked({ population: two, facts })).held.events).toBeUndefined();
  });

  it('is with events alone judged by those on record beside them', () => {
    const facts = [left];
    const known = new Map<string, readonly Fact[]>([
      ['E1', [person('E1', { manager: 'E7' })]],
      ['agent', [owned('agent', 'ai-agent', 'E1')]],
    ]);
    const population = [...known].map(([id, all]) => {
      const state = identityAt(buildTimeline(all), START);
      if (!isEmployed(state)) throw new Error('expected somebody employed');
      return personOf(id, state);
    });
    const others = new Map([['E7', [person('E7', { department: 'Finance' })]]]);
    const loses = (change: Partial<WhatIf>) =>
      whatIf(asked({ population, facts, known, ...change }))
        .people.filter(({ identityId }) => identityId === 'agent')
        .flatMap(({ change: { loses } }) => loses.map(({ entitlement }) => entitlement));
    expect(loses({ others })).toEqual(['sales-room', 'billing']);
    expect(whatIf(asked({ population, facts, known })).suspended).toEqual(['agent']);
  });
});

describe('an export', () => {
  const handed: AccessModel = {
    ...LIMITED,
    hash: 'handed',
    applications: LIMITED.applications.map((one) =>
      one.id === 'chat'
        ? { ...one, entitlements: one.entitlements.map((each) => ({ ...each, handover: { days: 14 } })) }
        : one,
    ),
  };
  const duties = [
    {
      ...{ id: 'apart', name: 'Apart', severity: 'high', mode: 'require-exception', exceptions: [] },
      sides: [
        { name: 'one', entitlements: ['chat:everyone'], profiles: [] },
        { name: 'other', entitlements: ['chat:sales-room'], profiles: [] },
      ],
    },
  ] as const satisfies AccessModel['duties'];
  const told = (facts: readonly Fact[], model: AccessModel, after: AccessModel, nowMs = START) => {
    const state = identityAt(buildTimeline(facts), nowMs);
    if (!isEmployed(state)) throw new Error('expected somebody employed');
    const exported = JSON.parse(JSON.stringify(personOf('E1', state))) as Person;
    return planModelChange([exported], model, after, nowMs).changes.map(
      ({ direction, applicationId, entitlement }) => `${direction} ${applicationId}:${entitlement}`,
    );
  };
  const moved = [person('E1'), of('E1', mover('2026-11-20', { department: 'Engineering' }, { id: 'moved' }))];

  it('tells what is handed over, which a model that shortens it would take', () => {
    expect(told(moved, handed, LIMITED)).toEqual(['loses chat:sales-room']);
    expect(told(moved, handed, LIMITED, Date.parse('2026-12-05'))).toEqual([]);
    expect(told(moved, handed, { ...handed, hash: 'same' })).toEqual([]);
  });

  it('tells which exceptions people decided on, for as long as they last', () => {
    const strict: AccessModel = { ...LIMITED, hash: 'strict', duties };
    const excepted: Fact = {
      ...{ factId: 'tenure:x', identityId: 'E1', source: 'tenure', sourceEventId: 'x', type: 'exception-granted' },
      ...{ recordedMs: Date.parse('2026-11-01'), receivedMs: Date.parse('2026-11-01') },
      ...{ rule: 'apart', owner: 'E9', reason: 'cover', approvedBy: 'E8', endsMs: Date.parse('2026-12-01') },
    };
    expect(told([person('E1')], LIMITED, strict)).toHaveLength(1);
    expect(told([person('E1'), excepted], LIMITED, strict)).toEqual([]);
    expect(told([person('E1'), excepted], LIMITED, strict, Date.parse('2026-12-02'))).toHaveLength(1);
  });

  it('tells what a review took away, which a plan does not give back', () => {
    const profiles = LIMITED.profiles.map((one) => ({ ...one, name: `${one.name}, renamed` }));
    const exported: Person = {
      identityId: 'E1',
      status: 'active',
      attributes: { kind: 'employee', department: 'Sales' },
    };
    const state = stateOf({ ...exported, taken: ['chat:sales-room'] }, START);
    expect(personOf('E1', state).taken).toEqual(['chat:sales-room']);
    const gives = (taken: readonly string[]) =>
      planModelChange(
        [{ ...exported, taken }],
        { ...LIMITED, profiles: [] },
        { ...LIMITED, profiles },
        START,
      ).changes.map(({ entitlement }) => entitlement);
    expect(gives([])).toContain('sales-room');
    expect(gives(['chat:sales-room'])).not.toContain('sales-room');
  });

  it('counts in what HR would change, as long as the employment lasts', () => {
    const state = identityAt(buildTimeline(moved), START);
    if (!isEmployed(state)) throw new Error('expected somebody employed');
    const population = [personOf('E1', state)];
    const rename = of('E1', mover('2026-11-23', { title: 'Lead' }, { id: 'renamed' }));
    const change = (facts: readonly Fact[]) =>
      whatIf(asked({ before: handed, after: handed, population, facts })).people;
    expect(change([rename])).toEqual([]);
    const again = [
      leaver('2026-11-23T08:00:00Z'),
      joiner('2026-11-24', { department: 'Engineering' }, { id: 'again' }),
    ];
    expect(
      change(again.map((fact) => of('E1', fact))).flatMap((one) => one.change.loses.map((lost) => lost.entitlement)),
    ).toEqual(['sales-room']);
  });
});
