// What is kept of how access is used, in a table of its own. Whoever it is about is the partition: the memory, and the alerts
// beside it, which an index lists by their status. A memory is compressed, since a write is paid by the kilobyte.
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type Alert, type Mute, subjectOfAlert } from '../../core/detection/alert.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { putAuditEntry } from '../audit/audit-items.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, queryPages, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import {
  type ActivityStore,
  FETCHED_ID_DIGITS,
  fetchedId,
  type KeptMemory,
  type SourceCursor,
  type UnknownActor,
} from './activity-store.ts';

type Item = Record<string, unknown>;

/** The attribute that the table's time to live reads, in seconds. */
export const ACTIVITY_EXPIRY_ATTRIBUTE = 'expiresSeconds';
/** Holds what carries a status: alerts, and emergencies under one that no alert has. */
export const ALERTS_INDEX = { indexName: 'alerts', partitionKey: 'alertStatus', sortKey: 'foundMs' } as const;

const MEMORY = 'MEMORY';
const ALERT = 'ALERT#';
const MUTES = 'MUTES#';
const UNKNOWN = 'UNKNOWN#';
const CURSOR = 'CURSOR#';
/** Ids of records that were fetched: their hashes, 8 bytes each. */
const FETCHED = 'FETCHED#';
/** 320 kB, below what an item takes. */
const FETCHED_IDS_OF_AN_ITEM = 40_000;
/** Of 1 MB each: some three million ids. */
const MAXIMUM_FETCHED_PAGES = 25;
/** From what an account is known by to whose it is; and, with an identity, what is known of it so. */
const CLUE = 'CLUE#';
export const CLUES = 'CLUES#';
/** By what accounts were known that are gone: the lake has them for longer than that. */
const MAXIMUM_PAST_CLUES = 500;
const EMERGENCY = 'EMERGENCY#';
const EMERGENCY_STATUS = 'emergency';
const MAXIMUM_EMERGENCIES = 500;
const READ_TRIES = 4;
const CLUE_TRIES = 6;
/** More tell of nobody in particular. */
const MAXIMUM_SHARING = 20;
const MAXIMUM_MUTES = 500;
/** Of 1 MB each: thousands of alerts. */
const MAXIMUM_ERASED_PAGES = 50;
const CONCURRENT = 10;
/** A closed alert is kept for so long after it was found last. */
const ALERT_KEPT_MS = 400 * 86_400_000;
/** Many thousand times what a memory takes. */
const MAXIMUM_MEMORY_BYTES = 4_000_000;
const QUALITY = 4;

/** Nothing is left by which any of its accounts is found, nor of what is remembered and was found about it. */
export async function eraseActivity(identityId: string): Promise<void> {
  const TableName = fromEnvironment('activityTable');
  const items = await queryPages(
    {
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': identityId },
      ConsistentRead: true,
    },
    MAXIMUM_ERASED_PAGES,
  );
  const hashes = items.flatMap(({ hashes: known = [] }) => known as readonly string[]);
  await mapBounded(hashes, CONCURRENT, (hash) => changeClue(hash, (ids) => ids.filter((id) => id !== identityId)));
  await mapBounded(items, CONCURRENT, async ({ pk, sk }) => {
    await dynamoClient().send(new DeleteCommand({ TableName, Key: { pk, sk } }));
  });
}

