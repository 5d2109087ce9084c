// The first act of a leaver: who is fenced off, from when what ran before can do no more, and who is locked down first.
import { beforeEach, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { fenceOff } from '../../../lambdas/handlers/removal/fence-off.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver, rescind } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const OPTIONS = { payloadHash: 'h'.repeat(64), actor: { type: 'hr-source', id: 'acme-hr' } } as const;
const LEFT = leaver('2026-11-22T00:00:00Z');

let stores = memoryStores();
const dependencies = (model: AccessModel = MODEL) => ({
  ...stores,
  clock: () => NOW_MS,
  newId: () => 'id',
  model: () => model,
});
const fence = (model?: AccessModel) => fenceOff(dependencies(model))({ identityId: 'E1', trigger: 'test' });
const open = (applicationId: string, grants: readonly string[] = []) =>
  stores.accounts.saveAccount({
    identityId: 'E1',
    account: {
      applicationId,
      account: { accountId: applicationId, userName: 'ada', enabled: true, grants },
      readMs: NOW_MS,
      revision: 1,
    },
    audit: [],
  });

beforeEach(async () => {
  stores = memoryStores();
  await appendFact(dependencies(), joiner('2026-11-01T00:00:00Z'), OPTIONS);
});

it('leaves alone who is employed: the leaver was rescinded, or a rehire followed', async () => {
  await appendFact(dependencies(), LEFT, OPTIONS);
  await appendFact(dependencies(), rescind(LEFT, '2026-11-23T08:00:00Z'), OPTIONS);
  expect(await fence()).toEqual({ status: 'employed' });
  expect((await stores.directory.load('E1'))?.header).toMatchObject({ epoch: 0 });
  expect((await stores.directory.load('E1'))?.header.removal).toBeUndefined();
});

it('says from when on nothing that ran before can act: once the lease it ran under has run out', async () => {
  const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW_MS, expiresMs: NOW_MS + 90_000, nextCheckMs: NOW_MS };
  await stores.leases.acquireLease(lease);
  await appendFact(dependencies(), LEFT, OPTIONS);
  expect(await fence()).toMatchObject({
    status: 'fenced',
    epoch: 2,
    earlierWorkEndsAt: new Date(NOW_MS + 90_000).toISOString(),
  });
});

it('waits as long for what ran before when it is drawn a second time, though the first fence took the lease away', async () => {
  const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW_MS, expiresMs: NOW_MS + 90_000, nextCheckMs: NOW_MS };
  await stores.leases.acquireLease(lease);
  await appendFact(dependencies(), LEFT, OPTIONS);
  await fence();
  expect(await fence()).toMatchObject({ epoch: 3, earlierWorkEndsAt: new Date(NOW_MS + 90_000).toISOString() });
});

it('waits for nothing where nothing ran, or what ran has ended since', async () => {
  await appendFact(dependencies(), LEFT, OPTIONS);
  expect(await fence()).toMatchObject({ epoch: 1, earlierWorkEndsAt: new Date(NOW_MS).toISOString() });
  const hourLater = { ...dependencies(), clock: () => NOW_MS + 3_600_000 };
  expect(await fenceOff(hourLater)({ identityId: 'E1', trigger: 'test' })).toMatchObject({
    epoch: 2,
    earlierWorkEndsAt: new Date(NOW_MS + 3_600_000).toISOString(),
  });
});

it('waits for no restore, which keeps others from acting for days, and calls nobody itself', async () => {
  const lease = { identityId: 'E1', holder: 'restore', nowMs: NOW_MS, expiresMs: NOW_MS + 604_800_000, nextCheckMs: 0 };
  await stores.leases.acquireLease(lease);
  await appendFact(dependencies(), LEFT, OPTIONS);
  expect(await fence()).toMatchObject({ earlierWorkEndsAt: new Date(NOW_MS).toISOString() });
});

it('lists what a call opened just before the fence', async () => {
  await appendFact(dependencies(), LEFT, OPTIONS);
  const { fenceOff: raise } = stores.leases;
  const racing = {
    ...dependencies(),
    leases: {
      ...stores.leases,
      fenceOff: async (input: Parameters<typeof raise>[0]) => {
        // The joiner alone says nothing of it.
        await open('cloud');
        return raise(input);
      },
    },
  };
  const fenced = await fenceOff(racing)({ identityId: 'E1', trigger: 'test' });
  expect(fenced).toMatchObject({ applications: [{ applicationId: 'chat' }, { applicationId: 'cloud' }] });
});

it('lists what was closed before, too, though no fact says that it was ever due: it is read once more', async () => {
  await appendFact(dependencies(), LEFT, OPTIONS);
  const closed = { applicationId: 'cloud', readMs: NOW_MS, closedMs: NOW_MS, revision: 1 };
  await stores.accounts.saveAccount({ identityId: 'E1', account: closed, audit: [] });
  expect(await fence()).toMatchObject({ applications: [{ applicationId: 'chat' }, { applicationId: 'cloud' }] });
});

it('has remote access and privileged accounts locked down first', async () => {
  const model = {
    ...MODEL,
    applications: MODEL.applications.map((one) => (one.id === 'badge' ? { ...one, remoteAccess: true } : one)),
  };
  for (const [id, grants] of [
    ['chat', ['everyone']],
    ['cloud', ['production-admin']],
    ['badge', []],
  ] as const) {
    await open(id, grants);
  }
  await appendFact(dependencies(), LEFT, OPTIONS);
  const fenced = await fence(model);
  const order = fenced.status === 'fenced' ? fenced.applications?.map(({ applicationId }) => applicationId) : [];
  expect(order).toEqual(['cloud', 'badge', 'chat']);
});
