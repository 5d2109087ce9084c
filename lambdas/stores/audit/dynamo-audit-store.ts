// The audit log in DynamoDB. It only ever puts, each time on the condition that the entry is new.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { Page } from '../page.ts';
import { putAuditEntry, toAuditEntry } from './audit-items.ts';
import type { AuditStore } from './audit-store.ts';

/** Of a page of 100 that an operator is shown: 5 rounds. */
const CONCURRENT_PUTS = 20;
/** A function answers with 6 MB at most. The longest entry alone may be more, and is a page of its own. */
const MAXIMUM_PAGE_BYTES = 3_000_000;

type Item = Readonly<Record<string, unknown>>;

export function dynamoAuditStore(): AuditStore {
  return {
    async append(entries) {
      await mapBounded(entries, CONCURRENT_PUTS, async (entry) => {
        try {
          await dynamoClient().send(new PutCommand(putAuditEntry(entry)));
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      });
    },

    async list(partition, { limit, after, since, upToDate = false }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('auditTable'),
          KeyConditionExpression: since === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :since',
          ExpressionAttributeValues: { ':pk': partition, ...(since !== undefined && { ':since': since }) },
          Limit: limit,
          ConsistentRead: upToDate,
          ExclusiveStartKey: decodeCursor(after, { pk: partition, sk: undefined }),
        }),
      );
      return pageOf(Items, LastEvaluatedKey);
    },

    async listAll({ limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new ScanCommand({
          TableName: fromEnvironment('auditTable'),
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: undefined, sk: undefined }),
        }),
      );
      return pageOf(Items, LastEvaluatedKey);
    },
  };
}

/** A page ends early where its entries are long: whoever asked gets the rest with the next. */
function pageOf(Items: readonly Item[] = [], LastEvaluatedKey: Item | undefined): Page<AuditEntry> {
  const items: AuditEntry[] = [];
  let bytes = 0;
  for (const item of Items) {
    const entry = toAuditEntry(item);
    bytes += Buffer.byteLength(JSON.stringify(entry), 'utf8');
    const last = Items[items.length - 1];
    if (last !== undefined && bytes > MAXIMUM_PAGE_BYTES) {
      return { items, next: encodeCursor({ pk: last['pk'], sk: last['sk'] }) };
    }
    items.push(entry);
  }
  return { items, next: encodeCursor(LastEvaluatedKey) };
}
