// An owner says that they answer for what they own, and that it is needed: until the access model asks again.
import { ownershipRoutes } from '../../api/ownership.ts';
import { ConflictError } from '../../core/errors.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { presentAnswering } from './present-answering.ts';
import { recordAcceptance } from './record-acceptance.ts';

const ROUTE = ownershipRoutes['accept-ownership'];

export const acceptOwnership = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const person = await requirePerson(dependencies, operator);
    const { record } = await requireIdentity(dependencies, id);
    const identityId = await personOf(dependencies, record.header.identityId);
    const recorded = await recordAcceptance(dependencies, identityId, { person, operatorId: operator.id });
    const { header } = recorded.record;
    const answering = presentAnswering(recorded);
    if (answering === undefined) throw new ConflictError('It has left meanwhile.');
    const body = { identityId: header.identityId, version: header.version, status: recorded.state.status, answering };
    return { status: 200, shows: [header.identityId], body, log: { identityId: header.identityId } } as const;
  },
);

export const handler = serveApi(ROUTE, () => acceptOwnership(liveApiDependencies()));
