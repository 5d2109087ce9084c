// By the clock: reminds whoever does a task by hand, and tells people of what is overdue. No access waits for it. A mail may
// be lost, which escalation makes up for; people are told of what is overdue twice rather than never.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { type Chase, chaseOf, reminderMail, taskLines } from '../../core/access/chasing.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { toIso } from '../../core/moment.ts';
import { noticeSettingsSchema } from '../../core/requests/notice-settings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type SendMail, sesMailbox } from '../../stores/mailbox.ts';
import type { TaskStore } from '../../stores/tasks/task-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';

export interface ChaseDependencies extends Pick<Dependencies, 'clock'> {
  readonly tasks: Pick<TaskStore, 'listTasks' | 'saveTask'>;
  readonly alert: SendAlert;
  readonly sendMail: SendMail;
  /** Undefined: nothing is mailed. */
  readonly sender: string | undefined;
}

/** 10,000 open tasks, the most urgent first; the rest have their turn when those are done. */
const PAGE_SIZE = 500;
const MAXIMUM_PAGES = 20;
/** In one run: the next one goes on. */
const MAXIMUM_CHASED = 500;

const logger = new Logger({ serviceName: 'tenure' });

export interface Chased {
  readonly reminded: number;
  readonly overdue: number;
}

export const chaseTasks = (dependencies: ChaseDependencies) => async (): Promise<Chased> => {
  const nowMs = dependencies.clock();
  const due = await listChased(dependencies, nowMs);
  const overdue = due.filter(({ chase }) => chase === 'escalate').map(({ task }) => task);
  const waiting = due.filter(({ chase }) => chase === 'remind').map(({ task }) => task);
  await escalate(dependencies, overdue, nowMs);
  return { reminded: await remind(dependencies, waiting, nowMs), overdue: overdue.length };
};

interface Chasing {
  readonly task: TaskRecord;
  readonly chase: Chase;
}

async function listChased({ tasks }: ChaseDependencies, nowMs: number): Promise<readonly Chasing[]> {
  const found = new Map<string, Chasing>();
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES && found.size < MAXIMUM_CHASED; page += 1) {
    const { items, next } = await tasks.listTasks({ status: 'open', limit: PAGE_SIZE, after });
    for (const task of items) {
      const chase = chaseOf(task, nowMs);
      if (chase !== undefined) found.set(task.taskId, { task, chase });
    }
    after = next;
    if (after === undefined) break;
  }
  return [...found.values()].slice(0, MAXIMUM_CHASED);
}

async function escalate(
  { tasks, alert }: ChaseDependencies,
  overdue: readonly TaskRecord[],
  nowMs: number,
): Promise<void> {
  if (overdue.length === 0) return;
  await alert({
    subject: `Tenure: ${overdue.length} tasks are overdue`,
    message: [
      'Nobody has attested in time what people were asked to do by hand:',
      ...taskLines(overdue),
      'Runbook: docs/runbook/task-overdue.md',
    ].join('\n'),
  });
  for (const task of overdue) {
    // Who attested it meanwhile, or wrote about it, is in the way of nobody: it is looked at by the next run.
    await tasks.saveTask({ task: { ...task, escalatedMs: nowMs }, audit: [overdueEntry(task, nowMs)] });
  }
}

function overdueEntry({ taskId, identityId, applicationId, dueMs }: TaskRecord, nowMs: number): AuditEntry {
  return {
    identityId,
    entryId: `task-overdue:${taskId}:${nowMs}`,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: 'chase-tasks' },
    event: { type: 'task-overdue', taskId, applicationId, dueAt: toIso(dueMs) },
  };
}

/** @returns how many people were told of: one mail to each of what they do */
async function remind(
  { tasks, sendMail, sender }: ChaseDependencies,
  waiting: readonly TaskRecord[],
  nowMs: number,
): Promise<number> {
  if (sender === undefined) return 0;
  const addressed = waiting.filter(({ assignee }) => isAddress(assignee));
  let reminded = 0;
  for (const address of new Set(addressed.map(({ assignee }) => assignee.toLowerCase()))) {
    const taken: TaskRecord[] = [];
    for (const task of addressed.filter(({ assignee }) => assignee.toLowerCase() === address)) {
      if (await tasks.saveTask({ task: { ...task, remindedMs: nowMs }, audit: [] })) taken.push(task);
    }
    const [first] = taken;
    if (first === undefined) continue;
    const outcome = await sendMail({ ...reminderMail(taken), from: sender, to: first.assignee });
    if (outcome === 'sent') reminded += 1;
    else logger.warn('a reminder of tasks was not sent', { outcome, tasks: taken.length });
  }
  return reminded;
}

/** A task may be anybody's who has a role. */
function isAddress(assignee: string): boolean {
  return z.email().safeParse(assignee).success;
}

let live: ReturnType<typeof chaseTasks> | undefined;

export const handler = serveTask('chase-tasks', z.unknown(), () => {
  const { tasks, clock } = liveDependencies();
  live ??= chaseTasks({
    tasks,
    clock,
    alert: snsAlerts(),
    sendMail: sesMailbox(undefined),
    sender: noticeSettingsSchema.parse(JSON.parse(fromEnvironment('notices'))).sender,
  });
  return live();
});
