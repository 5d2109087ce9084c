// Somebody has looked at the report. Only from a decision for repair on may anything be taken away that was there
// before Tenure; the decision and its audit entry are one write, and then whom it concerns is converged.
import { type ReconciliationAnswer, reconciliationDecisionSchema } from '../../api/schemas.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { ConflictError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { authorize } from '../../middleware/authorize.ts';
import { type ApiRequest, type ApiResponse, serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationDecision } from '../../stores/reconciliations/reconciliation-store.ts';
import { stepFunctionsReconciliation } from '../../stores/reconciliations/reconciliation-workflow.ts';
import { liveApiDependencies, readBody } from '../shared/api-dependencies.ts';
import { requireApplication } from '../shared/reconciliation-run.ts';
import { presentReconciliation } from './present-reconciliation.ts';
import type { StartDependencies } from './start-reconciliation.ts';

export const decideReconciliation =
  ({ reconciliations, workflow, claims, clock, model }: StartDependencies) =>
  async (request: ApiRequest): Promise<ApiResponse> => {
    const operator = authorize('decide-reconciliation', request, claims);
    const { answer, reason } = readBody(request, reconciliationDecisionSchema);
    const application = requireApplication(model(), request.pathParameters['applicationId']);
    const report = (await reconciliations.find(application.id))?.report;
    if (report === undefined) throw new ConflictError('There is no report to decide on yet.');
    const { runId } = report;
    const decision = { answer, reason, decidedBy: operator.id, decidedMs: clock(), runId };
    const entry = decisionEntry(application.id, decision, model().hash);
    if (!(await reconciliations.decide(application.id, decision, [entry]))) {
      throw new ConflictError('There is a newer report: look at that one.');
    }
    if (answer === 'repair') await workflow.start(application.id, 'repair');
    const body: ReconciliationAnswer = presentReconciliation(application, await reconciliations.find(application.id));
    return { status: 200, body, log: { operator: operator.id, applicationId: application.id, decision: answer } };
  };

/** Under the application, in a partition that no identity can have. */
function decisionEntry(applicationId: string, decision: ReconciliationDecision, modelHash: string): AuditEntry {
  const { answer, reason, decidedBy, decidedMs, runId } = decision;
  return {
    identityId: `APPLICATION#${applicationId}`,
    entryId: `reconciliation-decided:${runId}:${answer}:${decidedBy}`,
    at: toIso(decidedMs),
    actor: { type: 'operator', id: decidedBy },
    modelHash,
    event: { type: 'reconciliation-decided', applicationId, answer, reason, runId },
  };
}

export const handler = serveApi('decide-reconciliation', () =>
  decideReconciliation({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    workflow: stepFunctionsReconciliation(),
  }),
);
