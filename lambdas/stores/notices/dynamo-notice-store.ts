// Notices in the identities table. What is due lies in the index of what the sweep looks at next, in shards of its own.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Way } from '../../core/requests/notice-settings.ts';
import { type Recipient, recipientKey } from '../../core/requests/notices.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, queryPages } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { IDENTITY_INDEXES } from '../identities/keys.ts';
import { get, type Item, update } from '../identities/table.ts';
import type { DecisionLink, KeptNotice, NoticeStore, Watch } from './notice-store.ts';

const WATCH = 'REQUESTS';
const WATCH_SHARD = 'requests';
/** Of each way its own: one that is not set up, or fails, is in the way of no other. */
const NOTICE_SHARDS = { mail: 'notices', slack: 'notices-slack', teams: 'notices-teams' } as const;
const NOTICE_SORTS = { mail: 'NOTICE#', slack: 'SLACK#', teams: 'TEAMS#' } as const;
const { indexName } = IDENTITY_INDEXES.nextCheck;
/** Of 1 MB each: some ten thousand notices. */
const MAXIMUM_PAGES = 10;
const MAXIMUM_DUE = 1_000;
/** A link answers that it has expired for so long. */
const EXPIRED_LINK_MS = 7 * 86_400_000;

function noticePartition(recipient: Recipient): string {
  return `NOTICE#${recipientKey(recipient)}`;
}

function noticeKey({ recipient, key, way }: Pick<KeptNotice, 'recipient' | 'key' | 'way'>) {
  return { pk: noticePartition(recipient), sk: `${NOTICE_SORTS[way]}${key}` };
}

function linkKey(linkId: string) {
  return { pk: `LINK#${linkId}`, sk: 'LINK' };
}

export function dynamoNoticeStore(): NoticeStore {
  return {
    async wake(identityId, atMs) {
      await update({
        Key: { pk: identityId, sk: WATCH },
        UpdateExpression: 'SET nextCheckShard = :shard, nextCheckMs = :at ADD wakes :one',
        ExpressionAttributeValues: { ':shard': WATCH_SHARD, ':at': atMs, ':one': 1 },
      });
    },

    async listWatched(nowMs, limit) {
      return (await listDue(WATCH_SHARD, nowMs, limit)).map(toWatch);
    },

    async saveWatch({ identityId, dueMs, told, wakes }) {
      const next = dueMs === undefined ? 'REMOVE nextCheckShard, nextCheckMs' : ', nextCheckMs = :due';
      const saved = await update({
        Key: { pk: identityId, sk: WATCH },
        UpdateExpression: `SET told = :told ${next}`,
        ConditionExpression: 'wakes = :wakes',
        ExpressionAttributeValues: {
          ':told': told,
          ':wakes': wakes,
          ...(dueMs !== undefined && { ':due': dueMs }),
        },
      });
      return saved !== undefined;
    },

    async note(notice, expiresMs) {
      const { dueMs, tries, ...told } = notice;
      try {
        await dynamoClient().send(
          new PutCommand({
            TableName: fromEnvironment('identitiesTable'),
            Item: {
              ...noticeKey(notice),
              notice: told,
              tries,
              nextCheckShard: NOTICE_SHARDS[notice.way],
              nextCheckMs: dueMs,
              [EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000),
            },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async listAsked(recipient, { limit, after }) {
      const pk = noticePartition(recipient);
      const { Items = [], LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('identitiesTable'),
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :asked)',
          ExpressionAttributeValues: { ':pk': pk, ':asked': 'NOTICE#asked/' },
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk, sk: undefined }),
        }),
      );
      return { items: Items.map(toNotice), next: encodeCursor(LastEvaluatedKey) };
    },

    async listDue(way, nowMs, limit) {
      return (await listDue(NOTICE_SHARDS[way], nowMs, limit)).map(toNotice);
    },

    async listDueOf(way, recipient, nowMs) {
      const items = await queryPages(
        {
          TableName: fromEnvironment('identitiesTable'),
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :way)',
          FilterExpression: 'nextCheckMs <= :now',
          ExpressionAttributeValues: {
            ':pk': noticePartition(recipient),
            ':way': NOTICE_SORTS[way],
            ':now': nowMs,
          },
        },
        MAXIMUM_PAGES,
      );
      return items.slice(0, MAXIMUM_DUE).map(toNotice);
    },

    async take(notice) {
      const taken = await update({
        Key: noticeKey(notice),
        UpdateExpression: 'SET tries = :next REMOVE nextCheckShard, nextCheckMs',
        ConditionExpression: 'nextCheckMs = :due AND tries = :tries',
        ExpressionAttributeValues: { ':due': notice.dueMs, ':tries': notice.tries, ':next': notice.tries + 1 },
      });
      return taken !== undefined;
    },

    async putBack(notice, dueMs) {
      await update({
        Key: noticeKey(notice),
        UpdateExpression: 'SET nextCheckShard = :shard, nextCheckMs = :due',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(nextCheckMs) AND tries = :tries',
        ExpressionAttributeValues: { ':shard': NOTICE_SHARDS[notice.way], ':due': dueMs, ':tries': notice.tries + 1 },
      });
    },

    async saveLink(link) {
      await dynamoClient().send(
        new PutCommand({
          TableName: fromEnvironment('identitiesTable'),
          Item: {
            ...linkKey(link.linkId),
            link,
            [EXPIRY_ATTRIBUTE]: Math.ceil((link.expiresMs + EXPIRED_LINK_MS) / 1_000),
          },
        }),
      );
    },

    async findLink(linkId) {
      return (await get(linkKey(linkId)))?.['link'] as DecisionLink | undefined;
    },
  };
}

async function listDue(shard: string, nowMs: number, limit: number): Promise<readonly Item[]> {
  const { Items = [] } = await dynamoClient().send(
    new QueryCommand({
      TableName: fromEnvironment('identitiesTable'),
      IndexName: indexName,
      KeyConditionExpression: 'nextCheckShard = :shard AND nextCheckMs <= :now',
      ExpressionAttributeValues: { ':shard': shard, ':now': nowMs },
      Limit: limit,
    }),
  );
  return Items;
}

function toWatch({ pk, nextCheckMs, told = [], wakes }: Item): Watch {
  return {
    identityId: pk as string,
    dueMs: nextCheckMs as number,
    told: told as readonly string[],
    wakes: wakes as number,
  };
}

/** What went out is no longer due; whoever asks for it looks at what it says only. Before there were chats, all was mailed. */
function toNotice({ notice, tries, nextCheckMs = 0 }: Item): KeptNotice {
  const told = notice as Omit<KeptNotice, 'dueMs' | 'tries' | 'way'> & { readonly way?: Way };
  return { ...told, way: told.way ?? 'mail', tries: tries as number, dueMs: nextCheckMs as number };
}
