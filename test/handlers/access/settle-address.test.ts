// Of two employed identities with one e-mail address the second gets no account anywhere before somebody has decided:
// real handlers and state machines over systems in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World, type WorldOptions } from '../../simulation/world.ts';
import { answer, apiDependencies, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver, mover, rescind, suspension } from '../../support/facts.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { telling } from '../../support/telling.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const RETRY_POLICY = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const SHARED = 'ada@acme.example';

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, email: string | undefined = SHARED, from = '2026-01-01') =>
  of(id, joiner(from, { email, department: 'Sales', location: 'Berlin' }, { recorded: '2026-01-01T00:00:00Z' }));
const moves = (id: string, attributes: Parameters<typeof mover>[1], at: string) => of(id, mover(at, attributes));
const leaves = (id: string, at = '2026-11-23T09:00:00Z') => of(id, leaver(at));

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

function company(options: Partial<WorldOptions> = {}) {
  const created: string[] = [];
  const world: World = new World({
    model: MODEL,
    retryPolicy: RETRY_POLICY,
    onChange: (_application, { method, identityId }) => void (method === 'createAccount' && created.push(identityId)),
    ...options,
  });
  const chat = () => world.systems.get('chat');
  const entriesOf = async (identityId: string) =>
    (await world.stores.audit.list(identityId, { limit: 500 })).items.map(({ event }) => event);
  return {
    world,
    chat,
    /** Whose accounts were made, each time. */
    created,
    tasksOf: async (identityId: string) => (await world.stores.directory.load(identityId))?.tasks ?? [],
    conflictsOf: async (identityId: string) => {
      const dependencies = { ...apiDependencies(), ...world.stores, clock: () => time.nowMs };
      const request = requestAs(['it'], 'E0900', { pathParameters: { id: identityId } });
      const { body } = await answer(getIdentity(dependencies), request);
      return identitySchema.parse(body).conflicts;
    },
    entriesOf,
    toldOf: async (identityId: string) =>
      (await entriesOf(identityId)).filter(({ type }) => type === 'identity-conflict'),
    ...telling(world, time),
    grantsOf: (identityId: string) => [...(chat()?.accountOf(identityId)?.grants ?? [])].sort(),
  };
}

const WITH_E1 = [{ attribute: 'email', with: 'E1' }];
const EVERYTHING = ['everyone', 'sales-room'];

