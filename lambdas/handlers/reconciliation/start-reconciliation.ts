// A run now instead of at its hour: after an application was connected, or something in it was mended.
import type { StartedReconciliationAnswer } from '../../api/schemas.ts';
import { ConflictError } from '../../core/errors.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import {
  type ReconciliationWorkflow,
  stepFunctionsReconciliation,
} from '../../stores/reconciliations/reconciliation-workflow.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { isUnderWay, requireApplication } from '../shared/reconciliation-run.ts';
import type { ReadingDependencies } from './list-reconciliations.ts';

export interface StartDependencies extends ReadingDependencies {
  readonly workflow: ReconciliationWorkflow;
}

export const startReconciliation =
  ({ reconciliations, workflow, claims, clock, model }: StartDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('start-reconciliation', request, claims);
    const { id: applicationId } = requireApplication(model(), request.pathParameters['applicationId']);
    const known = await reconciliations.find(applicationId);
    if (known !== undefined && isUnderWay(known, clock())) throw new ConflictError('A run is under way.');
    await workflow.start(applicationId, 'report');
    const body: StartedReconciliationAnswer = { applicationId, status: 'starting' };
    return { status: 202, body, log: { operator: operator.id, applicationId } };
  };

export const handler = serveApi('start-reconciliation', () =>
  startReconciliation({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    workflow: stepFunctionsReconciliation(),
  }),
);