export function dynamoActivityStore(): ActivityStore {
  const table = () => fromEnvironment('activityTable');
  return {
    async recall(subjectIds) {
      const found = await getAll(subjectIds.map(memoryKey));
      return new Map(found.map((item) => [item['pk'] as string, toMemory(item)]));
    },

    async remember({ memory, expiresMs, alerts, audit }) {
      const put = putMemory(memory, expiresMs);
      if (alerts.length === 0 && audit.length === 0) return await putOnce(put);
      return await writeAll([put, ...alerts.map(putAlert)], audit);
    },

    async findAlerts(alertIds) {
      const keys = alertIds.map(alertKey).filter((key) => key !== undefined);
      return (await getAll(keys)).map(toAlert);
    },

    async listAlerts({ status, limit, after }) {
      const { indexName, partitionKey, sortKey } = ALERTS_INDEX;
      const { Items = [], LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          IndexName: indexName,
          KeyConditionExpression: `${partitionKey} = :status`,
          ExpressionAttributeValues: { ':status': status },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, {
            pk: undefined,
            sk: undefined,
            [sortKey]: undefined,
            [partitionKey]: status,
          }),
        }),
      );
      return { items: Items.map(toAlert), next: encodeCursor(LastEvaluatedKey) };
    },

    saveAlert: (alert, audit, mute) => writeAll([putAlert(alert), ...(mute ? [{ Item: muteItem(mute) }] : [])], audit),

    async listMutes(nowMs) {
      const { Items = [] } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: 'untilMs > :now',
          ExpressionAttributeValues: { ':pk': MUTES, ':now': nowMs },
          ConsistentRead: true,
          Limit: MAXIMUM_MUTES,
        }),
      );
      return Items.map(
        ({ pk: _pk, sk: _sk, [ACTIVITY_EXPIRY_ATTRIBUTE]: _expires, ...mute }) => mute as unknown as Mute,
      );
    },

    async endMute(muteId, nowMs, audit) {
      const ending = {
        Update: {
          TableName: table(),
          Key: { pk: MUTES, sk: muteId },
          UpdateExpression: 'SET untilMs = :now',
          ConditionExpression: 'untilMs > :now',
          ExpressionAttributeValues: { ':now': nowMs },
        },
      };
      return await transactAll([ending], audit);
    },

    async findByClues(clueKeys) {
      const byHash = new Map(clueKeys.map((key) => [sha256Hex(key), key]));
      const found = await getAll([...byHash.keys()].map(clueItemKey), { consistent: false });
      return new Map(
        found.flatMap(({ pk, identityIds }) => {
          const key = byHash.get((pk as string).slice(CLUE.length));
          const ids = identityIds as readonly string[];
          return key === undefined || ids.length === 0 ? [] : [[key, ids]];
        }),
      );
    },

    async saveClues(identityId, applicationId, clueKeys) {
      const listKey = { pk: identityId, sk: `${CLUES}${applicationId}` };
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: listKey, ConsistentRead: true }),
      );
      const before = (Item?.['hashes'] as readonly string[] | undefined) ?? [];
      const after = clueKeys.map((key) => sha256Hex(key));
      // Noted before it is found by them: whoever is erased meanwhile leaves none behind.
      const added = after.filter((hash) => !before.includes(hash));
      const gone = before.filter((hash) => !after.includes(hash));
      if (added.length === 0 && gone.length === 0) return;
      const known = (Item?.['past'] as readonly string[] | undefined) ?? [];
      const past = [...new Set([...known, ...gone])].slice(-MAXIMUM_PAST_CLUES);
      await dynamoClient().send(
        new PutCommand({ TableName: table(), Item: { ...listKey, hashes: [...before, ...added], past } }),
      );
      await mapBounded(added, CONCURRENT, (hash) => changeClue(hash, (ids) => [...ids, identityId]));
      await mapBounded(gone, CONCURRENT, (hash) => changeClue(hash, (ids) => ids.filter((id) => id !== identityId)));
      await dynamoClient().send(new PutCommand({ TableName: table(), Item: { ...listKey, hashes: after, past } }));
    },

    async noteEmergency({ identityId, requestId, startsMs }) {
      const { partitionKey, sortKey } = ALERTS_INDEX;
      const Item = {
        pk: identityId,
        sk: `${EMERGENCY}${requestId}`,
        [partitionKey]: EMERGENCY_STATUS,
        [sortKey]: startsMs,
        [ACTIVITY_EXPIRY_ATTRIBUTE]: secondsOf(startsMs + ALERT_KEPT_MS),
      };
      await dynamoClient().send(new PutCommand({ TableName: table(), Item }));
    },

    async listEmergencies(fromMs, toMs) {
      const { indexName, partitionKey, sortKey } = ALERTS_INDEX;
      const { Items = [] } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          IndexName: indexName,
          KeyConditionExpression: `${partitionKey} = :status AND ${sortKey} BETWEEN :from AND :to`,
          ExpressionAttributeValues: { ':status': EMERGENCY_STATUS, ':from': fromMs, ':to': toMs },
          ScanIndexForward: false,
          Limit: MAXIMUM_EMERGENCIES,
        }),
      );
      return [...new Set(Items.map(({ pk }) => pk as string))];
    },

    async noteUnknown(actors, expiresMs) {
      await mapBounded(actors, CONCURRENT, async ({ source, actor, firstMs, lastMs, count }) => {
        await dynamoClient().send(
          new UpdateCommand({
            TableName: table(),
            Key: unknownKey(source, sha256Hex(actor)),
            UpdateExpression:
              `SET actor = :actor, firstMs = if_not_exists(firstMs, :first), lastMs = :last, ` +
              `seen = if_not_exists(seen, :none) + :count, ${ACTIVITY_EXPIRY_ATTRIBUTE} = :expires`,
            ExpressionAttributeValues: {
              ':actor': actor,
              ':first': firstMs,
              ':last': lastMs,
              ':count': count,
              ':none': 0,
              ':expires': secondsOf(expiresMs),
            },
          }),
        );
      });
    },

    async listUnknown({ source, limit, after }) {
      const pk = `${UNKNOWN}${source}`;
      const { Items = [], LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk, sk: undefined }),
        }),
      );
      const items = Items.map(({ actor, firstMs, lastMs, seen }) => {
        return { source, actor, firstMs, lastMs, count: seen } as UnknownActor;
      });
      return { items, next: encodeCursor(LastEvaluatedKey) };
    },

    async noteFetched(source, fromMs, recordIds, expiresMs) {
      for (let start = 0; start < recordIds.length; start += FETCHED_IDS_OF_AN_ITEM) {
        const ids = recordIds
          .slice(start, start + FETCHED_IDS_OF_AN_ITEM)
          .map(fetchedId)
          .join('');
        const Item = {
          pk: `${FETCHED}${source}`,
          // The same page again is the same item.
          sk: `${momentKey(fromMs)}#${sha256Hex(ids).slice(0, 32)}`,
          ids: new Uint8Array(Buffer.from(ids, 'hex')),
          [ACTIVITY_EXPIRY_ATTRIBUTE]: secondsOf(expiresMs),
        };
        await dynamoClient().send(new PutCommand({ TableName: table(), Item }));
      }
    },

    async listFetched(source, fromMs, toMs) {
      const items = await queryPages(
        {
          TableName: table(),
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': `${FETCHED}${source}`,
            ':from': momentKey(fromMs),
            ':to': `${momentKey(toMs)}#~`,
          },
          ConsistentRead: true,
        },
        MAXIMUM_FETCHED_PAGES,
      );
      const each = new RegExp(`.{${FETCHED_ID_DIGITS}}`, 'g');
      return new Set(
        items.flatMap(
          ({ ids }) =>
            Buffer.from(ids as Uint8Array)
              .toString('hex')
              .match(each) ?? [],
        ),
      );
    },

    async readCursor(source) {
      const Key = { pk: `${CURSOR}${source}`, sk: CURSOR };
      const { Item } = await dynamoClient().send(new GetCommand({ TableName: table(), Key, ConsistentRead: true }));
      if (Item === undefined) return undefined;
      const { pk: _pk, sk: _sk, ...cursor } = Item;
      return cursor as unknown as SourceCursor;
    },

    saveCursor: (source, cursor) =>
      putOnce({
        Item: { pk: `${CURSOR}${source}`, sk: CURSOR, ...cursor },
        ...onRevision(cursor.revision - 1),
      }),
  };
}

