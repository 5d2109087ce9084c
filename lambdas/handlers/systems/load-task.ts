// A task's id says whose it is, so that a link with the id alone finds it.

import { identityOfTask } from '../../core/access/task-id.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import { NotFoundError } from '../../core/errors.ts';
import type { Dependencies } from '../shared/dependencies.ts';

/** Throws NotFoundError. */
export async function loadTask({ directory }: Pick<Dependencies, 'directory'>, taskId: string): Promise<TaskRecord> {
  const identityId = identityOfTask(taskId);
  const record = identityId === undefined ? undefined : await directory.load(identityId);
  const task = record?.tasks.find((candidate) => candidate.taskId === taskId);
  if (task === undefined) throw new NotFoundError('There is no such task.');
  return task;
}
