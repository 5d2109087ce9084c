// The audit log in DynamoDB. It only ever puts, each time on the condition that the entry is new.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { mapBounded } from '../../core/map-bounded.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { putAuditEntry, toAuditEntry } from './audit-items.ts';
import type { AuditStore } from './audit-store.ts';

/** Of a page of 100 that an operator is shown: 5 rounds. */
const CONCURRENT_PUTS = 20;

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

    async list(partition, { limit, after, since }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('auditTable'),
          KeyConditionExpression: since === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :since',
          ExpressionAttributeValues: { ':pk': partition, ...(since !== undefined && { ':since': since }) },
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: partition, sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(toAuditEntry), next: encodeCursor(LastEvaluatedKey) };
    },

    async listAll({ limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new ScanCommand({
          TableName: fromEnvironment('auditTable'),
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: undefined, sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(toAuditEntry), next: encodeCursor(LastEvaluatedKey) };
    },
  };
}
