// One request, for whoever asked, is to get it, can decide on it, or may see whom it is for.
import { requestRoutes } from '../../api/requests.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { requireRequest } from './load-request.ts';
import { presentRequest } from './present-request.ts';

const ROUTE = requestRoutes['get-request'];

export const getRequest = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const { loaded, request } = await requireRequest(dependencies, id);
    const body = await presentRequest(dependencies, loaded, request);
    const person = operator.identityId && (await personOf(dependencies, operator.identityId));
    const own = [body.identityId, body.requestedBy, ...(body.canDecide ?? []), ...body.decisions.map(({ by }) => by)];
    if (person === undefined || !own.includes(person)) {
      await requireReadable(dependencies, operator, loaded.record.header);
    }
    return { status: 200, shows: [body.identityId], body, log: { requestId: id, identityId: body.identityId } };
  },
);

export const handler = serveApi(ROUTE, () => getRequest(liveApiDependencies()));
