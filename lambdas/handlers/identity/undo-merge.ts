// HR states that two ids that were merged are two people after all: proposed and decided on as a merge is.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { liveProposing, type ProposeDependencies, proposeMerge } from './propose-merge.ts';

const ROUTE = identityRoutes['undo-merge'];

export const undoMerge = answerOperator(ROUTE, (dependencies: ProposeDependencies, { operator, parameters, body }) =>
  proposeMerge(dependencies, operator, { change: 'undo-merge', identityId: parameters.id, ...body }),
);

export const handler = serveApi(ROUTE, () => undoMerge(liveProposing()));
