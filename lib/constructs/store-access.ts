// What each operation of the stores needs in IAM, in one table. A function names the operations it calls and gets
// exactly their actions on exactly their table or index; a test compares the names with the code.
import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { AuditStore } from '../../lambdas/stores/audit/audit-store.ts';
import type { HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import { IDENTITY_INDEXES } from '../../lambdas/stores/identities/dynamo-identity-store.ts';
import type { IdentityStore } from '../../lambdas/stores/identities/identity-store.ts';
import type { PersonStore } from '../../lambdas/stores/people/person-store.ts';
import type { RateLimitStore } from '../../lambdas/stores/rate-limits/rate-limit-store.ts';
import type { ReconciliationStore } from '../../lambdas/stores/reconciliations/reconciliation-store.ts';
import type { StoreOperations } from '../../lambdas/stores/store-operations.ts';

export interface Tables {
  readonly identities: Table;
  readonly audit: Table;
  readonly rateLimits: Table;
  /** The key all are encrypted with. */
  readonly key: IKey;
}

export type StoreAccess = StoreOperations;

type Action = 'GetItem' | 'Query' | 'Scan' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';
type Resource = 'identities' | 'audit' | 'rateLimits' | keyof typeof IDENTITY_INDEXES;
type Need = readonly [Resource, ...Action[]];

/** Entries go into the transaction of their effect; DynamoDB authorises each of its items as the action it stands for. */
const AUDITED: Need = ['audit', 'PutItem'];

const IDENTITY_STORE: Readonly<Record<keyof IdentityStore, readonly Need[]>> = {
  load: [['identities', 'Query']],
  findAcceptedEvent: [['identities', 'GetItem']],
  recordFact: [['identities', 'PutItem', 'UpdateItem'], AUDITED],
  recordEffect: [['identities', 'PutItem', 'UpdateItem'], AUDITED],
  acquireLease: [['identities', 'UpdateItem']],
  renewLease: [['identities', 'UpdateItem']],
  readMark: [['identities', 'GetItem']],
  fenceOff: [['identities', 'UpdateItem'], AUDITED],
  settleLease: [['identities', 'UpdateItem'], AUDITED],
  releaseLease: [['identities', 'UpdateItem'], AUDITED],
  saveAccount: [['identities', 'PutItem'], AUDITED],
  saveRemoval: [['identities', 'PutItem', 'UpdateItem'], AUDITED],
  findCertificate: [['identities', 'GetItem']],
  listCertificates: [['certificates', 'Query']],
  saveNextCheck: [['identities', 'UpdateItem']],
  openTask: [['identities', 'PutItem'], AUDITED],
  supersedeTasks: [['identities', 'PutItem'], AUDITED],
  saveWaitingToken: [['identities', 'PutItem']],
  listWaitingTokens: [['identities', 'Query']],
  forgetWaitingToken: [['identities', 'DeleteItem']],
  listIdentities: [
    ['directory', 'Scan'],
    ['byManager', 'Query'],
  ],
  listOwnedBy: [['byOwner', 'Query']],
  findLinked: [['lookup', 'Query']],
  findByEmail: [['lookup', 'Query']],
  listTasks: [['tasks', 'Query']],
  listDue: [['nextCheck', 'Query']],
};

const AUDIT_STORE: Readonly<Record<keyof AuditStore, readonly Need[]>> = {
  append: [AUDITED],
  list: [['audit', 'Query']],
};

/** It lies in the identities table, in partitions of its own. */
const HOLD_STORE: Readonly<Record<keyof HoldStore, readonly Need[]>> = {
  openHold: [['identities', 'GetItem', 'PutItem']],
  findHold: [['identities', 'GetItem']],
  listHolds: [['identities', 'Query']],
  markAlerted: [['identities', 'UpdateItem']],
  addHeld: [['identities', 'ConditionCheckItem', 'PutItem']],
  listHeld: [['identities', 'Query']],
  removeHeld: [['identities', 'DeleteItem']],
  decideHold: [['identities', 'UpdateItem']],
  closeHold: [['identities', 'UpdateItem']],
  noteDisabling: [['identities', 'PutItem']],
  listDisabling: [['identities', 'Query']],
  savePopulation: [['identities', 'PutItem']],
  findPopulation: [['identities', 'GetItem']],
};

const RATE_LIMIT_STORE: Readonly<Record<keyof RateLimitStore, readonly Need[]>> = {
  load: [['rateLimits', 'GetItem']],
  save: [['rateLimits', 'PutItem']],
};

/** It lies in the identities table, too. */
const RECONCILIATION_STORE: Readonly<Record<keyof ReconciliationStore, readonly Need[]>> = {
  find: [['identities', 'GetItem']],
  list: [['identities', 'Query']],
  begin: [['identities', 'UpdateItem']],
  advance: [['identities', 'UpdateItem']],
  finish: [['identities', 'UpdateItem']],
  decide: [['identities', 'UpdateItem'], AUDITED],
  saveFindings: [['identities', 'UpdateItem']],
  countFindings: [['identities', 'Query']],
  listFindings: [['identities', 'Query']],
  markSeen: [['identities', 'PutItem']],
  wasSeen: [['identities', 'GetItem']],
};

/** It lies in the identities table, too. */
const PERSON_STORE: Readonly<Record<keyof PersonStore, readonly Need[]>> = {
  findIdentity: [['identities', 'GetItem']],
  tie: [['identities', 'GetItem', 'PutItem']],
};

/** What judging a delivery takes. */
export const GUARDING: readonly (keyof HoldStore)[] = [
  'addHeld',
  'findPopulation',
  'listDisabling',
  'markAlerted',
  'noteDisabling',
  'openHold',
  'savePopulation',
];

/** DynamoDB uses the table's key in the caller's name ("Using IAM policies for customer managed keys"). */
const KEY_READ = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_WRITE = ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

export function grantStoreAccess(role: IRole, tables: Tables, access: StoreAccess): void {
  const needs = [
    ...(access.identities ?? []).flatMap((operation) => IDENTITY_STORE[operation]),
    ...(access.audit ?? []).flatMap((operation) => AUDIT_STORE[operation]),
    ...(access.holds ?? []).flatMap((operation) => HOLD_STORE[operation]),
    ...(access.rateLimits ?? []).flatMap((operation) => RATE_LIMIT_STORE[operation]),
    ...(access.people ?? []).flatMap((operation) => PERSON_STORE[operation]),
    ...(access.reconciliations ?? []).flatMap((operation) => RECONCILIATION_STORE[operation]),
  ];
  if (needs.length === 0) return;
  const actionsOn = new Map<Resource, Set<Action>>();
  for (const [resource, ...actions] of needs) {
    actionsOn.set(resource, new Set([...(actionsOn.get(resource) ?? []), ...actions]));
  }
  for (const [resource, actions] of actionsOn) {
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...actions].sort().map((action) => `dynamodb:${action}`),
        resources: [arnOf(tables, resource)],
      }),
    );
  }
  const writes = needs.some(([, ...actions]) => actions.some((action) => WRITES.has(action)));
  role.addToPrincipalPolicy(keyStatement(role, tables.key, writes));
}

const WRITES: ReadonlySet<Action> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

function arnOf({ identities, audit, rateLimits }: Tables, resource: Resource): string {
  if (resource === 'identities') return identities.tableArn;
  if (resource === 'audit') return audit.tableArn;
  if (resource === 'rateLimits') return rateLimits.tableArn;
  return `${identities.tableArn}/index/${IDENTITY_INDEXES[resource]}`;
}

/** On the role rather than in the key's policy, which would tie the key's stack to every stack that uses it. */
function keyStatement(role: IRole, key: IKey, writes: boolean): PolicyStatement {
  return new PolicyStatement({
    actions: writes ? [...KEY_READ, ...KEY_WRITE] : KEY_READ,
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(role).region}.amazonaws.com` } },
  });
}
