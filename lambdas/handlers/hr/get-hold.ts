// One hold, and page by page the identities whose decision is still to be carried out.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../../stores/holds/hold-store.ts';
import type { ModelChangeStore } from '../../stores/model-changes/model-change-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireHold } from './decide-hold.ts';
import { presentHold } from './present-hold.ts';

const ROUTE = holdRoutes['get-hold'];

interface GetDependencies {
  readonly holds: HoldStore;
  readonly modelChanges: Pick<ModelChangeStore, 'listConcerned'>;
}

export const getHold = answerOperator(
  ROUTE,
  async ({ holds, modelChanges }: GetDependencies, { parameters, query }) => {
    const hold = await requireHold(holds, parameters.id);
    const { holdId } = hold;
    if (hold.modelChange !== undefined) {
      const { items: losing, next } = await modelChanges.listConcerned({ holdId, loses: true, ...query });
      const identities = losing.map(({ identityId }) => identityId);
      const losses = losing.map(({ identityId, loses }) => ({ identityId, loses: [...loses] }));
      return {
        status: 200,
        shows: identities,
        body: { ...presentHold(hold), identities, losses, next },
        log: { holdId },
      };
    }
    const { items, next } = await holds.listHeld({ holdId, ...query });
    const { merge, erasure } = hold;
    const identities = erasure?.identityId === undefined ? items : [erasure.identityId];
    const body = { ...presentHold(hold), identities, next };
    const shows = [...identities, ...(merge ? [merge.identityId, merge.duplicate] : [])];
    return { status: 200, shows, body, log: { holdId } };
  },
);

export const handler = serveApi(ROUTE, () => getHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
