// The audit log in DynamoDB. It only ever puts, each time on the condition that the entry is new.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { putAuditEntry, toAuditEntry } from './audit-items.ts';
import type { AuditStore } from './audit-store.ts';

export function dynamoAuditStore(): AuditStore {
  return {
    async append(entries) {
      for (const entry of entries) {
        try {
          await dynamoClient().send(new PutCommand(putAuditEntry(entry)));
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      }
    },

    async list(identityId, { limit, after, since }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('auditTable'),
          KeyConditionExpression: since === undefined ? 'pk = :pk' : 'pk = :pk AND sk >= :since',
          ExpressionAttributeValues: { ':pk': identityId, ...(since !== undefined && { ':since': since }) },
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: identityId, sk: undefined }),
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
