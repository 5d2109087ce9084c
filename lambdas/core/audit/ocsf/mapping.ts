// Which OCSF class and activity an entry becomes: one table, by the entry's type, and one by a step's action. The compiler
// asks for a line for every type there is; a type of a newer version becomes Entity Management: Other, so that the lake
// never stops for a word that it does not know.
//
// OCSF 1.9 deprecates Account Change and User Access for User Management (3007) and Role Management (3008): two classes
// in STEPS. Its profile `record_integrity` is to be filled from what the lake has already: `fingerprint` from
// unmapped.leaf_hash (SHA-256, RFC 6962), `chain_uid` from metadata.log_name.
import { canonicalJson } from '../../canonical-json.ts';
import type { AuditEvent } from '../audit.ts';
import type { LogSubject } from '../log-entry.ts';
import { type OcsfClassName, OTHER, type SeverityId } from './classes.ts';

/** What is open of an event: any member may be missing, since it tells of a person. */
export type LooseEvent = { readonly type: string } & Readonly<Record<string, unknown>>;
type Members = Readonly<Record<string, unknown>>;

export type Entity = {
  readonly uid: string;
  readonly name?: string | undefined;
  readonly type: string;
  readonly type_id: number;
};

export interface RowMapping {
  readonly class: OcsfClassName;
  readonly activity: number;
  /** The activity's name where OCSF has no number for it. */
  readonly label: string;
  /** `Success`, `Failure`, or in Tenure's own words. */
  readonly status: string;
  readonly severity: SeverityId;
  /** The step that the row is about. */
  readonly step?: Members | undefined;
  /** Of Entity Management. @default the entry's subject */
  readonly entity?: ((subject: LogSubject) => Entity) | undefined;
}

type Mapping = (event: LooseEvent) => RowMapping | readonly RowMapping[];
type Placed = Pick<RowMapping, 'class' | 'activity' | 'label'>;

type Step = Extract<AuditEvent, { readonly type: 'access-changed' }>['step'];

const account = (activity: number, label: string): Placed => ({ class: 'account_change', activity, label });

const STEPS: Readonly<Record<Step['action'], Placed>> = {
  'create-account': account(1, 'Create'),
  'enable-account': account(2, 'Enable'),
  'disable-account': account(5, 'Disable'),
  'delete-account': account(6, 'Delete'),
  'update-account': account(OTHER, 'Update'),
  'archive-account': account(OTHER, 'Archive'),
  'transfer-ownership': account(OTHER, 'Transfer Ownership'),
  'revoke-credential': account(OTHER, 'Revoke Credential'),
  'end-sessions': { class: 'authentication', activity: 2, label: 'Logoff' },
  grant: { class: 'user_access', activity: 1, label: 'Assign Privileges' },
  revoke: { class: 'user_access', activity: 2, label: 'Revoke Privileges' },
};

/** Entity Management's activity by the kind of fact; the others update. */
const FACTS: Readonly<Record<string, number>> = { joiner: 1, leaver: 11, suspension: 12, return: 13 };

function managing(label: string, activity = OTHER, more: Partial<RowMapping> = {}): RowMapping {
  return { class: 'entity_management', activity, label, status: 'Success', severity: 1, ...more };
}

