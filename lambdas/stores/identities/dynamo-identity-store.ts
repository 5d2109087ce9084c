// Identities in DynamoDB: one partition per identity, so that everything about it is read in one consistent query and
// written in one transaction. Sort keys: HEADER, FACT#, EFFECT#, ACCOUNT#, TASK#, WAITING#; EVENT# and
// CERTIFICATE# have partitions of their own.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import { toIso } from '../../core/moment.ts';
import type { Certificate } from '../../core/removal/certificate.ts';
import { putAuditEntry } from '../audit/audit-items.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, queryPages, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { AcceptedEvent, IdentityStore, RecordEffect, RecordFact } from './identity-store.ts';

type Item = Record<string, unknown>;
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const HEADER = 'HEADER';
const WAITING = 'WAITING';
/** DynamoDB's own bound on a transaction. */
const TRANSACTION_ITEMS = 100;
/** Of 1 MB each: an identity with more than 20 MB of history is refused rather than half read. */
const MAXIMUM_PAGES = 20;
/** More identities under one account or address than anybody could choose from. */
const MAXIMUM_FOUND = 10;
/** Spreads the sweep's index: 16 partitions take 16,000 writes a second. */
const ATTENTION_SHARDS = '0123456789abcdef';

export const IDENTITY_INDEXES = {
  directory: 'directory',
  byManager: 'by-manager',
  byOwner: 'by-owner',
  nextCheck: 'next-check',
  tasks: 'tasks',
  certificates: 'certificates',
  lookup: 'lookup',
} as const;

