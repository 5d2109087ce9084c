// One manual task: what to do, where, and by when.
import { taskRoutes } from '../../api/tasks.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { loadTask } from './load-task.ts';
import { presentTask } from './present-task.ts';

const ROUTE = taskRoutes['get-task'];

export const getTask = answerOperator(ROUTE, async (dependencies: ApiDependencies, { parameters }) => {
  const task = await loadTask(dependencies, parameters.id);
  const { taskId, identityId } = task;
  return {
    status: 200,
    shows: [identityId],
    body: presentTask(task, dependencies.model(), dependencies.clock()),
    log: { taskId, identityId },
  };
});

export const handler = serveApi(ROUTE, () => getTask(liveApiDependencies()));
