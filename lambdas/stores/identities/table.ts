// Reading and writing the identities table, as each of its stores does.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { RetryableError } from '../../core/errors.ts';
import { putAuditEntry } from '../audit/audit-items.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, queryPages, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { unpacked } from '../packed-items.ts';
import type { Page, PageRequest } from '../page.ts';
import type { IdentityIndex } from './keys.ts';

export type Item = Record<string, unknown>;
export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Update = NonNullable<TransactItem['Update']>;

/** DynamoDB's own bound on a transaction. */
export const TRANSACTION_ITEMS = 100;
/** DynamoDB answers in part when it is throttled, or when the whole is above 16 MB. 6 tries wait at most 1.6 s. */
const READ_TRIES = 6;
const READ_WAIT_MS = 25;
/** Of 1 MB each: an identity with more than 20 MB of history is refused rather than half read. */
const MAXIMUM_PAGES = 20;

/** Undefined when written; else whether the condition of each item failed, in their order. */
export function write(items: readonly TransactItem[]): Promise<readonly boolean[] | undefined> {
  return transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: [...items] })));
}

export function auditPuts(entries: readonly AuditEntry[]): TransactItem[] {
  return entries.map((entry) => ({ Put: putAuditEntry(entry) }));
}

/** The item afterwards; undefined when the condition failed. */
export async function update(input: Omit<UpdateCommandInput, 'TableName'>): Promise<Item | undefined> {
  const command = { TableName: fromEnvironment('identitiesTable'), ReturnValues: 'ALL_NEW', ...input } as const;
  try {
    const { Attributes } = await dynamoClient().send(new UpdateCommand(command));
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** An update with its audit entries. False, and nothing is written, when a condition failed. */
export async function updateAudited(
  change: Omit<Update, 'TableName'>,
  audit: readonly AuditEntry[],
  ...others: readonly TransactItem[]
): Promise<boolean> {
  const changed = { Update: { TableName: fromEnvironment('identitiesTable'), ...change } as Update };
  return (await write([changed, ...others, ...auditPuts(audit)])) === undefined;
}

/** In place of what has that revision, 0 where there was nothing; false when somebody else was faster. */
export async function replaceItem(
  Item: Item,
  expectedRevision: number,
  audit: readonly AuditEntry[],
): Promise<boolean> {
  const replaced = {
    TableName: fromEnvironment('identitiesTable'),
    Item,
    ConditionExpression: expectedRevision === 0 ? 'attribute_not_exists(pk)' : 'revision = :expected',
    ...(expectedRevision !== 0 && { ExpressionAttributeValues: { ':expected': expectedRevision } }),
  };
  if (audit.length > 0) return (await write([{ Put: replaced }, ...auditPuts(audit)])) === undefined;
  try {
    // Half as much as in a transaction.
    await dynamoClient().send(new PutCommand(replaced));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export async function get(key: Item, projection?: string): Promise<Item | undefined> {
  const { Item } = await dynamoClient().send(
    new GetCommand({
      TableName: fromEnvironment('identitiesTable'),
      Key: key,
      ConsistentRead: true,
      ...(projection !== undefined && { ProjectionExpression: projection }),
    }),
  );
  return Item && unpacked(Item);
}

/** Those of at most 100 keys that are there, in no order, each of one consistent moment. Throws RetryableError. */
export async function getAll(keys: readonly Item[]): Promise<readonly Item[]> {
  const table = fromEnvironment('identitiesTable');
  const found: Item[] = [];
  let left: readonly Item[] = keys;
  for (let attempt = 1; attempt <= READ_TRIES; attempt += 1) {
    const { Responses, UnprocessedKeys } = await dynamoClient().send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: [...left], ConsistentRead: true } } }),
    );
    found.push(...(Responses?.[table] ?? []).map(unpacked));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
    if (left.length === 0) return found;
    await sleep(Math.random() * READ_WAIT_MS * 2 ** (attempt - 1));
  }
  throw new RetryableError(`${left.length} of ${keys.length} items could not be read for now`);
}

export async function queryAll(input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
  const items = await queryPages({ TableName: fromEnvironment('identitiesTable'), ...input }, MAXIMUM_PAGES);
  return items.map(unpacked);
}

export interface PageOptions {
  /** By the index's sort key. @default false */
  readonly latestFirst?: boolean;
}

/** One page of an index's partition, in the order of its sort key. */
export async function queryPage<Read>(
  { indexName, partitionKey, sortKey }: IdentityIndex,
  partition: string,
  { limit, after }: PageRequest,
  toItem: (item: Item) => Read,
  { latestFirst = false }: PageOptions = {},
): Promise<Page<Read>> {
  const key = {
    pk: undefined,
    sk: undefined,
    ...(sortKey && { [sortKey.name]: undefined }),
    [partitionKey]: partition,
  };
  const { Items, LastEvaluatedKey } = await dynamoClient().send(
    new QueryCommand({
      TableName: fromEnvironment('identitiesTable'),
      IndexName: indexName,
      KeyConditionExpression: `${partitionKey} = :partition`,
      ExpressionAttributeValues: { ':partition': partition },
      ScanIndexForward: !latestFirst,
      Limit: limit,
      ExclusiveStartKey: decodeCursor(after, key),
    }),
  );
  return { items: (Items ?? []).map((item) => toItem(unpacked(item))), next: encodeCursor(LastEvaluatedKey) };
}
