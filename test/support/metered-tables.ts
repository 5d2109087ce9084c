// Tenure's tables in this process, behind the client that the real stores use: what a deployed table would have been asked
// for is counted in the units that DynamoDB bills. test/stores/metered-tables.test.ts holds it to the stores' contracts.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ALERTS_INDEX } from '../../lambdas/stores/activity/dynamo-activity-store.ts';
import { IDENTITY_INDEXES, type IdentityIndex } from '../../lambdas/stores/identities/keys.ts';
import { conditionHolds, type Item, type Naming, sizeOf, updated } from './dynamo-expressions.ts';
import { keep, segmentOf } from './memory-table.ts';

export const TABLE_NAMES = {
  identities: 'identities',
  audit: 'audit',
  rateLimits: 'rate-limits',
  log: 'log',
  subjects: 'subjects',
  activity: 'activity',
} as const;

const ACTIVITY_INDEX: IdentityIndex = {
  ...ALERTS_INDEX,
  sortKey: { name: ALERTS_INDEX.sortKey, type: 'number' },
};
const INDEXES: readonly IdentityIndex[] = Object.values(IDENTITY_INDEXES);
const READ_BYTES = 4_096;
const WRITE_BYTES = 1_024;
const PAGE_BYTES = 1_048_576;
const TRANSACTION_ITEMS = 100;
/** Of one item, and of all in a transaction: what is larger is refused. */
const ITEM_BYTES = 400 * 1_024;
const TRANSACTION_BYTES = 4 * 1_024 * 1_024;
const PARTITION = /^(\w+) = (:\w+)/;

export interface Units {
  requests: number;
  reads: number;
  writes: number;
}

interface Request extends Naming {
  readonly TableName: string;
  readonly Key: Item;
  readonly Item: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly IndexName?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ConsistentRead?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly Limit?: number;
  readonly ScanIndexForward?: boolean;
  readonly Segment?: number;
  readonly TotalSegments?: number;
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Item[] }>>;
  readonly TransactItems: readonly Readonly<Record<string, Request>>[];
}

/** What one item is to become, on its condition. */
interface Change {
  readonly table: Table;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly holds: boolean;
}

class Table {
  readonly keys: readonly string[];
  readonly indexes: readonly IdentityIndex[];
  readonly items = new Map<string, Item>();
  /** The same by the value of the partition key. */
  readonly #partitions = new Map<unknown, Map<string, Item>>();
  /** By index and the value of its partition key, in the index's order. */
  readonly #indexed = new Map<string, Item[]>();
  /** Changes that the indexes do not show yet, the oldest first. */
  readonly #late: { readonly atMs: number; readonly before: Item | undefined; readonly after: Item | undefined }[] = [];
  readonly #indexLagMs: number;
  readonly #orders: ReadonlyMap<IdentityIndex, Order>;

  constructor(keys: readonly string[], indexes: readonly IdentityIndex[] = [], indexLagMs = 0) {
    this.keys = keys;
    this.indexes = indexes;
    this.#indexLagMs = indexLagMs;
    this.#orders = new Map(indexes.map((index) => [index, orderOf(this, index, true).order]));
  }

  keyOf(item: Item): string {
    return JSON.stringify(this.keys.map((name) => item[name]));
  }

  put(key: string, item: Item | undefined): void {
    const before = this.items.get(key);
    const partition = this.#partition((item ?? before)?.[this.keys[0] ?? '']);
    if (item === undefined) {
      this.items.delete(key);
      partition.delete(key);
    } else {
      this.items.set(key, item);
      partition.set(key, item);
    }
    const isIndexed = (one: Item | undefined) => this.indexes.some((index) => inIndex(index, one) !== undefined);
    if (isIndexed(before) || isIndexed(item)) {
      this.#late.push({ atMs: Date.now() + this.#indexLagMs, before, after: item });
    }
  }

  /** Those that a condition on the partition key may be about; all without one. */
  under({ KeyConditionExpression, ExpressionAttributeValues = {} }: Request): Iterable<Item> {
    const [, name, value = ''] = PARTITION.exec(KeyConditionExpression ?? '') ?? [];
    return name === this.keys[0] ? this.#partition(ExpressionAttributeValues[value]).values() : this.items.values();
  }

