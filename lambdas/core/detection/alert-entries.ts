// What of an alert goes on record.
import type { AuditEntry } from '../audit/audit.ts';
import { auditKeyOf, DEPLOYMENT } from '../audit/subject.ts';
import { toIso } from '../moment.ts';
import { type Alert, isUnknownSubject, type TakenResponse } from './alert.ts';

/** Of nobody whom Tenure knows it is the deployment's. */
export function auditKeyOfAlert({ subjectId }: Pick<Alert, 'subjectId'>): string {
  return isUnknownSubject(subjectId) ? auditKeyOf(DEPLOYMENT) : subjectId;
}

/** Undefined: it was not raised, only counted. @param by the function that raised it */
export function raisedEntry(
  before: Alert | undefined,
  alert: Alert,
  nowMs: number,
  by = 'judge-activity',
): AuditEntry | undefined {
  const { alertId, detection, severity, raised } = alert;
  if (raised === (before?.raised ?? 0)) return undefined;
  return {
    identityId: auditKeyOfAlert(alert),
    entryId: `alert-raised:${alertId}:${raised}`,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: by },
    event: { type: 'alert-raised', alertId, detection, severity, raised },
  };
}

export function answeredEntries(alert: Alert, taken: readonly TakenResponse[]): readonly AuditEntry[] {
  const { alertId, detection, raised } = alert;
  return taken.map(({ kind, atMs }) => ({
    identityId: auditKeyOfAlert(alert),
    entryId: `alert-answered:${alertId}:${raised}:${kind}`,
    at: toIso(atMs),
    actor: { type: 'tenure', id: 'answer-alerts' },
    event: { type: 'alert-answered', alertId, detection, taken: kind },
  }));
}
