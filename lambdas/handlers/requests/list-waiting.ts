// What waits for somebody's decision: of what they were asked, that which is still open and still theirs to decide.
import type { RequestAnswerBody } from '../../api/requests.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Recipient } from '../../core/requests/notices.ts';
import { approvedBy } from '../../core/requests/request-state.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import type { KeptNotice, NoticeStore } from '../../stores/notices/notice-store.ts';
import type { Page, PageRequest } from '../../stores/page.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { type RequestDependencies, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';
import { waitingFor, waitsFor } from './waiting-request.ts';

export interface WaitingDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'listAsked'>;
}

const CONCURRENT_REQUESTS = 5;

/** What they were asked as a person first, then by role. A page may be shorter than asked for, and even empty, before the last. */
export async function listWaiting(
  dependencies: WaitingDependencies,
  person: string,
  { isSecurity, ...page }: PageRequest & { readonly isSecurity: boolean },
): Promise<Page<RequestAnswerBody>> {
  const cursor = decodeCursor(page.after, { waitingFor: person, as: undefined, after: undefined });
  const as = cursor?.['as'] === 'security' && isSecurity ? 'security' : 'person';
  const recipient: Recipient = as === 'security' ? { role: 'security' } : { person };
  const after = cursor?.['after'] ? String(cursor['after']) : undefined;
  const asked = await dependencies.notices.listAsked(recipient, { limit: page.limit, after });
  const found = await mapBounded(asked.items, CONCURRENT_REQUESTS, (one) => present(dependencies, person, one));
  const next = (of: string, from: string) => encodeCursor({ waitingFor: person, as: of, after: from });
  return {
    items: found.filter((one) => one !== undefined),
    next:
      asked.next !== undefined
        ? next(as, asked.next)
        : as === 'person' && isSecurity
          ? next('security', '')
          : undefined,
  };
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
  const involved = [loaded.record.header.identityId, await personOf(dependencies, request.asked.requestedBy)];
  if (involved.includes(person) || approvedBy(request, waiting.stage).includes(person)) return undefined;
  return await presentRequest(dependencies, loaded, request);
}
