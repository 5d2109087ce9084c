// Somebody answers for what is no person, or it is suspended: real handlers and state machines over systems in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import { ownershipRoutes } from '../../../lambdas/api/ownership.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { type DecisionsDelegatedFact, type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { acceptOwnership } from '../../../lambdas/handlers/identity/accept-ownership.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { listOwned } from '../../../lambdas/handlers/identity/list-owned.ts';
import { resumeIdentity } from '../../../lambdas/handlers/identity/resume-identity.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver, mover, returning, suspension } from '../../support/facts.ts';
import { telling } from '../../support/telling.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const DAY_MS = 86_400_000;
const UNASKED: AccessModel = {
  ...MODEL,
  applications: MODEL.applications.filter(({ connector }) => connector !== 'manual'),
};
const ASKED: AccessModel = {
  ...UNASKED,
  hash: 'asked',
  nonHuman: { 'service-account': { acceptWithinDays: 14, attestEveryDays: 90 } },
};

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

const of = <Told extends Fact>(identityId: string, fact: Told): Told => ({ ...fact, identityId });
const person = (id: string, attributes = {}) =>
  of(id, joiner('2026-01-01', { email: `${id}@acme.example`, department: 'Sales', ...attributes }));
const service = (owner: string) =>
  of('svc', joiner('2026-11-20', { kind: 'service-account', email: 'svc@acme.example', owner, department: 'Sales' }));

function company(model = ASKED) {
  const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
  const world: World = new World({ model, retryPolicy });
  const { tell, later } = telling(world, time);
  const passDays = async (days: number) => {
    await time.runUntil(time.nowMs + days * DAY_MS);
    await later(3);
  };
  const dependencies = () => ({
    ...world.stores,
    ...{ clock: () => time.nowMs, newId: () => `id-${time.nowMs}`, model: () => model, claims: CLAIMS },
  });
  const at = (id: string) => ({ pathParameters: { id } });
  return {
    world,
    tell,
    passDays,
    isUsable: () => world.systems.get('chat')?.accountOf('svc')?.enabled ?? false,
    accept: async (by: string, body: object = { purpose: 'nightly export' }) => {
      const asked = { name: 'accept-ownership', handle: acceptOwnership, as: by, role: 'employee' } as const;
      const { status } = await world.operate({ ...asked, parameters: { id: 'svc' }, body });
      await time.runUntil(time.nowMs + 60_000);
      return status;
    },
    shown: async () => {
      const { body } = await answer(getIdentity(dependencies() as never), requestAs(['auditor'], 'E999', at('svc')));
      return identitySchema.parse(body);
    },
    ownedBy: async (by: string) => {
      const { body } = await answer(listOwned(dependencies() as never), requestAs(['employee'], by));
      return ownershipRoutes['list-owned'].answers[200].parse(body).items;
    },
    resume: (by: string) => answer(resumeIdentity(dependencies() as never), requestAs(['security'], by, at('svc'))),
  };
}

describe('where the model needs to know what it is for', () => {
  const NEEDED: AccessModel = { ...UNASKED, hash: 'needed', nonHuman: { 'service-account': { needs: ['purpose'] } } };

  it('it gets no account before its owner has said so, and one as soon as they have', async () => {
    const { world, tell, isUsable, accept, shown, ownedBy } = company(NEEDED);
    await tell(person('E1'), service('E1'));
    expect(world.systems.get('chat')?.accountOf('svc')).toBeUndefined();
    expect((await shown()).lacks).toEqual(['purpose']);
    expect(await ownedBy('E1')).toMatchObject([{ identityId: 'svc', lacks: ['purpose'] }]);
    expect(await accept('E1', {})).toBe(422);
    expect([await accept('E1'), isUsable()]).toEqual([200, true]);
    expect(await shown()).not.toHaveProperty('lacks');
  });

  it('what HR says of it does as well, and its owner need not say it again', async () => {
    const { world, tell, isUsable, accept } = company(NEEDED);
    await tell(person('E1'), service('E1'));
    expect(world.systems.get('chat')?.accountOf('svc')).toBeUndefined();
    await tell(of('svc', mover('2026-11-21', { purpose: 'nightly export' })));
    expect([isUsable(), await accept('E1', {})]).toEqual([true, 200]);
  });
});

