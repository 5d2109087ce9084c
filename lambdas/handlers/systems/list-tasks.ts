// What people have to do in the systems that have no connector.
import { taskRoutes } from '../../api/tasks.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentTask } from './present-task.ts';

const ROUTE = taskRoutes['list-tasks'];

export const listTasks = answerOperator(ROUTE, async ({ tasks, clock, model }: ApiDependencies, { query }) => {
  const { items, next } = await tasks.listTasks(query);
  const body = { items: items.map((task) => presentTask(task, model(), clock())), next };
  const shows = items.map(({ identityId }) => identityId);
  return { status: 200, shows, body, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listTasks(liveApiDependencies()));
