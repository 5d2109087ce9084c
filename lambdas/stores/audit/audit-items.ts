// How an audit entry lies in its table: by identity, in time order, put only where nothing is yet.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { partitionOf } from '../../core/audit/subject.ts';
import { fromEnvironment } from '../environment.ts';
import { packed, unpacked } from '../packed-items.ts';

/** The put of one entry; its key holds the entry's id, so a second writing of the same entry fails its condition. */
export function putAuditEntry(entry: AuditEntry) {
  return {
    TableName: fromEnvironment('auditTable'),
    Item: packed(
      { pk: partitionOf(entry), sk: `${entry.at}#${entry.entryId}`, ...entry },
      `the audit entry ${entry.event.type}`,
    ),
    ConditionExpression: 'attribute_not_exists(pk)',
  };
}

export function toAuditEntry(item: Record<string, unknown>): AuditEntry {
  const { pk: _pk, sk: _sk, ...entry } = unpacked(item);
  return entry as unknown as AuditEntry;
}