  /** The same as an index shows them, in its order. */
  inIndex(index: IdentityIndex, { KeyConditionExpression, ExpressionAttributeValues = {} }: Request): readonly Item[] {
    this.#catchUp();
    const [, , value = ''] = PARTITION.exec(KeyConditionExpression ?? '') ?? [];
    return this.#indexed.get(`${index.indexName} ${String(ExpressionAttributeValues[value])}`) ?? [];
  }

  #catchUp(): void {
    const nowMs = Date.now();
    const shown = this.#late.findIndex(({ atMs }) => atMs > nowMs);
    for (const { before, after } of this.#late.splice(0, shown < 0 ? this.#late.length : shown)) {
      for (const index of this.indexes) this.#show(index, before, after);
    }
  }

  #show(index: IdentityIndex, before: Item | undefined, after: Item | undefined): void {
    const order = this.#orders.get(index) as Order;
    const [was, is] = [inIndex(index, before), inIndex(index, after)];
    const stays = was !== undefined && is !== undefined && was[index.partitionKey] === is[index.partitionKey];
    if (stays && order(was, is) === 0) {
      const shown = this.#shown(index, is);
      shown[placeOf(shown, is, order)] = is;
      return;
    }
    if (was !== undefined) {
      const shown = this.#shown(index, was);
      shown.splice(placeOf(shown, was, order), 1);
    }
    if (is !== undefined) {
      const shown = this.#shown(index, is);
      shown.splice(placeOf(shown, is, order), 0, is);
    }
  }

  #shown(index: IdentityIndex, item: Item): Item[] {
    const key = `${index.indexName} ${String(item[index.partitionKey])}`;
    const known = this.#indexed.get(key);
    if (known !== undefined) return known;
    const shown: Item[] = [];
    this.#indexed.set(key, shown);
    return shown;
  }

  #partition(value: unknown): Map<string, Item> {
    const known = this.#partitions.get(value);
    if (known !== undefined) return known;
    const partition = new Map<string, Item>();
    this.#partitions.set(value, partition);
    return partition;
  }
}

export class MeteredTables {
  readonly units: Units = { requests: 0, reads: 0, writes: 0 };
  /** The keys of facts and effects in the order in which they were put: what the table's stream would deliver. */
  readonly inserted: { readonly pk: string; readonly sk: string }[] = [];
  /** What happened to the items of the audit table, in order: what its stream would tell. */
  readonly audited: { readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'; readonly item: Item }[] = [];
  readonly #tables: Readonly<Record<string, Table>>;
  readonly #send = DynamoDBDocumentClient.prototype.send;
  readonly #before: () => Promise<void>;

  /**
   * @param before awaited before each request is answered
   * @param indexLagMs how late an index shows what was written
   */
  constructor(before: () => Promise<void> = async () => {}, indexLagMs = 0) {
    this.#before = before;
    this.#tables = {
      [TABLE_NAMES.identities]: new Table(['pk', 'sk'], INDEXES, indexLagMs),
      [TABLE_NAMES.audit]: new Table(['pk', 'sk']),
      [TABLE_NAMES.rateLimits]: new Table(['applicationId']),
      [TABLE_NAMES.log]: new Table(['pk']),
      [TABLE_NAMES.subjects]: new Table(['pk']),
      [TABLE_NAMES.activity]: new Table(['pk', 'sk'], [ACTIVITY_INDEX], indexLagMs),
    };
  }

  /** From now on every client asks these tables. */
  install(): void {
    const answer = (command: { readonly input: object }) => this.#answer(command.constructor.name, command.input);
    DynamoDBDocumentClient.prototype.send = (async (command: never) => {
      await this.#before();
      return answer(command);
    }) as never;
  }

  /** Told of each request: what it is, and of which items. */
  onRequest: ((command: string, items: readonly string[]) => void) | undefined;

  uninstall(): void {
    DynamoDBDocumentClient.prototype.send = this.#send;
  }

  /** Every item there is, with the name of its table. */
  everything(): readonly (readonly [table: string, item: Item])[] {
    return Object.entries(this.#tables).flatMap(([name, { items }]) =>
      [...items.values()].map((item) => [name, item] as const),
    );
  }

