// The stores of what is known of identities, and of what they are decided by. They share one table, in which each identity has one partition, so
// that everything about it is read at once and what belongs together is written in one transaction.
//
// Each method is one atomic write or one read. A write takes the audit entries that belong to it, so that no effect can
// be without its entry: one that is in the log already fails the write as any other condition does.
import type { AccountStore } from './accounts/account-store.ts';
import type { DirectoryStore } from './directory/directory-store.ts';
import type { FactStore } from './facts/fact-store.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import type { ModelChangeStore } from './model-changes/model-change-store.ts';
import type { TaskStore } from './tasks/task-store.ts';

export interface IdentityStores {
  readonly facts: FactStore;
  readonly leases: LeaseStore;
  readonly accounts: AccountStore;
  readonly tasks: TaskStore;
  readonly directory: DirectoryStore;
  /** The access models that were deployed. */
  readonly modelChanges: ModelChangeStore;
}
