// Which requests an operator finds: the one of this id, their own that are for what was typed, and the latest for the people
// who were found.
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { type RequestState, requestEventId, requestsIn } from '../../core/requests/request-state.ts';
import type { Part } from '../../core/search/catalogue.ts';
import { WordIndex } from '../../core/search/word-index.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import type { FoundPerson, Readable, Searching } from './find-people.ts';

export interface FoundRequest {
  readonly identityId: string;
  readonly request: RequestState;
}

const LATEST_OF_EACH = 5;
/** As they are given out, or as those of other deployments may be. */
const MAY_BE_ID = /^[\w-]{2,100}$/;

export async function findRequests(
  dependencies: ApiDependencies,
  people: readonly FoundPerson[],
  { text, limit, person }: Searching,
  readable: Readable,
): Promise<Part<FoundRequest>> {
  const exact = await findById(dependencies, text, person, readable);
  const own = person === undefined ? undefined : await findWhereItCounts(dependencies, person);
  const ofOwn = own === undefined ? [] : requestsOf(own).filter(({ request }) => isFor(request, text));
  const ofPeople = people.flatMap(({ loaded }) => requestsOf(loaded).slice(0, LATEST_OF_EACH));
  const all = [...exact, ...ofOwn, ...ofPeople];
  const found = [...new Map(all.map((one) => [one.request.asked.requestId, one])).values()];
  return { items: found.slice(0, limit), more: found.length > limit };
}

async function findById(
  dependencies: ApiDependencies,
  text: string,
  person: string | undefined,
  readable: Readable,
): Promise<readonly FoundRequest[]> {
  if (!MAY_BE_ID.test(text)) return [];
  const accepted = await dependencies.facts.findAcceptedEvent(OWN_SOURCE, requestEventId(text));
  const loaded = accepted && (await findWhereItCounts(dependencies, accepted.identityId));
  const found = loaded && requestsOf(loaded).find(({ request }) => request.asked.requestId === text);
  if (loaded === undefined || found === undefined) return [];
  const { asked, decisions } = found.request;
  const involved = [found.identityId, asked.requestedBy, ...decisions.map(({ answeredBy }) => answeredBy)];
  const isTheirs = person !== undefined && involved.includes(person);
  return isTheirs || (await readable(loaded)) !== undefined ? [found] : [];
}

/** The latest first. */
function requestsOf({ record, timeline, nowMs }: LoadedIdentity): readonly FoundRequest[] {
  const { identityId } = record.header;
  return requestsIn(timeline.facts, nowMs)
    .map((request) => ({ identityId, request }))
    .reverse();
}

function isFor({ asked: { entitlement } }: RequestState, text: string): boolean {
  return new WordIndex([[entitlement]]).find({ text, limit: 1 }).positions.length > 0;
}
