// An application is retired in steps: nobody gets access in it, everybody loses what they have, and then it is forgotten.
// Nobody's next event is waited for.
import { describe, expect, it } from 'vitest';
import { reconciliationListSchema } from '../../../lambdas/api/reconciliations.ts';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../../lambdas/core/identity/timeline.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { NOW_MS, type ReconcilingOptions, reconciling } from '../../support/reconciling.ts';

const DAY_MS = 86_400_000;
const emailOf = (identityId: string) => `${identityId.toLowerCase()}@acme.example`;
const joins = (identityId: string): Fact => ({
  ...joiner('2026-11-01', { department: 'Sales', email: emailOf(identityId) }),
  identityId,
});
const leaves = (identityId: string): Fact => ({ ...leaver('2026-11-10'), identityId });
const REPORT = { answer: 'report', reason: 'nothing is to change' };

async function inUse(options: ReconcilingOptions = {}) {
  const world = reconciling(options);
  for (const identityId of ['E1', 'E2', 'E3']) await world.know(joins(identityId));
  return world;
}

const published = (world: ReturnType<typeof reconciling>) => world.published.map(({ identityId }) => identityId).sort();

describe('a retired application', () => {
  async function retired() {
    const world = await inUse();
    // What E3 has was there before, and somebody decided that it stays.
    const found = world.system.addEarlier({ userName: emailOf('E3'), grants: ['everyone', 'old-wiki'] });
    for (const identityId of ['E1', 'E2', 'E3']) await world.converge(identityId);
    await world.run();
    await world.decide('security', REPORT);
    world.published.length = 0;
    world.retire();
    world.passTime(DAY_MS);
    return { world, found };
  }

  it('is taken back from everybody by the next run, whatever was decided about it while it was in use', async () => {
    const { world, found } = await retired();
    await world.run();
    expect((await world.report())?.counts).toMatchObject({ extra: 3, missing: 0 });
    expect(published(world)).toEqual(['E1', 'E2', 'E3']);
    await world.drain();
    const usable = [...world.system.accounts.values()].filter(({ enabled, grants }) => enabled || grants.size > 0);
    expect(usable).toEqual([]);
    expect([...found.grants]).toEqual([]);
    world.passTime(DAY_MS);
    await world.run();
    expect((await world.report())?.counts).toMatchObject({ extra: 0, missing: 0 });
    expect(published(world)).toEqual([]);
  });

  it('lets nobody in any more, and says that it is retired', async () => {
    const { world } = await retired();
    await world.know(joins('E4'));
    await world.converge('E4');
    expect(world.system.accountOf('E4')).toBeUndefined();
    const { body } = await world.list('auditor');
    expect(reconciliationListSchema.parse(body).items).toMatchObject([{ applicationId: 'chat', retired: true }]);
  });

  it('is taken back from whoever the records know of, though the system does not list the account', async () => {
    const world = await inUse({ listAccounts: async () => ({ accounts: [] }) });
    await world.converge('E1');
    // It was never proven, and nobody looks after it any more.
    await world.converge('E2');
    await world.know(leaves('E2'));
    world.retire();
    await world.run();
    expect(published(world)).toEqual(['E1', 'E2']);
    await world.drain();
    expect(['E1', 'E2'].map((identityId) => world.system.accountOf(identityId)?.enabled)).toEqual([false, false]);
    world.passTime(DAY_MS);
    await world.run();
    expect(published(world)).toEqual([]);
  });

  it('without an API is a task for each who has access, and no finding once all are attested', async () => {
    const world = await inUse({ byHand: true });
    for (const identityId of ['E1', 'E2']) await world.converge(identityId);
    const open = async () => (await world.tasks.listTasks({ status: 'open', limit: 10 })).items;
    for (const task of await open()) await world.attest(task);
    world.retire();
    await world.run();
    expect(await world.report()).toMatchObject({ incomplete: 'no-listing', counts: { extra: 2 } });
    await world.drain();
    const tasks = await open();
    expect(tasks.map(({ identityId, steps }) => [identityId, steps.map(({ action }) => action)]).sort()).toEqual([
      ['E1', ['disable-account', 'revoke', 'revoke']],
      ['E2', ['disable-account', 'revoke', 'revoke']],
    ]);
    for (const task of tasks) await world.attest(task);
    for (const identityId of ['E1', 'E2']) await world.converge(identityId);
    world.passTime(DAY_MS);
    await world.run();
    expect((await world.report())?.counts.extra).toBe(0);
    expect(published(world)).toEqual([]);
  });
});

it('a profile that still names a retired application gives nobody access in it', () => {
  const applications = MODEL.applications.map((one) => (one.id === 'chat' ? { ...one, retired: true as const } : one));
  const { accounts } = desiredAccess(buildTimeline([joins('E1')]), { ...MODEL, applications }, NOW_MS);
  expect(accounts.map(({ applicationId }) => applicationId)).toEqual(['cloud']);
});
