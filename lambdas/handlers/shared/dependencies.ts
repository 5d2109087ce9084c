// What a handler works with, as arguments: live in a function, in memory and on a virtual clock in a simulator.
import { randomUUID } from 'node:crypto';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import { dynamoAuditStore } from '../../stores/audit/dynamo-audit-store.ts';
import { deployedAccessModel } from '../../stores/deployed-access-model.ts';
import { dynamoIdentityStore } from '../../stores/identities/dynamo-identity-store.ts';
import type { IdentityStore } from '../../stores/identities/identity-store.ts';

export interface Dependencies {
  readonly identities: IdentityStore;
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
    identities: dynamoIdentityStore(),
    audit: dynamoAuditStore(),
    clock: Date.now,
    newId: randomUUID,
    model: deployedAccessModel,
  };
}
