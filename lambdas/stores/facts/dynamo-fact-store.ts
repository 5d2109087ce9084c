// Facts in DynamoDB: the fact, the event it was accepted as, the raised version and the audit entry in one transaction.
import { toIso } from '../../core/moment.ts';
import { fromEnvironment } from '../environment.ts';
import { nextCheckChange, replaceOpenTask, summaryChange, withoutKeys } from '../identities/items.ts';
import { eventKey, headerKey } from '../identities/keys.ts';
import { auditPuts, get, getAll, type TransactItem, write } from '../identities/table.ts';
import type { AcceptedEvent, FactStore, FactWithEntries, RaiseVersion, RecordFact } from './fact-store.ts';

/** DynamoDB's own bound on a batch of reads. */
const READS_AT_ONCE = 100;

export function dynamoFactStore(): FactStore {
  return {
    async findAcceptedEvent(source, sourceEventId) {
      const item = await get(eventKey(source, sourceEventId));
      return item && withoutKeys<AcceptedEvent>(item);
    },

    async findAcceptedEvents(events) {
      const keys = new Map(
        events.map(({ source, sourceEventId }) => eventKey(source, sourceEventId)).map((key) => [key.pk, key]),
      );
      const found: AcceptedEvent[] = [];
      for (let start = 0; start < keys.size; start += READS_AT_ONCE) {
        const items = await getAll([...keys.values()].slice(start, start + READS_AT_ONCE));
        found.push(...items.map((item) => withoutKeys<AcceptedEvent>(item)));
      }
      return found;
    },

    async recordFact(input) {
      const failed = await write([...factItems(input), ...(input.together ? factItems(input.together) : [])]);
      return outcomeOf(failed, 1 + (input.also?.length ?? 0));
    },

    async recordEffect({ identityId, instantMs, audit, ...raise }) {
      const effect = { pk: identityId, sk: `EFFECT#${toIso(instantMs)}`, instantMs };
      return outcomeOf(await write([putOnce(effect), raiseVersion(identityId, raise), ...auditPuts(audit)]));
    },
  };
}

/** The first items are what must not be there yet: whether their condition failed tells a duplicate from a race. */
function outcomeOf(failed: readonly boolean[] | undefined, events = 1) {
  if (failed === undefined) return 'recorded';
  return failed.slice(0, events).some(Boolean) ? 'duplicate' : 'version-changed';
}

function factItems({ fact, payloadHash, audit, also = [], attestedTask, together: _together, ...raise }: RecordFact) {
  const facts: readonly FactWithEntries[] = [{ fact, payloadHash, audit }, ...also];
  return [
    ...facts.map((one, index) => putEvent(one, raise.expectedVersion + 1 + index)),
    raiseVersion(fact.identityId, raise, facts.length),
    ...facts.map(putFact),
    ...(attestedTask ? [replaceOpenTask(attestedTask)] : []),
    ...auditPuts(facts.flatMap((one) => one.audit)),
  ];
}

function putEvent({ fact, payloadHash }: FactWithEntries, version: number): TransactItem {
  const { source, sourceEventId, identityId, held } = fact;
  const accepted: AcceptedEvent = { source, sourceEventId, payloadHash, identityId, version, held };
  return putOnce({ ...eventKey(source, sourceEventId), ...accepted });
}

function putFact({ fact }: FactWithEntries): TransactItem {
  const item = { pk: fact.identityId, sk: `FACT#${toIso(fact.recordedMs)}#${fact.factId}`, fact };
  return { Put: { TableName: fromEnvironment('identitiesTable'), Item: item } };
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
  { expectedVersion, summary, nowMs, nextCheckMs }: RaiseVersion,
  byVersions = 1,
): TransactItem {
  const indexed = summaryChange(summary);
  const nextCheck = nextCheckChange(identityId, nextCheckMs);
  const isNew = expectedVersion === 0;
  return {
    Update: {
      TableName: fromEnvironment('identitiesTable'),
      Key: headerKey(identityId),
      UpdateExpression:
        'SET version = :next, epoch = if_not_exists(epoch, :zero), failedPasses = :zero, directoryId = :id, ' +
        `clockMs = :now${nextCheck.set}${indexed.set}` +
        `${indexed.remove === '' ? '' : ` REMOVE ${indexed.remove.slice(2)}`}`,
      ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'version = :expected',
      ExpressionAttributeValues: {
        ':now': nowMs,
        ':next': expectedVersion + byVersions,
        ...(isNew ? {} : { ':expected': expectedVersion }),
        ':zero': 0,
        ':id': identityId,
        ...nextCheck.values,
        ...indexed.values,
      },
    },
  };
}
