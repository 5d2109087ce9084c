// Reading and adding to the audit log. There is no way to change an entry: the table's own policy refuses it.
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Page, PageRequest } from '../page.ts';

export interface AuditStore {
  /** Adds entries, in no order; one already there (same identity, same id) stays as it is. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Of a partition as core/audit/subject.ts names it, the oldest first. */
  list(
    partition: string,
    options: {
      limit: number;
      after?: string | undefined;
      /** RFC 3339, UTC, milliseconds: nothing before it. */
      since?: string | undefined;
      /** What was appended a moment ago as well. @default false */
      upToDate?: boolean | undefined;
    },
  ): Promise<Page<AuditEntry>>;
  /** Of all identities, in no order, each that was there when it was begun. */
  listAll(page: PageRequest): Promise<Page<AuditEntry>>;
}
