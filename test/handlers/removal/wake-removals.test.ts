// Executions that wait for people: woken when nobody is asked for anything any more, and never forgotten before that.
import { beforeEach, expect, it } from 'vitest';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import { wakeRemovals } from '../../../lambdas/handlers/shared/wake-removals.ts';
import { taskOf } from '../../stores/identities/examples.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const OPTIONS = { payloadHash: 'h'.repeat(64), actor: { type: 'tenure', id: 'test' } } as const;
let stores = memoryStores();
let woken: string[] = [];
const dependencies = () => ({
  ...stores,
  clock: () => NOW_MS,
  executions: { wake: async (token: string) => void woken.push(token) },
});

beforeEach(async () => {
  stores = memoryStores();
  woken = [];
  await appendFact(dependencies(), joiner('2026-11-01T00:00:00Z'), OPTIONS);
  for (const token of ['one', 'two']) await stores.tasks.saveWaitingToken('E1', token);
});
const wake = async (waking = dependencies()) => wakeRemovals(waking, await loadIdentity(waking, 'E1'));
const leave = () => appendFact(dependencies(), leaver('2026-11-02T00:00:00Z'), OPTIONS);

it('wakes all of them once, when no task is open', async () => {
  await leave();
  await stores.tasks.openTask({ task: taskOf('E1', '0', { status: 'done' }), supersedes: [], audit: [] });
  await wake();
  await wake();
  expect(woken.toSorted()).toEqual(['one', 'two']);
});

it('leaves them waiting while a task is open', async () => {
  await leave();
  await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
  await wake();
  expect(woken).toEqual([]);
  expect(await stores.tasks.listWaitingTokens('E1')).toHaveLength(2);
});

it('wakes them though a task is open when whoever left is employed again', async () => {
  await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
  await wake();
  expect(woken).toHaveLength(2);
});

it('forgets none that could not be woken', async () => {
  await leave();
  await stores.tasks.openTask({ task: taskOf('E1', '0', { status: 'done' }), supersedes: [], audit: [] });
  const failing = { ...dependencies(), executions: { wake: () => Promise.reject(new Error('throttled')) } };
  await expect(wake(failing)).rejects.toThrow('throttled');
  expect(await stores.tasks.listWaitingTokens('E1')).toHaveLength(2);
});

it('looks for none where nobody was ever asked for anything', async () => {
  await leave();
  const listWaitingTokens = () => Promise.reject(new Error('not asked for'));
  await wake({ ...dependencies(), tasks: { ...stores.tasks, listWaitingTokens } });
  expect(woken).toEqual([]);
});
