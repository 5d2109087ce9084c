// An example of every audit event with every member it can have. What may stand in the sealed log in the open begins with
// `open-`, what must not with `secret-`; ids of identities are `Ada`, `Bob` and `Cid`.

import type { Step } from '../../../lambdas/core/access/difference.ts';
import type { AuditEvent } from '../../../lambdas/core/audit/audit.ts';

/** Every member, those that may be absent as well. */
type Whole<Value> = Value extends readonly (infer Item)[]
  ? readonly Whole<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]-?: Whole<Exclude<Value[Name], undefined>> }
    : Value;

type WholeEvent<Type> = AuditEvent extends infer Event
  ? Event extends { readonly type: infer Own }
    ? Type extends Own
      ? Whole<Event>
      : never
    : never
  : never;

const HOLD = '20261128T1200.acme-hr.1';

/** One of each kind. */
const STEPS: readonly Whole<Step>[] = [
  { action: 'create-account' },
  { action: 'revoke-credential', credentialId: 'secret-credential', kind: 'access-key', setMs: 1_000 },
  { action: 'update-account', attributes: ['open-attribute'] },
  {
    action: 'grant',
    grant: 'open-grant',
    entitlement: 'open-entitlement',
    privileged: true,
    reasons: [
      { type: 'birthright', profile: 'open-profile', fact: 'secret-fact' },
      { type: 'break-glass', request: 'open-request', fact: 'secret-fact-of-a-request' },
    ],
  },
  { action: 'revoke', grant: 'open-revoked', entitlement: 'open-entitlement', privileged: false },
];
const GRANT = STEPS[3] as Whole<Step>;

