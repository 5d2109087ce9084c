// Erasing in DynamoDB. Keys that follow from what is known are deleted whether or not anything is there; what might be
// another's by now is deleted on the condition that it is this identity's.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mapBounded } from '../../core/map-bounded.ts';
import { FINDING_KINDS, subjectOf } from '../../core/reconciliation/reconciliation.ts';
import type { Traces } from '../../core/removal/erasure.ts';
import type { CampaignPerson } from '../../core/reviews/campaign.ts';
import { rowsOf } from '../../core/reviews/campaign-review.ts';
import { eraseActivity } from '../activity/dynamo-activity-store.ts';
import { askedKey, rowKey } from '../campaigns/dynamo-campaign-store.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE, HOLDS, heldKey } from '../holds/dynamo-hold-store.ts';
import {
  addressKey,
  certificateKey,
  ERASED,
  erasedKey,
  eventKey,
  HEADER,
  headerKey,
  spellingKey,
} from '../identities/keys.ts';
import { get, queryAll, type TransactItem, update, write } from '../identities/table.ts';
import { partitionOf } from '../model-changes/dynamo-model-change-store.ts';
import { personKey } from '../people/dynamo-person-store.ts';
import { foundKey } from '../reconciliations/dynamo-reconciliation-store.ts';
import type { Elsewhere, ErasureStore } from './erasure-store.ts';
import { dynamoLakeErasures } from './lake-erasures.ts';

interface Key {
  readonly pk: string;
  readonly sk: string;
}

const CONCURRENT_DELETES = 20;
/** Of a page of 1 MB: some seconds of deleting. */
const ENTRIES_AT_ONCE = 1_000;

export function dynamoErasureStore(): ErasureStore {
  return {
    ...dynamoLakeErasures(),

    async freeze({ identityId, version, epoch, holdId }) {
      const frozen = await update({
        Key: headerKey(identityId),
        UpdateExpression:
          'SET erasing = :hold, version = version + :one, epoch = epoch + :one REMOVE nextCheckMs, nextCheckShard',
        ConditionExpression: 'version = :version AND epoch = :epoch AND attribute_not_exists(erasing)',
        ExpressionAttributeValues: { ':hold': holdId, ':one': 1, ':version': version, ':epoch': epoch },
      });
      return frozen !== undefined;
    },

    async eraseTraces(traces) {
      await deletePeople(traces);
      await mapBounded(traces.campaignIds, 1, (campaignId) => deleteAsked(campaignId, traces.identityId));
      await mapBounded(ownKeys(traces), CONCURRENT_DELETES, (key) => deleteItem('identitiesTable', key));
      await mapBounded(sharedKeys(traces), CONCURRENT_DELETES, (key) => deleteOwned(key, traces.identityId));
    },

    async eraseEntries(partition, untilAt) {
      const { Items = [], LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('auditTable'),
          KeyConditionExpression: 'pk = :pk AND sk <= :until',
          // `$` comes after the `#` behind an instant.
          ExpressionAttributeValues: { ':pk': partition, ':until': `${untilAt}$` },
          ProjectionExpression: 'pk, sk',
          ConsistentRead: true,
          Limit: ENTRIES_AT_ONCE,
        }),
      );
      await mapBounded(Items as Key[], CONCURRENT_DELETES, (key) => deleteItem('auditTable', key));
      return LastEvaluatedKey === undefined ? 'done' : 'more';
    },

    async eraseIdentity({ identityId, holdId, erasedMs, expiresMs }) {
      const header = await dynamoClient().send(
        new GetCommand({
          TableName: fromEnvironment('identitiesTable'),
          Key: headerKey(identityId),
          ConsistentRead: true,
        }),
      );
      if (header.Item?.['erasing'] !== holdId) return;
      const items = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': identityId },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
      });
      const rest = (items as unknown as Key[]).filter(({ sk }) => sk !== HEADER && sk !== ERASED);
      await mapBounded(rest, CONCURRENT_DELETES, (key) => deleteItem('identitiesTable', key));
      await eraseActivity(identityId);
      await write(lastOf(identityId, holdId, erasedMs, expiresMs));
    },
  };
}

function lastOf(identityId: string, holdId: string, erasedMs: number, expiresMs: number): readonly TransactItem[] {
  const TableName = fromEnvironment('identitiesTable');
  return [
    {
      Delete: {
        TableName,
        Key: headerKey(identityId),
        ConditionExpression: 'erasing = :hold',
        ExpressionAttributeValues: { ':hold': holdId },
      },
    },
    {
      Put: {
        TableName,
        Item: { ...erasedKey(identityId), erasedMs, [EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000) },
      },
    },
  ];
}

/** What can be nobody else's. */
function ownKeys({ identityId, certificateIds, accounts, ...elsewhere }: Traces & Elsewhere): readonly Key[] {
  const { applicationIds, holdIds, namingHoldIds } = elsewhere;
  const named = [
    ...applicationIds.map((applicationId) => [applicationId, subjectOf('identity', identityId)] as const),
    ...accounts.map(({ applicationId, accountId }) => [applicationId, subjectOf('account', accountId)] as const),
  ];
  return [
    ...certificateIds.map(certificateKey),
    ...named.flatMap(([applicationId, subject]) =>
      FINDING_KINDS.map((kind) => ({ pk: foundKey(applicationId), sk: `${kind}#${subject}` })),
    ),
    ...holdIds.flatMap((holdId) => [heldKey(holdId, identityId), { pk: partitionOf(holdId, false), sk: identityId }]),
    ...namingHoldIds.map((holdId) => ({ pk: HOLDS, sk: holdId })),
  ];
}

/** What others may have by now. Each says whose it is. */
function sharedKeys({ identityId, events, addresses }: Traces): readonly Key[] {
  return [
    spellingKey(identityId),
    ...addresses.map(addressKey),
    ...events.map(({ source, sourceEventId }) => eventKey(source, sourceEventId)),
  ];
}

async function deletePeople({ identityId, sources }: Traces & Elsewhere): Promise<void> {
  for (const source of sources) {
    const ofIdentity = personKey(source, 'IDENTITY', identityId);
    const { Item } = await dynamoClient().send(
      new GetCommand({ TableName: fromEnvironment('identitiesTable'), Key: ofIdentity, ConsistentRead: true }),
    );
    const personId = Item?.['personId'];
    if (typeof personId !== 'string') continue;
    // The one by which the other is found goes last.
    await deleteOwned(personKey(source, 'PERSON', personId), identityId);
    await deleteItem('identitiesTable', ofIdentity);
  }
}

async function deleteItem(table: 'identitiesTable' | 'auditTable', { pk, sk }: Key): Promise<void> {
  await dynamoClient().send(new DeleteCommand({ TableName: fromEnvironment(table), Key: { pk, sk } }));
}

async function deleteOwned(key: Key, identityId: string): Promise<void> {
  try {
    await dynamoClient().send(
      new DeleteCommand({
        TableName: fromEnvironment('identitiesTable'),
        Key: key,
        ConditionExpression: 'identityId = :id',
        ExpressionAttributeValues: { ':id': identityId },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** What is asked about somebody last, since it says in whose queues they are. */
async function deleteAsked(campaignId: string, identityId: string): Promise<void> {
  const key = askedKey(campaignId, identityId);
  const person = (await get(key)) as unknown as CampaignPerson | undefined;
  if (person === undefined) return;
  for (const row of rowsOf(person)) await deleteItem('identitiesTable', rowKey(row));
  await deleteItem('identitiesTable', key);
}
