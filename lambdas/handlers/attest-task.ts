// Somebody states that a manual task was carried out. The statement is a fact: it is what Tenure then takes as
// observed in a system it cannot read, so it names who made it and cannot be taken back.

import { type AttestedAnswer, attestationSchema } from '../core/api-schemas.ts';
import { toAttestedStep } from '../core/attested-account.ts';
import { canonicalJson, sha256Hex } from '../core/canonical-json.ts';
import { ConflictError } from '../core/errors.ts';
import { factIdOf, type TaskAttestedFact } from '../core/facts.ts';
import { OWN_SOURCE } from '../core/hr-event.ts';
import { ApiProblem } from '../middleware/api-problem.ts';
import { authorize } from '../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../middleware/serve-api.ts';
import type { TaskRecord } from '../stores/identity-store.ts';
import { type ApiDependencies, liveApiDependencies, readBody } from './shared/api-dependencies.ts';
import { type AppendDependencies, appendFact } from './shared/append-fact.ts';
import { loadTask } from './shared/load-task.ts';

export const attestTask =
  (dependencies: ApiDependencies & AppendDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('attest-task', request, dependencies.claims);
    const { evidence } = readBody(request, attestationSchema);
    const task = await loadTask(dependencies, request.pathParameters['id'] ?? '');
    const { taskId, identityId } = task;
    if (operator.identityId === identityId) throw new ApiProblem(403, 'Somebody else must attest what concerns you.');
    const log = { operator: operator.id, taskId, identityId };
    if (task.status === 'done') return { status: 200, body: await answerOf(dependencies, task, operator.id), log };

    const nowMs = dependencies.clock();
    const fact = attestedFact(task, operator.id, evidence, nowMs);
    const { version } = await appendFact(dependencies, fact, {
      payloadHash: sha256Hex(canonicalJson({ taskId, attestedBy: operator.id, evidence })),
      actor: { type: 'operator', id: operator.id },
      attestedTask: { ...task, status: 'done', attestedBy: operator.id, attestedMs: nowMs, evidence },
    });
    const body: AttestedAnswer = { taskId, status: 'done', identityId, version };
    return { status: 200, body, log };
  };

/** The same again for who attested it; anybody else did not. */
async function answerOf(
  { identities }: ApiDependencies,
  task: TaskRecord,
  operatorId: string,
): Promise<AttestedAnswer> {
  const { taskId, identityId } = task;
  const accepted = await identities.findAcceptedEvent(OWN_SOURCE, attestationIdOf(taskId));
  if (task.attestedBy !== operatorId || accepted === undefined) {
    throw new ConflictError('Somebody else has attested this task.');
  }
  return { taskId, status: 'done', identityId, version: accepted.version };
}

function attestedFact(
  task: TaskRecord,
  attestedBy: string,
  evidence: string | undefined,
  nowMs: number,
): TaskAttestedFact {
  const { taskId, identityId, applicationId } = task;
  const sourceEventId = attestationIdOf(taskId);
  return {
    type: 'task-attested',
    factId: factIdOf(OWN_SOURCE, sourceEventId),
    identityId,
    source: OWN_SOURCE,
    sourceEventId,
    recordedMs: nowMs,
    receivedMs: nowMs,
    taskId,
    applicationId,
    attestedBy,
    evidence,
    steps: task.steps.map(toAttestedStep),
  };
}

/** One task is attested once. */
function attestationIdOf(taskId: string): string {
  return `attested/${taskId}`;
}

export const handler = serveApi('attest-task', () => attestTask(liveApiDependencies()));
