// Entries of the log, one of each type of event and as many as a test wants.

import type { AuditEvent } from '../../lambdas/core/audit/audit.ts';
import type { LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { EVENT_EXAMPLES } from '../core/audit/event-examples.ts';

/** 22 characters of base64url that are easily told apart. */
export function pseudonym(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '-').padEnd(22, '_');
}

let made = 0;

export function logEntry(changes: Partial<LogEntry> & Pick<LogEntry, 'event'>): LogEntry {
  made += 1;
  return {
    format: 1,
    id: pseudonym(`entry-${made}`),
    at: '2026-11-28T17:00:00.000Z',
    subject: { kind: 'identity', id: pseudonym('ada') },
    sequence: 0,
    actor: { type: 'tenure', id: 'converge' },
    correlation: 'wd-1',
    version: 1,
    modelHash: 'a1b2',
    ...changes,
  };
}

const REASONS = [{ type: 'birthright', profile: 'engineers' }] as const;
const GRANT = {
  action: 'grant',
  grant: 'admins',
  entitlement: 'administrator',
  privileged: true,
  reasons: REASONS,
} as unknown as Extract<AuditEvent, { readonly type: 'access-changed' }>['step'];
const CALL = { applicationId: 'github', callId: 'call-1' };

/** One of every type, so that a type more is a line more. */
const EXAMPLES: Readonly<Record<AuditEvent['type'], AuditEvent>> = {
  ...EVENT_EXAMPLES,
  'fact-recorded': { type: 'fact-recorded', factType: 'joiner', factId: 'wd-1', payloadHash: 'ff' },
  'merge-proposed': { type: 'merge-proposed', holdId: 'h1', survivor: 'E1', duplicate: 'E2' },
  'erasure-proposed': { type: 'erasure-proposed', holdId: 'h1' },
  'erasure-decided': { type: 'erasure-decided', holdId: 'h1', decision: 'release', reason: 'asked for it' },
  'personal-data-erased': {
    type: 'personal-data-erased',
    holdId: 'h1',
    pseudonyms: ['p'],
    proposedBy: 'o1',
    approvedBy: 'o2',
  },
  'undo-merge-proposed': { type: 'undo-merge-proposed', holdId: 'h1', survivor: 'E1', duplicate: 'E2' },
  'took-effect': { type: 'took-effect', instant: '2026-11-28T17:00:00.000Z' },
  'work-fenced-off': { type: 'work-fenced-off', epoch: 3 },
  'access-intended': { type: 'access-intended', ...CALL, steps: [{ action: 'create-account' }, GRANT] },
  'access-changed': { type: 'access-changed', ...CALL, accountId: 'u7', step: GRANT },
  'access-read-back': {
    type: 'access-read-back',
    ...CALL,
    accountId: 'u7',
    observed: { enabled: true, grants: ['admins'], openSessions: undefined },
    answered: true,
  },
  'task-opened': { type: 'task-opened', taskId: 't1', applicationId: 'badges', steps: [GRANT] },
  'task-stated': { type: 'task-stated', taskId: 't1', applicationId: 'badges' },
  'evidence-added': { type: 'evidence-added', taskId: 't1', applicationId: 'badges', sha256: 'a'.repeat(64), bytes: 7 },
  'task-overdue': { type: 'task-overdue', taskId: 't1', applicationId: 'badges', dueAt: '2026-11-23T09:00:00.000Z' },
  'ticket-reopened': { type: 'ticket-reopened', taskId: 't1', applicationId: 'badges', attempt: 1 },
  'task-superseded': { type: 'task-superseded', taskId: 't1', applicationId: 'badges' },
  'account-adopted': { type: 'account-adopted', applicationId: 'github', accountId: 'u7', unreviewed: ['admins'] },
  'reconciliation-decided': {
    type: 'reconciliation-decided',
    applicationId: 'github',
    answer: 'repair',
    reason: 'looked at',
    runId: 'run-1',
  },
  'identity-conflict': { type: 'identity-conflict', attribute: 'email', with: 'E2' },
  'duty-violation-began': {
    type: 'duty-violation-began',
    rule: 'rule',
    severity: 'high',
    mode: 'require-exception',
    outcome: 'excepted',
    held: ['chat:a', 'chat:b'],
    refused: [],
  },
  'duty-violation-ended': { type: 'duty-violation-ended', rule: 'rule' },
  'duty-exception-granted': {
    type: 'duty-exception-granted',
    exception: 'rule:2026-12-31T00:00:00.000Z',
    rule: 'rule',
    applicationId: 'chat',
    entitlement: 'b',
    until: '2026-12-31T00:00:00.000Z',
    owner: 'E2',
  },
  'break-glass-used': {
    type: 'break-glass-used',
    applicationId: 'chat',
    entitlement: 'b',
    until: '2026-12-31T00:00:00.000Z',
  },
  'duty-exception-ended': { type: 'duty-exception-ended', exception: 'rule:2026-12-31T00:00:00.000Z' },
  converged: { type: 'converged', openTasks: 0 },
  escalated: { type: 'escalated', failed: [{ applicationId: 'github', error: 'HTTP 500' }] },
  'residual-window': { type: 'residual-window', certificateId: 'c1', until: '2026-11-28T18:00:00.000Z' },
  'removal-proven': { type: 'removal-proven', certificateId: 'c1', applications: ['github'] },
};

export const EVENTS = EXAMPLES as unknown as Readonly<Record<AuditEvent['type'], LogEntry['event']>>;
