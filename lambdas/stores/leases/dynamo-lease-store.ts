// Leases in DynamoDB: attributes of the identity's header, each written on the condition that its epoch still holds.
import type { Mark } from '../../core/access/identity-record.ts';
import { nextCheckChange, summaryChange, toHeader } from '../identities/items.ts';
import { headerKey } from '../identities/keys.ts';
import { get, update, updateAudited } from '../identities/table.ts';
import type { LeaseStore } from './lease-store.ts';

export function dynamoLeaseStore(): LeaseStore {
  return {
    async acquireLease({ identityId, holder, nowMs, expiresMs, nextCheckMs, unlessSettledFromMs }) {
      const nextCheck = nextCheckChange(identityId, nextCheckMs);
      const unlessSettled =
        unlessSettledFromMs === undefined
          ? ''
          : ' AND (attribute_exists(removal) OR attribute_not_exists(settledMs) OR settledVersion <> version ' +
            'OR settledMs < :settledFrom)';
      const item = await update({
        Key: headerKey(identityId),
        UpdateExpression: `SET leaseHolder = :holder, leaseExpiresMs = :expires${nextCheck.set} ADD epoch :one`,
        ConditionExpression:
          'attribute_exists(pk) AND attribute_not_exists(erasing) AND ' +
          '(attribute_not_exists(leaseHolder) OR leaseHolder = :holder OR leaseExpiresMs < :now)' +
          unlessSettled,
        ExpressionAttributeValues: {
          ':holder': holder,
          ':expires': expiresMs,
          ':now': nowMs,
          ':one': 1,
          ...nextCheck.values,
          ...(unlessSettledFromMs !== undefined && { ':settledFrom': unlessSettledFromMs }),
        },
      });
      return item && toHeader(item);
    },

    async renewLease({ identityId, epoch, expiresMs }) {
      const item = await update({
        Key: headerKey(identityId),
        UpdateExpression: 'SET leaseExpiresMs = :expires',
        ConditionExpression: 'epoch = :epoch AND attribute_exists(leaseHolder)',
        ExpressionAttributeValues: { ':expires': expiresMs, ':epoch': epoch },
      });
      return item !== undefined;
    },

    async readMark(identityId) {
      const item = await get(headerKey(identityId), 'epoch, version');
      return item as Mark | undefined;
    },

    saveConflicts({ identityId, epoch, conflicts, audit }) {
      return updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression: 'SET conflicts = :conflicts',
          ConditionExpression: 'epoch = :epoch',
          ExpressionAttributeValues: { ':epoch': epoch, ':conflicts': conflicts },
        },
        audit,
      );
    },

    async fenceOff({ identityId, epoch, removal, audit }) {
      const fenced = await updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression: 'SET epoch = :next, removal = :removal REMOVE leaseHolder, leaseExpiresMs',
          ConditionExpression: 'epoch = :epoch',
          ExpressionAttributeValues: { ':epoch': epoch, ':next': epoch + 1, ':removal': removal },
        },
        audit,
      );
      return fenced ? 'fenced' : 'epoch-changed';
    },

    settleLease(input) {
      const { identityId, epoch, version, nowMs, summary, applications, modelHash, nextCheckMs, audit } = input;
      const { violations = [] } = input;
      const nextCheck = nextCheckChange(identityId, nextCheckMs);
      const indexed = summaryChange(summary);
      return updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression:
            'SET settledVersion = :version, settledMs = :now, failedPasses = :zero, applications = :applications' +
            `${modelHash === undefined ? '' : ', modelHash = :model'}` +
            `${violations.length === 0 ? '' : ', violations = :violations'}${indexed.set}${nextCheck.set} ` +
            `REMOVE leaseHolder, leaseExpiresMs, escalation${indexed.remove}${nextCheck.remove}` +
            `${modelHash === undefined ? ', modelHash' : ''}${violations.length === 0 ? ', violations' : ''}`,
          ConditionExpression: 'epoch = :epoch AND version = :version',
          ExpressionAttributeValues: {
            ':version': version,
            ':now': nowMs,
            ':zero': 0,
            ':epoch': epoch,
            ':applications': applications,
            ...(modelHash !== undefined && { ':model': modelHash }),
            ...(violations.length > 0 && { ':violations': violations }),
            ...indexed.values,
            ...nextCheck.values,
          },
        },
        audit,
      );
    },

    releaseLease({ identityId, epoch, failedPasses, nextCheckMs, escalation, audit }) {
      const nextCheck = nextCheckChange(identityId, nextCheckMs);
      const escalated = escalation === undefined ? '' : ', escalation = :escalation';
      return updateAudited(
        {
          Key: headerKey(identityId),
          UpdateExpression: `SET failedPasses = :failed${escalated}${nextCheck.set} REMOVE leaseHolder, leaseExpiresMs`,
          ConditionExpression: 'epoch = :epoch',
          ExpressionAttributeValues: {
            ':epoch': epoch,
            ':failed': failedPasses,
            ...(escalation && { ':escalation': escalation }),
            ...nextCheck.values,
          },
        },
        audit,
      );
    },
  };
}
