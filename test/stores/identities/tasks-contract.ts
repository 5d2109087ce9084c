// What every store of tasks promises: a task is open once, and what was closed stays as it was closed.
import { describe, expect, it } from 'vitest';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import {
  entryOf,
  factOf,
  kept,
  know,
  NOW_MS,
  namesOf,
  type OpenStores,
  pagesOf,
  recording,
  taskOf,
} from './examples.ts';

export function describeTasks(open: OpenStores): void {
  describe('a task', () => {
    it('is opened once: doing so again changes nothing', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [entryOf('E1')] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([taskOf('E1')]);
      const before = await kept(stores, 'E1');
      const again = taskOf('E1', '0', { openedMs: NOW_MS + 1 });
      const opening = { task: again, supersedes: [], audit: [entryOf('E1', 'again')] };
      expect(await stores.tasks.openTask(opening)).toBe(false);
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('asks nobody, and takes nothing back, once another call has kept the account', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const account = { applicationId: taskOf('E1').applicationId, readMs: 0, revision: 1 };
      for (const revision of [1, 2])
        await stores.accounts.saveAccount({ identityId: 'E1', account: { ...account, revision }, audit: [] });
      const { openTask, supersedeTasks } = stores.tasks;
      const task = taskOf('E1');
      expect(await openTask({ task, supersedes: [], account, audit: [entryOf('E1')] })).toBe(false);
      expect((await stores.directory.load('E1'))?.tasks).toEqual([]);
      const kept = { ...account, revision: 2 };
      expect(await openTask({ task, supersedes: [], account: kept, audit: [] })).toBe(true);
      expect(await supersedeTasks({ tasks: [task], account, audit: [entryOf('E1')] })).toBe(false);
      expect((await stores.directory.load('E1'))?.tasks).toEqual([task]);
      expect(await supersedeTasks({ tasks: [task], account: kept, audit: [] })).toBe(true);
      expect((await stores.directory.load('E1'))?.tasks).toMatchObject([{ status: 'superseded' }]);
    });

    it('is opened, listed and closed though it has thousands of steps', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const steps = namesOf(5_000).map((grant) => ({ action: 'revoke', grant })) as unknown as TaskRecord['steps'];
      const task = taskOf('E1', '0', { steps });
      await stores.tasks.openTask({ task, supersedes: [], audit: [] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([task]);
      expect((await stores.tasks.listTasks({ status: 'open', limit: 10 })).items).toEqual([task]);
      await stores.tasks.supersedeTasks({ tasks: [task], audit: [] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([{ ...task, status: 'superseded' }]);
    });

    it('is written about while it is open, by whoever read it as it is', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
      const first = { by: 'E7', identityId: 'E7', atMs: NOW_MS };
      const said = { ...taskOf('E1'), first };
      expect(await stores.tasks.saveTask({ task: said, audit: [entryOf('E1')] })).toBe(true);
      const written = { ...said, revision: 1 };
      expect((await stores.directory.load('E1'))?.tasks).toEqual([written]);
      const other = { ...taskOf('E1'), first: { ...first, by: 'E8' } };
      expect(await stores.tasks.saveTask({ task: other, audit: [entryOf('E1', 'other')] })).toBe(false);
      await stores.tasks.supersedeTasks({ tasks: [taskOf('E1')], audit: [entryOf('E1', 'late')] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([written]);
      expect(await stores.tasks.saveTask({ task: written, audit: [entryOf('E1', 'again')] })).toBe(true);
      expect((await stores.audit.list('E1', { limit: 10 })).items).toHaveLength(2);
      await stores.tasks.supersedeTasks({ tasks: [{ ...written, revision: 2 }], audit: [] });
      expect(await stores.tasks.saveTask({ task: { ...written, revision: 2 }, audit: [] })).toBe(false);
      expect((await stores.directory.load('E1'))?.tasks).toMatchObject([{ status: 'superseded', first }]);
    });

    it('is opened anew once it was closed', async () => {
      const stores = await open();
      await know(stores, 'E1');
      for (const status of ['superseded', 'done'] as const) {
        const closed = taskOf('E1', status, { status });
        await stores.tasks.openTask({ task: closed, supersedes: [], audit: [] });
        const task = taskOf('E1', status, { openedMs: NOW_MS + 1 });
        await stores.tasks.openTask({ task, closed, supersedes: [], audit: [entryOf('E1', status)] });
      }
      expect((await stores.directory.load('E1'))?.tasks.map(({ status }) => status)).toEqual(['open', 'open']);
      expect((await stores.audit.list('E1', { limit: 10 })).items).toHaveLength(2);
    });

    it('is not opened by whoever read that it never was, or was closed at another time', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const closed = taskOf('E1', '0', { status: 'superseded' });
      const again = taskOf('E1', '0', { openedMs: NOW_MS + 1 });
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
      await stores.tasks.supersedeTasks({ tasks: [taskOf('E1')], audit: [] });
      await stores.tasks.openTask({ task: again, supersedes: [], audit: [entryOf('E1')] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([closed]);
      await stores.tasks.openTask({ task: again, closed, supersedes: [], audit: [] });
      await stores.tasks.supersedeTasks({ tasks: [again], audit: [] });
      const before = await kept(stores, 'E1');
      const late = taskOf('E1', '0', { openedMs: NOW_MS + 2 });
      await stores.tasks.openTask({ task: late, closed, supersedes: [], audit: [entryOf('E1')] });
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('that was opened anew is not superseded by whoever read it before', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const first = taskOf('E1');
      const again = taskOf('E1', '0', { openedMs: NOW_MS + 1 });
      await stores.tasks.openTask({ task: first, supersedes: [], audit: [] });
      await stores.tasks.supersedeTasks({ tasks: [first], audit: [] });
      await stores.tasks.openTask({ task: again, closed: first, supersedes: [], audit: [] });
      const before = await kept(stores, 'E1');
      await stores.tasks.supersedeTasks({ tasks: [first], audit: [entryOf('E1')] });
      await stores.tasks.openTask({ task: taskOf('E1', '1'), supersedes: [first], audit: [entryOf('E1')] });
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('takes the place of the open ones that it supersedes, at once', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const [first, second, third] = ['1', '2', '3'].map((name) => taskOf('E1', name)) as [
        TaskRecord,
        TaskRecord,
        TaskRecord,
      ];
      for (const task of [first, second]) await stores.tasks.openTask({ task, supersedes: [], audit: [] });
      await stores.tasks.openTask({ task: third, supersedes: [first, second], audit: [entryOf('E1')] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([
        { ...first, status: 'superseded' },
        { ...second, status: 'superseded' },
        third,
      ]);
      expect((await stores.audit.list('E1', { limit: 10 })).items).toHaveLength(1);
    });

    it.each([['done'], ['superseded'], [undefined]] as const)(
      'is not opened in place of one that is %s by now',
      async (status) => {
        const stores = await open();
        await know(stores, 'E1');
        const other = taskOf('E1', '1');
        const asItIs = status && { ...other, status, attestedBy: 'E9' };
        if (asItIs) await stores.tasks.openTask({ task: asItIs, supersedes: [], audit: [] });
        const before = await kept(stores, 'E1');
        await stores.tasks.openTask({ task: taskOf('E1', '2'), supersedes: [other], audit: [entryOf('E1')] });
        await stores.tasks.supersedeTasks({ tasks: [other], audit: [entryOf('E1')] });
        expect(await kept(stores, 'E1')).toEqual(before);
      },
    );

    it('is not opened with an audit entry that is there already', async () => {
      const stores = await open();
      await know(stores, 'E1', { audit: [entryOf('E1')] });
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [entryOf('E1')] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([]);
    });

    it('stays as it was attested', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
      const attestedTask = taskOf('E1', '0', { status: 'done', attestedBy: 'E9', attestedMs: NOW_MS });
      await stores.facts.recordFact(recording(factOf('E1'), { expectedVersion: 1, attestedTask }));
      await stores.tasks.supersedeTasks({ tasks: [taskOf('E1')], audit: [] });
      expect((await stores.directory.load('E1'))?.tasks).toEqual([attestedTask]);
    });
  });

  describe('superseding', () => {
    it('closes all of them or none', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const tasks = ['1', '2'].map((name) => taskOf('E1', name));
      for (const task of tasks) await stores.tasks.openTask({ task, supersedes: [], audit: [] });
      const before = await kept(stores, 'E1');
      await stores.tasks.supersedeTasks({ tasks: [...tasks, taskOf('E1', '3')], audit: [entryOf('E1')] });
      expect(await kept(stores, 'E1')).toEqual(before);
      await stores.tasks.supersedeTasks({ tasks, audit: [entryOf('E1')] });
      const closed = (await stores.directory.load('E1'))?.tasks;
      expect(closed).toEqual(tasks.map((task) => ({ ...task, status: 'superseded' })));
      expect((await stores.audit.list('E1', { limit: 10 })).items).toHaveLength(1);
    });

    it('writes nothing where there is nothing to close', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.tasks.supersedeTasks({ tasks: [], audit: [entryOf('E1')] });
      expect((await stores.audit.list('E1', { limit: 10 })).items).toEqual([]);
    });
  });

  it('tasks are listed by status, the most urgent first, each once', async () => {
    const stores = await open();
    const dueMs = [5_000, 400, 30_000, 400];
    for (const [index, due] of dueMs.entries()) {
      const identityId = `E${index}`;
      await know(stores, identityId);
      await stores.tasks.openTask({ task: taskOf(identityId, '0', { dueMs: due }), supersedes: [], audit: [] });
    }
    await stores.tasks.openTask({ task: taskOf('E0', '1', { status: 'done' }), supersedes: [], audit: [] });
    for (const limit of [1, 2, 3, 4, 10]) {
      const pages = await pagesOf((after) => stores.tasks.listTasks({ status: 'open', limit, after }));
      expect(Math.max(...pages.map((page) => page.length))).toBe(Math.min(limit, 4));
      const listed = pages.flat();
      expect(listed.map((task) => task.dueMs)).toEqual([400, 400, 5_000, 30_000]);
      expect(new Set(listed.map(({ taskId }) => taskId)).size).toBe(4);
    }
    const done = await stores.tasks.listTasks({ status: 'done', limit: 10 });
    expect(done.items).toEqual([taskOf('E0', '1', { status: 'done' })]);
    expect((await stores.tasks.listTasks({ status: 'superseded', limit: 10 })).items).toEqual([]);
  });

  it('tokens are kept once each until they are forgotten, each identity its own', async () => {
    const { tasks, directory } = await open();
    expect(await tasks.listWaitingTokens('E1')).toEqual([]);
    const longToken = 't'.repeat(3_000);
    for (const token of ['one', longToken, 'one']) await tasks.saveWaitingToken('E1', token);
    await tasks.saveWaitingToken('E2', 'two');
    expect((await tasks.listWaitingTokens('E1')).toSorted()).toEqual(['one', longToken]);
    await tasks.forgetWaitingToken('E1', 'one');
    await tasks.forgetWaitingToken('E1', 'two');
    expect(await tasks.listWaitingTokens('E1')).toEqual([longToken]);
    expect(await tasks.listWaitingTokens('E2')).toEqual(['two']);
    expect(await directory.load('E1')).toBeUndefined();
  });
}
