// A change of the access model, from its deployment to the systems, in a world with real handlers and state machines.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdDetailSchema } from '../../../lambdas/api/holds.ts';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { auditKeyOf, DEPLOYMENT } from '../../../lambdas/core/audit/subject.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../../lambdas/core/hr/population-walk.ts';
import { walkPopulation } from '../../../lambdas/handlers/access/walk-population.ts';
import { dropHold } from '../../../lambdas/handlers/hr/drop-hold.ts';
import { getHold } from '../../../lambdas/handlers/hr/get-hold.ts';
import { releaseHold } from '../../../lambdas/handlers/hr/release-hold.ts';
import { resumeHoldDecisions } from '../../../lambdas/handlers/hr/resume-hold-decisions.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2026-11-23T09:00:00Z');
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
/** One above what always passes. */
const MANY = 6;

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START_MS);
});
afterEach(() => {
  time.uninstall();
});

function without(model: AccessModel, profileId: string, entitlement: string): AccessModel {
  const profiles = model.profiles.map((profile) =>
    profile.id === profileId
      ? { ...profile, entitlements: profile.entitlements.filter((one) => one !== entitlement) }
      : profile,
  );
  return { ...model, hash: `${model.hash} - ${profileId} ${entitlement}`, profiles };
}

const NO_BILLING = without(MODEL, 'sales', 'cloud:billing');
const NOTHING: AccessModel = { ...MODEL, hash: 'nothing for anybody', profiles: [] };

async function company(size: number, model = MODEL) {
  const world = new World({ model, retryPolicy });
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      world.walk();
      await time.runUntil(time.nowMs + MINUTE_MS);
      world.sweep();
    }
  };
  const tell = async (identityId: string, fact: ReturnType<typeof joiner>) => {
    await world.record({ ...fact, identityId });
    await time.runUntil(time.nowMs + 10_000);
  };
  const join = (identityId: string, department = 'Sales') =>
    tell(identityId, joiner('2026-11-01', { department, email: `${identityId}@acme.example` }));
  for (let number = 1; number <= size; number += 1) await join(`E${number}`);
  await pass(2);
  const grants = (identityId: string) =>
    [...world.systems]
      .flatMap(([id, system]) => {
        const account = system.accountOf(identityId);
        return account?.enabled ? [...account.grants].map((grant) => `${id}:${grant}`) : [];
      })
      .sort();
  const holds = async (status: 'open' | 'released' | 'dropped' = 'open') =>
    (await world.holds.listHolds({ status, limit: 10 })).items;
  const guard = { settings: massErrorGuardSchema.parse({}), holds: world.holds };
  const dependencies = () => ({
    ...world.stores,
    holds: world.holds,
    guard,
    claims: CLAIMS,
    clock: () => time.nowMs,
    newId: () => 'id',
    model: () => world.model,
  });
  const ask = async (handle: ApiHandler, operator: string, roles: readonly Role[] = ['security']) => {
    const id = (await world.holds.listHolds({ status: 'open', limit: 1 })).items[0]?.holdId ?? 'none';
    const body = Buffer.from(JSON.stringify({ reason: 'looked at every line' }));
    return answer(handle, requestAs(roles, operator, { pathParameters: { id }, body }));
  };
  const release = (operator: string, roles?: readonly Role[]) => ask(releaseHold(dependencies()), operator, roles);
  const drop = (operator: string) => ask(dropHold(dependencies()), operator);
  const report = async () => holdDetailSchema.parse((await ask(getHold(dependencies()), 'E900')).body);
  const identity = async (id: string) => {
    const { body } = await answer(
      getIdentity(dependencies()),
      requestAs(['auditor'], 'E900', { pathParameters: { id } }),
    );
    return identitySchema.parse(body);
  };
  const header = async (identityId: string) => (await world.stores.directory.load(identityId))?.header;
  const resume = () => resumeHoldDecisions(dependencies())();
  return { world, pass, tell, join, grants, holds, release, drop, report, identity, header, resume };
}

const SALES = ['chat:everyone', 'chat:sales-room', 'cloud:billing'];
const REDUCED = ['chat:everyone', 'chat:sales-room'];