interface Put {
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Item;
}

function onRevision(before: number): Omit<Put, 'Item'> {
  if (before === 0) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return { ConditionExpression: 'revision = :before', ExpressionAttributeValues: { ':before': before } };
}

async function putOnce(put: Put): Promise<boolean> {
  try {
    await dynamoClient().send(new PutCommand({ TableName: fromEnvironment('activityTable'), ...put }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function writeAll(puts: readonly Put[], audit: readonly AuditEntry[]): Promise<boolean> {
  const TableName = fromEnvironment('activityTable');
  return transactAll(
    puts.map((put) => ({ Put: { TableName, ...put } })),
    audit,
  );
}

type TransactItem = NonNullable<ConstructorParameters<typeof TransactWriteCommand>[0]['TransactItems']>[number];

async function transactAll(items: readonly TransactItem[], audit: readonly AuditEntry[]): Promise<boolean> {
  const TransactItems = [...items, ...audit.map((entry) => ({ Put: putAuditEntry(entry) }))];
  return (await transact(() => dynamoClient().send(new TransactWriteCommand({ TransactItems })))) === undefined;
}

async function getAll(keys: readonly Item[], { consistent = true } = {}): Promise<readonly Item[]> {
  const table = fromEnvironment('activityTable');
  const found: Item[] = [];
  let left = [...keys];
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > READ_TRIES) throw new RetryableError(`${left.length} memories could not be read for now`);
    const { Responses, UnprocessedKeys } = await dynamoClient().send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: left, ConsistentRead: consistent } } }),
    );
    found.push(...(Responses?.[table] ?? []));
    left = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return found;
}

