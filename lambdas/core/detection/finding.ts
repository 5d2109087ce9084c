// What a detection has found: once for all records of a day that say the same, and as OCSF Detection Finding (2004).
import type { ActivityRecord } from './activity.ts';
import type { Detection, Response, Severity } from './detection.ts';

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
