// In the identities table: MODEL#<hash> an access model, compressed and in parts; MODEL#IN-USE those by which passes plan; MODEL#WALK the
// walk; SETTINGS#DEPLOYED the settings; HELD#<hold> and GAINS#<hold> those whom it concerns, who expire by the table's TTL.
import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { PopulationWalk } from '../../core/hr/population-walk.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { EXPIRY_ATTRIBUTE } from '../holds/dynamo-hold-store.ts';
import { get, type Item, queryAll, replaceItem } from '../identities/table.ts';
import type { Concerned, ModelChangeStore, ModelInUse, RecordedSettings } from './model-change-store.ts';

const SETTINGS = { pk: 'SETTINGS#DEPLOYED', sk: 'SETTINGS#DEPLOYED' };
const IN_USE = 'MODEL#IN-USE';
const WALK = { pk: 'MODEL#WALK', sk: 'MODEL#WALK' };
/** An item holds 400 KB. 1,000 profiles, 200 applications and 5,000 entitlements are about 150 KB in all. */
const PART_LENGTH = 300_000;
/** More is no model: 64 MB of JSON at the least. A bound on what a damaged item can make of itself. */
const MAXIMUM_MODEL_BYTES = 256 * 1024 * 1024;
const CONCURRENT_WRITES = 10;

/** A function lives for hours at most, and sees two or three models in them. */
const MAXIMUM_REMEMBERED = 4;

export function dynamoModelChangeStore(): ModelChangeStore {
  const remembered = new Map<string, AccessModel>();
  let noted: string | undefined;
  return {
    saveModel: putModel,

    async findModel(modelHash) {
      const known = remembered.get(modelHash);
      if (known !== undefined) return known;
      const found = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `MODEL#${modelHash}` },
        ConsistentRead: true,
      });
      // Whoever saved it died half-way, and whoever saves it anew makes it whole.
      if (found.length === 0 || found.length !== found[0]?.['parts']) return undefined;
      const text = found.map(({ body }) => body as string).join('');
      const json = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: MAXIMUM_MODEL_BYTES });
      const model = JSON.parse(json.toString('utf8')) as AccessModel;
      if (remembered.size >= MAXIMUM_REMEMBERED) remembered.clear();
      remembered.set(modelHash, model);
      return model;
    },

    async noteInUse(model, nowMs) {
      // A process has one model as long as it lives.
      if (noted === model.hash) return;
      const key = { pk: IN_USE, sk: model.hash };
      if ((await get(key)) === undefined) {
        // Before it is noted: whatever is noted can be looked up.
        await putModel(model);
        await put({ ...key, sinceMs: nowMs });
      }
      noted = model.hash;
    },

    async listInUse() {
      const found = await queryAll({
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': IN_USE },
        ConsistentRead: true,
      });
      return found.map(toInUse);
    },

    async forgetInUse({ modelHash, sinceMs }) {
      try {
        await dynamoClient().send(
          new DeleteCommand({
            TableName: fromEnvironment('identitiesTable'),
            Key: { pk: IN_USE, sk: modelHash },
            ConditionExpression: 'sinceMs = :since',
            ExpressionAttributeValues: { ':since': sinceMs },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async findWalk() {
      const item = await get(WALK);
      return item && toWalk(item);
    },

    saveWalk: (walk, expectedRevision, audit) => replaceItem({ ...WALK, ...walk }, expectedRevision, audit),

    async findSettings() {
      const item = await get(SETTINGS);
      return item && toSettings(item);
    },

    saveSettings: (settings, expectedRevision, audit) =>
      replaceItem({ ...SETTINGS, ...settings }, expectedRevision, audit),

    async noteConcerned(holdId, concerned, expiresMs) {
      await mapBounded(concerned, CONCURRENT_WRITES, ({ identityId, loses }) =>
        put({
          pk: partitionOf(holdId, loses.length > 0),
          sk: identityId,
          loses,
          [EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000),
        }),
      );
    },

    async listConcerned({ holdId, loses, limit, after }) {
      const pk = partitionOf(holdId, loses);
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: fromEnvironment('identitiesTable'),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk, sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(toConcerned), next: encodeCursor(LastEvaluatedKey) };
    },

    async findLosing(holdId, identityId) {
      const item = await get({ pk: partitionOf(holdId, true), sk: identityId });
      return item && toConcerned(item);
    },
  };
}

/** Where a hold has its identities, whatever it holds. */
export function partitionOf(holdId: string, loses: boolean): string {
  return `${loses ? 'HELD' : 'GAINS'}#${holdId}`;
}

async function putModel(model: AccessModel): Promise<void> {
  const text = gzipSync(JSON.stringify(model)).toString('base64');
  const parts = Math.ceil(text.length / PART_LENGTH);
  for (let part = 0; part < parts; part += 1) {
    const body = text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH);
    await put({ pk: `MODEL#${model.hash}`, sk: `PART#${String(part).padStart(4, '0')}`, parts, body });
  }
}

async function put(item: Item): Promise<void> {
  await dynamoClient().send(new PutCommand({ TableName: fromEnvironment('identitiesTable'), Item: item }));
}

function toWalk({ pk: _pk, sk: _sk, ...walk }: Item): PopulationWalk {
  return walk as unknown as PopulationWalk;
}

function toInUse({ sk, sinceMs }: Item): ModelInUse {
  return { modelHash: sk as string, sinceMs: sinceMs as number };
}

function toSettings({ pk: _pk, sk: _sk, ...settings }: Item): RecordedSettings {
  return settings as unknown as RecordedSettings;
}

function toConcerned({ sk, loses }: Item): Concerned {
  return { identityId: sk as string, loses: (loses ?? []) as readonly string[] };
}
