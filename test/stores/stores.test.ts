// Every store keeps one contract in DynamoDB and in memory: all that is simulated rests on the double. The emulator is
// started once for all of them, and each test of the identity stores gets tables of its own.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { identitiesIn } from '../../lambdas/core/reconciliation/sightings.ts';
import { DEFAULT_RATE_LIMIT, newRateLimitState } from '../../lambdas/core/systems/rate-limit.ts';
import { dynamoActivityStore } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { dynamoCampaignStore } from '../../lambdas/stores/campaigns/dynamo-campaign-store.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoHoldStore, EXPIRY_ATTRIBUTE } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoLogStore } from '../../lambdas/stores/log/dynamo-log-store.ts';
import { s3LogObjects } from '../../lambdas/stores/log/log-objects.ts';
import { dynamoNoticeStore } from '../../lambdas/stores/notices/dynamo-notice-store.ts';
import {
  dynamoRateLimitStore,
  RATE_LIMIT_EXPIRY_ATTRIBUTE,
} from '../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoSignalStore } from '../../lambdas/stores/signals/dynamo-signal-store.ts';
import { dynamoStreamStore } from '../../lambdas/stores/signals/dynamo-stream-store.ts';
import { dynamoSubjectStore, SUBJECT_EXPIRY_ATTRIBUTE } from '../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import {
  createActivityTable,
  createAuditTable,
  createIdentitiesTable,
  createLogTable,
  createRateLimitsTable,
  createSubjectsTable,
} from '../support/dynamo-tables.ts';
import { memoryActivity } from '../support/memory-activity.ts';
import { memoryCampaigns } from '../support/memory-campaigns.ts';
import { memoryHolds } from '../support/memory-holds.ts';
import { memoryLog, memoryLogObjects } from '../support/memory-log.ts';
import { memoryNotices } from '../support/memory-notices.ts';
import { memoryRateLimits } from '../support/memory-rate-limits.ts';
import { memoryReconciliations } from '../support/memory-reconciliations.ts';
import { memorySignals } from '../support/memory-signals.ts';
import { memoryStores } from '../support/memory-stores.ts';
import { memoryStreams } from '../support/memory-streams.ts';
import { memorySubjects } from '../support/memory-subjects.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { describeActivity } from './activity/contract.ts';
import { describeAuditLog } from './audit/contract.ts';
import { describeEffects } from './audit/effects-contract.ts';
import { describeCampaigns } from './campaigns/contract.ts';
import { describeErasures } from './erasures/contract.ts';
import { describeHolds } from './holds/contract.ts';
import { describeAccounts } from './identities/accounts-contract.ts';
import { describeDirectory } from './identities/directory-contract.ts';
import { accountOf, entryOf, know } from './identities/examples.ts';
import { describeFacts } from './identities/facts-contract.ts';
import { describeLeases } from './identities/leases-contract.ts';
import { describeTasks } from './identities/tasks-contract.ts';
import { describeLog, describeLogObjects } from './log/contract.ts';
import { describeModelChanges } from './model-changes/contract.ts';
import { describeNotices } from './notices/contract.ts';
import { describeRateLimits } from './rate-limits/contract.ts';
import { describeReconciliations } from './reconciliations/contract.ts';
import { describeSignals } from './signals/contract.ts';
import { describeStreams } from './signals/stream-contract.ts';
import { describeSubjects } from './subjects/contract.ts';

let emulator: MiniStack | undefined;
let client: DynamoDBClient;
let tables = 0;

async function subjectsInDynamo() {
  tables += 1;
  const subjects = `subjects-${tables}`;
  await createSubjectsTable(client, subjects);
  vi.stubEnv(ENVIRONMENT.subjectsTable, subjects);
  return dynamoSubjectStore();
}

async function activityInDynamo() {
  tables += 1;
  const [activity, audit] = [`activity-${tables}`, `audit-${tables}`];
  await Promise.all([createActivityTable(client, activity), createAuditTable(client, audit)]);
  vi.stubEnv(ENVIRONMENT.activityTable, activity);
  vi.stubEnv(ENVIRONMENT.auditTable, audit);
  return dynamoActivityStore();
}

