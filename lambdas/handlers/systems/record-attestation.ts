// The fact that a manual task was carried out, whoever says so: an operator here, or the service desk's user who resolved
// its ticket. One task is attested once; where it takes a second person, the first one's word is kept until then.
import { toAttestedStep } from '../../core/access/attested-account.ts';
import { type Attesting, attestationNeeds, type FirstWord, judgeAttesting } from '../../core/access/attesting.ts';
import type { Confirmation, TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError } from '../../core/errors.ts';
import { ownFactBase, type TaskAttestedFact } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import { type AppendDependencies, type Appended, appendFact } from '../shared/append-fact.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { personOf } from '../shared/require-uninvolved.ts';

export interface Attestation {
  readonly attestedBy: string;
  readonly confirmedBy?: string | undefined;
  readonly evidence: string | undefined;
}

export interface Statement extends Pick<Confirmation, 'by' | 'evidence'> {
  /** The identity that they are; undefined of somebody whom only the service desk knows. */
  readonly identityId: string | undefined;
}

export type StatingDependencies = AppendDependencies & Pick<Dependencies, 'model' | 'tasks'>;

/** @param version absent: a second person has yet to confirm it */
export interface Stated {
  readonly outcome: 'done' | 'first' | 'again';
  readonly version?: number;
}

/**
 * What an open task takes, as of now: that it is done is a fact once that is there. Throws ConflictError when the task is
 * no longer as it was read, or when whoever says so is not a second person.
 */
export async function stateDone(
  dependencies: StatingDependencies,
  task: TaskRecord,
  stated: Statement,
): Promise<Stated> {
  const judged = await judgeStated(dependencies, task, stated);
  switch (judged.outcome) {
    case 'refused':
      throw new ConflictError(judged.why);
    case 'again':
      return judged;
    case 'first':
      await keepFirst(dependencies, task, stated);
      return judged;
    case 'done': {
      const { first } = task;
      const attestation = first
        ? { attestedBy: first.by, confirmedBy: stated.by, evidence: first.evidence ?? stated.evidence }
        : { attestedBy: stated.by, evidence: stated.evidence };
      return { outcome: 'done', version: (await recordAttestation(dependencies, task, attestation)).version };
    }
    default:
      return judged satisfies never;
  }
}

async function judgeStated(dependencies: StatingDependencies, task: TaskRecord, stated: Statement): Promise<Attesting> {
  const application = dependencies.model().applications.find(({ id }) => id === task.applicationId);
  const needs = attestationNeeds(task, application);
  const files = task.files?.length ?? 0;
  const first = needs?.secondPerson ? await firstWordOf(dependencies, task, stated) : 'none';
  return judgeAttesting(needs, first, files);
}

/** People are compared as they are known now: two ids may have turned out to be one since. */
async function firstWordOf(
  dependencies: StatingDependencies,
  { first, identityId }: TaskRecord,
  stated: Statement,
): Promise<FirstWord> {
  if (stated.identityId === undefined) return 'unknown';
  if (first === undefined) return 'none';
  if (first.by === stated.by) return 'own';
  const [one, other, subject] = await Promise.all(
    [first.identityId, stated.identityId, identityId].map((id) => personOf(dependencies, id)),
  );
  if (one === subject) return 'subject';
  return one === other ? 'same-person' : 'another';
}

async function keepFirst({ tasks, clock }: StatingDependencies, task: TaskRecord, stated: Statement): Promise<void> {
  const { taskId, identityId, applicationId, openedMs } = task;
  const { by, identityId: own, evidence } = stated;
  if (own === undefined) throw new Error('somebody whom nobody knows cannot be the first of two');
  const atMs = clock();
  const entry: AuditEntry = {
    identityId,
    entryId: `task-stated:${taskId}:${openedMs}:${stated.by}`,
    at: toIso(atMs),
    actor: { type: 'operator', id: stated.by },
    event: { type: 'task-stated', taskId, applicationId },
  };
  const saved = await tasks.saveTask({
    task: { ...task, first: { by, identityId: own, evidence, atMs } },
    audit: [entry],
  });
  if (!saved) throw new ConflictError('The task is no longer as it was: look at it once more.');
}

/** Throws ConflictError when the task is no longer open, or when somebody else attested it. */
export async function recordAttestation(
  dependencies: AppendDependencies,
  task: TaskRecord,
  attestation: Attestation,
): Promise<Appended> {
  const { attestedBy, confirmedBy } = attestation;
  const nowMs = dependencies.clock();
  return appendFact(dependencies, attestedFact(task, attestation, nowMs), {
    payloadHash: sha256Hex(canonicalJson({ taskId: task.taskId, ...attestation })),
    actor: { type: 'operator', id: confirmedBy ?? attestedBy },
    attestedTask: { ...task, ...attestation, status: 'done', attestedMs: nowMs },
  });
}

export function attestationIdOf(taskId: string): string {
  return `attested/${taskId}`;
}

function attestedFact(task: TaskRecord, attestation: Attestation, nowMs: number): TaskAttestedFact {
  const { taskId, identityId, applicationId, files } = task;
  return {
    ...ownFactBase(identityId, attestationIdOf(taskId), nowMs),
    type: 'task-attested',
    taskId,
    applicationId,
    ...attestation,
    ...(files && { files: files.map(({ sha256 }) => sha256) }),
    steps: task.steps.map(toAttestedStep),
  };
}