  /** Whether the sweep would find anybody. */
  isAnythingDue(nowMs: number): boolean {
    const { items } = this.#table({ TableName: TABLE_NAMES.identities });
    return [...items.values()].some(({ nextCheckMs }) => typeof nextCheckMs === 'number' && nextCheckMs <= nowMs);
  }

  #answer(command: string, input: object): object {
    const request = input as Request;
    this.units.requests += 1;
    this.onRequest?.(command.replace('Command', ''), itemsOf(request));
    switch (command) {
      case 'GetCommand':
        return { Item: this.#get(request) };
      case 'BatchGetCommand':
        return this.#batchGet(request);
      case 'QueryCommand':
      case 'ScanCommand':
        return this.#query(request);
      case 'PutCommand':
      case 'UpdateCommand':
      case 'DeleteCommand':
        return this.#write(command.replace('Command', ''), request);
      case 'TransactWriteCommand':
        return this.#transact(request);
      default:
        throw new Error(`these tables do not know ${command}`);
    }
  }

  #table({ TableName }: Pick<Request, 'TableName'>): Table {
    const table = this.#tables[TableName];
    if (table === undefined) throw new Error(`there is no table ${TableName}`);
    return table;
  }

  #get({ Key, ConsistentRead, ...request }: Request): Item | undefined {
    const table = this.#table(request);
    const item = table.items.get(table.keyOf(Key));
    this.#read(item === undefined ? 0 : sizeOf(item), ConsistentRead);
    return item && projected(item, request);
  }

  #batchGet({ RequestItems }: Request): object {
    const entries = Object.entries(RequestItems).map(([TableName, { Keys, ...how }]) => [
      TableName,
      Keys.flatMap((Key) => this.#get({ ...how, TableName, Key } as Request) ?? []),
    ]);
    return { Responses: Object.fromEntries(entries) };
  }

  #query(request: Request): object {
    const table = this.#table(request);
    const index = table.indexes.find(({ indexName }) => indexName === request.IndexName);
    const { order, keysOf } = orderOf(table, index, request.ScanIndexForward !== false);
    const page: Item[] = [];
    let bytes = 0;
    let isPart = false;
    const { Segment, TotalSegments = 1 } = request;
    for (const item of foundBy(table, index, request, order)) {
      if (Segment !== undefined && segmentOf(String(item['pk']), TotalSegments) !== Segment) continue;
      isPart = page.length === request.Limit || bytes > PAGE_BYTES;
      if (isPart) break;
      const seen = index?.keysOnly ? keysOf(item) : item;
      bytes += sizeOf(seen);
      page.push(seen);
    }
    this.#read(bytes, request.ConsistentRead);
    const last = page.at(-1);
    const Items = page
      .filter((item) => conditionHolds(request.FilterExpression, item, request))
      .map((item) => projected(item, request));
    const isNamed = isPart || page.length === request.Limit;
    return { Items, ...(isNamed && last && { LastEvaluatedKey: keysOf(last) }) };
  }

  #write(kind: string, request: Request): object {
    const change = this.#change(kind, request);
    requireIndexKeys([change]);
    requireSize([change]);
    this.#bill(change, 1);
    if (!change.holds) throw refusal(request, change);
    this.#apply(change);
    return { Attributes: change.after };
  }

  #transact({ TransactItems }: Request): object {
    const changes = TransactItems.flatMap((item) => Object.entries(item)).map(([kind, request]) =>
      this.#change(kind, request),
    );
    const keys = new Set(changes.map(({ table, key }) => `${table.keys.join()} ${key} ${table.indexes.length}`));
    if (changes.length > TRANSACTION_ITEMS || keys.size < changes.length) throw new Error('no such transaction');
    requireIndexKeys(changes);
    requireSize(changes);
    for (const change of changes) this.#bill(change, 2);
    if (changes.some(({ holds }) => !holds)) {
      throw new TransactionCanceledException({
        message: 'a condition failed',
        $metadata: {},
        CancellationReasons: changes.map(({ holds }) => ({ Code: holds ? 'None' : 'ConditionalCheckFailed' })),
      });
    }
    for (const change of changes) this.#apply(change);
    return {};
  }

  #change(kind: string, request: Request): Change {
    const table = this.#table(request);
    const key = table.keyOf(kind === 'Put' ? request.Item : request.Key);
    const before = table.items.get(key);
    const holds = conditionHolds(request.ConditionExpression, before ?? {}, request);
    const becomes = (): Item | undefined => {
      if (kind === 'Put') return keep(request.Item);
      if (kind === 'Update') return keep(updated(before ?? request.Key, request.UpdateExpression ?? '', request));
      return kind === 'Delete' ? undefined : before;
    };
    return { table, key, before, after: holds ? becomes() : before, holds };
  }

  #apply({ table, key, before, after }: Change): void {
    table.put(key, after);
    if (table === this.#tables[TABLE_NAMES.audit]) {
      const eventName = before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY';
      const item = after ?? before;
      if (item !== undefined) this.audited.push({ eventName, item });
    }
    const { pk, sk } = (after ?? {}) as { readonly pk?: string; readonly sk?: string };
    const isTold = before === undefined && (sk?.startsWith('FACT#') || sk?.startsWith('EFFECT#'));
    if (isTold && pk !== undefined && sk !== undefined) this.inserted.push({ pk, sk });
  }

  #read(bytes: number, consistent = false): void {
    this.units.reads += Math.max(1, Math.ceil(bytes / READ_BYTES)) * (consistent ? 1 : 0.5);
  }

  /** Of the larger of both states; a write that is refused is billed as well. Indexes are written after a transaction. */
  #bill({ table, before, after, holds }: Change, factor: number): void {
    const bytes = Math.max(sizeOf(before ?? {}), sizeOf(after ?? {}));
    this.units.writes += factor * writeUnits(bytes);
    if (!holds) return;
    for (const index of table.indexes) this.units.writes += indexUnits(index, before, after);
  }
}

