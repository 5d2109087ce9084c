// Open reviews of everybody whom the operator may see, page by page; or all of one identity's.
import { reviewRoutes } from '../../api/reviews.ts';
import { isAnyOpen, reviewsOf } from '../../core/identity/standing-reviews.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { listVisible } from '../shared/visible-identities.ts';
import { presentReview } from './present-review.ts';

const ROUTE = reviewRoutes['list-reviews'];
const CONCURRENT_IDENTITIES = 10;

export const listReviews = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator, query }) => {
  if (query.identity !== undefined) {
    const loaded = await requireIdentity(dependencies, query.identity);
    await requireReadable(dependencies, operator, loaded.record.header);
    const newest = reviewsOf(loaded.timeline).slice(-query.limit).toReversed();
    const items = await Promise.all(newest.map((one) => presentReview(dependencies, loaded, one)));
    return { status: 200, shows: [query.identity], body: { items }, log: { items: items.length } };
  }
  const { items: visible, next } = await listVisible(dependencies, operator, query);
  const found = await mapBounded(visible, CONCURRENT_IDENTITIES, async ({ identityId }) => {
    const loaded = await findIdentity(dependencies, identityId);
    if (loaded === undefined || loaded.timeline.mergedInto !== undefined) return [];
    const open = reviewsOf(loaded.timeline).filter(({ review }) => isAnyOpen(review, loaded.nowMs));
    return Promise.all(open.map((one) => presentReview(dependencies, loaded, one)));
  });
  const items = found.flat();
  const shows = items.map(({ identityId }) => identityId);
  return { status: 200, shows, body: { items, next }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listReviews(liveApiDependencies()));
