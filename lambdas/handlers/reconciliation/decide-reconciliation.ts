// Somebody has looked at the report. Only from a decision for repair on may anything be taken away that was there
// before Tenure; the decision and its audit entry are one write, and then whom it concerns is converged.
import { reconciliationRoutes } from '../../api/reconciliations.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { ConflictError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationDecision } from '../../stores/reconciliations/reconciliation-store.ts';
import { stepFunctionsReconciliation } from '../../stores/reconciliations/reconciliation-workflow.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireApplication } from '../shared/reconciliation-run.ts';
import { presentReconciliation } from './present-reconciliation.ts';
import type { StartDependencies } from './start-reconciliation.ts';

const ROUTE = reconciliationRoutes['decide-reconciliation'];

export const decideReconciliation = answerOperator(
  ROUTE,
  async ({ reconciliations, workflow, clock, model }: StartDependencies, { operator, parameters, body }) => {
    const { answer, reason } = body;
    const application = requireApplication(model(), parameters.applicationId);
    const report = (await reconciliations.find(application.id))?.report;
    if (report === undefined) throw new ConflictError('There is no report to decide on yet.');
    const { runId } = report;
    const decision = { answer, reason, decidedBy: operator.id, decidedMs: clock(), runId };
    const entry = decisionEntry(application.id, decision, model().hash);
    if (!(await reconciliations.decide(application.id, decision, [entry]))) {
      throw new ConflictError('There is a newer report: look at that one.');
    }
    if (answer === 'repair') await workflow.start(application.id, 'repair');
    const decided = presentReconciliation(application, await reconciliations.find(application.id));
    return { status: 200, body: decided, log: { applicationId: application.id, decision: answer } };
  },
);

function decisionEntry(applicationId: string, decision: ReconciliationDecision, modelHash: string): AuditEntry {
  const { answer, reason, decidedBy, decidedMs, runId } = decision;
  return {
    identityId: auditKeyOf({ kind: 'application', id: applicationId }),
    entryId: `reconciliation-decided:${runId}:${answer}:${decidedBy}`,
    at: toIso(decidedMs),
    actor: { type: 'operator', id: decidedBy },
    modelHash,
    event: { type: 'reconciliation-decided', applicationId, answer, reason, runId },
  };
}

export const handler = serveApi(ROUTE, () =>
  decideReconciliation({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    workflow: stepFunctionsReconciliation(),
  }),
);