type Order = (a: Item, b: Item) => number;

/** What is a key of an index has its type, in whatever item: DynamoDB refuses any other. */
function requireIndexKeys(changes: readonly Change[]): void {
  for (const { indexName, partitionKey, sortKey } of INDEXES) {
    const types = { [partitionKey]: 'string', ...(sortKey && { [sortKey.name]: sortKey.type }) };
    for (const [name, type] of Object.entries(types)) {
      const wrong = changes.find(({ after }) => after?.[name] !== undefined && typeof after[name] !== type);
      if (wrong === undefined) continue;
      throw new DynamoDBServiceException({
        name: 'ValidationException',
        message: `Type mismatch for Index Key ${name}, IndexName: ${indexName}: expected a ${type}`,
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
      });
    }
  }
}

function requireSize(changes: readonly Change[]): void {
  const bytes = changes.map(({ after }) => sizeOf(after ?? {}));
  const whole = bytes.reduce((sum, one) => sum + one, 0);
  if (bytes.every((one) => one <= ITEM_BYTES) && whole <= TRANSACTION_BYTES) return;
  const what = whole > TRANSACTION_BYTES ? 'Transaction' : 'Item';
  throw new DynamoDBServiceException({
    name: 'ValidationException',
    message: `${what} size has exceeded the maximum allowed size`,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
  });
}

/** Shows the item as the service does, which no client makes plain. */
function refusal({ ReturnValuesOnConditionCheckFailure }: Request, { before }: Change): Error {
  const Item =
    before && ReturnValuesOnConditionCheckFailure === 'ALL_OLD'
      ? marshall(before, { removeUndefinedValues: true })
      : undefined;
  return new ConditionalCheckFailedException({ message: 'a condition failed', $metadata: {}, ...(Item && { Item }) });
}

/** What a query or a scan goes through, in its order. */
function foundBy(table: Table, index: IdentityIndex | undefined, request: Request, order: Order): Iterable<Item> {
  const { KeyConditionExpression: condition, ExclusiveStartKey: start } = request;
  if (index !== undefined && condition !== undefined) {
    return inRange(table.inIndex(index, request), request, order);
  }
  return [...table.under(request)]
    .filter((item) => index === undefined || index.partitionKey in item)
    .filter((item) => conditionHolds(condition, item, request))
    .filter((item) => start === undefined || order(item, start) > 0)
    .sort(order);
}

/** A condition on the keys holds for neighbours only, so that nothing is read beyond them. */
function* inRange(shown: readonly Item[], request: Request, order: Order): Iterable<Item> {
  const isForward = request.ScanIndexForward !== false;
  const start = request.ExclusiveStartKey;
  const ordered = isForward ? shown : shown.toReversed();
  let begun = false;
  for (let at = start === undefined ? 0 : placeAfter(ordered, start, order); at < ordered.length; at += 1) {
    const item = ordered[at] as Item;
    const holds = conditionHolds(request.KeyConditionExpression, item, request);
    if (holds) yield item;
    else if (begun) return;
    begun ||= holds;
  }
}

