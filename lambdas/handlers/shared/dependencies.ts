// What a handler works with, as arguments: live in a function, in memory and on a virtual clock in a simulator.
import { randomUUID } from 'node:crypto';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { dynamoAccountStore } from '../../stores/accounts/dynamo-account-store.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import { dynamoAuditStore } from '../../stores/audit/dynamo-audit-store.ts';
import { deployedAccessModel } from '../../stores/deployed-access-model.ts';
import { dynamoDirectoryStore } from '../../stores/directory/dynamo-directory-store.ts';
import { dynamoFactStore } from '../../stores/facts/dynamo-fact-store.ts';
import type { IdentityStores } from '../../stores/identity-stores.ts';
import { dynamoLeaseStore } from '../../stores/leases/dynamo-lease-store.ts';
import { dynamoModelChangeStore } from '../../stores/model-changes/dynamo-model-change-store.ts';
import { dynamoTaskStore } from '../../stores/tasks/dynamo-task-store.ts';

export interface Dependencies extends IdentityStores {
  readonly audit: AuditStore;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly newId: () => string;
  /** A function, since only those that decide on access carry the model. */
  readonly model: () => AccessModel;
}

/** Read from the environment when first used, so that importing a handler needs none. */
export function liveDependencies(): Dependencies {
  return {
    facts: dynamoFactStore(),
    leases: dynamoLeaseStore(),
    accounts: dynamoAccountStore(),
    tasks: dynamoTaskStore(),
    directory: dynamoDirectoryStore(),
    modelChanges: dynamoModelChangeStore(),
    audit: dynamoAuditStore(),
    clock: Date.now,
    newId: randomUUID,
    model: deployedAccessModel,
  };
}
