// Manual tasks, and the executions that wait until none is open. A task is attested by the fact that says so
// (stores/facts), in one write with it.
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Page, PageRequest } from '../page.ts';

export type KeptRevision = Pick<AccountRecord, 'applicationId' | 'revision'>;

export interface TaskStore {
  /**
   * Opens a task and supersedes the open ones it replaces, at once. Nothing is written when any of them is not as it was
   * read any more, be it that it was opened, closed or opened anew since: the next pass sees that. So a call that was given
   * up on and arrives late asks nobody for what a newer one has superseded.
   *
   * @returns false when nothing was written
   */
  openTask(input: {
    readonly task: TaskRecord;
    /** The same task as it was closed before. @default it has never been opened */
    readonly closed?: TaskRecord | undefined;
    readonly supersedes: readonly TaskRecord[];
    /** As the call has just kept it: nothing is written once another has. @default none was kept */
    readonly account?: KeptRevision | undefined;
    readonly audit: readonly AuditEntry[];
  }): Promise<boolean>;
  /**
   * Closes open tasks whose steps are no longer wanted; nothing is written when one of them is not as it was read.
   *
   * @returns false when nothing was written, though there was something to close
   */
  supersedeTasks(input: {
    readonly tasks: readonly TaskRecord[];
    /** As in `openTask`. */
    readonly account?: KeptRevision | undefined;
    readonly audit: readonly AuditEntry[];
  }): Promise<boolean>;
  /**
   * Writes what was said about an open task, which stays open; its revision is the one that was read.
   *
   * @returns false when it is not as it was read, or the entry was written before: nothing is written then
   */
  saveTask(input: { readonly task: TaskRecord; readonly audit: readonly AuditEntry[] }): Promise<boolean>;
  /** The most urgent first. */
  listTasks(options: PageRequest & { readonly status: TaskRecord['status'] }): Promise<Page<TaskRecord>>;

  /** The tokens with which waiting executions are woken once no task is open. */
  saveWaitingToken(identityId: string, token: string): Promise<void>;
  listWaitingTokens(identityId: string): Promise<readonly string[]>;
  forgetWaitingToken(identityId: string, token: string): Promise<void>;
}
