// A manual task as the operators' API shows it. It names the identity by id: who it is, GET /identities/{id} says.
import type { TaskAnswer } from '../../api/tasks.ts';
import { attestationNeeds } from '../../core/access/attesting.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { toIso } from '../../core/moment.ts';

export function presentTask(task: TaskRecord, model: AccessModel, nowMs: number): TaskAnswer {
  const { taskId, identityId, applicationId, status, assignee, instructions, attestedBy, attestedMs, evidence } = task;
  const { first, confirmedBy, files, remindedMs, escalatedMs } = task;
  const application = model.applications.find(({ id }) => id === applicationId);
  const needs = attestationNeeds(task, application);
  return {
    taskId,
    identityId,
    applicationId,
    status,
    assignee,
    instructions,
    steps: task.steps.map((step) => ({ ...step })),
    openedAt: toIso(task.openedMs),
    dueAt: toIso(task.dueMs),
    overdue: status === 'open' && task.dueMs < nowMs,
    remindedAt: remindedMs === undefined ? undefined : toIso(remindedMs),
    escalatedAt: escalatedMs === undefined ? undefined : toIso(escalatedMs),
    attestedBy,
    attestedAt: attestedMs === undefined ? undefined : toIso(attestedMs),
    evidence,
    evidenceRequired: needs?.evidence,
    files: files?.map(({ addedMs, ...file }) => ({ ...file, addedAt: toIso(addedMs) })),
    secondPerson: needs?.secondPerson,
    first: first && { by: first.by, at: toIso(first.atMs), evidence: first.evidence },
    confirmedBy,
  };
}
