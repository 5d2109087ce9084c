// The directory, page by page; a manager's is the tree below them, one level at a time.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { presentSummary } from './present-identity.ts';

const ROUTE = identityRoutes['list-identities'];

export const listIdentities = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator, query }) => {
  const { limit, after, manager } = query;
  const ownOnly = operator.scope === 'own-reports';
  if (ownOnly && operator.identityId === undefined) return { status: 200, shows: [], body: { items: [] } };
  if (ownOnly && manager !== undefined) await requireIdentity(dependencies, manager);
  const managerId = manager ?? (ownOnly ? await requirePerson(dependencies, operator) : undefined);
  // Whoever is below this manager is a report of the operator's, or nobody on the page is.
  const below = managerId === undefined ? undefined : { summary: { managerId } };
  const view = below === undefined ? operator.view : await requireReadable(dependencies, operator, below);
  const { items, next } = await dependencies.directory.listIdentities({ managerId, limit, after });
  const body = { items: items.map((header) => presentSummary(header, view)), next };
  const shows = items.map(({ identityId }) => identityId);
  return { status: 200, shows, body, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listIdentities(liveApiDependencies()));