const MAPPINGS: Readonly<Record<AuditEvent['type'], Mapping>> = {
  'fact-recorded': ({ factType }) => managing('Update', FACTS[String(factType)] ?? 3),
  'merge-proposed': () => managing('Propose Merge', OTHER, { status: 'Proposed' }),
  'undo-merge-proposed': () => managing('Propose Undoing Merge', OTHER, { status: 'Proposed' }),
  'erasure-proposed': () => managing('Propose Erasure', OTHER, { status: 'Proposed' }),
  'erasure-decided': (event) => managing('Decide', OTHER, { entity: thingOf('Hold', event) }),
  'personal-data-erased': () => managing('Erase', 4, { severity: 2 }),
  'took-effect': () => managing('Activate', 10),
  'work-fenced-off': () => managing('Fence Off'),
  'access-intended': (event) => stepsOf(event, 'Intended'),
  'access-changed': (event) => stepsOf(event, 'Success'),
  'access-read-back': (event) => managing('Read', 2, { entity: thingOf('Account', event) }),
  'task-opened': (event) => stepsOf(event, 'Waiting for a person'),
  'task-superseded': (event) => managing('Supersede', OTHER, { entity: thingOf('Task', event) }),
  'task-stated': (event) =>
    managing('State', OTHER, { entity: thingOf('Task', event), status: 'Waiting for a person' }),
  'evidence-added': (event) => managing('Add Evidence', OTHER, { entity: thingOf('Task', event) }),
  'task-overdue': (event) =>
    managing('Escalate', OTHER, { entity: thingOf('Task', event), status: 'Waiting for a person', severity: 3 }),
  'accounts-listed': () => managing('List Accounts', 2),
  'ticket-reopened': (event) =>
    managing('Reopen', OTHER, { entity: thingOf('Task', event), status: 'Waiting for a person', severity: 2 }),
  'account-adopted': () => ({ ...account(OTHER, 'Adopt'), status: 'Success', severity: 1 }),
  'reconciliation-decided': () => managing('Decide'),
  'identity-conflict': () => managing('Find Conflict', OTHER, { status: 'Waiting for a person', severity: 3 }),
  'duty-violation-began': ({ outcome }) =>
    managing('Find Violation', OTHER, { status: captionOf(String(outcome)), severity: outcome === 'detected' ? 3 : 2 }),
  'duty-violation-ended': () => managing('End Violation'),
  'duty-exception-granted': () => managing('Grant Exception', OTHER, { severity: 3 }),
  'break-glass-used': () => managing('Break Glass', OTHER, { severity: 4 }),
  'duty-exception-ended': () => managing('End Exception'),
  converged: () => managing('Converge'),
  escalated: escalations,
  'residual-window': (event) =>
    managing('Wait', OTHER, { entity: thingOf('Certificate', event), status: 'Waiting', severity: 2 }),
  'removal-proven': (event) => managing('Prove Removal', OTHER, { entity: thingOf('Certificate', event) }),
  'personal-data-read': () => ({ class: 'api_activity', activity: 2, label: 'Read', status: 'Success', severity: 1 }),
  'audit-query-run': () => ({ class: 'api_activity', activity: 2, label: 'Query', status: 'Success', severity: 1 }),
  'access-denied': () => ({ class: 'api_activity', activity: OTHER, label: 'Ask', status: 'Failure', severity: 2 }),
  'operation-refused': () => ({
    class: 'api_activity',
    activity: OTHER,
    label: 'Ask',
    status: 'Failure',
    severity: 1,
  }),
  'authentication-failed': () => ({
    class: 'authentication',
    activity: 1,
    label: 'Logon',
    status: 'Failure',
    severity: 3,
  }),
  'hold-opened': (event) =>
    managing('Hold', OTHER, { entity: thingOf('Hold', event), status: 'Waiting for a person', severity: 3 }),
  'hold-decided': (event) => managing('Decide', OTHER, { entity: thingOf('Hold', event) }),
  'reconciliation-asked': () => managing('Ask for Reconciliation', OTHER),
  'reconciliation-begun': () => managing('Begin Reconciliation', OTHER, { status: 'Begun' }),
  'reconciliation-ended': ({ outcome }) =>
    managing('Reconcile', OTHER, { status: outcome === 'failed' ? 'Failure' : 'Success' }),
  'model-deployed': () => managing('Deploy Access Model', 3),
  'model-judged': ({ verdict }) =>
    managing('Judge Access Model', OTHER, { status: verdict === 'held' ? 'Waiting for a person' : 'Success' }),
  'review-campaign-begun': () => managing('Begin Review Campaign', OTHER, { status: 'Begun' }),
  'review-population-fixed': () => managing('Fix Review Population', OTHER),
  'review-campaign-opened': () => managing('Open Review Campaign', OTHER),
  'review-deadline-moved': () => managing('Move Review Deadline', OTHER),
  'review-reassigned': () => managing('Reassign Review', OTHER),
  'review-campaign-closed': () => managing('Close Review Campaign', OTHER),
  'settings-changed': () => managing('Change Settings', 3),
  'account-dormant': (event) => managing('Find Dormant', OTHER, { entity: thingOf('Account', event), severity: 2 }),
  'account-active': (event) => managing('Find Active', OTHER, { entity: thingOf('Account', event) }),
  'alert-raised': ({ severity }) =>
    managing('Raise Alert', OTHER, { status: 'Waiting for a person', severity: severityOf(severity) }),
  'alert-answered': () => managing('Answer Alert'),
  'alert-decided': () => managing('Decide'),
  'mute-ended': () => managing('End Mute'),
  'signal-received': ({ response }) =>
    managing('Receive Signal', OTHER, {
      severity: response === 'recorded' ? 1 : 3,
      status: captionOf(String(response)),
    }),
  'signal-told': () => managing('Tell Signal'),
  redriven: () => managing('Redrive'),
  'state-restored': () => managing('Restore', OTHER, { severity: 3 }),
};

