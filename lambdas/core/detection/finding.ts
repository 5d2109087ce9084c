// What a detection has found: once for all records of a day that say the same, and as OCSF Detection Finding (2004).
import type { ActivityRecord } from './activity.ts';
import type { Detection, Response, Severity } from './detection.ts';
import { OCSF_VERSION } from './ocsf-activity.ts';

export interface Finding {
  readonly detection: Detection['id'];
  readonly title: string;
  readonly severity: Severity;
  /** The same of whatever is told once: detection, whom, what, day. */
  readonly key: string;
  /** Whose access is in doubt. Absent: nobody whom Tenure knows. */
  readonly identityId?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly because: string;
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
  /** By default, for this kind of identity. */
  readonly response: Response;
  readonly runbook: string;
  readonly record: Pick<ActivityRecord, 'source' | 'recordId' | 'timeMs' | 'operation'>;
}

const SEVERITIES: Readonly<Record<Severity, readonly [id: number, name: string]>> = {
  informational: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};
const ACTIVITIES = { create: [1, 'Create'], update: [2, 'Update'], close: [3, 'Close'] } as const;
const STATUSES = {
  new: [1, 'New'],
  'in-progress': [2, 'In Progress'],
  suppressed: [3, 'Suppressed'],
  resolved: [4, 'Resolved'],
} as const;
const CLASS_UID = 2004;

export interface FindingEvent {
  readonly activity: keyof typeof ACTIVITIES;
  readonly status: keyof typeof STATUSES;
  /** When this was so (epoch ms). */
  readonly atMs: number;
  /** How many records said the same, and when the first and the last of them was. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Where the runbook's pages are, ending with a slash. */
  readonly runbooks: string;
}

/** OCSF 1.8 Detection Finding (2004). Of whom by their identity's id, and of what the record said its own id: no address and no name. */
export function toDetectionFinding(finding: Finding, event: FindingEvent): Readonly<Record<string, unknown>> {
  const [activityId, activityName] = ACTIVITIES[event.activity];
  const [statusId, status] = STATUSES[event.status];
  const [severityId, severity] = SEVERITIES[finding.severity];
  return {
    class_uid: CLASS_UID,
    class_name: 'Detection Finding',
    category_uid: 2,
    category_name: 'Findings',
    activity_id: activityId,
    activity_name: activityName,
    type_uid: CLASS_UID * 100 + activityId,
    type_name: `Detection Finding: ${activityName}`,
    time: event.atMs,
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    is_alert: finding.response !== 'record',
    count: event.count,
    start_time: event.firstMs,
    end_time: event.lastMs,
    message: `${finding.title}. ${finding.because}`,
    metadata: {
      version: OCSF_VERSION,
      product: { name: 'Tenure', vendor_name: 'Tenure' },
      uid: `${finding.key}.${event.atMs}`,
      event_code: finding.detection,
    },
    finding_info: {
      uid: finding.key,
      title: finding.title,
      desc: finding.because,
      types: [finding.detection],
      analytic: { uid: finding.detection, name: finding.title, type_id: 1, type: 'Rule' },
      created_time: event.firstMs,
      first_seen_time: event.firstMs,
      last_seen_time: event.lastMs,
      related_events_count: event.count,
      src_url: `${event.runbooks}${finding.runbook}.md`,
    },
    evidences: [
      {
        data: {
          ...finding.evidence,
          source: finding.record.source,
          record: finding.record.recordId,
          operation: finding.record.operation,
          at: finding.record.timeMs,
        },
      },
    ],
    resources: [
      ...(finding.identityId === undefined ? [] : [{ uid: finding.identityId, type: 'Identity' }]),
      ...(finding.applicationId === undefined ? [] : [{ uid: finding.applicationId, type: 'Application' }]),
    ],
    remediation: { desc: `Runbook: docs/runbook/${finding.runbook}.md` },
    unmapped: { response: finding.response },
  };
}
