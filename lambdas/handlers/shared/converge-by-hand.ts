// Converging a system that only people can change: the difference becomes a task, and attesting it becomes a fact.

import type { ManualTask } from '../../connectors/connector.ts';
import { attestedAccount } from '../../core/attested-account.ts';
import { type Capabilities, difference, type Step } from '../../core/difference.ts';
import { RetryableError } from '../../core/errors.ts';
import type { ApplicationOutcome } from '../../core/settlement.ts';
import { taskIdOf } from '../../core/task-id.ts';
import type { TaskRecord } from '../../stores/identity-store.ts';
import { accountRecord, type ConvergenceCall } from './convergence-call.ts';
import type { Dependencies } from './dependencies.ts';

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

export async function convergeByHand(
  { identities, clock }: Dependencies,
  call: ConvergenceCall,
  manualTask: ManualTask,
): Promise<ApplicationOutcome> {
  const { input, application, record, desired, known, entry } = call;
  const { identityId, applicationId, mode } = input;
  // Locking down waits for nobody; what people must do is asked for when converging.
  if (mode === 'lock-down') return { applicationId, outcome: 'converged', changed: 0 };

  const tasks = record.tasks.filter((task) => task.applicationId === applicationId);
  const unattested = tasks.filter(({ status }) => status !== 'done');
  const open = tasks.filter(({ status }) => status === 'open');
  const observed = attestedAccount(record.facts, unattested, application, desired);
  const steps = difference({
    application,
    desired,
    observed,
    profile: undefined,
    capabilities: BY_HAND,
    retentionIsOver: false,
  });
  const attested = record.facts.filter(
    (fact) => fact.type === 'task-attested' && fact.applicationId === applicationId,
  ).length;
  const taskId = taskIdOf(identityId, applicationId, steps, attested);
  const supersedes = open.filter((task) => steps.length === 0 || task.taskId !== taskId);
  const superseded = supersedes.map((task) =>
    entry({ type: 'task-superseded', taskId: task.taskId, applicationId }, `superseded:${task.taskId}`),
  );

  // Kept even while there is no account: whoever leaves before anybody attested is asked after here all the same.
  const account = observed && { accountId: identityId, userName: identityId, ...observed };
  const revision = (known?.revision ?? 0) + 1;
  const saved = await identities.saveAccount({
    identityId,
    account: accountRecord(call, { revision, readMs: clock() }, account),
    audit: [],
  });
  if (!saved) throw new RetryableError(`another call about ${identityId} in ${applicationId} was faster`);
  if (steps.length === 0) {
    await identities.supersedeTasks({ tasks: supersedes, audit: superseded });
    return { applicationId, outcome: 'converged', changed: 0 };
  }
  if (mode === 'converge' && !open.some((task) => task.taskId === taskId)) {
    const task = toTask(call, manualTask, taskId, steps, clock());
    const opened = entry({ type: 'task-opened', taskId, applicationId, steps }, 'task');
    await identities.openTask({ task, supersedes, audit: [...superseded, opened] });
  }
  return { applicationId, outcome: 'waiting-for-task', taskId };
}

function toTask(
  { application, input }: ConvergenceCall,
  { assignee, instructions, dueHours }: ManualTask,
  taskId: string,
  steps: readonly Step[],
  openedMs: number,
): TaskRecord {
  return {
    taskId,
    identityId: input.identityId,
    applicationId: application.id,
    status: 'open',
    steps,
    assignee,
    instructions,
    openedMs,
    dueMs: openedMs + dueHours * HOUR_MS,
  };
}
