// What is billed is counted on tables in this process: they keep the contracts that the real ones keep, and count what
// DynamoDB documents.

import { PutCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamoActivityStore } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { dynamoClient } from '../../lambdas/stores/dynamo-client.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoHoldStore } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoLogStore } from '../../lambdas/stores/log/dynamo-log-store.ts';
import { dynamoRateLimitStore } from '../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoSubjectStore } from '../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import { MeteredTables, TABLE_NAMES } from '../support/metered-tables.ts';
import { describeActivity } from './activity/contract.ts';
import { describeAuditLog } from './audit/contract.ts';
import { describeEffects } from './audit/effects-contract.ts';
import { describeErasures } from './erasures/contract.ts';
import { describeHolds } from './holds/contract.ts';
import { describeAccounts } from './identities/accounts-contract.ts';
import { describeDirectory } from './identities/directory-contract.ts';
import { describeFacts } from './identities/facts-contract.ts';
import { describeLeases } from './identities/leases-contract.ts';
import { describeTasks } from './identities/tasks-contract.ts';
import { describeLog } from './log/contract.ts';
import { describeModelChanges } from './model-changes/contract.ts';
import { describeRateLimits } from './rate-limits/contract.ts';
import { describeReconciliations } from './reconciliations/contract.ts';
import { describeSubjects } from './subjects/contract.ts';

let tables: MeteredTables;

beforeAll(() => {
  for (const [name, table] of [
    [ENVIRONMENT.identitiesTable, TABLE_NAMES.identities],
    [ENVIRONMENT.auditTable, TABLE_NAMES.audit],
    [ENVIRONMENT.rateLimitsTable, TABLE_NAMES.rateLimits],
    [ENVIRONMENT.logTable, TABLE_NAMES.log],
    [ENVIRONMENT.subjectsTable, TABLE_NAMES.subjects],
    [ENVIRONMENT.activityTable, TABLE_NAMES.activity],
  ] as const) {
    vi.stubEnv(name, table);
  }
  vi.stubEnv('AWS_REGION', 'us-east-1');
});
afterAll(() => {
  tables.uninstall();
  vi.unstubAllEnvs();
});

/** New tables. */
async function open() {
  tables?.uninstall();
  tables = new MeteredTables();
  tables.install();
  return {
    ...dynamoStores(),
    holds: dynamoHoldStore(),
    reconciliations: dynamoReconciliationStore(),
  };
}

describe('in metered tables', () => {
  describe('the facts', () => describeFacts(open));
  describe('the leases', () => describeLeases(open));
  describe('the accounts', () => describeAccounts(open));
  describe('the tasks', () => describeTasks(open));
  describe('the directory', () => describeDirectory(open));
  describe('the audit log', () => describeAuditLog(open));
  describe('effects that no identity has', () => describeEffects(open));
  describe('the activity', () =>
    describeActivity(async () => {
      await open();
      return dynamoActivityStore();
    }));
  describe('the erasures', () => describeErasures(open));
  describe('the holds', () =>
    describeHolds(async () => {
      await open();
      return dynamoHoldStore();
    }));
  describe('the reconciliations', () => describeReconciliations(open));
  describe('the model changes', () => describeModelChanges(async () => (await open()).modelChanges));
  describe('the log', () =>
    describeLog(async () => {
      await open();
      return dynamoLogStore();
    }));
  describe('the subjects', () =>
    describeSubjects(async () => {
      await open();
      return dynamoSubjectStore();
    }));
  describe('the rate limits', () =>
    describeRateLimits(async () => {
      await open();
      return dynamoRateLimitStore();
    }));
});

describe('a unit', () => {
  beforeEach(async () => void (await open()));
  const TableName = TABLE_NAMES.identities;
  const put = (item: object) => new PutCommand({ TableName, Item: { pk: 'E1', sk: 'A', ...item } });
  const spent = async (...commands: readonly object[]) => {
    const before = { ...tables.units };
    for (const command of commands) await dynamoClient().send(command as never);
    return [tables.units.reads - before.reads, tables.units.writes - before.writes];
  };
  const text = (bytes: number) => 'x'.repeat(bytes - 'pkE1skAtext'.length);

  it.each([
    [1_024, 1],
    [1_025, 2],
  ])('of writing takes 1 kB (%i: %i), twice in a transaction', async (bytes, units) => {
    expect(await spent(put({ text: text(bytes) }))).toEqual([0, units]);
    const { input } = put({ text: text(bytes) });
    expect(await spent(new TransactWriteCommand({ TransactItems: [{ Put: input }] as never }))).toEqual([0, 2 * units]);
  });

  it('of reading takes 4 kB of all that is read, and half as much where it may be a little old', async () => {
    await spent(...[0, 1, 2].map((index) => put({ sk: `A${index}`, text: text(1_500) })));
    const query = { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': 'E1' } };
    expect(await spent(new QueryCommand({ ...query, ConsistentRead: true }))).toEqual([2, 0]);
    expect(await spent(new QueryCommand(query))).toEqual([1, 0]);
  });

  it('more is taken by each index that an item comes into, and two where it moves in one', async () => {
    const check = (nextCheckMs: number) => put({ nextCheckShard: 'a', nextCheckMs });
    expect(await spent(check(1))).toEqual([0, 2]);
    expect(await spent(check(1))).toEqual([0, 1]);
    expect(await spent(check(2))).toEqual([0, 3]);
  });

  it('is taken by a write that is refused, too', async () => {
    const refused = {
      TableName,
      Key: { pk: 'E2', sk: 'A' },
      UpdateExpression: 'SET epoch = :one',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':one': 1 },
    };
    const writes = async () => spent(new UpdateCommand(refused)).catch(() => undefined);
    await writes();
    expect(tables.units.writes).toBe(1);
  });
});
