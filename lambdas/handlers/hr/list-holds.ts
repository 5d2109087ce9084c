// What the mass-error guard holds, newest first.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../stores/holds/hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentHold } from './present-hold.ts';

const ROUTE = holdRoutes['list-holds'];

export const listHolds = answerOperator(ROUTE, async ({ holds }: { readonly holds: HoldStore }, { query }) => {
  const { items, next } = await holds.listHolds(query);
  const body = { items: items.map(presentHold), next };
  const shows = items.flatMap(({ merge }) => (merge ? [merge.identityId, merge.duplicate] : []));
  return { status: 200, shows, body, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listHolds({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
