// Somebody states that a manual task was carried out. The statement is a fact: it is what Tenure then takes as
// observed in a system it cannot read, so it names who made it and cannot be taken back. Where the access model asks for
// a second person, it is one only once they have said so too.
import { type AttestedAnswer, type ConfirmedAnswer, taskRoutes } from '../../api/tasks.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import { ConflictError } from '../../core/errors.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import type { AppendDependencies } from '../shared/append-fact.ts';
import { requireUninvolved } from '../shared/require-uninvolved.ts';
import { loadTask } from './load-task.ts';
import { attestationIdOf, stateDone } from './record-attestation.ts';

const ROUTE = taskRoutes['attest-task'];

export const attestTask = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies & AppendDependencies, { operator, parameters, body: { evidence } }) => {
    const task = await loadTask(dependencies, parameters.id);
    const { taskId, identityId, status } = task;
    await requireUninvolved(dependencies, operator, [identityId]);
    const log = { taskId, identityId };
    if (status === 'done') return { status: 200, body: await answerOf(dependencies, task, operator.id), log };
    if (status !== 'open') throw new ConflictError(`The task is no longer open: it is ${status}.`);

    const stated = { by: operator.id, identityId: operator.identityId, evidence };
    const { version } = await stateDone(dependencies, task, stated);
    if (version === undefined) {
      const body: ConfirmedAnswer = { taskId, status: 'open', identityId, awaits: 'second-person' };
      return { status: 202, body, log };
    }
    const body: AttestedAnswer = { taskId, status: 'done', identityId, version };
    return { status: 200, body, log };
  },
);

/** The same again for who attested or confirmed it; anybody else did not. */
async function answerOf({ facts }: ApiDependencies, task: TaskRecord, operatorId: string): Promise<AttestedAnswer> {
  const { taskId, identityId, attestedBy, confirmedBy } = task;
  const accepted = await facts.findAcceptedEvent(OWN_SOURCE, attestationIdOf(taskId));
  if (![attestedBy, confirmedBy].includes(operatorId) || accepted === undefined) {
    throw new ConflictError('Somebody else has attested this task.');
  }
  return { taskId, status: 'done', identityId, version: accepted.version };
}

export const handler = serveApi(ROUTE, () => attestTask(liveApiDependencies()));
