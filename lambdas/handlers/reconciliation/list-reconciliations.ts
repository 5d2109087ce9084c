// Every application of the access model: what its last run found and what was decided about it.
import type { ReconciliationList } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentReconciliation } from './present-reconciliation.ts';

export interface ReadingDependencies extends ApiDependencies {
  readonly reconciliations: ReconciliationStore;
}

export const listReconciliations =
  ({ reconciliations, claims, model }: ReadingDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('list-reconciliations', request, claims);
    const known = new Map((await reconciliations.list()).map((one) => [one.applicationId, one]));
    const items = model().applications.map((application) =>
      presentReconciliation(application, known.get(application.id)),
    );
    const body: ReconciliationList = { items };
    return { status: 200, body, log: { operator: operator.id, items: items.length } };
  };

export const handler = serveApi('list-reconciliations', () =>
  listReconciliations({ ...liveApiDependencies(), reconciliations: dynamoReconciliationStore() }),
);
