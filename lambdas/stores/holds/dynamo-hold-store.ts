// The guard's memory in the identities table. No identity's id holds a `#`, so these partitions are never one's own:
// HOLD# holds, HELD#<hold> who is in one, GUARD# what was disabled lately. What was disabled expires by the table's TTL.
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Disabling } from '../../core/hr/mass-error-guard.ts';
import { toIso } from '../../core/moment.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient, transact } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { auditPuts, updateAudited, write } from '../identities/table.ts';
import type { CountedPopulation, Hold, HoldDecision, HoldStore, ProposedErasure } from './hold-store.ts';

/** The attribute that the table's time to live reads, in seconds. */
export const EXPIRY_ATTRIBUTE = 'expiresSeconds';

export const HOLDS = 'HOLD#';
const GUARD = 'GUARD#';
const POPULATION = 'GUARD#POPULATION';
/** Of 1 MB each: 20,001 deliveries of 1 KB, the most a window may be asked for, fit into 21. */
const MAXIMUM_PAGES = 40;

export function heldKey(holdId: string, identityId: string) {
  return { pk: `HELD#${holdId}`, sk: identityId };
}

interface Changes {
  readonly status?: string;
  readonly decision?: HoldDecision;
  readonly alerted?: true;
  readonly erasure?: ProposedErasure;
}

