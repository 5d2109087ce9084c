// The rate limit of target systems in DynamoDB: one item per application, replaced only by who has read it. The table's time
// to live takes away what nobody has called for a day.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { KeptRateLimit, RateLimitStore } from './rate-limit-store.ts';

/** The attribute that the table's time to live reads, in seconds. */
export const RATE_LIMIT_EXPIRY_ATTRIBUTE = 'expiresSeconds';

const KEPT_SECONDS = 86_400;

export function dynamoRateLimitStore(): RateLimitStore {
  const table = () => fromEnvironment('rateLimitsTable');
  return {
    async load(applicationId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: { applicationId }, ConsistentRead: true }),
      );
      return Item && { state: Item['state'] as KeptRateLimit['state'], revision: Item['revision'] as number };
    },

    async save({ applicationId, state, expectedRevision, nowMs }) {
      const expiresSeconds = Math.ceil(nowMs / 1_000) + KEPT_SECONDS;
      try {
        await dynamoClient().send(
          new PutCommand({
            TableName: table(),
            Item: {
              applicationId,
              state,
              revision: expectedRevision + 1,
              [RATE_LIMIT_EXPIRY_ATTRIBUTE]: expiresSeconds,
            },
            ...(expectedRevision === 0
              ? { ConditionExpression: 'attribute_not_exists(applicationId)' }
              : {
                  ConditionExpression: 'revision = :expected',
                  ExpressionAttributeValues: { ':expected': expectedRevision },
                }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
