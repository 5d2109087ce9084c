// What needs an owner has one who answers for it, or no access, whatever made the owner go and in whatever order things are
// told: real handlers and state machines over systems in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World, type WorldOptions } from '../../simulation/world.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';
import { telling } from '../../support/telling.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const API_ONLY = { ...MODEL, applications: MODEL.applications.filter(({ connector }) => connector !== 'manual') };

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, attributes = {}, told = {}) =>
  of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }, told));
const bot = (owner: string, id = 'svc') =>
  of(id, joiner('2026-02-01', { kind: 'service-account', email: `${id}@acme.example`, owner, department: 'Sales' }));

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

function company(plant?: WorldOptions['plant']) {
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  const enabled: string[] = [];
  const world: World = new World({
    model: API_ONLY,
    retryPolicy,
    plant,
    onChange: (_application, { method, identityId }) => {
      if (method === 'createAccount' || method === 'enableAccount') enabled.push(identityId);
    },
  });
  const load = async (identityId: string) => (await world.stores.directory.load(identityId))?.header;
  return {
    world,
    load,
    /** Who was given a usable account, each time. */
    enabled,
    ...telling(world, time),
    isUsable: (identityId = 'svc') => world.systems.get('chat')?.accountOf(identityId)?.enabled ?? false,
    ownerOf: async (identityId = 'svc') => (await load(identityId))?.summary.ownerId,
  };
}

describe('an owner nobody has heard of', () => {
  it('keeps a service account from ever being usable, until the owner comes', async () => {
    const { tell, isUsable, ownerOf, enabled, load } = company();
    await tell(bot('E1'));
    expect([isUsable(), enabled]).toEqual([false, []]);
    expect((await load('svc'))?.summary.status).toBe('suspended');
    await tell(person('E1'));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E1']);
  });

  it('and in any other order it is usable from the start', async () => {
    const { tell, isUsable } = company();
    await tell(person('E1'), bot('E1'));
    expect(isUsable()).toBe(true);
  });

  it('who is to begin later leaves it to the manager until then', async () => {
    const { tell, isUsable, ownerOf } = company();
    const pending = of('E1', joiner('2026-11-24', { manager: 'E7' }, { recorded: '2026-11-20T00:00:00Z' }));
    await tell(person('E7'), pending, bot('E1'));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E7']);
    await time.runUntil(Date.parse('2026-11-24T00:10:00Z'));
    expect(await ownerOf()).toBe('E1');
  });
});

describe('an owner whose id turns out to be another of somebody', () => {
  const merged = async (...facts: readonly Fact[]) => {
    const told = company();
    await told.tell(...facts);
    expect(told.isUsable()).toBe(false);
    await told.world.merge('E2', 'E1');
    await time.runUntil(time.nowMs + 60_000);
    return told;
  };

  it('gives back what was suspended for want of such a person', async () => {
    const { isUsable, ownerOf } = await merged(person('E2'), bot('E1'));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E2']);
  });

  it('and what the manager got meanwhile', async () => {
    const pending = of('E1', joiner('2026-12-24', { manager: 'E7' }, { recorded: '2026-11-20T00:00:00Z' }));
    const { tell, world, ownerOf } = company();
    await tell(person('E7'), person('E2'), pending, bot('E1'));
    expect(await ownerOf()).toBe('E7');
    await world.merge('E2', 'E1');
    await time.runUntil(time.nowMs + 60_000);
    expect(await ownerOf()).toBe('E2');
  });

  it('once that person comes', async () => {
    const { tell, isUsable, ownerOf } = await merged(of('E2', mover('2026-11-20', { title: 'Lead' })), bot('E1'));
    expect(isUsable()).toBe(false);
    await tell(person('E2'));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E2']);
  });

  it('and what was left by a leaver that another came before', async () => {
    const { tell, world, isUsable, ownerOf } = company();
    await tell(person('E2'), person('E1'), bot('E1'), of('E1', leaver('2026-11-20')));
    await tell(of('E1', leaver('2026-11-10')));
    expect(isUsable()).toBe(false);
    await world.merge('E2', 'E1');
    await time.runUntil(time.nowMs + 60_000);
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E2']);
  });

  it('and what was left by a leaver that is taken back since', async () => {
    const left = of('E1', leaver('2026-11-20'));
    const { tell, isUsable, ownerOf } = await merged(person('E2'), person('E1'), bot('E1'), left);
    expect(isUsable()).toBe(false);
    await tell(of('E1', rescind(left, '2026-11-23T09:00:00Z')));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E2']);
  });

  it('and not what was left before, as after a rehire', async () => {
    const { isUsable } = await merged(person('E2'), person('E1'), bot('E1'), of('E1', leaver('2026-11-20')));
    expect(isUsable()).toBe(false);
  });
});

