// One application's report, page by page.
import { getReconciliationQuerySchema, type ReconciliationDetailAnswer } from '../../api/schemas.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import { liveApiDependencies, readQuery } from '../shared/api-dependencies.ts';
import { requireApplication } from '../shared/reconciliation-run.ts';
import type { ReadingDependencies } from './list-reconciliations.ts';
import { presentFinding, presentReconciliation } from './present-reconciliation.ts';

export const getReconciliation =
  ({ reconciliations, claims, model }: ReadingDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('get-reconciliation', request, claims);
    const { kind, limit, after } = readQuery(request, getReconciliationQuerySchema);
    const application = requireApplication(model(), request.pathParameters['applicationId']);
    const known = await reconciliations.find(application.id);
    // What an older run found and the last one did not is over.
    const sinceMs = known?.report?.startedMs ?? known?.run?.startedMs ?? 0;
    const page = await reconciliations.listFindings({ applicationId: application.id, kind, sinceMs, limit, after });
    const body: ReconciliationDetailAnswer = {
      ...presentReconciliation(application, known),
      findings: page.items.map(presentFinding),
      next: page.next,
    };
    return { status: 200, body, log: { operator: operator.id, applicationId: application.id } };
  };

export const handler = serveApi('get-reconciliation', () =>
  getReconciliation({ ...liveApiDependencies(), reconciliations: dynamoReconciliationStore() }),
);