/** New tables; the stores find them by the environment. */
async function inDynamo() {
  tables += 1;
  const [identities, audit] = [`identities-${tables}`, `audit-${tables}`];
  const activity = `activity-${tables}`;
  await Promise.all([
    createIdentitiesTable(client, identities),
    createAuditTable(client, audit),
    createActivityTable(client, activity),
  ]);
  vi.stubEnv(ENVIRONMENT.activityTable, activity);
  vi.stubEnv(ENVIRONMENT.identitiesTable, identities);
  vi.stubEnv(ENVIRONMENT.auditTable, audit);
  return {
    ...dynamoStores(),
    holds: dynamoHoldStore(),
    reconciliations: dynamoReconciliationStore(),
    notices: dynamoNoticeStore(),
    campaigns: dynamoCampaignStore(),
    signals: dynamoSignalStore(),
    streams: dynamoStreamStore(),
  };
}

async function logInDynamo() {
  tables += 1;
  const name = `log-${tables}`;
  await createLogTable(client, name);
  vi.stubEnv(ENVIRONMENT.logTable, name);
  return dynamoLogStore();
}

async function objectsInS3() {
  tables += 1;
  const name = `log-bucket-${tables}`;
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: name }));
  vi.stubEnv(ENVIRONMENT.logBucket, name);
  return s3LogObjects();
}

async function inMemory() {
  const stores = memoryStores();
  return {
    ...stores,
    holds: memoryHolds(stores.table),
    notices: memoryNotices(),
    signals: memorySignals(stores.audit),
    streams: memoryStreams(stores.audit),
    reconciliations: memoryReconciliations(stores.table),
    campaigns: memoryCampaigns(stores.table),
  };
}

beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENVIRONMENT.rateLimitsTable, 'rate-limits');
  client = new DynamoDBClient();
  await createRateLimitsTable(client, 'rate-limits');
});
afterAll(async () => {
  client?.destroy();
  vi.unstubAllEnvs();
  await emulator?.stop();
});

describe.each([
  ['DynamoDB', inDynamo, dynamoRateLimitStore, logInDynamo, objectsInS3, subjectsInDynamo, activityInDynamo],
  [
    'memory',
    inMemory,
    memoryRateLimits,
    async () => memoryLog(),
    async () => memoryLogObjects(),
    async () => memorySubjects(),
    async () => memoryActivity(),
  ],
] as const)('in %s', (_, open, openRateLimits, openLog, openObjects, openSubjects, openActivity) => {
  describe('the facts', () => describeFacts(open));
  describe('the leases', () => describeLeases(open));
  describe('the accounts', () => describeAccounts(open));
  describe('the tasks', () => describeTasks(open));
  describe('the directory', () => describeDirectory(open));
  describe('the audit log', () => describeAuditLog(open));
  describe('effects that no identity has', () => describeEffects(open));
  describe('the reconciliations', () => describeReconciliations(open));
  describe('the model changes', () => describeModelChanges(async () => (await open()).modelChanges));
  describe('the campaigns', () => describeCampaigns(async () => (await open()).campaigns));
  describe('the holds', () => describeHolds(async () => (await open()).holds));
  describe('the notices', () => describeNotices(async () => (await open()).notices));
  describe('the signals', () => describeSignals(open));
  describe('the streams', () => describeStreams(open));
  describe('the rate limits', () => describeRateLimits(async () => openRateLimits()));
  describe('the log', () => describeLog(openLog));
  describe('the bucket of the sealed log', () => describeLogObjects(openObjects));
  describe('the subjects', () => describeSubjects(openSubjects));
  describe('the activity', () => describeActivity(openActivity));
});

describe('in DynamoDB alone, the erasures', () => {
  describeErasures(inDynamo);
});

it.each([1, 2, 3])(
  'an account is kept with the last of its entries, though the way there ends at write %i',
  async (last) => {
    const stores = await inDynamo();
    await know(stores, 'E1');
    const audit = Array.from({ length: 250 }, (_, index) => entryOf('E1', `entry-${index}`));
    const send = DynamoDBDocumentClient.prototype.send;
    let writes = 0;
    const sending = vi.spyOn(DynamoDBDocumentClient.prototype, 'send').mockImplementation(function (
      this: DynamoDBDocumentClient,
      ...sent: readonly unknown[]
    ) {
      writes += sent[0] instanceof TransactWriteCommand ? 1 : 0;
      if (writes === last) throw new Error('the function was stopped');
      return Reflect.apply(send, this, sent);
    });
    const save = () => stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(), audit });
    await expect(save()).rejects.toThrow('the function was stopped');
    sending.mockRestore();
    expect((await stores.directory.load('E1'))?.accounts).toEqual([]);
    // Whoever says so once more finds some of it said.
    expect(await save()).toBe(true);
    expect((await stores.directory.load('E1'))?.accounts).toEqual([accountOf()]);
    const { items } = await stores.audit.list('E1', { limit: 500 });
    expect(items.map(({ entryId }) => entryId).sort()).toEqual(audit.map(({ entryId }) => entryId).sort());
  },
);

