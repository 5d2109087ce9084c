// Who is reminded of tasks, and who is told of what is overdue: over stores in memory.
import { beforeEach, expect, it } from 'vitest';
import { taskIdOf } from '../../../lambdas/core/access/task-id.ts';
import type { TaskRecord } from '../../../lambdas/core/access/task-record.ts';
import { type ChaseDependencies, chaseTasks } from '../../../lambdas/handlers/systems/chase-tasks.ts';
import type { Alert } from '../../../lambdas/stores/alerts.ts';
import type { Mailing } from '../../../lambdas/stores/mailbox.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-23T09:00:00Z');

let stores = memoryStores();
let nowMs = START_MS;
let alerts: Alert[] = [];
let mails: Mailing[] = [];

const run = (overrides: Partial<ChaseDependencies> = {}) =>
  chaseTasks({
    tasks: stores.tasks,
    clock: () => nowMs,
    alert: async (alert) => void alerts.push(alert),
    sendMail: async (mail) => {
      mails.push(mail);
      return 'sent';
    },
    sender: 'tenure@acme.example',
    ...overrides,
  })();

async function open(grant: string, hours: number, assignee = 'desk@acme.example'): Promise<TaskRecord> {
  const steps = [{ action: 'revoke', grant, privileged: false }] as const;
  const task: TaskRecord = {
    taskId: taskIdOf('E1', 'badge', steps, 0),
    identityId: 'E1',
    applicationId: 'badge',
    status: 'open',
    steps,
    assignee,
    instructions: 'at the desk',
    openedMs: START_MS,
    dueMs: START_MS + hours * HOUR_MS,
  };
  await stores.tasks.openTask({ task, supersedes: [], audit: [] });
  return task;
}

const kept = async () => (await stores.tasks.listTasks({ status: 'open', limit: 100 })).items;

beforeEach(() => {
  [stores, nowMs, alerts, mails] = [memoryStores(), START_MS, [], []];
});

it('reminds whoever does it half way, once, in one mail of all that is theirs', async () => {
  const tasks = [await open('a', 4), await open('b', 4, 'Desk@acme.example'), await open('c', 40)];
  nowMs += 2 * HOUR_MS - 1;
  expect(await run()).toEqual({ reminded: 0, overdue: 0 });
  nowMs += 1;
  expect(await run()).toEqual({ reminded: 1, overdue: 0 });
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({ from: 'tenure@acme.example', subject: '2 tasks in Tenure are waiting' });
  for (const { taskId } of tasks.slice(0, 2)) expect(mails[0]?.text).toContain(taskId);
  expect(mails[0]?.text).not.toContain(tasks[2]?.taskId);
  expect(await run()).toEqual({ reminded: 0, overdue: 0 });
  expect((await kept()).map(({ remindedMs }) => remindedMs)).toEqual([nowMs, nowMs, undefined]);
});

it('tells people once it is overdue, and again after a day, with the page of the runbook', async () => {
  const { taskId } = await open('a', 4);
  nowMs += 4 * HOUR_MS;
  expect(await run()).toMatchObject({ overdue: 0 });
  nowMs += 1;
  expect(await run()).toMatchObject({ overdue: 1 });
  expect(alerts).toMatchObject([{ subject: 'Tenure: 1 tasks are overdue' }]);
  expect(alerts[0]?.message).toContain(taskId);
  expect(alerts[0]?.message).toContain('Runbook: docs/runbook/task-overdue.md');
  expect(await run()).toMatchObject({ overdue: 0 });
  nowMs += 24 * HOUR_MS;
  expect(await run()).toMatchObject({ overdue: 1 });
  const { items } = await stores.audit.list('E1', { limit: 10 });
  expect(items.map(({ event }) => event)).toMatchObject([
    { type: 'task-overdue', taskId, dueAt: '2026-11-23T13:00:00.000Z' },
    { type: 'task-overdue' },
  ]);
});

it('tells of it again when the alert did not go out, and forgets nobody', async () => {
  await open('a', 1);
  nowMs += 2 * HOUR_MS;
  await expect(run({ alert: async () => Promise.reject(new Error('no topic')) })).rejects.toThrow('no topic');
  expect(await run()).toMatchObject({ overdue: 1 });
});

it('mails nothing to a role, without a sender, or what a mail was not sent of twice', async () => {
  await open('a', 4, 'it');
  await open('b', 4);
  nowMs += 3 * HOUR_MS;
  expect(await run({ sender: undefined })).toEqual({ reminded: 0, overdue: 0 });
  expect(await run({ sendMail: async () => 'unknown' })).toEqual({ reminded: 0, overdue: 0 });
  expect(await run()).toEqual({ reminded: 0, overdue: 0 });
  expect(mails).toEqual([]);
});

it('names so many and no more, and says how many there are', async () => {
  for (let index = 0; index < 31; index += 1) await open(`grant-${index}`, 1);
  nowMs += 2 * HOUR_MS;
  expect(await run()).toMatchObject({ overdue: 31 });
  expect(alerts[0]?.message.split('\n')).toHaveLength(33);
  expect(alerts[0]?.message).toContain('and 1 more');
});

it('leaves alone what was attested meanwhile', async () => {
  const task = await open('a', 1);
  nowMs += 2 * HOUR_MS;
  await run({
    alert: async () => void (await stores.tasks.supersedeTasks({ tasks: [task], audit: [] })),
  });
  expect(await kept()).toEqual([]);
});
