// Who is to be taken out of the lake of activity, as hashes of what they are known by. The function that erases notes them; the
// one that may write the lake looks it through for them, again and again until nothing from before can come any more.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { actorHash, clueHash, type LakeErasure, wordHash } from '../../core/detection/lake-erasure.ts';
import { shortHash } from '../../core/detection/short-hash.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { ACTIVITY_EXPIRY_ATTRIBUTE, CLUES, clueItemKey, unknownKey } from '../activity/dynamo-activity-store.ts';
import { dynamoClient, queryPages } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import type { ErasureStore } from './erasure-store.ts';

const ERASURES = 'LAKE-ERASURES';
const MAXIMUM_PAGES = 50;
/** Of each kind: with all of them an item stays below 400 kB. */
const MAXIMUM_HASHES = 1_500;
const CONCURRENT = 10;

export function dynamoLakeErasures(): Pick<
  ErasureStore,
  'eraseUnknown' | 'isLakeSearched' | 'listLakeErasures' | 'noteInLake' | 'noteLakeSearched'
> {
  return {
    async noteInLake({ holdId, identityId, traces, expiresMs }) {
      const known = await knownBy(identityId);
      const all = [...new Set([...traces.clues.map(clueHash), ...known])];
      const shared = new Set(await sharedAmong(all, identityId));
      const words = traces.words.filter(({ clue }) => clue === undefined || !shared.has(clueHash(clue)));
      const actors = traces.clues.filter((clue) => !shared.has(clueHash(clue))).map(({ value }) => actorHash(value));
      const Item = {
        ...keyOf(erasureIdOf(holdId, identityId)),
        clues: all.filter((hash) => !shared.has(hash)).slice(0, MAXIMUM_HASHES),
        words: [...new Set(words.map(({ text }) => wordHash(text)))].slice(0, MAXIMUM_HASHES),
        names: [...new Set(traces.names.map(wordHash))].slice(0, MAXIMUM_HASHES),
        actors: [...new Set(actors)].slice(0, MAXIMUM_HASHES),
        [ACTIVITY_EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000),
      };
      if ([Item.clues, Item.words, Item.names].every(({ length }) => length === 0)) return;
      try {
        await dynamoClient().send(
          new PutCommand({ TableName: table(), Item, ConditionExpression: 'attribute_not_exists(pk)' }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    async isLakeSearched(holdId, identityId) {
      const { Item } = await dynamoClient().send(
        new GetCommand({ TableName: table(), Key: keyOf(erasureIdOf(holdId, identityId)), ConsistentRead: true }),
      );
      return Item === undefined || Item['searchedMs'] !== undefined;
    },

    async listLakeErasures(nowMs) {
      const items = await queryPages(
        {
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': ERASURES },
          ConsistentRead: true,
        },
        MAXIMUM_PAGES,
      );
      return items
        .filter((item) => Number(item[ACTIVITY_EXPIRY_ATTRIBUTE]) * 1_000 > nowMs)
        .map(({ sk, clues, words, names, actors, searchedMs }) => {
          return { erasureId: sk, clues, words, names, actors, searchedMs } as LakeErasure;
        });
    },

    async eraseUnknown(sources, actorHashes) {
      const keys = sources.flatMap((source) => actorHashes.map((hash) => unknownKey(source, hash)));
      await mapBounded(keys, CONCURRENT, async (Key) => {
        await dynamoClient().send(new DeleteCommand({ TableName: table(), Key }));
      });
    },

    async noteLakeSearched(erasureIds, searchedMs) {
      await mapBounded(erasureIds, CONCURRENT, async (erasureId) => {
        try {
          await dynamoClient().send(
            new UpdateCommand({
              TableName: table(),
              Key: keyOf(erasureId),
              UpdateExpression: 'SET searchedMs = :searched',
              ConditionExpression: 'attribute_exists(pk)',
              ExpressionAttributeValues: { ':searched': searchedMs },
            }),
          );
        } catch (error) {
          // It was over meanwhile.
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      });
    },
  };
}

function table(): string {
  return fromEnvironment('activityTable');
}

function keyOf(erasureId: string): { readonly pk: string; readonly sk: string } {
  return { pk: ERASURES, sk: erasureId };
}

/** A restore erases many under one name. */
function erasureIdOf(holdId: string, identityId: string): string {
  return `${holdId}#${shortHash(identityId)}`;
}

/** Hashes of all that its accounts are or were known by in logs. */
async function knownBy(identityId: string): Promise<readonly string[]> {
  const items = await queryPages(
    {
      TableName: table(),
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :clues)',
      ExpressionAttributeValues: { ':pk': identityId, ':clues': CLUES },
      ConsistentRead: true,
    },
    MAXIMUM_PAGES,
  );
  return items.flatMap(({ hashes = [], past = [] }) => [...(hashes as string[]), ...(past as string[])]);
}

/** Those by which somebody else is found as well, or by now. */
async function sharedAmong(hashes: readonly string[], identityId: string): Promise<readonly string[]> {
  const found = await mapBounded(hashes, CONCURRENT, async (hash) => {
    const { Item } = await dynamoClient().send(
      new GetCommand({ TableName: table(), Key: clueItemKey(hash), ConsistentRead: true }),
    );
    const identityIds = (Item?.['identityIds'] as readonly string[] | undefined) ?? [];
    return identityIds.some((id) => id !== identityId) ? [hash] : [];
  });
  return found.flat();
}