export function dynamoIdentityStore(): IdentityStore {
  const table = () => fromEnvironment('identitiesTable');
  const headerKey = (identityId: string) => ({ pk: identityId, sk: HEADER });

  /** True when written; false when the condition failed. */
  const write = (items: readonly TransactItem[]) =>
    transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: [...items] })));
  const update = async (input: Omit<UpdateInput, 'TableName'>): Promise<Item | undefined> => {
    try {
      const { Attributes } = await dynamoClient().send(
        new UpdateCommand({ TableName: table(), ReturnValues: 'ALL_NEW', ...input }),
      );
      return Attributes ?? {};
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };
  const queryAll = (input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> =>
    queryPages({ TableName: table(), ...input }, MAXIMUM_PAGES);

  const lookUp = async (key: string): Promise<readonly string[]> => {
    const { Items } = await dynamoClient().send(
      new QueryCommand({
        TableName: table(),
        IndexName: IDENTITY_INDEXES.lookup,
        KeyConditionExpression: 'lookupKey = :key',
        ExpressionAttributeValues: { ':key': key },
        Limit: MAXIMUM_FOUND,
      }),
    );
    return (Items ?? []).map(({ pk }) => pk as string);
  };

  return {
    async load(identityId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': identityId },
        ConsistentRead: true,
      });
      return toRecord(items);
    },

    async findAcceptedEvent(source, sourceEventId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: eventKey(source, sourceEventId), ConsistentRead: true }),
      );
      return Item && withoutKeys<AcceptedEvent>(Item);
    },

    async recordFact(input) {
      const failed = await write([...factItems(input), ...(input.together ? factItems(input.together) : [])]);
      if (failed === undefined) return 'recorded';
      return failed[0] ? 'duplicate' : 'version-changed';
    },

    async recordEffect({ identityId, instantMs, expectedVersion, summary, nowMs, nextCheckMs, audit }) {
      const failed = await write([
        {
          Put: {
            TableName: table(),
            Item: { pk: identityId, sk: `EFFECT#${toIso(instantMs)}`, instantMs },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        raiseVersion(identityId, { expectedVersion, summary, nowMs, nextCheckMs }),
        ...auditPuts(audit),
      ]);
      if (failed === undefined) return 'recorded';
      return failed[0] ? 'duplicate' : 'version-changed';
    },

    async acquireLease({ identityId, holder, nowMs, expiresMs, nextCheckMs }) {
      const item = await update({
        Key: headerKey(identityId),
        UpdateExpression:
          'SET leaseHolder = :holder, leaseExpiresMs = :expires, nextCheckMs = :nextCheck, nextCheckShard = :shard ADD epoch :one',
        ConditionExpression:
          'attribute_exists(pk) AND (attribute_not_exists(leaseHolder) OR leaseHolder = :holder OR leaseExpiresMs < :now)',
        ExpressionAttributeValues: {
          ':holder': holder,
          ':expires': expiresMs,
          ':now': nowMs,
          ':nextCheck': nextCheckMs,
          ':shard': shardOf(identityId),
          ':one': 1,
        },
      });
      return item && toHeader(item);
    },

    async renewLease({ identityId, epoch, expiresMs }) {
      const item = await update({
        Key: headerKey(identityId),
        UpdateExpression: 'SET leaseExpiresMs = :expires',
        ConditionExpression: 'epoch = :epoch AND attribute_exists(leaseHolder)',
        ExpressionAttributeValues: { ':expires': expiresMs, ':epoch': epoch },
      });
      return item !== undefined;
    },

    async readMark(identityId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({
          TableName: table(),
          Key: headerKey(identityId),
          ConsistentRead: true,
          ProjectionExpression: 'epoch, version',
        }),
      );
      return { epoch: Item?.['epoch'], version: Item?.['version'] };
    },

    async fenceOff({ identityId, epoch, removal, audit }) {
      const failed = await write([
        {
          Update: {
            TableName: table(),
            Key: headerKey(identityId),
            UpdateExpression: 'SET epoch = :next, removal = :removal REMOVE leaseHolder, leaseExpiresMs',
            ConditionExpression: 'epoch = :epoch',
            ExpressionAttributeValues: { ':epoch': epoch, ':next': epoch + 1, ':removal': removal },
          },
        },
        ...auditPuts(audit),
      ]);
      return failed === undefined ? 'fenced' : 'epoch-changed';
    },

    async settleLease({ identityId, epoch, version, nowMs, summary, applications, nextCheckMs, audit }) {
      const nextCheck =
        nextCheckMs === undefined
          ? { set: '', remove: ', nextCheckMs, nextCheckShard', values: {} }
          : {
              set: ', nextCheckMs = :nextCheck, nextCheckShard = :shard',
              remove: '',
              values: { ':nextCheck': nextCheckMs, ':shard': shardOf(identityId) },
            };
      const { set, remove, values } = summaryExpression(summary);
      const failed = await write([
        {
          Update: {
            TableName: table(),
            Key: headerKey(identityId),
            UpdateExpression: `SET settledVersion = :version, settledMs = :now, failedPasses = :zero, applications = :applications${set}${nextCheck.set} REMOVE leaseHolder, leaseExpiresMs, escalation${remove}${nextCheck.remove}`,
            ConditionExpression: 'epoch = :epoch AND version = :version',
            ExpressionAttributeValues: {
              ':version': version,
              ':now': nowMs,
              ':zero': 0,
              ':epoch': epoch,
              ':applications': applications,
              ...values,
              ...nextCheck.values,
            },
          },
        },
        ...auditPuts(audit),
      ]);
      return failed === undefined;
    },

    async releaseLease({ identityId, epoch, failedPasses, nextCheckMs, escalation, audit }) {
      const failed = await write([
        {
          Update: {
            TableName: table(),
            Key: headerKey(identityId),
            UpdateExpression: `SET failedPasses = :failed, nextCheckMs = :nextCheck, nextCheckShard = :shard${escalation ? ', escalation = :escalation' : ''} REMOVE leaseHolder, leaseExpiresMs`,
            ConditionExpression: 'epoch = :epoch',
            ExpressionAttributeValues: {
              ':epoch': epoch,
              ':failed': failedPasses,
              ':nextCheck': nextCheckMs,
              ':shard': shardOf(identityId),
              ...(escalation && { ':escalation': escalation }),
            },
          },
        },
        ...auditPuts(audit),
      ]);
      return failed === undefined;
    },

    async saveAccount({ identityId, account, audit }) {
      const put = {
        Put: {
          TableName: table(),
          Item: { pk: identityId, sk: `ACCOUNT#${account.applicationId}`, ...account, ...lookupOfAccount(account) },
          ConditionExpression: account.revision === 1 ? 'attribute_not_exists(pk)' : 'revision = :before',
          ...(account.revision > 1 && { ExpressionAttributeValues: { ':before': account.revision - 1 } }),
        },
      };
      // What does not fit into the account's own transaction follows it: the intent, always in it, names every step.
      const puts = auditPuts(audit);
      const failed = await write([put, ...puts.splice(0, TRANSACTION_ITEMS - 1)]);
      if (failed !== undefined) return false;
      while (puts.length > 0) await write(puts.splice(0, TRANSACTION_ITEMS));
      return true;
    },

    async saveRemoval({ identityId, removal, audit, certificate }) {
      const failed = await write([
        {
          Update: {
            TableName: table(),
            Key: headerKey(identityId),
            UpdateExpression: 'SET removal = :removal',
            ConditionExpression: 'removal.version = :version',
            ExpressionAttributeValues: { ':removal': removal, ':version': removal.version },
          },
        },
        ...(certificate === undefined ? [] : [putCertificate(certificate)]),
        ...auditPuts(audit),
      ]);
      return failed === undefined;
    },

    async findCertificate(certificateId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: certificateKey(certificateId), ConsistentRead: true }),
      );
      return Item?.['certificate'] as Certificate | undefined;
    },

    async listCertificates({ month, limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          IndexName: IDENTITY_INDEXES.certificates,
          KeyConditionExpression: 'certificateMonth = :month',
          ExpressionAttributeValues: { ':month': month },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after),
        }),
      );
      const items = (Items ?? []).map(({ certificate }) => certificate as Certificate);
      return { items, next: encodeCursor(LastEvaluatedKey) };
    },

    async saveNextCheck(identityId, nextCheckMs) {
      await update({
        Key: headerKey(identityId),
        UpdateExpression: 'SET nextCheckMs = :nextCheck, nextCheckShard = :shard',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':nextCheck': nextCheckMs, ':shard': shardOf(identityId) },
      });
    },

    async openTask({ task, supersedes, audit }) {
      await write([
        {
          Put: {
            TableName: table(),
            Item: taskItem(task),
            ConditionExpression: 'attribute_not_exists(pk) OR taskStatus <> :open',
            ExpressionAttributeValues: { ':open': 'open' },
          },
        },
        ...supersedes.map((old) => replaceOpenTask({ ...old, status: 'superseded' })),
        ...auditPuts(audit),
      ]);
    },

    async supersedeTasks({ tasks, audit }) {
      if (tasks.length === 0) return;
      await write([...tasks.map((task) => replaceOpenTask({ ...task, status: 'superseded' })), ...auditPuts(audit)]);
    },

    async saveWaitingToken(identityId, token) {
      await dynamoClient().send(
        new PutCommand({ TableName: table(), Item: { ...waitingKey(identityId, token), token } }),
      );
    },

    async listWaitingTokens(identityId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :waiting)',
        ExpressionAttributeValues: { ':pk': identityId, ':waiting': `${WAITING}#` },
        ConsistentRead: true,
      });
      return items.map(({ token }) => token as string);
    },

    async forgetWaitingToken(identityId, token) {
      await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: waitingKey(identityId, token) }));
    },

    async listIdentities({ managerId, limit, after }) {
      const page = { TableName: table(), Limit: limit, ExclusiveStartKey: decodeCursor(after) };
      const { Items, LastEvaluatedKey } =
        managerId === undefined
          ? await dynamoClient().send(new ScanCommand({ ...page, IndexName: IDENTITY_INDEXES.directory }))
          : await dynamoClient().send(
              new QueryCommand({
                ...page,
                IndexName: IDENTITY_INDEXES.byManager,
                KeyConditionExpression: 'managerId = :manager',
                ExpressionAttributeValues: { ':manager': managerId },
              }),
            );
      return { items: (Items ?? []).map(toHeader), next: encodeCursor(LastEvaluatedKey) };
    },

    async listOwnedBy(ownerId) {
      const items = await queryAll({
        IndexName: IDENTITY_INDEXES.byOwner,
        KeyConditionExpression: 'ownerId = :owner',
        ExpressionAttributeValues: { ':owner': ownerId },
      });
      return items.map(toHeader);
    },

    findLinked: (applicationId, accountId) => lookUp(accountLookup(applicationId, accountId)),
    findByEmail: (email) => lookUp(emailLookup(email)),

    async listTasks({ status, limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          IndexName: IDENTITY_INDEXES.tasks,
          KeyConditionExpression: 'taskStatus = :status',
          ExpressionAttributeValues: { ':status': status },
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after),
        }),
      );
      return { items: (Items ?? []).map(toTask), next: encodeCursor(LastEvaluatedKey) };
    },

    async listDue(nowMs, limit) {
      const shards = await Promise.all(
        [...ATTENTION_SHARDS].map((shard) =>
          dynamoClient().send(
            new QueryCommand({
              TableName: table(),
              IndexName: IDENTITY_INDEXES.nextCheck,
              KeyConditionExpression: 'nextCheckShard = :shard AND nextCheckMs <= :now',
              ExpressionAttributeValues: { ':shard': shard, ':now': nowMs },
              Limit: limit,
            }),
          ),
        ),
      );
      return shards.flatMap(({ Items }) => (Items ?? []).map(toHeader)).slice(0, limit);
    },
  };

  /** The event comes first: whether it failed tells a duplicate from a race. */
  function factItems({ fact, payloadHash, audit, attestedTask, ...raise }: RecordFact): TransactItem[] {
    const { source, sourceEventId, identityId, recordedMs, factId, held } = fact;
    const version = raise.expectedVersion + 1;
    const accepted: AcceptedEvent = { source, sourceEventId, payloadHash, identityId, version, held };
    const event = { ...eventKey(source, sourceEventId), ...accepted };
    const item = { pk: identityId, sk: `FACT#${toIso(recordedMs)}#${factId}`, fact };
    return [
      { Put: { TableName: table(), Item: event, ConditionExpression: 'attribute_not_exists(pk)' } },
      raiseVersion(identityId, raise),
      { Put: { TableName: table(), Item: item } },
      ...(attestedTask ? [replaceOpenTask(attestedTask)] : []),
      ...auditPuts(audit),
    ];
  }

  /** In a partition of its own, so that it is not read with the identity each time. */
  function putCertificate(certificate: Certificate): TransactItem {
    const { certificateId, provenAt } = certificate;
    return {
      Put: {
        TableName: table(),
        Item: {
          ...certificateKey(certificateId),
          certificateMonth: provenAt.slice(0, 7),
          provenAt,
          certificate,
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    };
  }

  /** Whoever closes a task first does: an attestation is never overwritten. */
  function replaceOpenTask(task: TaskRecord): TransactItem {
    return {
      Put: {
        TableName: table(),
        Item: taskItem(task),
        ConditionExpression: 'taskStatus = :open',
        ExpressionAttributeValues: { ':open': 'open' },
      },
    };
  }

  function raiseVersion(
    identityId: string,
    { expectedVersion, summary, nowMs, nextCheckMs }: RaiseVersion,
  ): TransactItem {
    const { set, remove, values } = summaryExpression(summary);
    return {
      Update: {
        TableName: table(),
        Key: headerKey(identityId),
        UpdateExpression:
          `SET version = :next, epoch = if_not_exists(epoch, :zero), failedPasses = :zero, directoryId = :id, clockMs = :now, ` +
          `nextCheckMs = :nextCheck, nextCheckShard = :shard${set}${remove === '' ? '' : ` REMOVE ${remove.slice(2)}`}`,
        ConditionExpression: expectedVersion === 0 ? 'attribute_not_exists(pk)' : 'version = :expected',
        ExpressionAttributeValues: {
          ':now': nowMs,
          ':next': expectedVersion + 1,
          ...(expectedVersion === 0 ? {} : { ':expected': expectedVersion }),
          ':zero': 0,
          ':id': identityId,
          ':nextCheck': nextCheckMs,
          ':shard': shardOf(identityId),
          ...values,
        },
      },
    };
  }
}

type RaiseVersion = Pick<RecordEffect, 'expectedVersion' | 'summary' | 'nowMs' | 'nextCheckMs'>;
type UpdateInput = ConstructorParameters<typeof UpdateCommand>[0];

function auditPuts(entries: readonly AuditEntry[]): TransactItem[] {
  return entries.map((entry) => ({ Put: putAuditEntry(entry) }));
}

function eventKey(source: string, sourceEventId: string) {
  return { pk: `EVENT#${source}#${sourceEventId}`, sk: 'EVENT' };
}

function certificateKey(certificateId: string) {
  return { pk: `CERTIFICATE#${certificateId}`, sk: 'CERTIFICATE' };
}

function waitingKey(identityId: string, token: string) {
  return { pk: identityId, sk: `${WAITING}#${sha256Hex(token)}` };
}

/** The same identity always lies in the same shard. */
function shardOf(identityId: string): string {
  let sum = 0;
  for (const character of identityId) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return ATTENTION_SHARDS[sum % ATTENTION_SHARDS.length] as string;
}

/** Of a fixed length, since a system's ids may be longer than a key. */
function accountLookup(applicationId: string, accountId: string): string {
  return `ACCOUNT#${applicationId}#${sha256Hex(accountId)}`;
}

/** Hashed, so that no address is in a key. */
function emailLookup(email: string): string {
  return `EMAIL#${sha256Hex(email.toLowerCase())}`;
}

function lookupOfAccount({ applicationId, account }: AccountRecord) {
  return account && { lookupKey: accountLookup(applicationId, account.accountId) };
}

/** These are index keys, which cannot be null: they are removed when there is none. */
function summaryExpression(summary: IdentitySummary) {
  const { managerId, ownerId, email } = summary;
  const keys = Object.entries({ managerId, ownerId, lookupKey: email && emailLookup(email) });
  const present = keys.filter(([, value]) => value !== undefined);
  const absent = keys.filter(([, value]) => value === undefined);
  return {
    set: `, summary = :summary${present.map(([name]) => `, ${name} = :${name}`).join('')}`,
    remove: absent.map(([name]) => `, ${name}`).join(''),
    values: { ':summary': summary, ...Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])) },
  };
}

