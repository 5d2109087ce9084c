// One manual task: what to do, where, and by when.
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { loadTask } from './load-task.ts';
import { presentTask } from './present-task.ts';

export const getTask =
  (dependencies: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('get-task', request, dependencies.claims);
    const task = await loadTask(dependencies, request.pathParameters['id'] ?? '');
    const { taskId, identityId } = task;
    return {
      status: 200,
      body: presentTask(task, dependencies.clock()),
      log: { operator: operator.id, taskId, identityId },
    };
  };

export const handler = serveApi('get-task', () => getTask(liveApiDependencies()));
