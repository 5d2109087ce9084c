// The directory in DynamoDB: an identity is its partition, and the indexes hold the headers of all.
import { GetCommand, QueryCommand, type QueryCommandInput, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { AccountRecord } from '../../core/access/account-record.ts';
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { nextCheckChange, toHeader, toTask, withoutKeys } from '../identities/items.ts';
import {
  accountKey,
  addressKey,
  ERASED,
  emailLookup,
  HEADER,
  headerKey,
  IDENTITY_INDEXES,
  NEXT_CHECK_SHARDS,
} from '../identities/keys.ts';
import { lookUp } from '../identities/look-up.ts';
import { auditPuts, get, type Item, queryAll, queryPage, update, write } from '../identities/table.ts';
import { unpacked } from '../packed-items.ts';
import type { Page, PageRequest } from '../page.ts';
import type { AddressClaim, DirectoryStore, Segment } from './directory-store.ts';

export function dynamoDirectoryStore(): DirectoryStore {
  return {
    async load(identityId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': identityId },
        ConsistentRead: true,
      });
      return toRecord(items);
    },

    async glimpse(identityId, applicationId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': identityId, ':from': 'FACT#', ':to': HEADER },
      });
      if (!items.some(({ sk }) => sk === HEADER)) return undefined;
      const { Item: account } = await dynamoClient().send(
        new GetCommand({ TableName: fromEnvironment('identitiesTable'), Key: accountKey(identityId, applicationId) }),
      );
      return toRecord(account === undefined ? items : [...items, unpacked(account)]);
    },

    listIdentities: ({ managerId, ...page }) =>
      managerId === undefined ? scanDirectory(page) : queryPage(IDENTITY_INDEXES.byManager, managerId, page, toHeader),

    async listOwnedBy(ownerId) {
      const items = await queryAll({
        IndexName: IDENTITY_INDEXES.byOwner.indexName,
        KeyConditionExpression: 'ownerId = :owner',
        ExpressionAttributeValues: { ':owner': ownerId },
      });
      return items.map(toHeader);
    },

    findByEmail: (email) => lookUp(emailLookup(email)),

    async claimAddress({ address, identityId, epoch, insteadOf }) {
      const Key = addressKey(address);
      const claimed = await update({
        Key,
        UpdateExpression: 'SET identityId = :id, epoch = :epoch',
        ConditionExpression:
          'attribute_not_exists(pk) OR (identityId = :id AND epoch <= :epoch)' +
          (insteadOf ? ' OR (identityId = :other AND epoch = :otherEpoch)' : ''),
        ExpressionAttributeValues: {
          ':id': identityId,
          ':epoch': epoch,
          ...(insteadOf && { ':other': insteadOf.identityId, ':otherEpoch': insteadOf.epoch }),
        },
      });
      if (claimed !== undefined) return undefined;
      const holder = withoutKeys<AddressClaim>((await get(Key)) ?? {});
      return holder.identityId === identityId ? undefined : holder;
    },

    async listDue(nowMs, limit, except = new Set()) {
      const shards = NEXT_CHECK_SHARDS.map((shard) => new DueInShard(shard, nowMs, pageSizeFor(limit), except));
      for (;;) {
        const due = shards.flatMap(({ found }) => found).sort((a, b) => dueMs(a) - dueMs(b));
        const last = due[limit - 1];
        const neededMs = last === undefined ? Number.POSITIVE_INFINITY : dueMs(last);
        const unread = shards.filter(({ readToMs }) => readToMs < neededMs);
        if (unread.length === 0) return due.slice(0, limit);
        await Promise.all(unread.map((shard) => shard.readOn()));
      }
    },

    async saveNextCheck(identityId, nextCheckMs) {
      await update(savedCheck(identityId, nextCheckMs));
    },

    async saveNextChecks(identityIds, nextCheckMs, audit) {
      let known = identityIds;
      for (;;) {
        const checks = known.map((identityId) => ({
          Update: { TableName: fromEnvironment('identitiesTable'), ...savedCheck(identityId, nextCheckMs) },
        }));
        const failed = await write([...checks, ...auditPuts(audit)]);
        const left = known.filter((_, index) => !failed?.[index]);
        // Written; or its entry is there, and so is what was written with it.
        if (left.length === known.length) return;
        known = left;
      }
    },

    async moveCheck(identityId, fromMs, toMs) {
      const { set, remove, values } = nextCheckChange(identityId, toMs);
      const moved = await update({
        Key: headerKey(identityId),
        UpdateExpression: set === '' ? `REMOVE ${remove.slice(2)}` : `SET ${set.slice(2)}`,
        ConditionExpression: 'nextCheckMs = :from',
        ExpressionAttributeValues: { ...values, ':from': fromMs ?? null },
      });
      return moved !== undefined;
    },

    async saveUndelivered(identityId, undelivered) {
      await update({
        Key: headerKey(identityId),
        UpdateExpression: 'SET undelivered = :undelivered',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':undelivered': undelivered },
      });
    },
  };
}

