// In the identities table: CAMPAIGNS every campaign by its id; CAMPAIGN#<campaign> its parts and whom it asks about; QUEUE#<campaign>
// who has to answer about whom, by stage, reviewer and risk.
import { DeleteCommand, PutCommand, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Campaign, CampaignPerson, QueueRow } from '../../core/reviews/campaign.ts';
import type { DecisionBatch } from '../../core/reviews/campaign-decisions.ts';
import type { CampaignPart } from '../../core/reviews/campaign-parts.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { withoutKeys } from '../identities/items.ts';
import { get, type Item, queryAll, replaceItem, update, write } from '../identities/table.ts';
import { packed, unpacked } from '../packed-items.ts';
import type { Page, PageRequest } from '../page.ts';
import type { CampaignStore, QueueKey } from './campaign-store.ts';

const CAMPAIGNS = 'CAMPAIGNS';

export function dynamoCampaignStore(): CampaignStore {
  return {
    beginCampaign: (campaign, audit) => replaceItem(campaignItem(campaign), 0, audit),
    saveCampaign: (campaign, expectedRevision, audit) => replaceItem(campaignItem(campaign), expectedRevision, audit),

    async findCampaign(campaignId) {
      const item = await get({ pk: CAMPAIGNS, sk: campaignId });
      return item && toCampaign(item);
    },

    listCampaigns: (page) => queryPartition(CAMPAIGNS, page, toCampaign, { ScanIndexForward: false }),

    async listParts(campaignId) {
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :part)',
        ExpressionAttributeValues: { ':pk': partitionOf(campaignId), ':part': 'PART#' },
        ConsistentRead: true,
      });
      return items.map((item) => withoutKeys<CampaignPart>(item));
    },

    savePart: (part, expectedRevision) => replaceItem(partItem(part), expectedRevision, []),

    async savePerson(person, rows) {
      await put([personItem(person), ...rows.map(rowItem)]);
    },

    async findPerson(campaignId, identityId) {
      const item = await get(askedKey(campaignId, identityId));
      return item && withoutKeys<CampaignPerson>(item);
    },

    listQueue: ({ campaignId, stage, reviewer, ...page }) =>
      queryPartition(queueOf(campaignId), page, withoutKeys<QueueRow>, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': queueOf(campaignId), ':prefix': `${stage}#${reviewer}#` },
      }),

    listRows: ({ campaignId, ...page }) => queryPartition(queueOf(campaignId), page, withoutKeys<QueueRow>),

    async countRow(row, counts) {
      await update({
        Key: rowKey(row),
        UpdateExpression: 'SET #counts = :counts',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#counts': 'counts' },
        ExpressionAttributeValues: { ':counts': counts },
      });
    },

    async moveRows(person, from, to) {
      const Deletes = from.map((row) => ({ Delete: { TableName: table(), Key: rowKey(row) } }));
      const Puts = [personItem(person), ...to.map(rowItem)].map((Item) => ({ Put: { TableName: table(), Item } }));
      // A row that is only counted anew is not taken away and put at once.
      const kept = new Set(to.map((row) => rowKey(row).sk));
      await write([...Deletes.filter((_, at) => !kept.has(rowKey(from[at] as QueueKey).sk)), ...Puts]);
    },

    async beginBatch(batch) {
      const key = batchKey(batch);
      const isNew = await replaceItem(packed({ ...key, ...batch, revision: 1 }, 'a batch of decisions'), 0, []);
      const known = isNew ? undefined : await get(key);
      return known === undefined ? batch : withoutKeys<DecisionBatch>(known);
    },

    listBatches: ({ campaignId, ...page }) => queryPartition(batchesOf(campaignId), page, withoutKeys<DecisionBatch>),

    async endBatch(batch) {
      await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: batchKey(batch) }));
    },
  };
}

function table(): string {
  return fromEnvironment('identitiesTable');
}

function partitionOf(campaignId: string): string {
  return `CAMPAIGN#${campaignId}`;
}

function queueOf(campaignId: string): string {
  return `QUEUE#${campaignId}`;
}

function batchesOf(campaignId: string): string {
  return `BATCHES#${campaignId}`;
}

function batchKey({ campaignId, contentHash }: Pick<DecisionBatch, 'campaignId' | 'contentHash'>) {
  return { pk: batchesOf(campaignId), sk: contentHash };
}

/** `dueMs` is a key of an index, of one number: a list under that name is refused by the table. */
function campaignItem({ dueMs: stageDueMs, ...campaign }: Campaign): Item {
  return packed({ pk: CAMPAIGNS, sk: campaign.campaignId, ...campaign, stageDueMs }, 'a campaign');
}

function toCampaign(item: Item): Campaign {
  const { stageDueMs: dueMs, ...campaign } = withoutKeys<Campaign & { readonly stageDueMs?: readonly number[] }>(item);
  return { ...campaign, ...(dueMs && { dueMs }) };
}

function partItem(part: CampaignPart): Item {
  const sk = `PART#${String(part.part).padStart(2, '0')}`;
  return packed({ pk: partitionOf(part.campaignId), sk, ...part }, 'a part of a campaign');
}

export function askedKey(campaignId: string, identityId: string) {
  return { pk: partitionOf(campaignId), sk: `ASKED#${identityId}` };
}

function personItem(person: CampaignPerson): Item {
  return packed({ ...askedKey(person.campaignId, person.identityId), ...person }, 'what is asked about somebody');
}

export function rowKey({ campaignId, stage, reviewer, rank, identityId }: QueueKey) {
  return { pk: queueOf(campaignId), sk: `${stage}#${reviewer}#${rank}#${identityId}` };
}

function rowItem(row: QueueRow): Item {
  return { ...rowKey(row), ...row };
}

/** Each by itself where there are few, since a transaction costs twice as much: putting one of them again is harmless. */
async function put(items: readonly Item[]): Promise<void> {
  await Promise.all(items.map((Item) => dynamoClient().send(new PutCommand({ TableName: table(), Item }))));
}

async function queryPartition<Read>(
  pk: string,
  { limit, after }: PageRequest,
  toItem: (item: Item) => Read,
  more: Partial<QueryCommandInput> = {},
): Promise<Page<Read>> {
  const { Items, LastEvaluatedKey } = await dynamoClient().send(
    new QueryCommand({
      TableName: table(),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ...more,
      Limit: limit,
      ExclusiveStartKey: decodeCursor(after, { pk, sk: undefined }),
    }),
  );
  return { items: (Items ?? []).map((item) => toItem(unpacked(item))), next: encodeCursor(LastEvaluatedKey) };
}
