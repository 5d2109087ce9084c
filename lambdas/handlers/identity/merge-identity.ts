// HR states that two ids are one person. It is so once somebody else has released the hold (carry-out-merge.ts): from then
// on intake records what is said about the duplicate at the survivor, the survivor's timeline holds the facts of both,
// and converging takes the duplicate's own access away.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { liveProposing, type ProposeDependencies, proposeMerge } from './propose-merge.ts';

const ROUTE = identityRoutes['merge-identity'];

export const mergeIdentity = answerOperator(
  ROUTE,
  (dependencies: ProposeDependencies, { operator, parameters, body }) =>
    proposeMerge(dependencies, operator, { change: 'merge', identityId: parameters.id, ...body }),
);

export const handler = serveApi(ROUTE, () => mergeIdentity(liveProposing()));
