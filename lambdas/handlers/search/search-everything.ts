// One box for people, applications, entitlements and requests: what somebody finds who types this.
import { type FoundAnswer, searchRoutes } from '../../api/search.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { toIso } from '../../core/moment.ts';
import { Catalogue } from '../../core/search/catalogue.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';
import { s3PeopleLists } from '../../stores/people-lists.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentSummary } from '../shared/present-summary.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { findPeople, type Readable } from './find-people.ts';
import { findRequests } from './find-requests.ts';
import { type KnownPeople, knownPeople } from './known-people.ts';

export interface SearchDependencies extends ApiDependencies {
  readonly known: () => Promise<KnownPeople | undefined>;
}

const ROUTE = searchRoutes['search-everything'];

export const searchEverything = answerOperator(ROUTE, async (given: SearchDependencies, { operator, query }) => {
  const dependencies = { ...given, directory: remembering(given.directory) };
  const readable = readableTo(dependencies, operator);
  const known = await dependencies.known();
  const person = operator.identityId && (await personOf(dependencies, operator.identityId));
  const searching = { text: query.q, limit: query.atMost, person };
  const people = await findPeople(dependencies, operator, { known, readable }, searching);
  const requests = await findRequests(dependencies, people.items, searching, readable);
  const body: FoundAnswer = {
    people: {
      items: people.items.map(({ loaded, view }) => presentSummary(loaded.record.header, view)),
      more: people.more || undefined,
    },
    ...presentCatalogue(catalogueOf(dependencies.model()), operator, query),
    requests: {
      items: requests.items.map(({ identityId, request: { asked, status } }) => ({
        requestId: asked.requestId,
        identityId,
        entitlement: asked.entitlement,
        status,
        requestedAt: toIso(asked.recordedMs),
      })),
      more: requests.more || undefined,
    },
    peopleAsOf: known && toIso(known.madeMs),
    incomplete: known?.incomplete || undefined,
  };
  const shows = [...body.people.items, ...body.requests.items].map(({ identityId }) => identityId);
  // What was typed is a name as a rule: it is in no log.
  return { status: 200, shows, body, log: { people: body.people.items.length } };
});

function presentCatalogue(
  catalogue: Catalogue,
  operator: Operator,
  { q, atMost: limit }: { readonly q: string; readonly atMost: number },
): Pick<FoundAnswer, 'applications' | 'entitlements'> {
  const isEmployee = operator.scope === 'self';
  const applications = isEmployee ? { items: [], more: false } : catalogue.findApplications(q, limit);
  const entitlements = catalogue.findEntitlements(q, limit, isEmployee);
  return {
    applications: {
      items: applications.items.map(({ id, name }) => ({ applicationId: id, name })),
      more: applications.more || undefined,
    },
    entitlements: {
      items: entitlements.items.map(({ application, entitlement, reference, requestable }) => ({
        entitlement: reference,
        name: entitlement.name,
        applicationName: application.name,
        privileged: entitlement.privileged,
        requestable,
      })),
      more: entitlements.more || undefined,
    },
  };
}

function readableTo(dependencies: ApiDependencies, operator: Operator): Readable {
  return async ({ record }) => {
    try {
      return await requireReadable(dependencies, operator, record.header);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 403) return undefined;
      throw error;
    }
  };
}

/** Of one request, in which many have the same superiors: each is read once. */
function remembering(directory: DirectoryStore): DirectoryStore {
  const loads = new Map<string, ReturnType<DirectoryStore['load']>>();
  return {
    ...directory,
    load(identityId) {
      const known = loads.get(identityId) ?? directory.load(identityId);
      loads.set(identityId, known);
      return known;
    },
  };
}

/** As long as the model is the same. */
let latest: { readonly model: AccessModel; readonly catalogue: Catalogue } | undefined;

function catalogueOf(model: AccessModel): Catalogue {
  if (latest?.model !== model) latest = { model, catalogue: new Catalogue(model) };
  return latest.catalogue;
}

export const handler = serveApi(ROUTE, () =>
  searchEverything({ ...liveApiDependencies(), known: knownPeople(s3PeopleLists(), Date.now) }),
);
