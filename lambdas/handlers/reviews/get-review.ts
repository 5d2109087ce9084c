// One review, for whoever can answer it, or may see whose access it is about.
import { reviewRoutes } from '../../api/reviews.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { requireReview } from './load-review.ts';
import { presentReview } from './present-review.ts';

const ROUTE = reviewRoutes['get-review'];

export const getReview = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const { loaded, ...found } = await requireReview(dependencies, id);
    const body = await presentReview(dependencies, loaded, found);
    const person = operator.identityId && (await personOf(dependencies, operator.identityId));
    const own = body.items.flatMap(({ canAnswer = [], by = [] }) => [...canAnswer, ...[by].flat()]);
    if (person === undefined || !own.includes(person)) {
      await requireReadable(dependencies, operator, loaded.record.header);
    }
    return { status: 200, shows: [body.identityId], body, log: { reviewId: id, identityId: body.identityId } };
  },
);

export const handler = serveApi(ROUTE, () => getReview(liveApiDependencies()));