describe('a new owner', () => {
  it('who says in time that they answer for it keeps it usable, for as long as the model asks nobody again', async () => {
    const { tell, passDays, isUsable, accept, shown } = company();
    await tell(person('E1'), service('E1'));
    expect((await shown()).answering).toMatchObject({ owner: 'E1', lapsed: false });
    await passDays(13);
    expect([isUsable(), await accept('E1')]).toEqual([true, 200]);
    await passDays(89);
    expect(isUsable()).toBe(true);
  });

  it('who does not has it suspended by time alone, until they do', async () => {
    const { tell, passDays, isUsable, accept, shown, ownedBy, resume } = company();
    await tell(person('E1'), person('E2'), service('E1'));
    expect(await ownedBy('E1')).toMatchObject([{ identityId: 'svc', status: 'active', answering: { owner: 'E1' } }]);
    await passDays(15);
    expect([isUsable(), (await shown()).state.status]).toEqual([false, 'suspended']);
    expect(await ownedBy('E1')).toMatchObject([{ status: 'suspended', answering: { lapsed: true } }]);
    expect(await resume('E2')).toMatchObject({ status: 409 });
    expect([await accept('E1'), isUsable()]).toEqual([200, true]);
  });

  it('by a handover has days of their own, and whoever owned it before says nothing for them', async () => {
    const { tell, passDays, isUsable, accept, shown } = company();
    await tell(person('E7'), person('E1', { manager: 'E7' }), service('E1'));
    await accept('E1');
    await passDays(30);
    await tell(of('E1', leaver('2026-12-22')));
    expect((await shown()).answering).toMatchObject({ owner: 'E7', lapsed: false });
    expect(await accept('E1')).toBe(403);
    await passDays(13);
    expect(isUsable()).toBe(true);
    await passDays(2);
    expect(isUsable()).toBe(false);
    expect([await accept('E7'), isUsable()]).toEqual([200, true]);
  });

  it('whom HR names after nobody answered does not let it in by that', async () => {
    const { tell, passDays, isUsable, accept } = company();
    await tell(person('E1'), person('E2'), service('E1'));
    await passDays(15);
    await tell(of('svc', mover('2026-12-01', { owner: 'E2' })));
    expect(isUsable()).toBe(false);
    expect([await accept('E1'), isUsable()]).toEqual([403, false]);
    expect([await accept('E2'), isUsable()]).toEqual([200, true]);
  });
});

describe('saying that one answers for it', () => {
  it('is for who owns it and is at work, or whom they delegated to', async () => {
    const { tell, accept, world } = company();
    await tell(person('E1'), person('E2'), person('E3'), service('E1'));
    expect([await accept('E2'), await accept('svc')]).toEqual([403, 403]);
    await tell(of('E1', suspension('2026-11-23')));
    expect(await accept('E1')).toBe(403);
    const delegated: DecisionsDelegatedFact = {
      ...ownFactBase('E1', 'delegated', time.nowMs),
      ...{
        type: 'decisions-delegated',
        delegationId: 'd1',
        to: 'E2',
        startsMs: time.nowMs,
        endsMs: time.nowMs + DAY_MS,
      },
    };
    await tell(delegated);
    expect([await accept('E3'), await accept('E2')]).toEqual([403, 200]);
    await tell(of('E1', returning('2026-11-23')));
    const { header } = (await world.stores.directory.load('svc')) ?? {};
    expect(await accept('E1')).toBe(200);
    // Said within a day already.
    expect((await world.stores.directory.load('svc'))?.header.version).toBe(header?.version);
  });

  it('is not for what is a person, or has left', async () => {
    const { tell, accept } = company();
    await tell(person('E1'), service('E1'), of('svc', leaver('2026-11-22')));
    expect(await accept('E1')).toBe(409);
  });
});

it('needs what it is for, until somebody has said so, and keeps that', async () => {
  const { tell, accept, shown, passDays, ownedBy } = company();
  await tell(person('E1'), service('E1'));
  expect(await accept('E1', {})).toBe(422);
  expect(await accept('E1', { purpose: ' ' })).toBe(422);
  expect(await accept('E1', { purpose: 'x'.repeat(501) })).toBe(422);
  expect(await accept('E1', { purpose: 'x'.repeat(500) })).toBe(200);
  expect(await accept('E1', { purpose: 'nightly export' })).toBe(200);
  await passDays(2);
  expect(await accept('E1', {})).toBe(200);
  expect((await shown()).answering).toMatchObject({ purpose: 'nightly export' });
  expect(await ownedBy('E1')).toMatchObject([{ answering: { purpose: 'nightly export' } }]);
});

describe('again and again', () => {
  it('an owner says so, or it is suspended', async () => {
    const { tell, passDays, isUsable, accept } = company();
    await tell(person('E1'), service('E1'));
    await accept('E1');
    await passDays(80);
    await accept('E1');
    await passDays(80);
    expect(isUsable()).toBe(true);
    await passDays(11);
    expect(isUsable()).toBe(false);
    expect([await accept('E1'), isUsable()]).toEqual([200, true]);
  });
});

describe('a model that asks nobody', () => {
  it('leaves everything usable, and lets an owner say so all the same', async () => {
    const { tell, passDays, isUsable, accept, shown } = company(UNASKED);
    await tell(person('E1'), service('E1'));
    await passDays(400);
    expect([isUsable(), (await shown()).answering]).toEqual([true, undefined]);
    expect(await accept('E1')).toBe(200);
    expect((await shown()).answering).toMatchObject({ owner: 'E1', acceptedBy: 'E1', lapsed: false });
  });
});
