// One pass at a time plans; the other leaves the identity to it.
import { beforeEach, expect, it } from 'vitest';
import { planAccess } from '../../../lambdas/handlers/access/plan-access.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

let stores = memoryStores();
const at = (nowMs: number) => ({ ...stores, clock: () => nowMs, newId: () => 'id', model: () => MODEL });
const plan = (executionId: string, nowMs = NOW_MS) => planAccess(at(nowMs))({ identityId: 'E1', executionId });

beforeEach(async () => {
  stores = memoryStores();
  await appendFact(at(NOW_MS), joiner('2026-11-01T00:00:00Z', { department: 'Sales' }), {
    payloadHash: 'h'.repeat(64),
    actor: { type: 'hr-source', id: 'acme-hr' },
  });
});

it('plans for every application in which something is due, under a lease of its own', async () => {
  expect(await plan('one')).toEqual({
    status: 'planned',
    epoch: 1,
    version: 1,
    judgedMs: NOW_MS,
    modelBasis: MODEL.hash,
    applications: [
      { applicationId: 'chat', connector: 'suspending', turn: null },
      { applicationId: 'cloud', connector: 'deleting', turn: null },
    ],
    progress: { version: 1, epoch: 1, judgedMs: NOW_MS, modelBasis: MODEL.hash, done: [], openTasks: 0, left: [] },
  });
});

it('leaves the identity to a pass that holds the lease, until that has run out', async () => {
  await plan('one');
  expect(await plan('two')).toEqual({ status: 'held' });
  expect(await plan('two', NOW_MS + 90_001)).toMatchObject({ status: 'planned', epoch: 2 });
});

it('has nothing to plan for one who is not known', async () => {
  expect(await planAccess(at(NOW_MS))({ identityId: 'E2', executionId: 'one' })).toEqual({ status: 'held' });
});