const ALERT_SEVERITIES: Readonly<Record<string, SeverityId>> = { low: 2, medium: 3, high: 4, critical: 4 };

/** High is the most that an entry has: critical is told by the alert itself. */
function severityOf(severity: unknown): SeverityId {
  return ALERT_SEVERITIES[String(severity)] ?? 1;
}

/** The rows that an entry with this event becomes; never none. */
export function mappingOf(event: LooseEvent): readonly RowMapping[] {
  const mapping = Object.hasOwn(MAPPINGS, event.type) ? MAPPINGS[event.type as AuditEvent['type']] : undefined;
  const mapped = mapping?.(event) ?? managing(captionOf(event.type));
  if (!Array.isArray(mapped)) return [mapped as RowMapping];
  return mapped.length > 0 ? (mapped as readonly RowMapping[]) : [managing(captionOf(event.type))];
}

function stepsOf({ step, steps }: LooseEvent, status: string): readonly RowMapping[] {
  const every = step === undefined ? (Array.isArray(steps) ? steps : []) : [step];
  return every.filter(isMembers).map((each) => {
    const action = String(each['action']);
    const placed = Object.hasOwn(STEPS, action) ? STEPS[action as Step['action']] : account(OTHER, captionOf(action));
    return { ...placed, status, severity: 1, step: each };
  });
}

function escalations({ failed }: LooseEvent): readonly RowMapping[] {
  const every = Array.isArray(failed) ? failed.filter(isMembers) : [];
  return every.map((each) => managing('Escalate', OTHER, { status: 'Failure', severity: 4, step: each }));
}

/** What the entry's subject has in an application. */
function thingOf(type: string, { applicationId }: Members): (subject: LogSubject) => Entity {
  return ({ id }) => ({ uid: id, name: textOf(applicationId), type, type_id: OTHER });
}

/** Members of an event that have a column of their own, by the column. */
const LIFTED = {
  fact_type: 'factType',
  hold: 'holdId',
  call: 'callId',
  until: 'until',
} as const;

const ELSEWHERE: ReadonlySet<string> = new Set([
  ...Object.values(LIFTED),
  ...['answer', 'decision'],
  ...['type', 'step', 'steps', 'failed', 'applicationId', 'operation', 'unreviewed', 'answered'],
  ...['entitlement', 'grant', 'privileged', 'reasons'],
]);

export interface Lifted {
  readonly [column: string]: string | boolean | readonly string[] | undefined;
}

export function liftedMembers(event: LooseEvent, { step }: RowMapping, subject: LogSubject): Lifted {
  const of = (member: string) => step?.[member] ?? event[member];
  const observed = isMembers(event['observed']) ? event['observed'] : undefined;
  const reasons = of('reasons');
  return {
    ...Object.fromEntries(Object.entries(LIFTED).map(([column, member]) => [column, textOf(event[member])])),
    decision: textOf(event['answer'] ?? event['decision']),
    application: textOf(of('applicationId')) ?? (subject.kind === 'application' ? subject.id : undefined),
    action: textOf(step?.['action']),
    entitlement: textOf(of('entitlement')),
    grant_name: textOf(of('grant')),
    privileged: truthOf(of('privileged')),
    reasons: reasons === undefined ? undefined : canonicalJson(reasons),
    account_enabled: truthOf(observed?.['enabled']),
    answered: truthOf(event['answered']),
    grants_seen: textsOf(observed?.['grants'] ?? event['unreviewed']),
  };
}

/** What has no column, as canonical JSON; undefined when that is nothing. */
export function restOf(event: LooseEvent): string | undefined {
  const rest = Object.entries(event).filter(([member]) => !ELSEWHERE.has(member));
  return rest.length === 0 ? undefined : canonicalJson(Object.fromEntries(rest));
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function truthOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `personal-data-read` → `Personal Data Read` */
function captionOf(type: string): string {
  return type.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => `${dash && ' '}${letter.toUpperCase()}`);
}