it('a rate limit is taken away by DynamoDB a day after it was last written', async () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z');
  const state = newRateLimitState(DEFAULT_RATE_LIMIT, nowMs);
  await dynamoRateLimitStore().save({ applicationId: 'old', state, expectedRevision: 0, nowMs });
  const documents = DynamoDBDocumentClient.from(client);
  const { Item } = await documents.send(new GetCommand({ TableName: 'rate-limits', Key: { applicationId: 'old' } }));
  expect(Item?.[RATE_LIMIT_EXPIRY_ATTRIBUTE]).toBe(nowMs / 1_000 + 86_400);
});

it('what is left of somebody who was forgotten is taken away by DynamoDB, and holds no more than when that was', async () => {
  const subjects = await subjectsInDynamo();
  const asked = await subjects.subjectsOf([{ kind: 'identity', id: 'E1' }]);
  const pseudonym = asked.get('identity#E1')?.pseudonym;
  const untilMs = Date.parse('2026-12-01T12:00:00.001Z');
  await subjects.forget('E1', Date.parse('2026-11-28T12:00:00Z'), untilMs);
  const documents = DynamoDBDocumentClient.from(client);
  const TableName = process.env[ENVIRONMENT.subjectsTable];
  const itemOf = async (pk: string) => (await documents.send(new GetCommand({ TableName, Key: { pk } }))).Item;
  expect(await itemOf(`pseudonym#${pseudonym}`)).toBeUndefined();
  expect(await itemOf('identity#E1')).toEqual({
    pk: 'identity#E1',
    forgottenAt: '2026-11-28T12:00:00.000Z',
    [SUBJECT_EXPIRY_ATTRIBUTE]: Math.floor(untilMs / 1_000) + 1,
  });
});

it('what took access away, and what reconciling found, are taken away by DynamoDB when they have expired', async () => {
  const { holds, reconciliations, modelChanges } = await inDynamo();
  const expiresMs = Date.parse('2026-11-23T12:00:00.001Z');
  await holds.noteDisabling({ deliveryId: 'd', atMs: 0, identities: 1, applications: {} }, expiresMs);
  await reconciliations.saveFindings('chat', [{ kind: 'orphan', subject: 'a' }], { seenMs: 0, expiresMs });
  await reconciliations.saveSightings('run', 'page', Uint8Array.of(1), expiresMs);
  await modelChanges.noteConcerned('hold', [{ identityId: 'E1', loses: ['chat:everyone'] }], expiresMs);
  const documents = DynamoDBDocumentClient.from(client);
  const TableName = process.env[ENVIRONMENT.identitiesTable];
  const expiryOf = async (pk: string, sk: string) =>
    (await documents.send(new GetCommand({ TableName, Key: { pk, sk } }))).Item?.[EXPIRY_ATTRIBUTE];
  // In whole seconds, and never too early.
  const expected = Math.floor(expiresMs / 1_000) + 1;
  expect(await expiryOf('GUARD#', '1970-01-01T00:00:00.000Z#d')).toBe(expected);
  expect(await expiryOf('FOUND#chat', 'orphan#a')).toBe(expected);
  expect(await expiryOf('SEEN#run', 'PAGE#page')).toBe(expected);
  expect(await expiryOf('HELD#hold', 'E1')).toBe(expected);
});

it('who was seen by a run that an earlier release began, an item each, is still known', async () => {
  const { reconciliations } = await inDynamo();
  const documents = DynamoDBDocumentClient.from(client);
  const TableName = process.env[ENVIRONMENT.identitiesTable];
  await documents.send(new PutCommand({ TableName, Item: { pk: 'SEEN#earlier', sk: 'E1' } }));
  const wasSeen = identitiesIn(await reconciliations.readSightings('earlier'));
  expect(['E1', 'E2'].map(wasSeen)).toEqual([true, false]);
});