export const EVENT_EXAMPLES: { readonly [Type in AuditEvent['type']]: WholeEvent<Type> } = {
  'fact-recorded': {
    type: 'fact-recorded',
    factType: 'open-joiner',
    factId: 'secret-source:secret-event',
    payloadHash: 'secret-hash',
    attributes: ['open-email', 'open-title'],
    receivedAt: 'open-instant',
    holdId: HOLD,
    applicationId: 'open-chat',
    files: ['secret-file'],
    entitlement: 'open-entitlement',
    request: 'open-request',
    answer: 'approve',
    campaignId: 'open-campaign',
    recordedMs: 1_764_000_000_000,
    factHash: 'secret-hash-of-the-fact',
  },
  'merge-proposed': { type: 'merge-proposed', holdId: HOLD, survivor: 'Ada', duplicate: 'Bob' },
  'undo-merge-proposed': { type: 'undo-merge-proposed', holdId: HOLD, survivor: 'Bob', duplicate: 'Ada' },
  'took-effect': { type: 'took-effect', instant: '2026-11-28T17:00:00.000Z' },
  'work-fenced-off': { type: 'work-fenced-off', epoch: 4 },
  'access-intended': { type: 'access-intended', applicationId: 'open-chat', callId: 'open-call', steps: STEPS },
  'access-changed': {
    type: 'access-changed',
    applicationId: 'open-chat',
    callId: 'open-call',
    accountId: 'secret-account',
    step: GRANT,
  },
  'access-read-back': {
    type: 'access-read-back',
    applicationId: 'open-chat',
    callId: 'open-call',
    accountId: 'secret-account',
    observed: {
      enabled: false,
      grants: ['open-grant'],
      openSessions: 2,
      archived: true,
      credentials: ['secret-credential'],
    },
    answered: true,
    error: 'secret-error',
  },
  'task-opened': { type: 'task-opened', taskId: 'secret-task~Ada', applicationId: 'open-chat', steps: STEPS },
  'task-stated': { type: 'task-stated', taskId: 'secret-task~Ada', applicationId: 'open-chat' },
  'evidence-added': {
    type: 'evidence-added',
    taskId: 'secret-task~Ada',
    applicationId: 'open-chat',
    sha256: 'secret-sha256',
    bytes: 7,
  },
  'task-overdue': {
    type: 'task-overdue',
    taskId: 'secret-task~Ada',
    applicationId: 'open-chat',
    dueAt: 'open-instant',
  },
  'accounts-listed': {
    type: 'accounts-listed',
    applicationId: 'open-chat',
    sha256: 'secret-sha256',
    exportedAt: 'open-instant',
    accounts: 3,
  },
  'ticket-reopened': { type: 'ticket-reopened', taskId: 'secret-task~Ada', applicationId: 'open-chat', attempt: 2 },
  'task-superseded': { type: 'task-superseded', taskId: 'secret-task~Ada', applicationId: 'open-chat' },
  'account-adopted': {
    type: 'account-adopted',
    applicationId: 'open-chat',
    accountId: 'secret-account',
    unreviewed: ['open-grant'],
  },
  'reconciliation-decided': {
    type: 'reconciliation-decided',
    applicationId: 'open-chat',
    answer: 'repair',
    reason: 'secret-reason about Bob',
    runId: 'open-run',
  },
  'erasure-proposed': { type: 'erasure-proposed', holdId: HOLD },
  'erasure-decided': { type: 'erasure-decided', holdId: HOLD, decision: 'drop', reason: 'secret-reason' },
  'personal-data-erased': {
    type: 'personal-data-erased',
    holdId: HOLD,
    pseudonyms: ['open-pseudonym'],
    proposedBy: 'open-proposer',
    approvedBy: 'open-approver',
  },
  'identity-conflict': { type: 'identity-conflict', attribute: 'email', with: 'Bob' },
  'duty-violation-began': {
    type: 'duty-violation-began',
    rule: 'open-rule',
    severity: 'high',
    mode: 'require-exception',
    outcome: 'excepted',
    held: ['open-chat:a', 'open-chat:b'],
    refused: [],
  },
  'duty-violation-ended': { type: 'duty-violation-ended', rule: 'open-rule' },
  'duty-exception-granted': {
    type: 'duty-exception-granted',
    exception: 'open-rule:2026-12-31T00:00:00.000Z',
    rule: 'open-rule',
    applicationId: 'open-chat',
    entitlement: 'open-b',
    until: '2026-12-31T00:00:00.000Z',
    owner: 'Bob',
  },
  'break-glass-used': {
    type: 'break-glass-used',
    applicationId: 'open-chat',
    entitlement: 'open-b',
    until: '2026-12-31T00:00:00.000Z',
  },
  'duty-exception-ended': { type: 'duty-exception-ended', exception: 'open-rule:2026-12-31T00:00:00.000Z' },
  converged: { type: 'converged', openTasks: 3 },
  escalated: { type: 'escalated', failed: [{ applicationId: 'open-chat', error: 'secret-error' }] },
  'residual-window': { type: 'residual-window', certificateId: 'secret-Ada.3', until: '2026-11-29T17:00:00.000Z' },
  'removal-proven': {
    type: 'removal-proven',
    certificateId: 'secret-Ada.3',
    certificateHash: 'secret-hash',
    applications: ['open-chat', 'open-crm'],
  },
  'personal-data-read': { type: 'personal-data-read', operation: 'open-operation' },
  'audit-query-run': {
    type: 'audit-query-run',
    operation: 'open-operation',
    query: 'open-query',
    executionId: 'open-execution',
    parameters: [{ name: 'secret-name', value: 'secret-value' }],
  },
  'access-denied': { type: 'access-denied', operation: 'open-operation' },
  'operation-refused': {
    type: 'operation-refused',
    operation: 'open-operation',
    problem: 'conflict',
    reason: 'secret-reason',
    request: 'open-request',
  },
  'authentication-failed': { type: 'authentication-failed', operation: 'open-operation' },
  'hold-opened': {
    type: 'hold-opened',
    holdId: HOLD,
    source: 'open-source',
    rule: 'open-rule',
    count: 9,
    threshold: 5,
  },
  'hold-decided': { type: 'hold-decided', holdId: HOLD, decision: 'release', reason: 'secret-reason' },
  'reconciliation-asked': { type: 'reconciliation-asked', applicationId: 'open-chat' },
  'reconciliation-begun': { type: 'reconciliation-begun', applicationId: 'open-chat', runId: 'open-run' },
  'reconciliation-ended': {
    type: 'reconciliation-ended',
    applicationId: 'open-chat',
    runId: 'open-run',
    outcome: 'finished',
    counts: [{ kind: 'open-kind', count: 2 }],
  },
  'model-deployed': { type: 'model-deployed' },
  'model-judged': { type: 'model-judged', verdict: 'held', emptied: 1, reduced: 2, gaining: 3 },
  'review-campaign-begun': { type: 'review-campaign-begun', campaignId: 'open-campaign', reason: 'secret-reason' },
  'review-population-fixed': {
    type: 'review-population-fixed',
    campaignId: 'open-campaign',
    manifestSha256: 'open-hash',
    pages: 1,
    people: 2,
    items: 3,
    asked: 2,
    excluded: 0,
  },
  'review-campaign-opened': { type: 'review-campaign-opened', campaignId: 'open-campaign', asked: 2 },
  'review-deadline-moved': {
    type: 'review-deadline-moved',
    campaignId: 'open-campaign',
    until: 'open-until',
    reason: 'secret-reason',
  },
  'review-reassigned': {
    type: 'review-reassigned',
    campaignId: 'open-campaign',
    reason: 'secret-reason',
  },
  'review-campaign-closed': {
    type: 'review-campaign-closed',
    campaignId: 'open-campaign',
    kept: 1,
    removed: 1,
    notAnswered: 0,
  },
  'settings-changed': {
    type: 'settings-changed',
    codeVersion: 'open-version',
    changes: [{ setting: 'open-setting', before: 'open-hash', after: 'open-other-hash' }],
  },
  'account-dormant': {
    type: 'account-dormant',
    applicationId: 'aws',
    kind: 'service-account',
    lastActiveOn: '2026-05-01',
  },
  'account-active': { type: 'account-active', applicationId: 'aws' },
  'alert-raised': {
    type: 'alert-raised',
    alertId: 'secret-alert',
    detection: 'open-detection',
    severity: 'critical',
    raised: 1,
  },
  'alert-answered': {
    type: 'alert-answered',
    alertId: 'secret-alert',
    detection: 'open-detection',
    taken: 'suspended',
  },
  'alert-decided': {
    type: 'alert-decided',
    alertId: 'secret-alert',
    detection: 'open-detection',
    decision: 'close',
    reason: 'secret-reason',
    outcome: 'expected',
    assignee: 'Bob',
    muteId: 'open-mute',
    until: '2026-12-24T12:00:00.000Z',
    everybody: false,
  },
  'mute-ended': { type: 'mute-ended', muteId: 'open-mute', detection: 'open-detection' },
  'signal-received': {
    type: 'signal-received',
    transmitter: 'idp',
    event: 'session-revoked',
    jti: 'jti-1',
    issuedAt: '2026-11-28T17:00:00.000Z',
    response: 'suspended',
    reason: 'Ada’s laptop was stolen',
  },
  'signal-told': { type: 'signal-told', receiver: 'crm', event: 'session-revoked' },
  redriven: { type: 'redriven', messages: 2, identities: 1 },
  'state-restored': {
    type: 'state-restored',
    origin: 'open-origin',
    size: 900,
    root: 'open-root',
    identities: 7,
    facts: 21,
    forgotten: 1,
    incomplete: 2,
  },
};
