// A run now instead of at its hour: after an application was connected, or something in it was mended.
import { reconciliationRoutes, type StartedReconciliationAnswer } from '../../api/reconciliations.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { ConflictError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import {
  type ReconciliationWorkflow,
  stepFunctionsReconciliation,
} from '../../stores/reconciliations/reconciliation-workflow.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { isUnderWay, requireApplication } from '../shared/reconciliation-run.ts';
import type { ReadingDependencies } from './list-reconciliations.ts';

export interface StartDependencies extends ReadingDependencies {
  readonly workflow: Pick<ReconciliationWorkflow, 'start'>;
}

const ROUTE = reconciliationRoutes['start-reconciliation'];

export const startReconciliation = answerOperator(
  ROUTE,
  async ({ reconciliations, workflow, audit, clock, newId, model }: StartDependencies, { operator, parameters }) => {
    const { id: applicationId } = requireApplication(model(), parameters.applicationId);
    const known = await reconciliations.find(applicationId);
    if (known !== undefined && isUnderWay(known, clock())) throw new ConflictError('A run is under way.');
    // Before it is begun, under nobody's name but Tenure's.
    await audit.append([
      {
        identityId: auditKeyOf({ kind: 'application', id: applicationId }),
        entryId: `reconciliation-asked:${newId()}`,
        at: toIso(clock()),
        actor: { type: 'operator', id: operator.id },
        modelHash: model().hash,
        event: { type: 'reconciliation-asked', applicationId },
      },
    ]);
    await workflow.start(applicationId, 'report');
    const body: StartedReconciliationAnswer = { applicationId, status: 'starting' };
    return { status: 202, body, log: { applicationId } };
  },
);

export const handler = serveApi(ROUTE, () =>
  startReconciliation({
    ...liveApiDependencies(),
    reconciliations: dynamoReconciliationStore(),
    workflow: stepFunctionsReconciliation(),
  }),
);
