// What people have to do in the systems that have no connector.
import { listTasksQuerySchema, type TaskPage } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, readQuery } from '../shared/api-dependencies.ts';
import { presentTask } from './present-task.ts';

export const listTasks =
  ({ identities, clock, claims }: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('list-tasks', request, claims);
    const { items, next } = await identities.listTasks(readQuery(request, listTasksQuerySchema));
    const body: TaskPage = { items: items.map((task) => presentTask(task, clock())), next };
    return { status: 200, body, log: { operator: operator.id, items: items.length } };
  };

export const handler = serveApi('list-tasks', () => listTasks(liveApiDependencies()));