/** Nothing is written about one that is not known. */
function savedCheck(identityId: string, nextCheckMs: number) {
  const { set, values } = nextCheckChange(identityId, nextCheckMs);
  return {
    Key: headerKey(identityId),
    UpdateExpression: `SET ${set.slice(2)}`,
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: values,
  };
}

async function scanDirectory({
  limit,
  after,
  segment,
}: PageRequest & { readonly segment?: Segment | undefined }): Promise<Page<IdentityHeader>> {
  const { indexName, partitionKey } = IDENTITY_INDEXES.directory;
  const { Items, LastEvaluatedKey } = await dynamoClient().send(
    new ScanCommand({
      TableName: fromEnvironment('identitiesTable'),
      IndexName: indexName,
      Limit: limit,
      ...(segment && { Segment: segment.index, TotalSegments: segment.of }),
      ExclusiveStartKey: decodeCursor(after, { pk: undefined, sk: undefined, [partitionKey]: undefined }),
    }),
  );
  return { items: (Items ?? []).map(toHeader), next: encodeCursor(LastEvaluatedKey) };
}

/** Identities are spread over the shards by chance: with this much of each it is rare that one must be read further. */
function pageSizeFor(limit: number): number {
  return Math.ceil((1.5 * limit) / NEXT_CHECK_SHARDS.length) + 2;
}

function dueMs({ nextCheckMs = Number.POSITIVE_INFINITY }: IdentityHeader): number {
  return nextCheckMs;
}

/** Those due in one shard, the longest due first, read page by page as far as is needed. */
class DueInShard {
  readonly found: IdentityHeader[] = [];
  /** Whoever is due by then and is wanted is in `found` (epoch ms): before the first page nobody, after the last everybody. */
  readToMs = Number.NEGATIVE_INFINITY;
  readonly #query: QueryCommandInput;
  readonly #except: ReadonlySet<string>;

  constructor(shard: string, nowMs: number, pageSize: number, except: ReadonlySet<string>) {
    this.#except = except;
    this.#query = {
      TableName: fromEnvironment('identitiesTable'),
      IndexName: IDENTITY_INDEXES.nextCheck.indexName,
      KeyConditionExpression: 'nextCheckShard = :shard AND nextCheckMs <= :now',
      ExpressionAttributeValues: { ':shard': shard, ':now': nowMs },
      Limit: pageSize,
    };
  }

  async readOn(): Promise<void> {
    const { Items = [], LastEvaluatedKey } = await dynamoClient().send(new QueryCommand(this.#query));
    this.found.push(...Items.map(toHeader).filter(({ identityId }) => !this.#except.has(identityId)));
    this.#query.ExclusiveStartKey = LastEvaluatedKey;
    this.readToMs = LastEvaluatedKey === undefined ? Number.POSITIVE_INFINITY : Number(LastEvaluatedKey.nextCheckMs);
  }
}

function toRecord(items: readonly Item[]): IdentityRecord | undefined {
  const header = items.find(({ sk }) => sk === HEADER);
  if (header === undefined) return undefined;
  const erased = items.find(({ sk }) => sk === ERASED);
  const under = (prefix: string) => items.filter(({ sk }) => (sk as string).startsWith(prefix));
  return {
    header: toHeader(header),
    facts: under('FACT#').map(({ fact }) => fact as Fact),
    effects: under('EFFECT#').map(({ instantMs }) => instantMs as number),
    accounts: under('ACCOUNT#').map((item) => withoutKeys<AccountRecord>(item)),
    tasks: under('TASK#').map(toTask),
    ...(erased && { erasedMs: erased['erasedMs'] as number }),
  };
}
