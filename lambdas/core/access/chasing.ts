// When whoever does a task by hand is reminded of it, and when somebody else is told that nobody did.
import { toIso } from '../moment.ts';
import type { TaskRecord } from './task-record.ts';

export type Chase = 'remind' | 'escalate';

const DAY_MS = 86_400_000;

/** Undefined: nobody need be told now. Once it is overdue people are told once a day; before that its assignee once. */
export function chaseOf({ openedMs, dueMs, remindedMs, escalatedMs }: TaskRecord, nowMs: number): Chase | undefined {
  if (nowMs > dueMs) {
    return escalatedMs === undefined || nowMs - escalatedMs >= DAY_MS ? 'escalate' : undefined;
  }
  const halfWayMs = openedMs + (dueMs - openedMs) / 2;
  return nowMs >= halfWayMs && remindedMs === undefined ? 'remind' : undefined;
}

/** In one message; a longer one nobody reads. */
export const NAMED_TASKS = 30;

/** A line each. Ids alone: mail is no place for personal data. */
export function taskLines(tasks: readonly TaskRecord[]): readonly string[] {
  const named = tasks.slice(0, NAMED_TASKS).map(({ taskId, dueMs }) => `${taskId}, due ${toIso(dueMs)}`);
  const more = tasks.length - named.length;
  return more > 0 ? [...named, `and ${more} more: GET /tasks`] : named;
}

/** To whoever does them, half way to when they are due. */
export function reminderMail(tasks: readonly TaskRecord[]) {
  const subject = tasks.length === 1 ? 'A task in Tenure is waiting' : `${tasks.length} tasks in Tenure are waiting`;
  const text = [
    'What you are asked to do by hand, and nobody has attested yet:',
    '',
    ...taskLines(tasks),
    '',
    'GET /tasks/{id} says what each takes; POST /tasks/{id}/attestation says that it is done.',
  ].join('\n');
  return { subject, text };
}
