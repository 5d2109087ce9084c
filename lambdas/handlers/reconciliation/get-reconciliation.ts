// One application's report, page by page.

import { reconciliationRoutes } from '../../api/reconciliations.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireApplication } from '../shared/reconciliation-run.ts';
import type { ReadingDependencies } from './list-reconciliations.ts';
import { presentFinding, presentReconciliation } from './present-reconciliation.ts';

const ROUTE = reconciliationRoutes['get-reconciliation'];

export const getReconciliation = answerOperator(
  ROUTE,
  async ({ reconciliations, model }: ReadingDependencies, { parameters, query }) => {
    const application = requireApplication(model(), parameters.applicationId);
    const known = await reconciliations.find(application.id);
    // What an older run found and the last one did not is over.
    const sinceMs = known?.report?.startedMs ?? known?.run?.startedMs ?? 0;
    const page = await reconciliations.listFindings({ applicationId: application.id, sinceMs, ...query });
    const body = {
      ...presentReconciliation(application, known),
      findings: page.items.map(presentFinding),
      next: page.next,
    };
    const named = page.items.flatMap(({ identityId, candidates = [] }) => [identityId ?? [], candidates].flat());
    // Accounts of people whom nobody knows are named, too.
    const shows = page.items.length > 0 ? [auditKeyOf({ kind: 'application', id: application.id }), ...named] : [];
    return { status: 200, shows, body, log: { applicationId: application.id } };
  },
);

export const handler = serveApi(ROUTE, () =>
  getReconciliation({ ...liveApiDependencies(), reconciliations: dynamoReconciliationStore() }),
);
