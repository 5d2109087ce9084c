// A review, and whose access it is about.
import { NotFoundError } from '../../core/errors.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { reviewsOf, type StandingReview } from '../../core/identity/standing-reviews.ts';
import { reviewEventId } from '../../core/reviews/mover-reviews.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';

/** Longer than any that was given out. */
const MAXIMUM_ID = 100;

/** Where the review is recorded. Throws NotFoundError. */
export async function identityOfReview({ facts }: Pick<ApiDependencies, 'facts'>, reviewId: string): Promise<string> {
  const isId = reviewId !== '' && reviewId.length <= MAXIMUM_ID;
  const accepted = isId ? await facts.findAcceptedEvent(OWN_SOURCE, reviewEventId(reviewId)) : undefined;
  if (accepted === undefined) throw new NotFoundError('There is no such review.');
  return accepted.identityId;
}

/** Throws NotFoundError: of a move that was taken back there is none. */
export async function requireReview(
  dependencies: Pick<ApiDependencies, 'facts' | 'directory' | 'clock'>,
  reviewId: string,
): Promise<StandingReview & { readonly loaded: LoadedIdentity }> {
  const loaded = await findWhereItCounts(dependencies, await identityOfReview(dependencies, reviewId));
  if (loaded === undefined) throw new NotFoundError('There is no such review.');
  return { ...reviewIn(loaded, reviewId), loaded };
}

/** Throws NotFoundError. */
export function reviewIn({ timeline }: LoadedIdentity, reviewId: string): StandingReview {
  const found = reviewsOf(timeline).find(({ review }) => review.opened.reviewId === reviewId);
  if (found === undefined) throw new NotFoundError('There is no such review.');
  return found;
}