describe('of two with one e-mail address', () => {
  it('the second gets no account and no task; it is shown, entered once and told', async () => {
    const { world, tell, later, created, tasksOf, conflictsOf, toldOf, grantsOf } = company();
    await tell(person('E1'), person('E2', 'Ada@ACME.example'));
    await later(65);
    expect(created).not.toContain('E2');
    expect([grantsOf('E1'), grantsOf('E2')]).toEqual([EVERYTHING, []]);
    expect([(await tasksOf('E1')).length, (await tasksOf('E2')).length]).toEqual([1, 0]);
    expect([await conflictsOf('E1'), await conflictsOf('E2')]).toEqual([undefined, WITH_E1]);
    expect([await toldOf('E1'), await toldOf('E2')]).toEqual([[], [{ type: 'identity-conflict', ...WITH_E1[0] }]]);
    // What set it off is her joiner, and no execution.
    const { facts = [] } = (await world.stores.directory.load('E2')) ?? {};
    const conflict = (await world.stores.audit.list('E2', { limit: 500 })).items.find(
      ({ event }) => event.type === 'identity-conflict',
    );
    expect(facts.map(({ factId }) => factId)).toEqual([conflict?.trigger]);
    expect(world.escalations.join()).toContain('also that of identity E1');
    expect((await world.stores.directory.load('E2'))?.header.settledVersion).toBeUndefined();
    expect(JSON.stringify(world.escalations)).not.toContain('acme.example');
  });

  it('who join in the same second one gets its accounts, whichever', async () => {
    const { world, later, created } = company();
    await Promise.all([person('E1'), person('E2'), person('E3')].map((fact) => world.record(fact)));
    await later(5);
    expect(new Set(created).size).toBe(1);
  });

  it('whichever comes first keeps it, though the other began earlier', async () => {
    const { tell, created, conflictsOf } = company();
    await tell(person('E2', SHARED, '2026-06-01'), person('E1', SHARED, '2025-01-01'));
    expect(new Set(created)).toEqual(new Set(['E2']));
    expect(await conflictsOf('E1')).toEqual([{ attribute: 'email', with: 'E2' }]);
  });

  it('an account that is there already is not adopted by its name', async () => {
    const { tell, chat } = company();
    const account = chat()?.addEarlier({ userName: SHARED, holder: 'E1', grants: ['everyone'] });
    expect(account).toBeDefined();
    await tell(person('E1'));
    const before = JSON.stringify(
      [...(chat()?.accounts.values() ?? [])].map((one) => ({ ...one, grants: [...one.grants] })),
    );
    await tell(person('E2'), of('E2', suspension('2026-11-23T09:02:00Z')));
    const after = JSON.stringify(
      [...(chat()?.accounts.values() ?? [])].map((one) => ({ ...one, grants: [...one.grants] })),
    );
    expect(after).toBe(before);
  });

  it('one without a person behind it, that shares a mailbox with a team, waits as well', async () => {
    const { tell, conflictsOf, created } = company();
    const bot = of('svc', joiner('2026-02-01', { kind: 'service-account', owner: 'E1', email: SHARED }));
    await tell(person('E1'), bot);
    expect([await conflictsOf('svc'), created.includes('svc')]).toEqual([WITH_E1, false]);
  });

  it('those who have none are in nobody’s way', async () => {
    const { tell, created } = company();
    const bot = (id: string) =>
      of(id, { ...joiner('2026-02-01', { kind: 'service-account', owner: 'E1', email: undefined }) });
    await tell(person('E1'), bot('svc-1'), bot('svc-2'));
    expect(new Set(created)).toEqual(new Set(['E1', 'svc-1', 'svc-2']));
  });

  it('one who is to begin later waits from that day on, and stands in nobody’s way before', async () => {
    const { tell, conflictsOf, created } = company();
    await tell(person('E1', SHARED, '2026-11-24'), person('E2'));
    expect([created.includes('E2'), await conflictsOf('E1')]).toEqual([true, undefined]);
    await time.runUntil(Date.parse('2026-11-24T00:10:00Z'));
    expect([created.includes('E1'), await conflictsOf('E1')]).toEqual([false, [{ attribute: 'email', with: 'E2' }]]);
  });
});

describe('somebody decides', () => {
  it('when the address of the second is corrected: at once', async () => {
    const { tell, conflictsOf, grantsOf } = company();
    await tell(person('E1'), person('E2'), moves('E2', { email: 'ada.2@acme.example' }, '2026-11-23T09:00:00Z'));
    expect([grantsOf('E2'), await conflictsOf('E2')]).toEqual([EVERYTHING, undefined]);
  });

  it.each([
    ['the address of the first is corrected', moves('E1', { email: 'ada.1@acme.example' }, '2026-11-23T09:00:00Z')],
    ['the first leaves', leaves('E1')],
  ])('when %s: by the sweep, within the half hour', async (_, decision) => {
    const { tell, later, conflictsOf, grantsOf } = company();
    await tell(person('E1'), person('E2'), decision);
    await later(32);
    expect([grantsOf('E2'), await conflictsOf('E2')]).toEqual([EVERYTHING, undefined]);
  });

  it('when the joiner of the first is rescinded', async () => {
    const { tell, later, grantsOf } = company();
    const first = person('E1');
    await tell(first, person('E2'), rescind(first, '2026-11-23T09:00:00Z'));
    await later(32);
    expect(grantsOf('E2')).toEqual(EVERYTHING);
  });

  it.each([
    ['first', 'E1', 'E2'],
    ['second', 'E2', 'E1'],
  ])(
    'when the two are merged, and the %s survives: nobody is in conflict with themselves',
    async (_, survivor, duplicate) => {
      const { world, tell, later, conflictsOf, grantsOf } = company();
      await tell(person('E1'), person('E2'));
      const dependencies = { ...apiDependencies(), ...world.stores, clock: () => time.nowMs };
      expect(await mergeByTwo(dependencies, { identityId: survivor, duplicate })).toMatchObject({ status: 200 });
      await later(35);
      expect([grantsOf(survivor), await conflictsOf(survivor)]).toEqual([EVERYTHING, undefined]);
      expect(world.systems.get('chat')?.accountOf(duplicate)?.enabled ?? false).toBe(false);
    },
  );
});

