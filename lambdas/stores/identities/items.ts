// How headers and tasks lie in the identities table, and back.
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import { fromEnvironment } from '../environment.ts';
import { packed } from '../packed-items.ts';
import { emailLookup, shardOf } from './keys.ts';
import type { Item, TransactItem } from './table.ts';

/** Parts of an update of the header; each of `set` and `remove` begins with a comma where it is not empty. */
export interface HeaderChange {
  readonly set: string;
  readonly remove: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Managers, owners and addresses are index keys, which cannot be null: they are removed when there is none. */
export function summaryChange(summary: IdentitySummary): HeaderChange {
  const keys = Object.entries(indexKeys(summary));
  const present = keys.filter(([, value]) => value !== undefined);
  const absent = keys.filter(([, value]) => value === undefined);
  return {
    set: `, summary = :summary${present.map(([name]) => `, ${name} = :${name}`).join('')}`,
    remove: absent.map(([name]) => `, ${name}`).join(''),
    values: { ':summary': summary, ...Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])) },
  };
}

/** What the indexes find somebody by. */
export function indexKeys({ managerId, ownerId, email }: IdentitySummary) {
  return { managerId, ownerId, lookupKey: email && emailLookup(email) };
}

/** Undefined: nobody need look at this identity again. */
export function nextCheckChange(identityId: string, nextCheckMs: number | undefined): HeaderChange {
  if (nextCheckMs === undefined) return { set: '', remove: ', nextCheckMs, nextCheckShard', values: {} };
  return {
    set: ', nextCheckMs = :nextCheck, nextCheckShard = :shard',
    remove: '',
    values: { ':nextCheck': nextCheckMs, ':shard': shardOf(identityId) },
  };
}

export function toHeader(item: Item): IdentityHeader {
  const { pk, leaseHolder, leaseExpiresMs, clockMs, failedPasses, version, epoch, summary } = item;
  const {
    settledVersion,
    settledMs,
    modelHash,
    escalation,
    nextCheckMs,
    removal,
    applications,
    conflicts,
    violations,
    erasing,
    undelivered,
  } = item;
  return {
    identityId: pk,
    version,
    epoch,
    lease: leaseHolder === undefined ? undefined : { holder: leaseHolder, expiresMs: leaseExpiresMs },
    settledVersion,
    settledMs,
    modelHash,
    clockMs: clockMs ?? 0,
    failedPasses: failedPasses ?? 0,
    escalation,
    nextCheckMs,
    removal,
    applications,
    conflicts,
    violations,
    erasing,
    undelivered,
    summary,
  } as IdentityHeader;
}

export function taskItem(task: TaskRecord): Item {
  const item = { pk: task.identityId, sk: `TASK#${task.taskId}`, taskStatus: task.status, ...task };
  return packed(item, `a task in ${task.applicationId}`);
}

export function toTask(item: Item): TaskRecord {
  const { taskStatus: _taskStatus, ...task } = withoutKeys<TaskRecord & { taskStatus: string }>(item);
  return task;
}

/** Whoever closes a task first does, as it stood when it was read: an attestation is never overwritten. */
export function replaceOpenTask(task: TaskRecord, as: TaskRecord = task): TransactItem {
  return {
    Put: {
      TableName: fromEnvironment('identitiesTable'),
      Item: taskItem(as),
      ConditionExpression:
        'taskStatus = :open AND openedMs = :openedMs AND (attribute_not_exists(revision) OR revision = :revision)',
      ExpressionAttributeValues: { ':open': 'open', ':openedMs': task.openedMs, ':revision': task.revision ?? 0 },
    },
  };
}

/** It stays open: whoever read it before that closes it no more. */
export function reviseOpenTask(task: TaskRecord): TransactItem {
  return replaceOpenTask(task, { ...task, revision: (task.revision ?? 0) + 1 });
}

export function withoutKeys<Kept>(item: Item): Kept {
  const { pk: _pk, sk: _sk, lookupKey: _lookupKey, ...kept } = item;
  return kept as Kept;
}
