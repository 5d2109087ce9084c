// Every application of the access model: what its last run found and what was decided about it.
import { reconciliationRoutes } from '../../api/reconciliations.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentReconciliation } from './present-reconciliation.ts';

export interface ReadingDependencies extends ApiDependencies {
  readonly reconciliations: ReconciliationStore;
}

const ROUTE = reconciliationRoutes['list-reconciliations'];

export const listReconciliations = answerOperator(ROUTE, async ({ reconciliations, model }: ReadingDependencies) => {
  const known = new Map((await reconciliations.list()).map((one) => [one.applicationId, one]));
  const items = model().applications.map((application) =>
    presentReconciliation(application, known.get(application.id)),
  );
  return { status: 200, shows: [], body: { items }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () =>
  listReconciliations({ ...liveApiDependencies(), reconciliations: dynamoReconciliationStore() }),
);
