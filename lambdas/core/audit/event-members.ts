// Which members of an audit event stand in the sealed log in the open. What is not said here to be open is sealed under
// the key of whom the entry is about; the compiler asks for every member of every event.
import type { AuditEvent } from './audit.ts';

/**
 * - `open`: it tells of no person: names of applications, grants, entitlements, profiles, attributes, and the like.
 * - `identity`: an identity's id; its pseudonym stands for it.
 * - `hold`: a hold's id, which is open unless it was derived from whom the hold is about.
 * - `sealed`: all else, above all what others write: ids of HR systems and targets, reasons, errors, evidence.
 */
export type MemberRule<Value> =
  | 'sealed'
  | ([Value] extends [string]
      ? 'open' | 'identity' | 'hold'
      : [Value] extends [number | boolean]
        ? 'open'
        : [Value] extends [readonly (infer Item)[]]
          ? { readonly each: MemberRule<Item> }
          : [Value] extends [object]
            ? { readonly members: MemberRules<Value> }
            : never);

/** Of every member that any of the union's types has. */
export type MemberRules<Value> = {
  readonly [Name in NamesIn<Value>]-?: MemberRule<Exclude<MemberOf<Value, Name>, undefined>>;
};

type NamesIn<Value> = Value extends unknown ? keyof Value : never;
type MemberOf<Value, Name> = Value extends unknown ? (Name extends keyof Value ? Value[Name] : never) : never;
type EventOf<Type> = AuditEvent extends infer Event
  ? Event extends { readonly type: infer Own }
    ? Type extends Own
      ? Omit<Event, 'type'>
      : never
    : never
  : never;

const STEP = {
  members: {
    action: 'open',
    attributes: { each: 'open' },
    grant: 'open',
    entitlement: 'open',
    privileged: 'open',
    reasons: { each: { members: { type: 'open', profile: 'open', request: 'open', fact: 'sealed' } } },
    kind: 'open',
    setMs: 'open',
    credentialId: 'sealed',
  },
} as const;

const MERGE_PROPOSED = { holdId: 'hold', survivor: 'identity', duplicate: 'identity' } as const;

