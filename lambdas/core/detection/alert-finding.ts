// An alert as OCSF 1.8 Detection Finding: what leaves for a SIEM, and what operators are shown beside it.
import { type Alert, isUnknownSubject } from './alert.ts';
import { type FindingEvent, toDetectionFinding } from './finding.ts';

const STATUSES = {
  open: 'new',
  acknowledged: 'in-progress',
  muted: 'suppressed',
  closed: 'resolved',
} as const satisfies Readonly<Record<Alert['status'], FindingEvent['status']>>;
const RUNBOOKS = 'docs/runbook/';

export function detectionFinding(alert: Alert): Readonly<Record<string, unknown>> {
  const { alertId, subjectId, status, count, raised, foundMs, firstMs, lastMs, records } = alert;
  const record = records.at(-1);
  if (record === undefined) throw new Error('an alert has a record');
  const activity = status === 'closed' ? 'close' : count > 1 || raised > 1 ? 'update' : 'create';
  return toDetectionFinding(
    { ...alert, key: alertId, record, identityId: isUnknownSubject(subjectId) ? undefined : subjectId },
    { activity, status: STATUSES[status], atMs: foundMs, count, firstMs, lastMs, runbooks: RUNBOOKS },
  );
}
