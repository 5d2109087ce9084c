// The reviews that moves of an identity opened, each with its move: of what was taken back there is none.
import { accessReviewsIn, type ReviewItemState, type ReviewState } from './access-reviews.ts';
import { withoutHeld } from './held-facts.ts';
import type { Timeline } from './timeline.ts';

export interface StandingReview {
  readonly review: ReviewState;
  readonly moved: { readonly factId: string; readonly atMs: number };
}

/** In the order in which they were opened. */
export function reviewsOf({ facts, rescinded, changes }: Timeline): readonly StandingReview[] {
  const standing = withoutHeld(facts).filter(({ factId }) => !rescinded.has(factId));
  return accessReviewsIn(standing).flatMap((review): StandingReview[] => {
    const { cause } = review.opened;
    const atMs = changes.find(({ factId }) => factId === cause)?.atMs;
    return cause === undefined || atMs === undefined ? [] : [{ review, moved: { factId: cause, atMs } }];
  });
}

export function isOpen({ answer }: ReviewItemState, { dueMs }: ReviewState, nowMs: number): boolean {
  return answer === undefined && nowMs < dueMs;
}

/** Whether anything in it waits for an answer. */
export function isAnyOpen(review: ReviewState, nowMs: number): boolean {
  return review.items.some((item) => isOpen(item, review, nowMs));
}
