// One hold, and page by page the identities whose decision is still to be carried out.
import { getHoldQuerySchema, type HoldDetailAnswer } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../stores/holds/hold-store.ts';
import { type ApiDependencies, liveApiDependencies, readQuery } from '../shared/api-dependencies.ts';
import { requireHold } from './decide-hold.ts';
import { presentHold } from './present-hold.ts';

export const getHold =
  ({ holds, claims }: ApiDependencies & { readonly holds: HoldStore }) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('get-hold', request, claims);
    const { limit, after } = readQuery(request, getHoldQuerySchema);
    const hold = await requireHold(holds, request);
    const { items, next } = await holds.listHeld({ holdId: hold.holdId, limit, after });
    const body: HoldDetailAnswer = { ...presentHold(hold), identities: [...items], next };
    return { status: 200, body, log: { operator: operator.id, holdId: hold.holdId } };
  };

export const handler = serveApi('get-hold', () => getHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