function toRecord(items: readonly Item[]): IdentityRecord | undefined {
  const header = items.find(({ sk }) => sk === HEADER);
  if (header === undefined) return undefined;
  const under = (prefix: string) => items.filter(({ sk }) => (sk as string).startsWith(prefix));
  return {
    header: toHeader(header),
    facts: under('FACT#').map(({ fact }) => fact as Fact),
    effects: under('EFFECT#').map(({ instantMs }) => instantMs as number),
    accounts: under('ACCOUNT#').map((item) => withoutKeys<AccountRecord>(item)),
    tasks: under('TASK#').map(toTask),
  };
}

function toHeader(item: Item): IdentityHeader {
  const {
    clockMs,
    pk,
    leaseHolder,
    leaseExpiresMs,
    version,
    epoch,
    settledVersion,
    settledMs,
    failedPasses,
    escalation,
    nextCheckMs,
    removal,
    applications,
    summary,
  } = item;
  return {
    identityId: pk,
    version,
    epoch,
    lease: leaseHolder === undefined ? undefined : { holder: leaseHolder, expiresMs: leaseExpiresMs },
    settledVersion,
    settledMs,
    clockMs: clockMs ?? 0,
    failedPasses: failedPasses ?? 0,
    escalation,
    nextCheckMs,
    removal,
    applications,
    summary,
  } as IdentityHeader;
}

function taskItem(task: TaskRecord) {
  return { pk: task.identityId, sk: `TASK#${task.taskId}`, taskStatus: task.status, ...task };
}

function toTask(item: Item): TaskRecord {
  const { taskStatus: _taskStatus, ...task } = withoutKeys<TaskRecord & { taskStatus: string }>(item);
  return task;
}

function withoutKeys<Kept>(item: Item): Kept {
  const { pk: _pk, sk: _sk, lookupKey: _lookupKey, ...kept } = item;
  return kept as Kept;
}
