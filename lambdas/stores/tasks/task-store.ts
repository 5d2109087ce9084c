// Manual tasks, and the executions that wait until none is open. A task is attested by the fact that says so
// (stores/facts), in one write with it.
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Page, PageRequest } from '../page.ts';

export interface TaskStore {
  /**
   * Opens a task and supersedes the open ones it replaces, at once. Nothing is written when this task is open already,
   * or when one that it replaces is not open any more: the next pass sees that.
   */
  openTask(input: {
    readonly task: TaskRecord;
    readonly supersedes: readonly TaskRecord[];
    readonly audit: readonly AuditEntry[];
  }): Promise<void>;
  /** Closes open tasks whose steps are no longer wanted; nothing is written when one of them is not open any more. */
  supersedeTasks(input: {
    readonly tasks: readonly TaskRecord[];
    readonly audit: readonly AuditEntry[];
  }): Promise<void>;
  /** The most urgent first. */
  listTasks(options: PageRequest & { readonly status: TaskRecord['status'] }): Promise<Page<TaskRecord>>;

  /** The tokens with which waiting executions are woken once no task is open. */
  saveWaitingToken(identityId: string, token: string): Promise<void>;
  listWaitingTokens(identityId: string): Promise<readonly string[]>;
  forgetWaitingToken(identityId: string, token: string): Promise<void>;
}