/** Where it is, or would be. */
function placeOf(ordered: readonly Item[], item: Item, order: Order): number {
  return firstPlace(ordered, (other) => order(other, item) >= 0);
}

function placeAfter(ordered: readonly Item[], item: Item, order: Order): number {
  return firstPlace(ordered, (other) => order(other, item) > 0);
}

function firstPlace(ordered: readonly Item[], holds: (item: Item) => boolean): number {
  let from = 0;
  let to = ordered.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(ordered[middle] as Item)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_BYTES));
}

/** An item that moves within an index is taken out and put in. */
function indexUnits(index: IdentityIndex, before: Item | undefined, after: Item | undefined): number {
  const [was, is] = [inIndex(index, before), inIndex(index, after)];
  if (was === undefined && is === undefined) return 0;
  if (was === undefined || is === undefined) return writeUnits(sizeOf(was ?? is ?? {}));
  const keysOf = (item: Item) => [item[index.partitionKey], index.sortKey && item[index.sortKey.name]];
  if (JSON.stringify(keysOf(was)) !== JSON.stringify(keysOf(is)))
    return writeUnits(sizeOf(was)) + writeUnits(sizeOf(is));
  return JSON.stringify(was) === JSON.stringify(is) ? 0 : writeUnits(Math.max(sizeOf(was), sizeOf(is)));
}

function inIndex(index: IdentityIndex, item: Item | undefined): Item | undefined {
  if (item?.[index.partitionKey] === undefined) return undefined;
  const names = [index.partitionKey, ...(index.sortKey ? [index.sortKey.name] : [])];
  if (names.some((name) => item[name] === undefined)) return undefined;
  return index.keysOnly ? pick(item, ['pk', 'sk', ...names]) : item;
}

function orderOf(table: Table, index: IdentityIndex | undefined, ascending: boolean) {
  const sortedBy = index === undefined ? table.keys.slice(1) : index.sortKey ? [index.sortKey.name] : [];
  const names = [...sortedBy, ...table.keys];
  const order = (a: Item, b: Item): number => {
    for (const name of names) {
      const [one, other] = [a[name], b[name]] as [string, string];
      if (one !== other) return one < other === ascending ? -1 : 1;
    }
    return 0;
  };
  const keyNames = [...new Set([...(index ? [index.partitionKey] : []), ...names])];
  return { order, keysOf: (item: Item) => pick(item, keyNames) };
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(names.filter((name) => name in item).map((name) => [name, item[name]]));
}

function projected(
  item: Item,
  { ProjectionExpression, ExpressionAttributeNames = {} }: Naming & Partial<Request>,
): Item {
  if (ProjectionExpression === undefined) return item;
  return pick(
    item,
    ProjectionExpression.split(/,\s*/).map((name) => ExpressionAttributeNames[name] ?? name),
  );
}

/** What it reads or writes: for each item its table, and what comes before the first "#" in its sort key. */
function itemsOf(request: Request): readonly string[] {
  const { TableName, Key, Item, IndexName, TransactItems, RequestItems, ExpressionAttributeValues } = request;
  if (TransactItems !== undefined) return TransactItems.flatMap((one) => Object.values(one).flatMap(itemsOf));
  if (RequestItems !== undefined) {
    return Object.entries(RequestItems).flatMap(([table, { Keys }]) => Keys.flatMap((key) => nameOf(table, key)));
  }
  const key = Key ?? Item;
  if (key !== undefined) return [nameOf(TableName, key)];
  // What is nobody's own has a partition with a name.
  const [name, ...more] = String(ExpressionAttributeValues?.[':pk'] ?? '').split('#');
  const which = more.length > 0 ? `all of ${name}` : `all by ${IndexName ?? 'partition'}`;
  return [`${TableName}: ${which}`];
}

function nameOf(table: string, { sk }: Item): string {
  return typeof sk === 'string' && table === TABLE_NAMES.identities ? `${table}: ${sk.split('#', 1)[0]}` : table;
}