export function dynamoHoldStore(): HoldStore {
  const table = () => fromEnvironment('identitiesTable');
  const holdKey = (holdId: string) => ({ pk: HOLDS, sk: holdId });
  const put = async (item: Record<string, unknown>, condition?: string): Promise<boolean> => {
    try {
      await dynamoClient().send(
        new PutCommand({ TableName: table(), Item: item, ...(condition && { ConditionExpression: condition }) }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  const get = async (key: { pk: string; sk: string }) => {
    const { Item } = await dynamoClient().send(new GetCommand({ TableName: table(), Key: key, ConsistentRead: true }));
    return Item;
  };
  /** Changes a hold while its status is as expected, and an erasure begun when it was said to be; false when not. */
  const change = async (
    holdId: string,
    expected: string,
    changes: Changes,
    {
      begun = 'any',
      audit = [],
    }: { begun?: 'any' | 'none' | NonNullable<ProposedErasure['begun']>; audit?: readonly AuditEntry[] } = {},
  ): Promise<boolean> => {
    const entries = Object.entries(changes);
    const conditions = [
      expected === '' ? 'attribute_exists(pk)' : '#status = :expected',
      ...(begun === 'none' ? ['attribute_not_exists(erasure.begun)'] : []),
      ...(typeof begun === 'object' ? ['erasure.begun.salt = :salt'] : []),
    ];
    const input = {
      Key: holdKey(holdId),
      UpdateExpression: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ConditionExpression: conditions.join(' AND '),
      ExpressionAttributeNames: {
        ...Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        ...(expected !== '' && { '#status': 'status' }),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
        ...(expected !== '' && { ':expected': expected }),
        ...(typeof begun === 'object' && { ':salt': begun.salt }),
      },
    };
    if (audit.length > 0) return await updateAudited(input, audit);
    try {
      await dynamoClient().send(new UpdateCommand({ TableName: table(), ...input }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async openHold(hold, audit) {
      const Item = { ...holdKey(hold.holdId), ...hold };
      const condition = 'attribute_not_exists(pk)';
      const opening = { Put: { TableName: table(), Item, ConditionExpression: condition } };
      const failed = await write([opening, ...auditPuts(audit)]);
      if (failed === undefined) return hold;
      // Its entries alone are there: a restore opens it anew that was lost.
      if (failed[0] === false && (await put(Item, condition))) return hold;
      return toHold((await get(holdKey(hold.holdId))) ?? { ...hold });
    },

    async findHold(holdId) {
      const item = await get(holdKey(holdId));
      return item && toHold(item);
    },

    async listHolds({ status, limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: '#status = :status',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':pk': HOLDS, ':status': status },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: HOLDS, sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(toHold), next: encodeCursor(LastEvaluatedKey) };
    },

    async markAlerted(holdId) {
      await change(holdId, '', { alerted: true });
    },

    async addHeld(holdId, identityIds) {
      const open = {
        ConditionCheck: {
          TableName: table(),
          Key: holdKey(holdId),
          ConditionExpression: '#status = :open',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':open': 'open' },
        },
      };
      const puts = identityIds.map((identityId) => ({
        Put: { TableName: table(), Item: heldKey(holdId, identityId) },
      }));
      const write = () => dynamoClient().send(new TransactWriteCommand({ TransactItems: [open, ...puts] }));
      return (await transact(write)) === undefined;
    },

    async listHeld({ holdId, limit, after }) {
      const { Items, LastEvaluatedKey } = await dynamoClient().send(
        new QueryCommand({
          TableName: table(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': `HELD#${holdId}` },
          ConsistentRead: true,
          Limit: limit,
          ExclusiveStartKey: decodeCursor(after, { pk: `HELD#${holdId}`, sk: undefined }),
        }),
      );
      return { items: (Items ?? []).map(({ sk }) => sk as string), next: encodeCursor(LastEvaluatedKey) };
    },

    async isHeld(holdId, identityId) {
      return (await get(heldKey(holdId, identityId))) !== undefined;
    },

    async removeHeld(holdId, identityId) {
      await dynamoClient().send(new DeleteCommand({ TableName: table(), Key: heldKey(holdId, identityId) }));
    },

    decideHold: (holdId, status, decision, audit) => change(holdId, 'open', { status, decision }, { audit }),

    async closeHold(holdId, status, from = status === 'released' ? 'releasing' : 'dropping', audit = []) {
      await change(holdId, from, { status }, { audit });
    },

    noteErasure: (holdId, erasure, begun) => change(holdId, 'releasing', { erasure }, { begun: begun ?? 'none' }),

    callOff: (holdId, decision, audit) =>
      change(holdId, 'releasing', { status: 'dropped', decision }, { begun: 'none', audit }),

    async closeErasure(holdId, erasure, decision) {
      await change(holdId, 'releasing', { status: 'released', erasure, decision });
    },

    async noteDisabling(disabling, expiresMs) {
      const sk = `${toIso(disabling.atMs)}#${disabling.deliveryId}`;
      await put({ pk: GUARD, sk, ...disabling, [EXPIRY_ATTRIBUTE]: Math.ceil(expiresMs / 1_000) });
    },

    async listDisabling(sinceMs, limit) {
      const found = new Map<string, Disabling>();
      let start: Record<string, unknown> | undefined;
      for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
        const { Items, LastEvaluatedKey } = await dynamoClient().send(
          new QueryCommand({
            TableName: table(),
            KeyConditionExpression: 'pk = :pk AND sk >= :since',
            ExpressionAttributeValues: { ':pk': GUARD, ':since': toIso(sinceMs) },
            ScanIndexForward: false,
            ConsistentRead: true,
            Limit: limit,
            ...(start && { ExclusiveStartKey: start }),
          }),
        );
        for (const { pk: _pk, sk: _sk, [EXPIRY_ATTRIBUTE]: _expiry, ...item } of Items ?? []) {
          const disabling = item as unknown as Disabling;
          if (!found.has(disabling.deliveryId)) found.set(disabling.deliveryId, disabling);
        }
        start = LastEvaluatedKey;
        if (start === undefined || found.size >= limit) break;
      }
      return { items: [...found.values()].slice(0, limit), isWhole: start === undefined && found.size < limit };
    },

    async savePopulation(population) {
      await put({ pk: POPULATION, sk: POPULATION, ...population });
    },

    async findPopulation() {
      const item = await get({ pk: POPULATION, sk: POPULATION });
      if (item === undefined) return undefined;
      const { employed, applications, countedMs, going } = item as CountedPopulation & Record<string, unknown>;
      return { employed, applications, countedMs, ...(going && { going }) };
    },
  };
}

function toHold(item: Record<string, unknown>): Hold {
  const { holdId, source, openedMs, reason, status, alerted, decision, merge, modelChange, erasure } = item;
  return { holdId, source, openedMs, reason, status, alerted, decision, merge, modelChange, erasure } as Hold;
}
