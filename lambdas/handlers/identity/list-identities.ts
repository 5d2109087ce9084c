// The directory, page by page; a manager's is the tree below them, one level at a time.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentSummary } from '../shared/present-summary.ts';
import { listVisible } from '../shared/visible-identities.ts';

const ROUTE = identityRoutes['list-identities'];

export const listIdentities = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator, query }) => {
  const { items, next, view } = await listVisible(dependencies, operator, query);
  const body = { items: items.map((header) => presentSummary(header, view)), next };
  const shows = items.map(({ identityId }) => identityId);
  return { status: 200, shows, body, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listIdentities(liveApiDependencies()));
