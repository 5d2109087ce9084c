// Somebody says of an item of a review whether it is kept. Whether they may is found anew, on what is known when that is
// recorded.
import { reviewRoutes } from '../../api/reviews.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import type { ReviewItemState, ReviewState } from '../../core/identity/access-reviews.ts';
import { type AccessReviewDecidedFact, ownFactBase, type ReviewAnswer } from '../../core/identity/facts.ts';
import { aboutWhom } from '../../core/identity/merged-identities.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import type { StandingReview } from '../../core/identity/standing-reviews.ts';
import { mayDecide } from '../../core/requests/approvers.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { answerersOf, answerersOfItem } from '../shared/review-answerers.ts';
import { identityOfReview, reviewIn } from './load-review.ts';
import { presentReview } from './present-review.ts';

const ROUTE = reviewRoutes['decide-review'];

export const decideReview = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id }, body: { entitlement, decision, reason } }) => {
    const by = await requirePerson(dependencies, operator);
    const identityId = await identityOfReview(dependencies, id);
    const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
      const found = reviewIn(loaded, id);
      const item = found.review.items.find((one) => one.entitlement === entitlement);
      await requireAnswering(dependencies, { operator, by, loaded, found, item });
      if (item === undefined) throw new NotFoundError('Nothing is asked about that entitlement in this review.');
      if (item.answer?.answer === decision && item.answer.answeredBy === by) return [];
      requireAnswerable(item, found.review, decision, loaded.nowMs);
      const { identityId: whose } = loaded.record.header;
      const base = ownFactBase(whose, `review-answer/${id}/${dependencies.newId()}`, loaded.nowMs);
      const about = aboutWhom(found.review.opened);
      const fact: AccessReviewDecidedFact = {
        ...base,
        // What was asked of an id that was merged is that one's again, with the answer, once the merge is taken back.
        ...(about !== whose && { about }),
        ...{ type: 'access-review-decided', reviewId: id, entitlement, answer: decision, answeredBy: by, reason },
      };
      const payloadHash = sha256Hex(canonicalJson({ reviewId: id, entitlement, decision, by, reason }));
      return [{ fact, payloadHash, actor: { type: 'operator', id: operator.id } }];
    });
    const body = await presentReview(dependencies, recorded, reviewIn(recorded, id));
    const log = { reviewId: id, identityId: body.identityId, decision };
    return { status: 200, shows: [body.identityId], body, log };
  },
);

interface Answering {
  readonly operator: Operator;
  /** The operator, as a person. */
  readonly by: string;
  readonly loaded: LoadedIdentity;
  readonly found: StandingReview;
  /** Undefined: nothing is asked about it. */
  readonly item: ReviewItemState | undefined;
}

/** Throws ApiProblem 403. */
async function requireAnswering(
  dependencies: ApiDependencies,
  { operator, by, loaded, found, item }: Answering,
): Promise<void> {
  const answerers = await answerersOf(dependencies, loaded, found);
  if (answerers.involved.has(by)) throw new ApiProblem(403, 'Nobody decides on what they have themselves.');
  const self = await findWhereItCounts(dependencies, by);
  const isThere = self !== undefined && mayTakeOver(self.state);
  const hasRole = operator.roles.includes('security');
  const ofItem = answerersOfItem(item ?? { facts: [] }, answerers, loaded.timeline);
  if (isThere && mayDecide(ofItem, answerers, by, hasRole)) return;
  throw new ApiProblem(403, 'You are not one of those who can answer it now.');
}

/** Throws ConflictError. */
function requireAnswerable(
  { answer }: ReviewItemState,
  { opened }: ReviewState,
  decision: ReviewAnswer,
  nowMs: number,
): void {
  if (answer?.answer === 'remove') throw new ConflictError('It was removed: it has to be asked for anew.');
  if (nowMs >= opened.dueMs) throw new ConflictError('It is too late: the review was closed when it was due.');
  if (answer !== undefined && decision === 'keep')
    throw new ConflictError('Somebody has said already that it is kept.');
}

export const handler = serveApi(ROUTE, () => decideReview(liveApiDependencies()));