/** Whose accounts are known by a clue. Of two that change it at once the second changes what the first has left. */
async function changeClue(hash: string, change: (identityIds: readonly string[]) => readonly string[]): Promise<void> {
  for (let attempt = 1; attempt <= CLUE_TRIES; attempt += 1) {
    const Key = clueItemKey(hash);
    const { Item } = await dynamoClient().send(
      new GetCommand({ TableName: fromEnvironment('activityTable'), Key, ConsistentRead: true }),
    );
    const before = (Item?.['identityIds'] as readonly string[] | undefined) ?? [];
    const revision = (Item?.['revision'] as number | undefined) ?? 0;
    const identityIds = [...new Set(change(before))].slice(0, MAXIMUM_SHARING);
    if (await putOnce({ Item: { ...Key, identityIds, revision: revision + 1 }, ...onRevision(revision) })) return;
  }
  throw new RetryableError(`who is known by a clue changed ${CLUE_TRIES} times in a row`);
}

export function clueItemKey(hash: string): Item {
  return { pk: `${CLUE}${hash}`, sk: CLUE };
}

export function unknownKey(source: string, hash: string): Item {
  return { pk: `${UNKNOWN}${source}`, sk: hash };
}

function memoryKey(subjectId: string): Item {
  return { pk: subjectId, sk: MEMORY };
}

/** Undefined: it is no id of an alert. */
function alertKey(alertId: string): Item | undefined {
  const pk = subjectOfAlert(alertId);
  return pk === undefined ? undefined : { pk, sk: `${ALERT}${alertId.slice(pk.length + 1)}` };
}

function putMemory({ subjectId, memory, revision }: KeptMemory, expiresMs: number): Put {
  const bytes = brotliCompressSync(JSON.stringify(memory), {
    params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY },
  });
  return {
    Item: {
      ...memoryKey(subjectId),
      revision,
      memory: new Uint8Array(bytes),
      [ACTIVITY_EXPIRY_ATTRIBUTE]: secondsOf(expiresMs),
    },
    ...onRevision(revision - 1),
  };
}

function toMemory({ pk, memory, revision }: Item): KeptMemory {
  const text = brotliDecompressSync(memory as Uint8Array, { maxOutputLength: MAXIMUM_MEMORY_BYTES }).toString('utf8');
  return { subjectId: pk as string, memory: JSON.parse(text), revision: revision as number };
}

/** As it is to be: on the revision before. */
function putAlert(alert: Alert): Put {
  const { alertId, status, foundMs } = alert;
  return {
    Item: {
      ...alertKey(alertId),
      ...alert,
      [ALERTS_INDEX.partitionKey]: status,
      [ACTIVITY_EXPIRY_ATTRIBUTE]: secondsOf(foundMs + ALERT_KEPT_MS),
    },
    ...onRevision(alert.revision - 1),
  };
}

function toAlert(item: Item): Alert {
  const {
    pk: _pk,
    sk: _sk,
    [ALERTS_INDEX.partitionKey]: _status,
    [ACTIVITY_EXPIRY_ATTRIBUTE]: _expires,
    ...alert
  } = item;
  return alert as unknown as Alert;
}

function muteItem(mute: Mute): Item {
  return { pk: MUTES, sk: mute.muteId, ...mute, [ACTIVITY_EXPIRY_ATTRIBUTE]: secondsOf(mute.untilMs + ALERT_KEPT_MS) };
}

/** In the order of time, as texts are. */
function momentKey(atMs: number): string {
  return String(atMs).padStart(15, '0');
}

function secondsOf(atMs: number): number {
  return Math.ceil(atMs / 1_000);
}