describe('a change that takes something from a few', () => {
  it('is in the systems within minutes, though nothing happens to anybody', async () => {
    const { world, pass, grants, holds, header } = await company(3);
    expect(grants('E1')).toEqual(SALES);
    expect((await header('E1'))?.modelHash).toBe(MODEL.hash);
    world.deploy(NO_BILLING);
    await pass(2);
    for (const identityId of ['E1', 'E2', 'E3']) {
      expect(grants(identityId)).toEqual(REDUCED);
      expect((await header(identityId))?.modelHash).toBe(NO_BILLING.hash);
    }
    expect(await holds()).toEqual([]);
    const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
    expect(items.map(({ trigger }) => trigger)).toContain(`model:${NO_BILLING.hash}`);
  });

  it('starts no pass for whoever it does not concern, and comes to an end', async () => {
    const { world, pass, join, header } = await company(2);
    await join('E7', 'Engineering');
    const before = await header('E7');
    world.deploy(NO_BILLING);
    await pass(40);
    expect(await header('E7')).toEqual(before);
    expect(world.isWalked()).toBe(true);
  });

  describe('deployed and taken back before a walk began', () => {
    const HASTY = { ...MODEL, hash: 'whoever works here has what sales has', profiles: hastyProfiles() };

    async function withdrawn() {
      const all = await company(2);
      all.world.deploy(HASTY);
      await all.join('E9', 'Finance');
      expect(all.grants('E9')).toEqual(SALES);
      all.world.deploy(MODEL);
      return all;
    }

    it('takes back what it gave meanwhile, and is on record', async () => {
      const { world, pass, grants, header } = await withdrawn();
      await pass(2);
      expect(grants('E9')).toEqual(['chat:everyone']);
      expect((await header('E9'))?.modelHash).toBe(MODEL.hash);
      expect(await deployedModels(world)).toEqual([MODEL.hash, HASTY.hash, MODEL.hash]);
      const { revision } = (await world.stores.modelChanges.findWalk()) ?? expect.fail();
      await pass(5);
      expect((await world.stores.modelChanges.findWalk())?.revision).toBe(revision);
    });

    it('begins again, and not for ever, where the walk dies before it has forgotten it', async () => {
      const { world, pass, grants } = await withdrawn();
      const { modelChanges } = world.stores;
      const forget = modelChanges.forgetInUse;
      Object.assign(modelChanges, { forgetInUse: async () => {} });
      await pass(1);
      Object.assign(modelChanges, { forgetInUse: forget });
      await pass(3);
      expect(grants('E9')).toEqual(['chat:everyone']);
      expect((await modelChanges.listInUse()).map(({ modelHash }) => modelHash)).toEqual([MODEL.hash]);
      const told = await deployedModels(world);
      expect(told.filter((hash) => hash === HASTY.hash)).toHaveLength(2);
    });

    function hastyProfiles() {
      return MODEL.profiles.map((profile) => (profile.id === 'sales' ? { ...profile, when: {} } : profile));
    }

    async function deployedModels(world: World): Promise<readonly string[]> {
      const { items } = await world.stores.audit.list(auditKeyOf(DEPLOYMENT), { limit: 100 });
      return items
        .toSorted((a, b) => a.at.localeCompare(b.at))
        .flatMap(({ event, modelHash = '' }) => (event.type === 'model-deployed' ? modelHash : []));
    }
  });

  it('ends what is handed over when the shorter window does, though nothing changes when it is deployed', async () => {
    const handedOver = (minutes: number): AccessModel => {
      const handover = { days: minutes / 1_440 };
      const applications = MODEL.applications.map((application) => ({
        ...application,
        entitlements: application.entitlements.map((one) => (one.id === 'billing' ? { ...one, handover } : one)),
      }));
      return { ...MODEL, hash: `handed over for ${minutes} minutes`, applications };
    };
    const { world, pass, tell, grants } = await company(1, handedOver(600));
    await tell('E1', mover(new Date(time.nowMs).toISOString(), { department: 'Finance' }));
    world.deploy(handedOver(30));
    await pass(10);
    expect(grants('E1')).toEqual(['chat:everyone', 'cloud:billing']);
    await pass(30);
    expect(grants('E1')).toEqual(['chat:everyone']);
  });

  it('is found out though the one that was deployed meanwhile is taken back', async () => {
    const { world, pass, grants } = await company(2);
    world.deploy(NO_BILLING);
    await pass(2);
    world.deploy(MODEL);
    await pass(2);
    expect(grants('E1')).toEqual(SALES);
  });

  it('is found out by what was granted, where nobody kept the model before', async () => {
    const { world, pass, grants } = await company(2);
    world.stores.modelChanges.findModel = async () => undefined;
    world.deploy(NO_BILLING);
    await pass(2);
    expect(grants('E2')).toEqual(REDUCED);
  });

  it('finds whoever was settled by functions of the deployment before, once the deployment is over', async () => {
    const { world, pass, grants } = await company(1);
    world.deploy(NO_BILLING);
    await pass(2);
    // As a pass leaves it that began and ended in functions which were not replaced yet, and had noted their model long ago.
    const { modelChanges } = world.stores;
    const { noteInUse } = modelChanges;
    Object.assign(modelChanges, { noteInUse: async () => {} });
    world.deploy(MODEL);
    await world.start('converge', { identityId: 'E1', trigger: 'late' });
    world.deploy(NO_BILLING);
    Object.assign(modelChanges, { noteInUse });
    await pass(1);
    expect(grants('E1')).toEqual(SALES);
    await pass(40);
    expect(grants('E1')).toEqual(REDUCED);
  });

  /** E2 cannot be read until it is mended. */
  async function withUnreadable() {
    const all = await company(3);
    const { directory } = all.world.stores;
    const { load } = directory;
    let unreadable = true;
    Object.assign(directory, {
      load: async (identityId: string) => {
        if (unreadable && identityId === 'E2') throw new Error('not now');
        return await load(identityId);
      },
    });
    const mend = () => {
      unreadable = false;
    };
    all.world.deploy(NO_BILLING);
    const untold = { bus: { publish: async () => {} }, holds: all.world.holds, alert: async () => {} };
    const settings = {
      guardSettings: () => massErrorGuardSchema.parse({}),
      changeSettings: () => modelChangeSchema.parse({}),
    };
    const functions = { clock: () => time.nowMs, newId: () => 'id', model: () => all.world.model };
    const run = walkPopulation({ ...all.world.stores, ...functions, ...untold, ...settings });
    return { ...all, mend, run };
  }

  it('passes over nobody who cannot be read at once, and goes on where it was', async () => {
    const { run, pass, grants, mend } = await withUnreadable();
    await expect(run()).rejects.toThrow('identity E2 could not be looked at');
    for (const identityId of ['E1', 'E3']) expect(grants(identityId)).toEqual(SALES);
    mend();
    await pass(2);
    for (const identityId of ['E1', 'E2', 'E3']) expect(grants(identityId)).toEqual(REDUCED);
  });

  it('waits a quarter of an hour for who cannot be read, and not for ever', async () => {
    const { pass, grants, mend, world, run } = await withUnreadable();
    const runFor = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        await run().catch(() => {});
        await time.runUntil(time.nowMs + MINUTE_MS);
      }
    };
    await runFor(15);
    expect((await world.stores.modelChanges.findWalk())?.verdict).toBeUndefined();
    await runFor(1);
    const walk = await world.stores.modelChanges.findWalk();
    expect(walk).toMatchObject({ verdict: 'cleared', counts: { emptied: 1, reduced: 2 } });
    mend();
    await pass(10);
    expect(grants('E2')).toEqual(REDUCED);
  });

  it('has an account deleted that is now to be kept for a shorter time', async () => {
    const { world, pass, tell } = await company(1);
    await tell('E1', leaver('2026-11-20'));
    await pass(5);
    expect(world.systems.get('chat')?.accountOf('E1')).toMatchObject({ enabled: false });
    const applications = MODEL.applications.map((one) => ({ ...one, retention: { deleteAfterDays: 0 } }));
    world.deploy({ ...MODEL, hash: 'kept no longer', applications });
    await pass(5);
    expect(world.systems.get('chat')?.accountOf('E1')).toBeUndefined();
  });
});

