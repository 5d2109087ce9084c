// The directory, page by page; a manager's is the tree below them, one level at a time.
import { identityRoutes } from '../../api/identities.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentSummary } from '../shared/present-summary.ts';
import { listVisible } from '../shared/visible-identities.ts';

const ROUTE = identityRoutes['list-identities'];

/** So many pages are looked through for one that has anybody who is asked for. */
const MAXIMUM_PAGES = 20;

export const listIdentities = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator, query }) => {
  const { status, removal, ...asked } = query;
  const isWanted = ({ summary, removal: begun }: IdentityHeader) =>
    (status === undefined || summary.status === status) &&
    (removal === undefined || (begun !== undefined && begun.provenMs === undefined));
  let page = await listVisible(dependencies, operator, asked);
  let wanted = page.items.filter(isWanted);
  for (let pages = 1; pages < MAXIMUM_PAGES && wanted.length === 0 && page.next !== undefined; pages += 1) {
    page = await listVisible(dependencies, operator, { ...asked, after: page.next });
    wanted = page.items.filter(isWanted);
  }
  const body = { items: wanted.map((header) => presentSummary(header, page.view)), next: page.next };
  const shows = wanted.map(({ identityId }) => identityId);
  return { status: 200, shows, body, log: { items: wanted.length } };
});

export const handler = serveApi(ROUTE, () => listIdentities(liveApiDependencies()));
