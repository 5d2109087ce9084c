// The requests for one identity, the newest first: one's own, or those for somebody whom the operator may see. Or those that
// wait for the operator's own decision.
import { requestRoutes } from '../../api/requests.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type RequestState, requestsIn } from '../../core/requests/request-state.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { listWaiting, type WaitingDependencies } from './list-waiting.ts';
import { presentRequest } from './present-request.ts';

type ListingDependencies = ApiDependencies & WaitingDependencies;

const ROUTE = requestRoutes['list-requests'];
const CONCURRENT_REQUESTS = 5;

export const listRequests = answerOperator(ROUTE, async (dependencies: ListingDependencies, { operator, query }) => {
  if (query.for !== undefined) {
    const person = await requirePerson(dependencies, operator);
    const isSecurity = operator.roles.includes('security');
    const { items, next } = await listWaiting(dependencies, person, { ...query, isSecurity });
    const shows = items.map(({ identityId }) => identityId);
    return { status: 200, shows, body: { items: [...items], next }, log: { items: items.length } };
  }
  const self = operator.identityId && (await personOf(dependencies, operator.identityId));
  const asked = query.identity ?? (await requirePerson(dependencies, operator));
  await requireIdentity(dependencies, asked);
  const loaded = await requireIdentity(dependencies, await personOf(dependencies, asked));
  const { identityId } = loaded.record.header;
  if (identityId !== self) await requireReadable(dependencies, operator, loaded.record.header);
  const all = requestsIn(loaded.timeline.facts, loaded.nowMs);
  const last = decodeCursor(query.after, { identityId, requestId: undefined });
  // Of a request that is there no more, nothing is older.
  const older =
    last === undefined
      ? all
      : all.slice(
          0,
          Math.max(
            0,
            all.findIndex((one) => idOf(one) === last['requestId']),
          ),
        );
  const newest = older.slice(-query.limit).toReversed();
  const items = await mapBounded(newest, CONCURRENT_REQUESTS, (one) => presentRequest(dependencies, loaded, one));
  const isMore = older.length > newest.length;
  const next = isMore ? encodeCursor({ identityId, requestId: items.at(-1)?.requestId }) : undefined;
  return { status: 200, shows: [identityId], body: { items, next }, log: { identityId, items: items.length } };
});

function idOf({ asked }: RequestState): string {
  return asked.requestId;
}

export const handler = serveApi(ROUTE, () => listRequests({ ...liveApiDependencies(), notices: dynamoNoticeStore() }));
