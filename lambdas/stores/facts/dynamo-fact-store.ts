// Facts in DynamoDB: the fact, the event it was accepted as, the raised version and the audit entry in one transaction.
import { toIso } from '../../core/moment.ts';
import { fromEnvironment } from '../environment.ts';
import { nextCheckChange, replaceOpenTask, summaryChange, withoutKeys } from '../identities/items.ts';
import { eventKey, headerKey } from '../identities/keys.ts';
import { auditPuts, get, type TransactItem, write } from '../identities/table.ts';
import type { AcceptedEvent, FactStore, RaiseVersion, RecordFact } from './fact-store.ts';

export function dynamoFactStore(): FactStore {
  return {
    async findAcceptedEvent(source, sourceEventId) {
      const item = await get(eventKey(source, sourceEventId));
      return item && withoutKeys<AcceptedEvent>(item);
    },

    async recordFact(input) {
      return outcomeOf(await write([...factItems(input), ...(input.together ? factItems(input.together) : [])]));
    },

    async recordEffect({ identityId, instantMs, audit, ...raise }) {
      const effect = { pk: identityId, sk: `EFFECT#${toIso(instantMs)}`, instantMs };
      return outcomeOf(await write([putOnce(effect), raiseVersion(identityId, raise), ...auditPuts(audit)]));
    },
  };
}

/** The first item is what must not be there yet: whether its condition failed tells a duplicate from a race. */
function outcomeOf(failed: readonly boolean[] | undefined) {
  if (failed === undefined) return 'recorded';
  return failed[0] ? 'duplicate' : 'version-changed';
}

function factItems({ fact, payloadHash, audit, attestedTask, together: _together, ...raise }: RecordFact) {
  const { source, sourceEventId, identityId, recordedMs, factId, held } = fact;
  const version = raise.expectedVersion + 1;
  const accepted: AcceptedEvent = { source, sourceEventId, payloadHash, identityId, version, held };
  const item = { pk: identityId, sk: `FACT#${toIso(recordedMs)}#${factId}`, fact };
  return [
    putOnce({ ...eventKey(source, sourceEventId), ...accepted }),
    raiseVersion(identityId, raise),
    { Put: { TableName: fromEnvironment('identitiesTable'), Item: item } },
    ...(attestedTask ? [replaceOpenTask(attestedTask)] : []),
    ...auditPuts(audit),
  ];
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
        ':next': expectedVersion + 1,
        ...(isNew ? {} : { ':expected': expectedVersion }),
        ':zero': 0,
        ':id': identityId,
        ...nextCheck.values,
        ...indexed.values,
      },
    },
  };
}