describe('an owner who goes', () => {
  it('since the joiner is rescinded, and comes back with another', async () => {
    const { tell, isUsable, load } = company();
    const joined = person('E1');
    await tell(joined, bot('E1'));
    expect(isUsable()).toBe(true);
    await tell(rescind(joined, '2026-11-23T09:00:00Z'));
    expect((await load('E1'))?.summary.status).toBe('unknown');
    expect(isUsable()).toBe(false);
    await tell(of('E1', joiner('2026-11-20')));
    expect(isUsable()).toBe(true);
  });

  it('since the first day is moved to later', async () => {
    const { tell, isUsable, load } = company();
    const joined = person('E1');
    const moved = of('E1', joiner('2026-11-25', {}, { recorded: '2026-11-23T09:02:00Z' }));
    await tell(joined, bot('E1'), moved, rescind(joined, '2026-11-23T09:02:00Z'));
    expect((await load('E1'))?.summary.status).toBe('pending');
    expect(isUsable()).toBe(false);
    await time.runUntil(Date.parse('2026-11-25T00:10:00Z'));
    expect(isUsable()).toBe(true);
  });

  it('on leave keeps what they own', async () => {
    const { tell, isUsable, ownerOf } = company();
    await tell(person('E7'), person('E1', { manager: 'E7' }), bot('E1'), of('E1', suspension('2026-11-20')));
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E1']);
  });
});

describe('who takes over', () => {
  const leaves = (successor: string) => of('E1', leaver('2026-11-20', { successor }));

  it('is a person: not the service account itself, nor another', async () => {
    for (const successor of ['svc', 'other-bot']) {
      const { tell, ownerOf } = company();
      await tell(person('E7'), person('E2'), bot('E2', 'other-bot'), person('E1', { manager: 'E7' }), bot('E1'));
      await tell(leaves(successor));
      expect(await ownerOf()).toBe('E7');
    }
  });

  it('is at work: one on leave is passed over, as successor and as manager', async () => {
    const { tell, ownerOf } = company();
    await tell(person('E8'), person('E7', { manager: 'E8' }), person('E2'), person('E1', { manager: 'E7' }), bot('E1'));
    await tell(of('E2', suspension('2026-11-01')), of('E7', suspension('2026-11-01')), leaves('E2'));
    expect(await ownerOf()).toBe('E8');
  });

  it('is the one a successor was merged into', async () => {
    const { tell, world, ownerOf } = company();
    await tell(person('E7'), person('E2'), person('E3', { department: 'Legal' }));
    await world.merge('E2', 'E3');
    await tell(person('E1', { manager: 'E7' }), bot('E1'), leaves('E3'));
    expect(await ownerOf()).toBe('E2');
  });

  it('is the one an owner was merged into who was never heard to join by that id', async () => {
    const { tell, world, ownerOf, isUsable } = company();
    await tell(person('E2'), of('E1', mover('2026-11-20', { manager: 'E7' })));
    await world.merge('E2', 'E1');
    await tell(bot('E1'));
    expect((await world.stores.directory.load('E1'))?.header.summary.status).toBe('unknown');
    expect([isUsable(), await ownerOf()]).toEqual([true, 'E2']);
  });

  it('is nobody where owners are no people, in a circle or not: then it is suspended', async () => {
    const { tell, isUsable, ownerOf } = company();
    await tell(bot('two', 'one'), bot('one', 'two'));
    expect([isUsable('one'), isUsable('two')]).toEqual([false, false]);
    await tell(person('E1'), bot('E1', 'mine'), bot('mine', 'nested'));
    expect([isUsable('nested'), await ownerOf('nested')]).toEqual([true, 'E1']);
  });
});