describe('whoever has accounts already', () => {
  it('keeps converging by their links when another has the address, and their names wait', async () => {
    const { world, tell, later, chat, grantsOf, conflictsOf } = company();
    const eve = of('E2', joiner('2026-01-01', { email: 'eve@acme.example', department: 'Sales' }));
    await tell(person('E1'), eve);
    await tell(moves('E2', { email: SHARED, title: 'Boss', department: 'Engineering' }, '2026-11-23T09:00:00Z'));
    expect(grantsOf('E2')).toEqual(['engineering-room', 'everyone']);
    expect(chat()?.accountOf('E2')).toMatchObject({ userName: 'eve@acme.example', title: undefined });
    expect(await conflictsOf('E2')).toEqual(WITH_E1);
    expect(world.escalations.join()).toContain('also that of identity E1');
    await tell(leaves('E1'));
    await later(32);
    expect(chat()?.accountOf('E2')).toMatchObject({ userName: SHARED, title: 'Boss' });
  });

  it('and finds the account gone gets no other by that address', async () => {
    const { tell, chat, created, entriesOf } = company();
    const intended = async () =>
      (await entriesOf('E2')).filter((event) => event.type === 'access-intended' && event.applicationId === 'chat');
    await tell(person('E1'), person('E2', 'eve@acme.example'));
    const before = await intended();
    const account = chat()?.accountOf('E2');
    chat()?.accounts.delete(account?.accountId ?? '');
    created.length = 0;
    await tell(moves('E2', { email: SHARED }, '2026-11-23T09:00:00Z'));
    expect([created, chat()?.accountOf('E2')]).toEqual([[], undefined]);
    expect(await intended()).toEqual(before);
  });

  it('and leaves is cut off, whoever has the address', async () => {
    const { tell, chat, conflictsOf } = company();
    await tell(person('E1'), person('E2', 'eve@acme.example'));
    await tell(moves('E2', { email: SHARED }, '2026-11-23T09:00:00Z'), leaves('E2', '2026-11-23T09:00:30Z'));
    expect(chat()?.accountOf('E2')?.enabled).toBe(false);
    expect(await conflictsOf('E2')).toBeUndefined();
  });

  it('comes back to an address that was given away meanwhile: the account that is theirs is, and none is made', async () => {
    const { tell, conflictsOf, created } = company();
    await tell(person('E1'), leaves('E1'), person('E2'));
    created.length = 0;
    await tell(of('E1', joiner('2026-11-23T09:01:00Z', { email: SHARED, department: 'Engineering' })));
    expect(await conflictsOf('E1')).toEqual([{ attribute: 'email', with: 'E2' }]);
    // In the cloud the account was deleted when they left.
    expect(created).toEqual([]);
  });
});

describe('a claim', () => {
  it('of a pass that died right after it is found as its own by the next', async () => {
    let deaths = 1;
    const { world, tell, later, grantsOf, conflictsOf } = company({
      plant: (dependencies) => ({
        ...dependencies,
        directory: {
          ...dependencies.directory,
          claimAddress: async (input) => {
            const holder = await dependencies.directory.claimAddress(input);
            deaths -= 1;
            if (deaths === 0) throw new Error('died after the claim');
            return holder;
          },
        },
      }),
    });
    await tell(person('E1'));
    await later(5);
    expect(deaths).toBeLessThan(0);
    expect([grantsOf('E1'), await conflictsOf('E1')]).toEqual([EVERYTHING, undefined]);
    expect(world.escalations).toEqual([]);
  });

  it('that somebody renews while another looks into it is not taken over', async () => {
    const { world, tell, conflictsOf, created } = company({
      plant: (dependencies, functionName) => ({
        ...dependencies,
        directory: {
          ...dependencies.directory,
          load: async (identityId) => {
            const record = await dependencies.directory.load(identityId);
            // What E2's pass reads of E1 is from before E1 came back.
            if (functionName !== 'plan-access' || identityId !== 'E1' || !stale.reading) return record;
            stale.reading = false;
            await stale.meanwhile();
            return record;
          },
        },
      }),
    });
    const stale = { reading: false, meanwhile: async () => {} };
    await tell(person('E1'), leaves('E1'));
    stale.meanwhile = async () => {
      const own = { address: SHARED, identityId: 'E1', epoch: 1_000 };
      expect(await world.stores.directory.claimAddress(own)).toBeUndefined();
      await world.record(of('E1', joiner('2026-11-23T09:01:00Z', { email: SHARED })));
    };
    stale.reading = true;
    await tell(person('E2'));
    expect(created.filter((id) => id === 'E2')).toEqual([]);
    expect(await conflictsOf('E2')).toEqual(WITH_E1);
  });
});
