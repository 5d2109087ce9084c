// Facts in DynamoDB: the fact, the event it was accepted as, the raised version and the audit entry in one transaction.
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Fact } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { dynamoClient } from '../dynamo-client.ts';
import { fromEnvironment } from '../environment.ts';
import { nextCheckChange, replaceOpenTask, summaryChange, withoutKeys } from '../identities/items.ts';
import {
  erasedKey,
  eventKey,
  eventPlace,
  eventShardOf,
  factKey,
  HEADER,
  headerKey,
  IDENTITY_INDEXES,
  NEXT_CHECK_SHARDS,
  spellingKey,
  spellingOf,
} from '../identities/keys.ts';
import { auditPuts, get, getAll, type Item, type TransactItem, write } from '../identities/table.ts';
import { packed } from '../packed-items.ts';
import {
  type AcceptedEvent,
  claimsId,
  type FactStore,
  type FactWithEntries,
  isListed,
  type RaiseVersion,
  type RecordFact,
  type StillSettled,
} from './fact-store.ts';

/** DynamoDB's own bound on a batch of reads. */
const READS_AT_ONCE = 100;

export function dynamoFactStore(): FactStore {
  return {
    async findAcceptedEvent(source, sourceEventId) {
      const item = await get(eventKey(source, sourceEventId));
      return item && toAcceptedEvent(item);
    },

    async listAcceptedEvents({ source, limit, after }) {
      const from = decodeCursor(after, { source, eventOrder: undefined });
      const before = String(from?.['eventOrder'] ?? BEHIND_ALL);
      const shards = NEXT_CHECK_SHARDS.map((shard) => eventShardOf(source, shard));
      const pages = await Promise.all(shards.map((shard) => latestOf(shard, limit, before)));
      const items = pages.flatMap((page) => page.items).sort((one, other) => (orderOf(one) < orderOf(other) ? 1 : -1));
      const shown = items.slice(0, limit);
      const last = shown.at(-1);
      const isMore = items.length > limit || pages.some((page) => page.isMore);
      const next = isMore && last !== undefined ? encodeCursor({ source, eventOrder: orderOf(last) }) : undefined;
      return { items: shown.map(toAcceptedEvent), next };
    },

    async findKnown({ events, identityIds = [] }) {
      const asked = [
        ...events.map(({ source, sourceEventId }) => eventKey(source, sourceEventId)),
        ...identityIds.map(headerKey),
      ];
      const found = await getEach([...new Map(asked.map((key) => [`${key.pk}|${key.sk}`, key])).values()]);
      const isHeader = ({ sk }: Item) => sk === HEADER;
      return {
        accepted: found.filter((item) => !isHeader(item)).map(toAcceptedEvent),
        identityIds: new Set(found.filter(isHeader).map(({ pk }) => pk as string)),
      };
    },

    async findFacts(facts) {
      const keys = new Map(facts.map(factKey).map((key) => [`${key.pk}|${key.sk}`, key]));
      return (await getEach([...keys.values()])).map(({ fact }) => fact as Fact);
    },

    async findOtherSpellings(identityIds) {
      const keys = new Map(identityIds.flatMap(spellingKeys).map((key) => [`${key.pk}|${key.sk}`, key]));
      const used = new Map<string, Set<string>>();
      for (const { pk, identityId = pk } of await getEach([...keys.values()])) {
        const claim = spellingOf(identityId as string);
        used.set(claim, new Set([...(used.get(claim) ?? []), identityId as string]));
      }
      const others = identityIds.flatMap((identityId): [string, string][] => {
        const other = [...(used.get(spellingOf(identityId)) ?? [])].find((one) => one !== identityId);
        return other === undefined ? [] : [[identityId, other]];
      });
      return new Map(others);
    },

    async recordFact(input) {
      const claim = claimsId(input) ? claimItems(input.fact.identityId) : [];
      const [events, others] = factItems(input);
      const together = input.together ? factItems(input.together).flat() : [];
      const erased = wasErased(input);
      const failed = await write([...events, ...others, ...together, ...erased, ...claim]);
      if (erased.length > 0 && failed?.at(-1 - claim.length)) return 'erased';
      const isClaimAlone = failed?.every((one, index) => !one || index >= failed.length - claim.length);
      if (isClaimAlone) return 'spelling-taken';
      return outcomeOf(failed, events.length);
    },

    async recordEffect({ identityId, instantMs, audit, ...raise }) {
      return outcomeOf(
        await write([putOnce(effectItem(identityId, instantMs)), raiseVersion(identityId, raise), ...auditPuts(audit)]),
      );
    },
  };
}

