// The fact that a manual task was carried out, whoever says so: an operator here, or the service desk's user who resolved
// its ticket. One task is attested once.
import { toAttestedStep } from '../../core/access/attested-account.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ownFactBase, type TaskAttestedFact } from '../../core/identity/facts.ts';
import { type AppendDependencies, type Appended, appendFact } from '../shared/append-fact.ts';

export interface Attestation {
  readonly attestedBy: string;
  readonly evidence: string | undefined;
}

/** Throws ConflictError when the task is no longer open, or when somebody else attested it. */
export async function recordAttestation(
  dependencies: AppendDependencies,
  task: TaskRecord,
  { attestedBy, evidence }: Attestation,
): Promise<Appended> {
  const { taskId } = task;
  const nowMs = dependencies.clock();
  return appendFact(dependencies, attestedFact(task, attestedBy, evidence, nowMs), {
    payloadHash: sha256Hex(canonicalJson({ taskId, attestedBy, evidence })),
    actor: { type: 'operator', id: attestedBy },
    attestedTask: { ...task, status: 'done', attestedBy, attestedMs: nowMs, evidence },
  });
}

export function attestationIdOf(taskId: string): string {
  return `attested/${taskId}`;
}

function attestedFact(
  task: TaskRecord,
  attestedBy: string,
  evidence: string | undefined,
  nowMs: number,
): TaskAttestedFact {
  const { taskId, identityId, applicationId } = task;
  return {
    ...ownFactBase(identityId, attestationIdOf(taskId), nowMs),
    type: 'task-attested',
    taskId,
    applicationId,
    attestedBy,
    evidence,
    steps: task.steps.map(toAttestedStep),
  };
}
