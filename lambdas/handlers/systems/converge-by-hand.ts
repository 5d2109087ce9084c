// Converging a system that only people can change, or that is out of reach: the difference becomes a task, and attesting
// it becomes a fact.

import type { ManualTask, ServiceDesk } from '../../connectors/contract/connector.ts';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { attestedAccount, type UnattestedTask } from '../../core/access/attested-account.ts';
import { barredBy } from '../../core/access/barred-grants.ts';
import { heldBackIn } from '../../core/access/convergence.ts';
import {
  barredGrants,
  type Capabilities,
  type DifferenceInput,
  difference,
  type Step,
} from '../../core/access/difference.ts';
import type { GrantedAccess } from '../../core/access/granted-access.ts';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { taskIdOf } from '../../core/access/task-id.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import { closedRecord, lastSeen, mayBeOpen, waitingRecord } from '../../core/access/unreachable-account.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { needsOf, takesPrivileged } from '../../core/access-model/attestation-rules.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { AccountState } from '../../core/systems/account.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { accountRecord, type ConvergenceCall, wasFaster } from './convergence-call.ts';
import { attestResolvedTickets, closeAttestedTickets, ticketOf } from './mirror-tickets.ts';

const BY_HAND: Capabilities = {
  disable: true,
  endSessions: false,
  revokeCredentials: false,
  transferOwnership: false,
  archive: false,
  update: false,
  delete: false,
};
const HOUR_MS = 3_600_000;

/** How the tasks of one application are done. */
export interface ByHand {
  readonly task: ManualTask;
  /** Where each is a ticket as well. */
  readonly desk?: ServiceDesk | undefined;
}

export async function convergeByHand(
  dependencies: Dependencies,
  call: ConvergenceCall,
  { task: manualTask, desk: serviceDesk }: ByHand,
): Promise<ApplicationOutcome> {
  const { accounts, tasks, clock } = dependencies;
  const { record, entry } = call;
  const { identityId, applicationId, mode } = call.input;
  // Locking down waits for nobody; what people must do is asked for when converging.
  if (mode === 'lock-down' || isForgotten(call)) return { applicationId, outcome: 'converged', changed: 0 };

  // Proving only reads.
  const desk = mode === 'converge' ? serviceDesk : undefined;
  const asked = record.tasks.filter((task) => task.applicationId === applicationId);
  const unattested = asked.filter(({ status }) => status !== 'done');
  const open = asked.filter(({ status }) => status === 'open');
  if (desk !== undefined && (await attestResolvedTickets(dependencies, call, open, desk)))
    return { applicationId, outcome: 'outdated' };
  const observed = observe(call, unattested);
  const input = inputFrom(call, observed);
  const steps = difference(input);
  const attested = record.facts.filter(
    (fact) => fact.type === 'task-attested' && fact.applicationId === applicationId,
  ).length;
  const taskId = taskIdOf(identityId, applicationId, steps, attested);
  const current = open.find((task) => task.taskId === taskId);
  const supersedes = open.filter((task) => steps.length === 0 || task !== current);
  const superseded = supersedes.map((task) =>
    entry({ type: 'task-superseded', taskId: task.taskId, applicationId }, `superseded:${task.taskId}`),
  );

  if (desk !== undefined) {
    await closeAttestedTickets(call, asked, desk);
    // Before the tasks: a call that dies in between finds them open still, and does both again.
    for (const task of supersedes) await desk.closeTicket(task.taskId);
  }

  const nowMs = Math.max(clock(), call.nowMs);
  const account = call.reachable ? recordOf(call, observed, nowMs) : unreachableRecord(call, steps);
  const saved = await accounts.saveAccount({ identityId, account, audit: entriesOfLost(call) });
  if (!saved) throw wasFaster(call);
  if (steps.length === 0) {
    if (!(await tasks.supersedeTasks({ tasks: supersedes, account, audit: superseded }))) throw wasFaster(call);
    return heldBackOutcome(call, input) ?? { applicationId, outcome: 'converged', changed: 0 };
  }
  if (mode === 'converge') {
    const task = current ?? toTask(call, manualTask, taskId, steps, nowMs);
    const opened = entry({ type: 'task-opened', taskId, applicationId, steps }, 'task');
    const closed = asked.find((one) => one.taskId === taskId);
    const opening = { task, closed, supersedes, account, audit: [...superseded, opened] };
    if (current === undefined && !(await tasks.openTask(opening))) throw wasFaster(call);
    // After the task, and asked for in each pass: a ticket without a task would be nobody's.
    if (desk !== undefined) await desk.openTicket(ticketOf(task, call.application));
  } else if (current === undefined) {
    // Nobody was asked yet, so there is nobody to wait for: the next pass asks.
    return { applicationId, outcome: 'not-converged', left: steps.map(({ action }) => action) };
  }
  return heldBackOutcome(call, input) ?? { applicationId, outcome: 'waiting-for-task', taskId };
}