/** Sorts behind every instant. */
const BEHIND_ALL = '~';

/** Of one share of a source's events those before a place, the last first. */
async function latestOf(shard: string, limit: number, before: string) {
  const { indexName } = IDENTITY_INDEXES.events;
  const { Items = [], LastEvaluatedKey } = await dynamoClient().send(
    new QueryCommand({
      TableName: fromEnvironment('identitiesTable'),
      IndexName: indexName,
      KeyConditionExpression: 'eventShard = :shard AND eventOrder < :before',
      ExpressionAttributeValues: { ':shard': shard, ':before': before },
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return { items: Items as Item[], isMore: LastEvaluatedKey !== undefined };
}

function orderOf({ eventOrder }: Item): string {
  return eventOrder as string;
}

function toAcceptedEvent(item: Item): AcceptedEvent {
  const { eventShard: _shard, eventOrder: _order, ...accepted } = withoutKeys<AcceptedEvent & Item>(item);
  return accepted as AcceptedEvent;
}

/** The first items are what must not be there yet: whether their condition failed tells a duplicate from a race. */
function outcomeOf(failed: readonly boolean[] | undefined, events = 1) {
  if (failed === undefined) return 'recorded';
  return failed.slice(0, events).some(Boolean) ? 'duplicate' : 'version-changed';
}

/** What must not be there yet, then the rest. */
function factItems({ fact, payloadHash, audit, also = [], attestedTask, together: _together, ...raise }: RecordFact) {
  const facts: readonly FactWithEntries[] = [{ fact, payloadHash, audit }, ...also];
  return [
    facts.map((one, index) => putEvent(one, raise.expectedVersion + 1 + index)),
    [
      raiseVersion(fact.identityId, raise, facts.length),
      ...facts.map(putFact),
      ...(attestedTask ? [replaceOpenTask(attestedTask)] : []),
      ...auditPuts(facts.flatMap((one) => one.audit)),
    ],
  ] as const;
}

/** The claim, and that nobody who was known before there were claims has the id in lower or in upper case. */
function claimItems(identityId: string): readonly TransactItem[] {
  const TableName = fromEnvironment('identitiesTable');
  const claim = {
    Put: {
      TableName,
      Item: { ...spellingKey(identityId), identityId },
      ConditionExpression: 'attribute_not_exists(pk) OR identityId = :id',
      ExpressionAttributeValues: { ':id': identityId },
    },
  };
  const isFree = (Key: Readonly<Record<string, string>>) => ({
    ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  return [claim, ...otherHeaders(identityId).map(isFree)];
}

/** Of somebody new: that nobody of that id was erased since the facts were told. */
function wasErased({ fact, also = [], expectedVersion }: RecordFact): readonly TransactItem[] {
  if (expectedVersion > 0) return [];
  const check = {
    TableName: fromEnvironment('identitiesTable'),
    Key: erasedKey(fact.identityId),
    ConditionExpression: 'attribute_not_exists(pk) OR erasedMs < :told',
    ExpressionAttributeValues: { ':told': Math.min(...[fact, ...also.map((one) => one.fact)].map(toldMs)) },
  };
  return [{ ConditionCheck: check }];
}

function toldMs({ recordedMs }: FactWithEntries['fact']): number {
  return recordedMs;
}

function spellingKeys(identityId: string) {
  return [spellingKey(identityId), ...otherHeaders(identityId)];
}

function otherHeaders(identityId: string) {
  const others = new Set([identityId.toLowerCase(), identityId.toUpperCase()].filter((one) => one !== identityId));
  return [...others].map(headerKey);
}

async function getEach(keys: readonly Readonly<Record<string, string>>[]): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (let start = 0; start < keys.length; start += READS_AT_ONCE) {
    found.push(...(await getAll(keys.slice(start, start + READS_AT_ONCE))));
  }
  return found;
}

function putEvent({ fact, payloadHash }: FactWithEntries, version: number): TransactItem {
  const { source, sourceEventId, identityId, held, receivedMs } = fact;
  return putOnce(eventItem({ source, sourceEventId, payloadHash, identityId, version, held }, receivedMs));
}

/** @param receivedMs undefined: it is listed nowhere */
export function eventItem(accepted: AcceptedEvent, receivedMs: number | undefined): Item {
  const isPlaced = receivedMs !== undefined && isListed(accepted);
  return {
    ...eventKey(accepted.source, accepted.sourceEventId),
    ...(isPlaced && eventPlace(accepted, receivedMs)),
    ...accepted,
  };
}

export function factItem(fact: Fact): Item {
  return packed({ ...factKey(fact), fact }, `a fact of the type ${fact.type}`);
}

export function effectItem(identityId: string, instantMs: number): Item {
  return { pk: identityId, sk: `EFFECT#${toIso(instantMs)}`, instantMs };
}

function putFact({ fact }: FactWithEntries): TransactItem {
  return { Put: { TableName: fromEnvironment('identitiesTable'), Item: factItem(fact) } };
}

function putOnce(item: Readonly<Record<string, unknown>>): TransactItem {
  return {
    Put: {
      TableName: fromEnvironment('identitiesTable'),
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

function raiseVersion(
  identityId: string,
  { expectedVersion, summary, nowMs, nextCheckMs, stillSettled }: RaiseVersion,
  byVersions = 1,
): TransactItem {
  const indexed = summaryChange(summary);
  const nextCheck = nextCheckChange(identityId, nextCheckMs);
  const removed = `${nextCheck.remove}${indexed.remove}`;
  const isNew = expectedVersion === 0;
  const settled = stillSettled === undefined ? NO_CONDITION : asRead(stillSettled);
  return {
    Update: {
      TableName: fromEnvironment('identitiesTable'),
      Key: headerKey(identityId),
      UpdateExpression:
        'SET version = :next, epoch = if_not_exists(epoch, :zero), failedPasses = :zero, directoryId = :id, ' +
        `clockMs = :now${stillSettled ? ', settledVersion = :next' : ''}${nextCheck.set}${indexed.set}` +
        `${removed === '' ? '' : ` REMOVE ${removed.slice(2)}`}`,
      ConditionExpression: `${isNew ? 'attribute_not_exists(pk)' : 'version = :expected'}${settled.condition}`,
      ExpressionAttributeValues: {
        ':now': nowMs,
        ':next': expectedVersion + byVersions,
        ...(isNew ? {} : { ':expected': expectedVersion }),
        ':zero': 0,
        ':id': identityId,
        ...nextCheck.values,
        ...indexed.values,
        ...settled.values,
      },
    },
  };
}

const NO_CONDITION = { condition: '', values: {} };

function asRead({ nextCheckMs }: StillSettled) {
  const condition = ' AND settledVersion = :expected AND ';
  if (nextCheckMs === undefined) return { condition: `${condition}attribute_not_exists(nextCheckMs)`, values: {} };
  return { condition: `${condition}nextCheckMs = :known`, values: { ':known': nextCheckMs } };
}
