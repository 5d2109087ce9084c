// The log in DynamoDB, in a table of its own with one key. The items: HEAD, where it ends; BATCH#<position>, what was
// committed together; ENTRY#<id>, an entry's position; SUBJECT#<kind>#<id>, how many entries are about it;
// CHECKPOINT#<size>, the one root of that size; SEALED, the latest that was published; KEYS, up to which size each signing
// key signs, and the largest size that was fixed; CATCH-UP, where the walk stands.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { CatchUp } from '../../core/audit/sealing/catching-up.ts';
import type { Checkpoint } from '../../core/audit/sealing/checkpoint.ts';
import type { LogHead } from '../../core/audit/sealing/sequencing.ts';
import { RetryableError } from '../../core/errors.ts';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { CommitEntries, LogStore } from './log-store.ts';

type Item = Readonly<Record<string, unknown>>;
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const HEAD = 'HEAD';
const SEALED = 'SEALED';
const KEYS = 'KEYS';
const FIXED = { '#fixed': 'fixed' };
const CATCH_UP = 'CATCH-UP';
const IS_NEW = 'attribute_not_exists(pk)';
/** DynamoDB answers in part when it is throttled. 6 tries wait at most 1.6 s. */
const READ_TRIES = 6;
const READ_WAIT_MS = 25;
/** As many as a position has in the names of the checkpoints' objects. */
const POSITION_DIGITS = 20;

export function dynamoLogStore(): LogStore {
  return {
    async readHead() {
      return toHead(await get(HEAD));
    },

    async readPositions(entryIds, subjects) {
      const found = await getAll([HEAD, ...entryIds.map(entryKey), ...subjects.map(subjectKey)]);
      const numbers = (keys: readonly string[], keyOf: (key: string) => string, name: string) =>
        new Map(keys.flatMap((key) => toNumber(key, found.get(keyOf(key))?.[name])));
      return {
        head: toHead(found.get(HEAD)),
        indexes: numbers(entryIds, entryKey, 'index'),
        counts: numbers(subjects, subjectKey, 'count'),
      };
    },

    async commit(commit) {
      const items = [headUpdate(commit), batchPut(commit), ...entryPuts(commit), ...countUpdates(commit)];
      const failed = await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: items })));
      return failed === undefined;
    },

    async readBatch(from) {
      const item = await get(batchKey(from));
      return item && { leaves: item['leaves'] as Uint8Array[], committedMs: item['committedMs'] as number };
    },

    async findRoot(size) {
      return (await get(checkpointKey(size)))?.['root'] as string | undefined;
    },

    async fixCheckpoint(checkpoint, keyNumber) {
      // Larger than all before, as a rule; otherwise the largest stays.
      for (const guard of [keysUpdate(checkpoint.size, keyNumber), keysCheck(checkpoint.size, keyNumber)]) {
        const items = [checkpointPut(checkpoint), guard];
        const failed = await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems: items })));
        if (failed === undefined) return 'fixed';
        if (failed[0] === true) return 'other-root';
      }
      return 'other-key';
    },

    async readKeyEnds() {
      return ((await get(KEYS))?.['ends'] as readonly number[] | undefined) ?? [];
    },

    async endKey(ends, size) {
      const isKnown = 'keyNumber = :before AND #fixed = :size';
      return await put({
        Item: { pk: KEYS, keyNumber: ends.length + 2, ends: [...ends, size], fixed: size },
        // Of a log that nothing was ever sealed of, nothing is known.
        ConditionExpression: ends.length === 0 && size === 0 ? `${IS_NEW} OR (${isKnown})` : isKnown,
        ExpressionAttributeNames: FIXED,
        ExpressionAttributeValues: { ':before': ends.length + 1, ':size': size },
      });
    },

    async readSealed() {
      const item = await get(SEALED);
      return item && { size: item['size'] as number, root: item['root'] as string };
    },

    async saveSealed({ size, root }: Checkpoint) {
      await put({
        Item: { pk: SEALED, size, root },
        ConditionExpression: `${IS_NEW} OR #size < :size`,
        ExpressionAttributeNames: { '#size': 'size' },
        ExpressionAttributeValues: { ':size': size },
      });
    },

    async findCatchUp() {
      const item = await get(CATCH_UP);
      if (item === undefined) return undefined;
      const { pk: _pk, ...walk } = item;
      return walk as unknown as CatchUp;
    },

    async saveCatchUp(walk, expectedRevision) {
      return await put({
        Item: { pk: CATCH_UP, ...walk },
        ConditionExpression: expectedRevision === 0 ? IS_NEW : 'revision = :expected',
        ...(expectedRevision > 0 && { ExpressionAttributeValues: { ':expected': expectedRevision } }),
      });
    },
  };
}

function table(): string {
  return fromEnvironment('logTable');
}

