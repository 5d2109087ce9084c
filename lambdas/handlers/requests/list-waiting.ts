// What waits for somebody's decision: of what they were asked, that which is still open and still theirs to decide; and before
// it what has come since the last look found whom to ask.
import type { RequestAnswerBody } from '../../api/requests.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Recipient, wasAsked } from '../../core/requests/notices.ts';
import { approvedBy, type RequestState, requestsIn } from '../../core/requests/request-state.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import type { KeptNotice, NoticeStore, Watch } from '../../stores/notices/notice-store.ts';
import type { Page, PageRequest } from '../../stores/page.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { type RequestDependencies, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';
import { waitingFor, waitsFor } from './waiting-request.ts';

export interface WaitingDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'listAsked' | 'listWatched'>;
}

const CONCURRENT_REQUESTS = 5;
/** So many at most are looked at for what has just come: a clock looks at all of them within the minute. */
const MAXIMUM_WATCHED = 20;

/**
 * What has just come first, then what they were asked as a person, then by role. A page may be shorter than asked for, and even empty,
 * before the last.
 */
export async function listWaiting(
  dependencies: WaitingDependencies,
  person: string,
  { isSecurity, ...page }: PageRequest & { readonly isSecurity: boolean },
): Promise<Page<RequestAnswerBody>> {
  const cursor = decodeCursor(page.after, { waitingFor: person, as: undefined, after: undefined });
  const as = asOf(cursor?.['as'], isSecurity);
  const after = cursor?.['after'] ? String(cursor['after']) : undefined;
  const next = (of: As, from = '') => encodeCursor({ waitingFor: person, as: of, after: from });
  if (as === 'fresh') {
    const all = await listFresh(dependencies, person, isSecurity);
    const left = all.filter(({ requestId }) => after === undefined || requestId > after);
    const items = left.slice(0, page.limit);
    const last = items.at(-1)?.requestId;
    if (items.length < left.length) return { items, next: next('fresh', last) };
    if (items.length > 0) return { items, next: next('person') };
  }
  const recipient: Recipient = as === 'security' ? { role: 'security' } : { person };
  const from = as === 'fresh' ? undefined : after;
  const asked = await dependencies.notices.listAsked(recipient, { limit: page.limit, after: from });
  const found = await mapBounded(asked.items, CONCURRENT_REQUESTS, (one) => present(dependencies, person, one));
  const items = found.filter((one) => one !== undefined);
  if (asked.next !== undefined) return { items, next: next(as === 'security' ? as : 'person', asked.next) };
  return { items, next: as !== 'security' && isSecurity ? next('security') : undefined };
}

/** What has just come, or by what they were asked. */
type As = 'fresh' | 'person' | 'security';

function asOf(said: unknown, isSecurity: boolean): As {
  if (said === 'person') return said;
  return said === 'security' && isSecurity ? said : 'fresh';
}

/** Undefined: it is not theirs to decide now. */
async function present(
  dependencies: WaitingDependencies,
  person: string,
  { identityId, requestId, stage, recipient }: KeptNotice,
): Promise<RequestAnswerBody | undefined> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  const request = loaded && requestIn(loaded, requestId);
  if (loaded === undefined || request === undefined) return undefined;
  const waiting = await waitingFor(dependencies, loaded, request);
  if (waiting === undefined || waiting.stage !== stage || !waitsFor(waiting, recipient)) return undefined;
  if (await isDoneWith(dependencies, person, loaded, request, stage)) return undefined;
  return await presentRequest(dependencies, loaded, request);
}

/** What waits for them at identities that are to be looked at, and no look has found. */
async function listFresh(
  dependencies: WaitingDependencies,
  person: string,
  isSecurity: boolean,
): Promise<readonly RequestAnswerBody[]> {
  const watched = await dependencies.notices.listWatched(dependencies.clock(), MAXIMUM_WATCHED);
  const found = await mapBounded(watched, CONCURRENT_REQUESTS, (watch) =>
    freshIn(dependencies, watch, person, isSecurity),
  );
  return found.flat().sort((one, other) => (one.requestId < other.requestId ? -1 : 1));
}

async function freshIn(
  dependencies: WaitingDependencies,
  { identityId, told }: Watch,
  person: string,
  isSecurity: boolean,
): Promise<readonly RequestAnswerBody[]> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  if (loaded === undefined) return [];
  const open = requestsIn(loaded.timeline.facts, loaded.nowMs).filter(({ status }) => status === 'open');
  const found = await mapBounded(open, 1, async (request) => {
    const waiting = await waitingFor(dependencies, loaded, request);
    const recipients: readonly Recipient[] = [{ person }, ...(isSecurity ? [{ role: 'security' } as const] : [])];
    const recipient = recipients.find((one) => waitsFor(waiting, one));
    if (waiting === undefined || recipient === undefined) return undefined;
    const { stage } = waiting;
    if (wasAsked(told, request.asked.requestId, stage, recipient)) return undefined;
    if (await isDoneWith(dependencies, person, loaded, request, stage)) return undefined;
    return await presentRequest(dependencies, loaded, request);
  });
  return found.filter((one) => one !== undefined);
}

/** Whether it is their own, or they have agreed to it. */
async function isDoneWith(
  dependencies: WaitingDependencies,
  person: string,
  { record }: LoadedIdentity,
  request: RequestState,
  stage: number,
): Promise<boolean> {
  const involved = [record.header.identityId, await personOf(dependencies, request.asked.requestedBy)];
  return involved.includes(person) || approvedBy(request, stage).includes(person);
}
