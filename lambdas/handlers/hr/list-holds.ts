// What the mass-error guard holds, newest first.
import { type HoldPage, listHoldsQuerySchema } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../stores/holds/hold-store.ts';
import { type ApiDependencies, liveApiDependencies, readQuery } from '../shared/api-dependencies.ts';
import { presentHold } from './present-hold.ts';

export const listHolds =
  ({ holds, claims }: ApiDependencies & { readonly holds: HoldStore }) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('list-holds', request, claims);
    const { items, next } = await holds.listHolds(readQuery(request, listHoldsQuerySchema));
    const body: HoldPage = { items: items.map(presentHold), next };
    return { status: 200, body, log: { operator: operator.id, items: items.length } };
  };

export const handler = serveApi('list-holds', () => listHolds({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