/** Undefined: nothing waits for the other side of a rule. */
function heldBackOutcome(call: ConvergenceCall, input: DifferenceInput): ApplicationOutcome | undefined {
  const grants = new Set(barredGrants(input));
  if (grants.size === 0) return undefined;
  const { application, bars } = call;
  const barred = barredBy(bars, application, { account: input.observed, granted: input.granted });
  return heldBackIn(
    application.id,
    barred.filter(({ entitlement }) => grants.has(entitlement)),
  );
}

/** Closed, or never there, when its application left the access model: there is nothing to ask for. */
function isForgotten({ reachable, known }: ConvergenceCall): boolean {
  return !reachable && (known === undefined || !mayBeOpen(known));
}

function observe(call: ConvergenceCall, unattested: readonly UnattestedTask[]): AccountState | undefined {
  const { record, application, desired, reachable, known } = call;
  return attestedAccount(record.facts, unattested, application, desired, reachable ? undefined : lastSeen(known));
}

function inputFrom(call: ConvergenceCall, observed: AccountState | undefined): DifferenceInput {
  const { application, desired, reachable, known, bars } = call;
  const nothingElse = { profile: undefined, capabilities: BY_HAND, retentionIsOver: false };
  const granted = reachable ? observed && askedFor(application, observed) : known?.granted;
  const barred = barredBy(bars, application, { account: observed, granted });
  const held = { barred: new Set(barred.map(({ entitlement }) => entitlement)) };
  return { application, desired, observed, granted, ...nothingElse, ...held };
}

/** Kept even while there is no account: whoever leaves before anybody attested is asked after here all the same. */
function recordOf(call: ConvergenceCall, observed: AccountState | undefined, readMs: number): AccountRecord {
  const { identityId } = call.input;
  const account = observed && { accountId: identityId, userName: identityId, ...observed };
  const revision = (call.known?.revision ?? 0) + 1;
  // What people attested is in no doubt: nobody looks once more for a ticket's sake, which look-at-tickets does.
  return { ...accountRecord(call, { revision, readMs }, account), byHand: true, doubtUntilMs: undefined };
}

function unreachableRecord({ known, record }: ConvergenceCall, steps: readonly Step[]): AccountRecord {
  if (known === undefined) throw new Error('an account that was never kept cannot be out of reach');
  return steps.length === 0 ? closedRecord(known, record.facts) : waitingRecord(known);
}

/** What became of a call that died nobody will read any more. */
function entriesOfLost({ reachable, known, input, entry }: ConvergenceCall): readonly AuditEntry[] {
  if (reachable || known?.openCallId === undefined) return [];
  const { applicationId } = input;
  const error = 'the access model no longer has this application';
  return [entry({ type: 'access-read-back', applicationId, callId: known.openCallId, error }, 'lost')];
}

/** Whatever was attested was asked for by a task, so it goes with its reason though the access model has lost its name. */
function askedFor({ entitlements }: Application, { grants }: AccountState): readonly GrantedAccess[] {
  return grants.map((grant) => {
    const known = entitlements.find((entitlement) => entitlement.grant === grant);
    return { grant, entitlement: known?.id ?? grant, privileged: known?.privileged === true, sinceMs: 0 };
  });
}

function toTask(
  { application, input }: ConvergenceCall,
  manual: ManualTask,
  taskId: string,
  steps: readonly Step[],
  openedMs: number,
): TaskRecord {
  const { assignee, instructions, dueHours, privilegedRemovalHours = dueHours } = manual;
  const hours = takesPrivileged(steps) ? Math.min(dueHours, privilegedRemovalHours) : dueHours;
  const needs = needsOf(application.attestation, steps);
  return {
    taskId,
    identityId: input.identityId,
    applicationId: application.id,
    status: 'open',
    steps,
    assignee,
    instructions,
    openedMs,
    dueMs: openedMs + hours * HOUR_MS,
    ...(needs && { needs }),
  };
}