const entryKey = (id: string) => `ENTRY#${id}`;
const subjectKey = (subject: string) => `SUBJECT#${subject}`;
const batchKey = (from: number) => `BATCH#${padded(from)}`;
const checkpointKey = (size: number) => `CHECKPOINT#${padded(size)}`;

function padded(position: number): string {
  return String(position).padStart(POSITION_DIGITS, '0');
}

function headUpdate({ from, leaves, wakeMs }: CommitEntries): TransactItem {
  return {
    Update: {
      TableName: table(),
      Key: { pk: HEAD },
      UpdateExpression: `SET #size = :after${wakeMs === undefined ? '' : ', wakeMs = :wake'}`,
      ConditionExpression: from === 0 ? 'attribute_not_exists(#size)' : '#size = :from',
      ExpressionAttributeNames: { '#size': 'size' },
      ExpressionAttributeValues: {
        ':after': from + leaves.length,
        ...(from > 0 && { ':from': from }),
        ...(wakeMs !== undefined && { ':wake': wakeMs }),
      },
    },
  };
}

function batchPut({ from, leaves, nowMs }: CommitEntries): TransactItem {
  return putNew({ pk: batchKey(from), leaves, committedMs: nowMs });
}

function entryPuts({ from, entryIds }: CommitEntries): TransactItem[] {
  return entryIds.map((id, offset) => putNew({ pk: entryKey(id), index: from + offset }));
}

function countUpdates({ counts }: CommitEntries): TransactItem[] {
  return counts.map(({ subject, before, after }) => ({
    Update: {
      TableName: table(),
      Key: { pk: subjectKey(subject) },
      UpdateExpression: 'SET #count = :after',
      ConditionExpression: before === 0 ? 'attribute_not_exists(#count)' : '#count = :before',
      ExpressionAttributeNames: { '#count': 'count' },
      ExpressionAttributeValues: { ':after': after, ...(before > 0 && { ':before': before }) },
    },
  }));
}

function checkpointPut({ size, root }: Checkpoint): TransactItem {
  return {
    Put: {
      TableName: table(),
      Item: { pk: checkpointKey(size), root },
      ConditionExpression: `${IS_NEW} OR root = :root`,
      ExpressionAttributeValues: { ':root': root },
    },
  };
}

function keysUpdate(size: number, keyNumber: number): TransactItem {
  const isLarger = 'keyNumber = :key AND #fixed < :size';
  return {
    Update: {
      TableName: table(),
      Key: { pk: KEYS },
      UpdateExpression: 'SET #fixed = :size, keyNumber = :key',
      ConditionExpression: keyNumber === 1 ? `${IS_NEW} OR (${isLarger})` : isLarger,
      ExpressionAttributeNames: FIXED,
      ExpressionAttributeValues: { ':key': keyNumber, ':size': size },
    },
  };
}

function keysCheck(size: number, keyNumber: number): TransactItem {
  return {
    ConditionCheck: {
      TableName: table(),
      Key: { pk: KEYS },
      ConditionExpression: 'keyNumber = :key AND #fixed >= :size',
      ExpressionAttributeNames: FIXED,
      ExpressionAttributeValues: { ':key': keyNumber, ':size': size },
    },
  };
}

function putNew(item: Item): TransactItem {
  return { Put: { TableName: table(), Item: item, ConditionExpression: IS_NEW } };
}

async function get(pk: string): Promise<Item | undefined> {
  const { Item } = await dynamoClient().send(new GetCommand({ TableName: table(), Key: { pk }, ConsistentRead: true }));
  return Item;
}

/** By key, those that are there. Throws RetryableError. */
async function getAll(keys: readonly string[]): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  // DynamoDB refuses to be asked for one thing twice.
  let left: Record<string, unknown>[] = [...new Set(keys)].map((pk) => ({ pk }));
  for (let attempt = 1; attempt <= READ_TRIES; attempt += 1) {
    const { Responses, UnprocessedKeys } = await dynamoClient().send(
      new BatchGetCommand({ RequestItems: { [table()]: { Keys: left, ConsistentRead: true } } }),
    );
    for (const item of Responses?.[table()] ?? []) found.set(String(item['pk']), item);
    left = UnprocessedKeys?.[table()]?.Keys ?? [];
    if (left.length === 0) return found;
    await sleep(Math.random() * READ_WAIT_MS * 2 ** (attempt - 1));
  }
  throw new RetryableError(`${left.length} of ${keys.length} positions could not be read for now`);
}

/** False when the condition failed. */
async function put(input: Omit<PutCommandInput, 'TableName'>): Promise<boolean> {
  try {
    await dynamoClient().send(new PutCommand({ TableName: table(), ...input }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function toHead(item: Item | undefined): LogHead {
  const { size = 0, wakeMs } = (item ?? {}) as { readonly size?: number; readonly wakeMs?: number };
  return { size, ...(wakeMs !== undefined && { wakeMs }) };
}

function toNumber(key: string, value: unknown): readonly (readonly [string, number])[] {
  return typeof value === 'number' ? [[key, value]] : [];
}