describe('a change that takes something from many', () => {
  async function held(model = NO_BILLING) {
    const all = await company(MANY);
    await all.join('E20', 'Engineering');
    all.world.deploy(model);
    await all.pass(3);
    return all;
  }

  it('takes nothing from anybody before somebody agrees, and says in numbers and by id who would lose what', async () => {
    const { grants, report, world, holds } = await held();
    for (let number = 1; number <= MANY; number += 1) expect(grants(`E${number}`)).toEqual(SALES);
    expect(await holds()).toHaveLength(1);
    expect(await report()).toMatchObject({
      source: 'access-model',
      rule: 'model-change',
      count: MANY,
      threshold: MANY,
      modelChange: { modelHash: NO_BILLING.hash, emptied: 0, reduced: MANY, gaining: 0, accounts: { cloud: MANY } },
      identities: ['E1', 'E2', 'E3', 'E4', 'E5', 'E6'],
      losses: [1, 2, 3, 4, 5, 6].map((number) => ({ identityId: `E${number}`, loses: ['cloud:billing'] })),
    });
    expect(world.escalations.filter((told) => told.includes('access model'))).toHaveLength(1);
  });

  it('says meanwhile of what somebody still holds by which profile they hold it', async () => {
    const { identity, release, pass } = await held();
    const billing = async () =>
      (await identity('E1')).entitlements.find(({ entitlement }) => entitlement === 'cloud:billing')?.reasons;
    expect(await billing()).toMatchObject([{ type: 'birthright', profile: 'sales' }]);
    await release('E900');
    await pass(2);
    expect(await billing()).toBeUndefined();
  });

  it('takes it from all of them once somebody in security has released it, and from nobody by anybody else', async () => {
    const { grants, release, pass, holds, resume } = await held();
    expect((await release('E900', ['hr'])).status).toBe(403);
    expect((await release('E900')).body).toMatchObject({ status: 'releasing' });
    expect(await resume()).toEqual({ done: 0, left: 1 });
    await pass(2);
    for (let number = 1; number <= MANY; number += 1) expect(grants(`E${number}`)).toEqual(REDUCED);
    expect(await holds('released')).toMatchObject([{ decision: { decidedBy: expect.stringContaining('E900') } }]);
  });

  it('is released by whoever would lose something by it as well, who drops nothing', async () => {
    const { release, drop, grants, pass } = await held();
    expect((await drop('E1')).status).toBe(403);
    expect((await release('E1')).status).toBe(200);
    await pass(2);
    expect(grants('E1')).toEqual(REDUCED);
  });

  it('takes nothing when it is dropped, until another model says so, of which only the difference counts', async () => {
    const { drop, grants, pass, world, tell, holds } = await held(NOTHING);
    expect((await drop('E900')).body).toMatchObject({ status: 'dropping' });
    await pass(40);
    expect(world.isWalked()).toBe(true);
    expect(await holds('dropped')).toHaveLength(1);
    await tell('E1', mover('2026-11-23', { title: 'Lead' }));
    await pass(2);
    expect(grants('E1')).toEqual(SALES);
    world.deploy(NO_BILLING);
    await pass(2);
    expect(await holds()).toMatchObject([{ reason: { rule: 'model-change', count: MANY } }]);
    expect(grants('E20')).toEqual([
      'chat:engineering-room',
      'chat:everyone',
      'cloud:developer',
      'cloud:production-admin',
    ]);
  });

  it('keeps from nobody what the same model gives them', async () => {
    const giving = {
      ...NO_BILLING,
      hash: 'gives as well',
      profiles: NO_BILLING.profiles.map((profile) =>
        profile.id === 'engineering'
          ? { ...profile, entitlements: [...profile.entitlements, 'cloud:billing'] }
          : profile,
      ),
    };
    const { grants } = await held(giving);
    expect(grants('E20')).toContain('cloud:billing');
    expect(grants('E1')).toEqual(SALES);
  });

  it('holds up neither leavers nor leaves, and lets a mover lose what another department had', async () => {
    const { tell, grants, pass, world } = await held(NOTHING);
    await tell('E1', leaver('2026-11-22'));
    await tell('E2', suspension('2026-11-22'));
    await tell('E3', mover('2026-11-22', { department: 'Engineering' }));
    await pass(3);
    expect(grants('E1')).toEqual([]);
    expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
    expect(world.systems.get('chat')?.accountOf('E2')?.enabled).toBe(false);
    expect(grants('E3')).toEqual([
      'chat:engineering-room',
      'chat:everyone',
      'cloud:developer',
      'cloud:production-admin',
    ]);
  });

  it('takes from a mover of the meantime, too, what nobody was named to lose', async () => {
    const { tell, join, grants, release, pass } = await held();
    await join('E30', 'Finance');
    await tell('E20', mover('2026-11-22', { department: 'Sales' }));
    await pass(1);
    await release('E900');
    await pass(40);
    expect(grants('E20')).toEqual(REDUCED);
    expect(grants('E30')).toEqual(['chat:everyone']);
  });

  it('is overtaken by the next deployment, which nobody need decide about', async () => {
    const { world, pass, grants, holds } = await held(NOTHING);
    world.deploy(MODEL);
    await pass(2);
    expect(await holds()).toEqual([]);
    expect(await holds('dropped')).toHaveLength(1);
    expect(grants('E1')).toEqual(SALES);
  });

  it('takes nothing while it is not known yet how many it concerns', async () => {
    const { world, grants, tell } = await company(MANY);
    world.deploy(NOTHING);
    await tell('E1', mover('2026-11-23', { title: 'Lead' }));
    await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    expect(grants('E1')).toEqual(SALES);
  });
});
