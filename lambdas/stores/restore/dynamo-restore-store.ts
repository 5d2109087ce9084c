// Restoring into the identities table: the items are those that recording writes, header last.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, ScanCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { RESTORE_HOLDER } from '../../core/access/identity-record.ts';
import { factIdOf } from '../../core/identity/facts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { accountItem } from '../accounts/dynamo-account-store.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { effectItem, eventItem, factItem } from '../facts/dynamo-fact-store.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { indexKeys, nextCheckChange, taskItem } from '../identities/items.ts';
import { erasedKey, headerKey, IDENTITY_INDEXES, spellingKey } from '../identities/keys.ts';
import { get, type Item } from '../identities/table.ts';
import type { RestoreMark, RestoreStore } from './restore-store.ts';

const MARK = { pk: 'RESTORE#', sk: 'RESTORE' };
/** Longer than any restore takes: one that was left half done gives nobody the right to act. */
const LEASE_MS = 7 * 86_400_000;
const CONCURRENT_PUTS = 20;
const PHASES: readonly RestoreMark['phase'][] = ['writing', 'waking', 'done'];

export function dynamoRestoreStore(): RestoreStore {
  return {
    async findMark() {
      const item = await get(MARK);
      if (item === undefined) return undefined;
      const { pk: _pk, sk: _sk, ...mark } = item;
      return mark as unknown as RestoreMark;
    },

    async saveMark(mark) {
      const phases = PHASES.slice(0, PHASES.indexOf(mark.phase) + 1);
      const values = Object.fromEntries(phases.map((phase, index) => [`:phase${index}`, phase]));
      const isSame = `startedMs = :started AND phase IN (${Object.keys(values).join(', ')})`;
      // What was recovered may itself have been restored once.
      const isNext = mark.recovered === true && mark.phase === 'writing';
      return await put(
        { ...MARK, ...mark },
        `attribute_not_exists(pk) OR (${isSame})${isNext ? ' OR phase = :done' : ''}`,
        { ...values, ':started': mark.startedMs, ...(isNext && { ':done': 'done' }) },
      );
    },

    async isAnybodyKnown() {
      const { indexName } = IDENTITY_INDEXES.directory;
      const table = fromEnvironment('identitiesTable');
      const { Items = [] } = await dynamoClient().send(
        new ScanCommand({ TableName: table, IndexName: indexName, Limit: 1 }),
      );
      return Items.length > 0;
    },

    async putErased({ identityId, forgottenMs, untilMs }) {
      const item = { ...erasedKey(identityId), erasedMs: forgottenMs, [EXPIRY_ATTRIBUTE]: Math.ceil(untilMs / 1_000) };
      await put(item, 'attribute_not_exists(pk) OR erasedMs < :erased', { ':erased': forgottenMs });
    },

    async putParts({ identityId, facts, accepted, effects, accounts, tasks }) {
      const receivedMs = new Map(facts.map((fact) => [fact.factId, fact.receivedMs]));
      const items: readonly Item[] = [
        { ...spellingKey(identityId), identityId },
        ...facts.map(factItem),
        ...accepted.map((one) => eventItem(one, receivedMs.get(factIdOf(one.source, one.sourceEventId)))),
        ...effects.map((instantMs) => effectItem(identityId, instantMs)),
        ...accounts.map((account) => accountItem(identityId, account)),
        ...tasks.map(taskItem),
      ];
      await mapBounded(items, CONCURRENT_PUTS, (item) => put(item));
    },

    putHeader({ identityId, version, epoch, nowMs, summary }, { startedMs }) {
      const header = {
        ...headerKey(identityId),
        version,
        epoch,
        clockMs: nowMs,
        failedPasses: 0,
        directoryId: identityId,
        summary,
        ...indexKeys(summary),
        leaseHolder: RESTORE_HOLDER,
        leaseExpiresMs: startedMs + LEASE_MS,
        restoredMs: startedMs,
      };
      return putOnceBy(header, startedMs);
    },

    async goBeyond({ identityId, from, version, epoch, nextCheckMs }, { startedMs }) {
      if ((await get(headerKey(identityId)))?.['restoredMs'] === startedMs) return true;
      const { set, values } = nextCheckChange(identityId, nextCheckMs);
      return await update({
        Key: headerKey(identityId),
        UpdateExpression: `SET version = :version, epoch = :epoch, restoredMs = :started${set} REMOVE leaseHolder, leaseExpiresMs`,
        ConditionExpression: 'version = :fromVersion AND epoch = :fromEpoch',
        ExpressionAttributeValues: {
          ...values,
          ':version': version,
          ':epoch': epoch,
          ':started': startedMs,
          ':fromVersion': from.version,
          ':fromEpoch': from.epoch,
        },
      });
    },

    async wake(identityId, nextCheckMs) {
      const { set, values } = nextCheckChange(identityId, nextCheckMs);
      await update({
        Key: headerKey(identityId),
        UpdateExpression: `SET ${set.slice(2)} REMOVE leaseHolder, leaseExpiresMs`,
        // Whoever left is fenced off by then, which takes the lease away, and is looked at as any leaver.
        ConditionExpression: 'leaseHolder = :holder',
        ExpressionAttributeValues: { ...values, ':holder': RESTORE_HOLDER },
      });
    },
  };
}

/** False when the condition failed. */
async function update(input: Omit<UpdateCommandInput, 'TableName'>): Promise<boolean> {
  try {
    await dynamoClient().send(new UpdateCommand({ TableName: fromEnvironment('identitiesTable'), ...input }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** What this restore put before stays as it has become since. */
async function putOnceBy(header: Item, startedMs: number): Promise<boolean> {
  if (await put(header, 'attribute_not_exists(pk)')) return true;
  return (await get({ pk: header['pk'], sk: header['sk'] }))?.['restoredMs'] === startedMs;
}

/** False when the condition failed. */
async function put(item: Item, condition?: string, values?: Item): Promise<boolean> {
  try {
    await dynamoClient().send(
      new PutCommand({
        TableName: fromEnvironment('identitiesTable'),
        Item: item,
        ...(condition !== undefined && { ConditionExpression: condition }),
        ...(values !== undefined && { ExpressionAttributeValues: values }),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
