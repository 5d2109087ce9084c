// One hold, and page by page the identities whose decision is still to be carried out.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../stores/holds/hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireHold } from './decide-hold.ts';
import { presentHold } from './present-hold.ts';

const ROUTE = holdRoutes['get-hold'];

export const getHold = answerOperator(
  ROUTE,
  async ({ holds }: { readonly holds: HoldStore }, { parameters, query }) => {
    const hold = await requireHold(holds, parameters.id);
    const { items, next } = await holds.listHeld({ holdId: hold.holdId, ...query });
    const body = { ...presentHold(hold), identities: items, next };
    return { status: 200, body, log: { holdId: hold.holdId } };
  },
);

export const handler = serveApi(ROUTE, () => getHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
