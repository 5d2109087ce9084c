// An entry of the log as OCSF events: one row of the lake each. What the columns say is in columns.ts; a member that is
// undefined is null there.
import type { Cell } from '../../lake-columns.ts';
import type { LogActor, LogEntry, LogSubject } from '../log-entry.ts';
import { OCSF_CLASSES, OCSF_VERSION, type OcsfClass, type OcsfClassName, OTHER, SEVERITIES } from './classes.ts';
import { type LooseEvent, liftedMembers, mappingOf, type RowMapping, restOf, textOf } from './mapping.ts';

/** A leaf of the log, read. */
export interface SealedEntry {
  readonly index: number;
  readonly entry: LogEntry;
  /** RFC 6962, base64. */
  readonly leafHash: string;
  /** The members of the event that lie in an object of their own. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

export interface OcsfUser {
  readonly uid: string;
  readonly type: string;
  readonly type_id: number;
}

export interface OcsfEvent {
  readonly className: OcsfClassName;
  /** RFC 3339 day in UTC, without dashes. */
  readonly eventDay: string;
  /** By column. */
  readonly members: { readonly [column: string]: Cell };
}

const PRODUCT = { name: 'Tenure', vendor_name: 'Tenure' };

/** In the order of the entry's steps; never none. */
export function toOcsfEvents(sealed: SealedEntry, logName: string): readonly OcsfEvent[] {
  const event: LooseEvent = { ...sealed.detail, ...sealed.entry.event };
  const rows = mappingOf(event);
  return rows.map((row, place) => toEvent(sealed, logName, event, row, rows.length === 1 ? undefined : place));
}

function toEvent(
  { index, entry, leafHash }: SealedEntry,
  logName: string,
  event: LooseEvent,
  row: RowMapping,
  place: number | undefined,
): OcsfEvent {
  const described: OcsfClass = OCSF_CLASSES[row.class];
  const activityName = described.activities[row.activity] ?? row.label;
  return {
    className: row.class,
    eventDay: entry.at.slice(0, 10).replaceAll('-', ''),
    members: {
      time: Date.parse(entry.at),
      class_uid: described.uid,
      class_name: described.caption,
      category_uid: described.categoryUid,
      category_name: described.category,
      activity_id: row.activity,
      activity_name: activityName,
      type_uid: described.uid * 100 + row.activity,
      type_name: `${described.caption}: ${activityName}`,
      severity_id: row.severity,
      severity: SEVERITIES[row.severity],
      ...statusOf(row),
      metadata: {
        version: OCSF_VERSION,
        product: PRODUCT,
        uid: place === undefined ? entry.id : `${entry.id}.${place}`,
        event_code: event.type,
        correlation_uid: entry.correlation,
        log_name: logName,
      },
      actor: actorOf(entry.actor),
      ...membersOfClass(row, entry.subject, event),
      unmapped: {
        log_index: index,
        row: place ?? 0,
        leaf_hash: leafHash,
        subject_kind: entry.subject.kind,
        subject: entry.subject.id,
        sequence: entry.sequence,
        trigger: entry.trigger,
        version: entry.version,
        epoch: entry.epoch,
        model_hash: entry.modelHash,
        ...liftedMembers(event, row, entry.subject),
        // Once for an entry, however many rows it has.
        rest: place === undefined || place === 0 ? restOf(event) : undefined,
      },
    },
  };
}

function statusOf({ status }: RowMapping): { readonly status_id: number; readonly status: string } {
  if (status === 'Success') return { status_id: 1, status };
  if (status === 'Failure') return { status_id: 2, status };
  return { status_id: OTHER, status };
}

function actorOf(actor: LogActor): { readonly [member: string]: Cell } {
  switch (actor.type) {
    case 'operator':
      return { user: { uid: actor.id, type: 'Admin', type_id: 2 } };
    case 'hr-source':
      return { app_name: 'HR source', app_uid: actor.id };
    case 'tenure':
      return { app_name: 'Tenure', app_uid: actor.id };
    case 'unknown':
      return { user: { uid: actor.id === '' ? 'unknown' : actor.id, type: 'Unknown', type_id: 0 } };
  }
}

function userOf(subject: LogSubject): { readonly [member: string]: Cell } {
  return subject.kind === 'operator'
    ? { uid: subject.id, type: 'Admin', type_id: 2 }
    : { uid: subject.id, type: 'User', type_id: 1 };
}

/** What OCSF requires of the class beside what all have. */
function membersOfClass(row: RowMapping, subject: LogSubject, event: LooseEvent): { readonly [member: string]: Cell } {
  switch (row.class) {
    case 'account_change':
      return { user: userOf(subject) };
    case 'authentication':
      return { user: userOf(subject), service: serviceOf(event, subject) };
    case 'user_access':
      return { user: userOf(subject), privileges: [textOf(row.step?.['grant']) ?? 'undisclosed'] };
    case 'entity_management':
      return { entity: row.entity?.(subject) ?? entityOf(subject) };
    case 'api_activity':
      // Where the request came from is not in the log: an address tells of a person.
      return { api: { operation: textOf(event['operation']) ?? event.type }, src_endpoint: { name: 'undisclosed' } };
  }
}

function serviceOf(event: LooseEvent, subject: LogSubject): { readonly [member: string]: Cell } {
  const application = textOf(event['applicationId']);
  if (application !== undefined) return { uid: application, name: application };
  return subject.kind === 'hr-source' ? { uid: subject.id, name: 'HR source' } : { name: 'Tenure' };
}

const KINDS = {
  identity: { type: 'User', type_id: 2 },
  operator: { type: 'User', type_id: 2 },
  application: { type: 'Application', type_id: OTHER },
  'hr-source': { type: 'HR source', type_id: OTHER },
  hold: { type: 'Hold', type_id: OTHER },
  deployment: { type: 'Deployment', type_id: OTHER },
} as const satisfies Readonly<Record<LogSubject['kind'], object>>;

function entityOf({ kind, id }: LogSubject): { readonly [member: string]: Cell } {
  return { uid: id, ...KINDS[kind] };
}
