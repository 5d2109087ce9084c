// One DynamoDB client per function: bounded attempts and time, so that a slow table never outlives the function.

import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';

const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 5_000;
/** Two writers of one item cancel each other; DynamoDB leaves trying again to the caller. 6 tries wait at most 0.8 s. */
const CONFLICT_TRIES = 6;
const CONFLICT_WAIT_MS = 25;

let client: DynamoDBDocumentClient | undefined;

export function dynamoClient(): DynamoDBDocumentClient {
  client ??= DynamoDBDocumentClient.from(
    new DynamoDBClient({
      maxAttempts: 4,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  return client;
}

/**
 * Every item that a query finds, page after page of 1 MB each.
 *
 * @throws Error when there is more than that many pages: a part must never pass for the whole
 */
export async function queryPages(input: QueryCommandInput, maximumPages: number): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  for (let page = 1; page <= maximumPages; page += 1) {
    const answer = await dynamoClient().send(
      new QueryCommand({ ...input, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...(answer.Items ?? []));
    start = answer.LastEvaluatedKey;
    if (start === undefined) return items;
  }
  throw new Error(`a query of ${input.IndexName ?? 'the table'} did not end within ${maximumPages} pages`);
}

/**
 * Runs a transaction. Returns undefined when it was written, else, for each of its items in order, whether its
 * condition failed. A conflict with another transaction is tried again.
 */
export async function transact(write: () => Promise<unknown>): Promise<readonly boolean[] | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await write();
      return undefined;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.includes('ConditionalCheckFailed')) return codes.map((code) => code === 'ConditionalCheckFailed');
      const conflict = codes.includes('TransactionConflict') || codes.includes('ThrottlingError');
      if (!conflict || attempt === CONFLICT_TRIES) throw error;
      await sleep(Math.random() * CONFLICT_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}