describe('a person with a sponsor', () => {
  it('keeps their access when nobody takes the sponsor over', async () => {
    const { tell, isUsable } = company();
    await tell(person('E1'), person('C1', { owner: 'E1' }), of('E1', leaver('2026-11-20')));
    expect(isUsable('C1')).toBe(true);
  });
});

it('a list of what somebody owned that is behind takes nothing from whose it is by now', async () => {
  const plant: WorldOptions['plant'] = (dependencies, functionName) => {
    if (functionName !== 'hand-over-ownership') return dependencies;
    const { directory } = dependencies;
    const listOwnedBy = async (ownerId: string) => {
      const { header } = (await directory.load('svc')) ?? {};
      return ownerId === 'E1' && header !== undefined ? [header] : [];
    };
    return { ...dependencies, directory: { ...directory, listOwnedBy } };
  };
  const { tell, later, ownerOf, load } = company(plant);
  await tell(person('E7'), person('E1', { manager: 'E7' }), person('E2'), bot('E1'));
  await tell(of('svc', mover('2026-11-10', { owner: 'E2' })), of('E1', leaver('2026-11-20')));
  await later(10);
  expect((await load('E1'))?.removal?.provenMs).toBeDefined();
  expect(await ownerOf()).toBe('E2');
});

describe('a handover that fails', () => {
  function failing(times: number) {
    let calls = 0;
    const plant: WorldOptions['plant'] = (dependencies, functionName) => {
      if (functionName !== 'hand-over-ownership') return dependencies;
      calls += 1;
      if (calls <= times) throw new Error('the table cannot be reached');
      return dependencies;
    };
    return { ...company(plant), calls: () => calls };
  }

  it('four times is tried again before the removal is proven', async () => {
    const { tell, later, load, ownerOf, calls } = failing(4);
    await tell(person('E7'), person('E1', { manager: 'E7' }), bot('E1'), of('E1', leaver('2026-11-20')));
    await later(10);
    expect(calls()).toBeGreaterThan(4);
    expect(await ownerOf()).toBe('E7');
    expect((await load('E1'))?.removal?.provenMs).toBeDefined();
  });

  it('for longer holds up no removal, keeps it from being proven, is told to a person, and made good by the sweep', async () => {
    const { tell, later, load, ownerOf, isUsable, world } = failing(28);
    await tell(person('E7'), person('E1', { manager: 'E7' }), bot('E1'), of('E1', leaver('2026-11-20')));
    await later(4);
    expect([isUsable('E1'), await ownerOf()]).toEqual([false, 'E1']);
    expect((await load('E1'))?.removal?.provenMs).toBeUndefined();
    await later(80);
    expect(world.escalations).toContainEqual(expect.stringContaining('the ownership of svc'));
    expect(await ownerOf()).toBe('E7');
    expect((await load('E1'))?.removal?.provenMs).toBeDefined();
  });
});

describe('a service account that was suspended for want of an owner', () => {
  it('is back with an owner and a return, from whatever source', async () => {
    const { tell, isUsable } = company();
    await tell(bot('E1'), person('E2'));
    const now = new Date(time.nowMs).toISOString();
    await tell(of('svc', mover(now, { owner: 'E2' })), of('svc', returning(now)));
    expect(isUsable()).toBe(true);
  });
});

describe('an event', () => {
  const read = (event: unknown) => readHrEvent(event, 'acme-hr', '', START).faults;

  it('that names the identity itself as its owner or its successor is refused by pointer', () => {
    const pointers = [
      [joinerEvent({ kind: 'service-account', owner: 'E1001' }), '/data/attributes/owner'],
      [moverEvent({ owner: 'E1001' }), '/data/attributes/owner'],
      [leaverEvent({ successor: 'E1001' }), '/data/successor'],
    ] as const;
    for (const [event, pointer] of pointers) {
      expect(read(event)).toEqual([{ pointer, detail: 'cannot be the identity itself' }]);
      expect(read({ ...event, subject: 'E1' })).toBeUndefined();
    }
  });
});
