// Who asked takes it back.
import { requestRoutes } from '../../api/requests.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { factsOfAnswer } from '../../core/requests/deciding.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { identityOfRequest, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';
import { recordOnVersion } from './record-on-version.ts';

const ROUTE = requestRoutes['withdraw-request'];

export const withdrawRequest = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const by = await requirePerson(dependencies, operator);
    const identityId = await identityOfRequest(dependencies, id);
    const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
      const request = requestIn(loaded, id);
      if (request === undefined) throw new NotFoundError('There is no such request.');
      if ((await personOf(dependencies, request.asked.requestedBy)) !== by) {
        throw new ApiProblem(403, 'Only who asked takes a request back.');
      }
      if (request.status === 'withdrawn') return [];
      if (request.status !== 'open') throw new ConflictError(`The request is ${request.status}.`);
      const { record, nowMs } = loaded;
      const said = { identityId: record.header.identityId, request, stages: [], by, nowMs, id: dependencies.newId() };
      const [fact] = factsOfAnswer({ ...said, answer: 'withdraw' });
      const payloadHash = sha256Hex(canonicalJson({ requestId: id, answer: 'withdraw', by }));
      return [{ fact, payloadHash, actor: { type: 'operator', id: operator.id } }];
    });
    const request = requestIn(recorded, id);
    if (request === undefined) throw new NotFoundError('There is no such request.');
    const shown = await presentRequest(dependencies, recorded, request);
    const log = { requestId: id, identityId: shown.identityId };
    return { status: 200, shows: [shown.identityId], body: shown, log };
  },
);

export const handler = serveApi(ROUTE, () => withdrawRequest(liveApiDependencies()));
