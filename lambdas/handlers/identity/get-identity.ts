// Everything about one identity: what it may access now and every reason why, and how it came to be so.
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, loadIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { presentIdentity } from './present-identity.ts';

export const getIdentity =
  (dependencies: ApiDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('get-identity', request, dependencies.claims);
    const record = await loadIdentity(dependencies, request.pathParameters['id']);
    await requireReadable(dependencies, operator, record.header);
    const body = presentIdentity(record, dependencies.model(), dependencies.clock(), operator.view);
    return { status: 200, body, log: { operator: operator.id, identityId: record.header.identityId } };
  };

export const handler = serveApi('get-identity', () => getIdentity(liveApiDependencies()));
