// Reconciliation's memory in the identities table. RECONCILED# has one item per application: run, report, decision.
// FOUND#<application> has its findings, one item per kind and subject however often it is seen; SEEN#<run> has what the
// run saw, thousands of accounts to an item. Findings and sightings expire by the table's time to live.
import { GetCommand, PutCommand, QueryCommand, type QueryCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { countKinds, type FindingKind } from '../../core/reconciliation/reconciliation.ts';
import { packIds } from '../../core/reconciliation/sightings.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, queryPages } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { update, updateAudited } from '../identities/table.ts';
import type { Reconciliation, ReconciliationStore, StoredFinding } from './reconciliation-store.ts';

type Item = Record<string, unknown>;

const RECONCILED = 'RECONCILED#';
/** No identity's id holds a `#`: releases before this one kept an item under the id of each that was seen. */
const SIGHTINGS = 'PAGE#';
/** Of 1 MB each: more sightings than the bound on a run's accounts allows, and a million findings. */
const MAXIMUM_PAGES = 500;
/** Calls at once: a fraction of what one partition takes in a second. */
const CONCURRENCY = 10;

export function foundKey(applicationId: string): string {
  return `FOUND#${applicationId}`;
}

export function dynamoReconciliationStore(): ReconciliationStore {
  const table = () => fromEnvironment('identitiesTable');
  const keyOf = (applicationId: string) => ({ pk: RECONCILED, sk: applicationId });
  const seenKey = (runId: string) => `SEEN#${runId}`;
  const queryAll = (input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> =>
    queryPages({ TableName: table(), ...input }, MAXIMUM_PAGES);

  return {
    async find(applicationId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: keyOf(applicationId), ConsistentRead: true }),
      );
      return Item && toReconciliation(Item);
    },

    async list() {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': RECONCILED },
        ConsistentRead: true,
      });
      return items.map(toReconciliation);
    },

    begin: (applicationId, run, staleMs, audit) =>
      updateAudited(
        {
          Key: keyOf(applicationId),
          UpdateExpression: 'SET #run = :run',
          ConditionExpression: 'attribute_not_exists(#run) OR #run.#status <> :running OR #run.touchedMs < :stale',
          ExpressionAttributeNames: { '#run': 'run', '#status': 'status' },
          ExpressionAttributeValues: { ':run': run, ':running': 'running', ':stale': staleMs },
        },
        audit,
      ),

    async advance(applicationId, run) {
      const advanced = await update({
        Key: keyOf(applicationId),
        UpdateExpression: 'SET #run = :run',
        ConditionExpression: '#run.runId = :id AND #run.step = :before',
        ExpressionAttributeNames: { '#run': 'run' },
        ExpressionAttributeValues: { ':run': run, ':id': run.runId, ':before': run.step - 1 },
        ReturnValues: 'NONE',
      });
      return advanced !== undefined;
    },

    finish: (applicationId, run, report, audit) =>
      updateAudited(
        {
          Key: keyOf(applicationId),
          UpdateExpression: `SET #run = :run${report ? ', report = :report' : ''}`,
          ConditionExpression: '#run.runId = :id AND #run.#status = :running',
          ExpressionAttributeNames: { '#run': 'run', '#status': 'status' },
          ExpressionAttributeValues: {
            ':run': run,
            ':id': run.runId,
            ':running': 'running',
            ...(report && { ':report': report }),
          },
        },
        audit,
      ),

    decide: (applicationId, decision, audit) =>
      updateAudited(
        {
          Key: keyOf(applicationId),
          UpdateExpression: 'SET decision = :decision',
          ConditionExpression: 'report.runId = :id',
          ExpressionAttributeValues: { ':decision': decision, ':id': decision.runId },
        },
        audit,
      ),

    saveList: (applicationId, list, audit) =>
      updateAudited(
        {
          Key: keyOf(applicationId),
          UpdateExpression: 'SET #list = :list',
          ConditionExpression: 'attribute_not_exists(#list) OR #list.exportedMs < :exportedMs',
          ExpressionAttributeNames: { '#list': 'list' },
          ExpressionAttributeValues: { ':list': list, ':exportedMs': list.exportedMs },
        },
        audit,
      ),

    async saveFindings(applicationId, findings, { seenMs, expiresMs }) {
      await inParallel(findings, ({ kind, subject, ...rest }) =>
        dynamoClient().send(
          new UpdateCommand({
            TableName: table(),
            Key: { pk: foundKey(applicationId), sk: `${kind}#${subject}` },
            UpdateExpression:
              'SET kind = :kind, subject = :subject, details = :details, seenMs = :seen, ' +
              `firstSeenMs = if_not_exists(firstSeenMs, :seen), ${EXPIRY_ATTRIBUTE} = :expires`,
            ExpressionAttributeValues: {
              ':kind': kind,
              ':subject': subject,
              ':details': rest,
              ':seen': seenMs,
              ':expires': Math.ceil(expiresMs / 1_000),
            },
          }),
        ),
      );
    },

    async countFindings(applicationId, startedMs) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'seenMs >= :since',
        ProjectionExpression: 'kind, firstSeenMs',
        ExpressionAttributeValues: { ':pk': foundKey(applicationId), ':since': startedMs },
        ConsistentRead: true,
      });
      const of = (kind: FindingKind) => items.filter((item) => item['kind'] === kind);
      return {
        counts: countKinds((kind) => of(kind).length),
        newOrphans: of('orphan').filter(({ firstSeenMs }) => (firstSeenMs as number) >= startedMs).length,
      };
    },

    async listFindings({ applicationId, kind, sinceMs, limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: kind === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :kind)',
          FilterExpression: 'seenMs >= :since',
          ExpressionAttributeValues: {
            ':pk': foundKey(applicationId),
            ':since': sinceMs,
            ...(kind && { ':kind': `${kind}#` }),
          },
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: foundKey(applicationId), sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(toFinding), next: encodeCursor(LastEvaluatedKey) };
    },

    async saveSightings(runId, name, packed, expiresMs) {
      const key = { pk: seenKey(runId), sk: `${SIGHTINGS}${name}` };
      const item = { ...key, packed, [EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000) };
      await dynamoClient().send(new PutCommand({ TableName: table(), Item: item }));
    },

    async readSightings(runId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': seenKey(runId) },
        ConsistentRead: true,
      });
      return items.flatMap(({ sk, packed }) =>
        packed === undefined ? packIds([sk as string]) : (packed as Uint8Array),
      );
    },
  };
}

async function inParallel<Value>(values: readonly Value[], write: (value: Value) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < values.length; start += CONCURRENCY) {
    await Promise.all(values.slice(start, start + CONCURRENCY).map(write));
  }
}

function toReconciliation({ sk, run, report, decision, list }: Item): Reconciliation {
  return { applicationId: sk, run, report, decision, ...(list !== undefined && { list }) } as Reconciliation;
}

function toFinding({ kind, subject, details, seenMs, firstSeenMs }: Item): StoredFinding {
  return { kind, subject, ...(details as object), seenMs, firstSeenMs } as StoredFinding;
}
