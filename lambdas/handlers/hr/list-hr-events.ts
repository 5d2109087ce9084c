// What an HR system sent, received last first, and what became of each.
import { hrEventRoutes } from '../../api/hr-events.ts';
import { NotFoundError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import type { PageRequest } from '../../stores/page.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { presentHrEvent } from './present-hr-event.ts';

const ROUTE = hrEventRoutes['list-hr-events'];
const CONCURRENT_LOADS = 10;
/** So many pages are looked through for one that has anything of what is asked for. */
const MAXIMUM_PAGES = 5;

export interface ListHrEventsDependencies extends ApiDependencies {
  /** The ids of the HR systems. */
  readonly hrSources: readonly string[];
}

export const listHrEvents = answerOperator(
  ROUTE,
  async (dependencies: ListHrEventsDependencies, { parameters, query }) => {
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
  },
);

async function listOutcomes(dependencies: ListHrEventsDependencies, source: string, page: PageRequest) {
  const { items: accepted, next } = await dependencies.facts.listAcceptedEvents({ source, ...page });
  // What a system sent that was taken out of the settings since can be read still.
  const isUnknown = accepted.length === 0 && page.after === undefined && !dependencies.hrSources.includes(source);
  if (isUnknown) throw new NotFoundError('There is no such HR system.');
  // Of many events about one person that person is read once, and kept no longer than that takes.
  const ids = [...new Set(accepted.map(({ identityId }) => identityId))];
  const presented = await mapBounded(ids, CONCURRENT_LOADS, async (id) => {
    const told = await findIdentity(dependencies, id);
    const events = accepted.filter(({ identityId }) => identityId === id);
    return Promise.all(events.map(async (event) => [event, await presentHrEvent(dependencies, event, told)] as const));
  });
  const outcomes = new Map(presented.flat());
  // Whom nobody knows any more was erased.
  const items = accepted.flatMap((event) => outcomes.get(event) ?? []);
  return { items, next };
}

export const handler = serveApi(ROUTE, () =>
  listHrEvents({ ...liveApiDependencies(), hrSources: JSON.parse(fromEnvironment('hrSources')) as readonly string[] }),
);
