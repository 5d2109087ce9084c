// What an HR system sent, received last first, and what became of each.
import { hrEventRoutes } from '../../api/hr-events.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { PageRequest } from '../../stores/page.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { presentHrEvent } from './present-hr-event.ts';

const ROUTE = hrEventRoutes['list-hr-events'];
const CONCURRENT_LOADS = 10;
/** So many pages are looked through for one that has anything of what is asked for. */
const MAXIMUM_PAGES = 5;

export const listHrEvents = answerOperator(ROUTE, async (dependencies: ApiDependencies, { parameters, query }) => {
  const { source } = parameters;
  const { outcome, ...asked } = query;
  let after = asked.after;
  for (let pages = 1; ; pages += 1) {
    const { items: told, next } = await listOutcomes(dependencies, source, { ...asked, after });
    const items = told.filter((event) => outcome === undefined || event.outcome === outcome);
    after = next;
    if (items.length === 0 && next !== undefined && pages < MAXIMUM_PAGES) continue;
    const shows = [...new Set(items.map(({ identityId }) => identityId))];
    return { status: 200, shows, body: { items, next }, log: { source, items: items.length } };
  }
});

async function listOutcomes(dependencies: ApiDependencies, source: string, page: PageRequest) {
  const { items: accepted, next } = await dependencies.facts.listAcceptedEvents({ source, ...page });
  // Of many events about one person that person is read once.
  const ids = [...new Set(accepted.map(({ identityId }) => identityId))];
  const found = await mapBounded(
    ids,
    CONCURRENT_LOADS,
    async (id) => [id, await findIdentity(dependencies, id)] as const,
  );
  const known = new Map(found);
  const presented = await mapBounded(accepted, CONCURRENT_LOADS, (event) =>
    presentHrEvent(dependencies, event, known.get(event.identityId)),
  );
  // Whom nobody knows any more was erased.
  return { items: presented.filter((event) => event !== undefined), next };
}

export const handler = serveApi(ROUTE, () => listHrEvents(liveApiDependencies()));