export const EVENT_MEMBERS: { readonly [Type in AuditEvent['type']]: MemberRules<EventOf<Type>> } = {
  'fact-recorded': {
    factType: 'open',
    factId: 'sealed',
    // What it was made of could be guessed: a name, a department, a date.
    payloadHash: 'sealed',
    attributes: { each: 'open' },
    receivedAt: 'open',
    holdId: 'hold',
    applicationId: 'open',
    // Of a form that was filled in, say, it could be guessed what it was made of.
    files: 'sealed',
    entitlement: 'open',
    request: 'open',
    answer: 'open',
    campaignId: 'open',
    recordedMs: 'sealed',
    factHash: 'sealed',
  },
  'merge-proposed': MERGE_PROPOSED,
  'undo-merge-proposed': MERGE_PROPOSED,
  'erasure-proposed': { holdId: 'hold' },
  'erasure-decided': { holdId: 'hold', decision: 'open', reason: 'sealed' },
  'personal-data-erased': { holdId: 'hold', pseudonyms: { each: 'open' }, proposedBy: 'open', approvedBy: 'open' },
  'took-effect': { instant: 'open' },
  'work-fenced-off': { epoch: 'open' },
  'access-intended': { applicationId: 'open', callId: 'open', steps: { each: STEP } },
  'access-changed': { applicationId: 'open', callId: 'open', accountId: 'sealed', step: STEP },
  'access-read-back': {
    applicationId: 'open',
    callId: 'open',
    accountId: 'sealed',
    observed: {
      members: {
        enabled: 'open',
        grants: { each: 'open' },
        openSessions: 'open',
        archived: 'open',
        credentials: 'sealed',
      },
    },
    answered: 'open',
    error: 'sealed',
  },
  'task-opened': { taskId: 'sealed', applicationId: 'open', steps: { each: STEP } },
  'task-superseded': { taskId: 'sealed', applicationId: 'open' },
  'task-stated': { taskId: 'sealed', applicationId: 'open' },
  'evidence-added': { taskId: 'sealed', applicationId: 'open', sha256: 'sealed', bytes: 'open' },
  'task-overdue': { taskId: 'sealed', applicationId: 'open', dueAt: 'open' },
  'ticket-reopened': { taskId: 'sealed', applicationId: 'open', attempt: 'open' },
  'account-adopted': { applicationId: 'open', accountId: 'sealed', unreviewed: { each: 'open' } },
  'reconciliation-decided': { applicationId: 'open', answer: 'open', reason: 'sealed', runId: 'open' },
  'identity-conflict': { attribute: 'open', with: 'identity' },
  'duty-violation-began': {
    rule: 'open',
    severity: 'open',
    mode: 'open',
    outcome: 'open',
    held: { each: 'open' },
    refused: { each: 'open' },
  },
  'duty-violation-ended': { rule: 'open' },
  'duty-exception-granted': {
    exception: 'open',
    rule: 'open',
    applicationId: 'open',
    entitlement: 'open',
    until: 'open',
    owner: 'identity',
  },
  'duty-exception-ended': { exception: 'open' },
  'break-glass-used': { applicationId: 'open', entitlement: 'open', until: 'open' },
  converged: { openTasks: 'open' },
  escalated: { failed: { each: { members: { applicationId: 'open', error: 'sealed' } } } },
  'residual-window': { certificateId: 'sealed', until: 'open' },
  // Of somebody who never had an account, it could be guessed what it was made of.
  'removal-proven': { certificateId: 'sealed', certificateHash: 'sealed', applications: { each: 'open' } },
  'personal-data-read': { operation: 'open' },
  // Whatever somebody typed is among the parameters.
  'audit-query-run': { operation: 'open', query: 'open', executionId: 'open', parameters: 'sealed' },
  'access-denied': { operation: 'open' },
  'operation-refused': { operation: 'open', problem: 'open', reason: 'sealed', request: 'open' },
  'authentication-failed': { operation: 'open' },
  'hold-opened': { holdId: 'hold', source: 'open', rule: 'open', count: 'open', threshold: 'open' },
  'hold-decided': { holdId: 'hold', decision: 'open', reason: 'sealed' },
  'accounts-listed': { applicationId: 'open', sha256: 'sealed', exportedAt: 'open', accounts: 'open' },
  'reconciliation-asked': { applicationId: 'open' },
  'reconciliation-begun': { applicationId: 'open', runId: 'open' },
  'reconciliation-ended': {
    applicationId: 'open',
    runId: 'open',
    outcome: 'open',
    counts: { each: { members: { kind: 'open', count: 'open' } } },
  },
  'model-deployed': {},
  'model-judged': { verdict: 'open', emptied: 'open', reduced: 'open', gaining: 'open' },
  'review-campaign-begun': { campaignId: 'open', reason: 'sealed' },
  'review-population-fixed': {
    campaignId: 'open',
    manifestSha256: 'open',
    pages: 'open',
    people: 'open',
    items: 'open',
    asked: 'open',
    excluded: 'open',
  },
  'review-campaign-opened': { campaignId: 'open', asked: 'open' },
  'review-deadline-moved': { campaignId: 'open', until: 'open', reason: 'sealed' },
  'review-reassigned': { campaignId: 'open', reason: 'sealed' },
  'review-campaign-closed': { campaignId: 'open', kept: 'open', removed: 'open', notAnswered: 'open' },
  'settings-changed': {
    codeVersion: 'open',
    changes: { each: { members: { setting: 'open', before: 'open', after: 'open' } } },
  },
  // An alert's id begins with whom it is about.
  'account-dormant': { applicationId: 'open', kind: 'open', lastActiveOn: 'open' },
  'account-active': { applicationId: 'open' },
  'alert-raised': { alertId: 'sealed', detection: 'open', severity: 'open', raised: 'open' },
  'alert-answered': { alertId: 'sealed', detection: 'open', taken: 'open' },
  'alert-decided': {
    alertId: 'sealed',
    detection: 'open',
    decision: 'open',
    reason: 'sealed',
    outcome: 'open',
    assignee: 'identity',
    muteId: 'open',
    until: 'open',
    everybody: 'open',
  },
  'mute-ended': { muteId: 'open', detection: 'open' },
  'signal-received': {
    transmitter: 'open',
    event: 'open',
    jti: 'sealed',
    issuedAt: 'open',
    response: 'open',
    reason: 'sealed',
  },
  'signal-told': { receiver: 'open', event: 'open' },
  redriven: { messages: 'open', identities: 'open' },
  'state-restored': {
    origin: 'open',
    size: 'open',
    root: 'open',
    identities: 'open',
    facts: 'open',
    forgotten: 'open',
    incomplete: 'open',
  },
};
