// Facts of reviews that change nothing of what somebody may access by now. A campaign asks about a whole company, and most of
// it is kept: nothing is converged for that, and nobody is looked at before time alone would change something.
import { accessReviewsIn, type TakenAway } from './access-reviews.ts';
import type { AccessReviewMovedFact, Fact } from './facts.ts';
import type { Timeline } from './timeline.ts';

/** @param timeline with the fact @param nowMs no earlier than the fact is recorded */
export function isQuiet(fact: Fact, timeline: Timeline, nowMs: number): boolean {
  switch (fact.type) {
    case 'reviews-reassigned':
      return true;
    case 'access-review-moved':
      return !givesBack(fact, timeline, nowMs);
    case 'access-review-opened':
      return !hasTaken(fact.factId, timeline, nowMs);
    case 'access-review-decided':
      return !turnsAccess(fact.factId, timeline, nowMs);
    default:
      return false;
  }
}

/**
 * Whether anything was taken away or given back by it, or would have been by now without it: what is recorded late counts from
 * when it was said, and silence may have been acted upon meanwhile.
 */
function turnsAccess(factId: string, { standing }: Timeline, nowMs: number): boolean {
  const taken = takenIn(standing);
  if (taken.some((one) => one.restoredBy === factId || (one.takenBy === factId && one.fromMs <= nowMs))) return true;
  const isNow = ({ fromMs, untilMs = Number.POSITIVE_INFINITY }: TakenAway) => fromMs <= nowMs && nowMs < untilMs;
  return takenIn(standing.filter((one) => one.factId !== factId)).filter(isNow).length > taken.filter(isNow).length;
}

/** Whether anything was taken away by now in the review that it opens: what moves its deadline may be recorded before it. */
function hasTaken(factId: string, { standing }: Timeline, nowMs: number): boolean {
  const review = accessReviewsIn(standing).find(({ opened }) => opened.factId === factId);
  return review?.items.some(({ taken }) => taken.some(({ fromMs }) => fromMs <= nowMs)) === true;
}

function takenIn(standing: readonly Fact[]): readonly TakenAway[] {
  return accessReviewsIn(standing).flatMap(({ items }) => items.flatMap((item) => item.taken));
}

/** Whether it was due by now, had nobody moved it: what is recorded late counts from when it was said. */
function givesBack({ factId, reviewId }: AccessReviewMovedFact, { standing }: Timeline, nowMs: number): boolean {
  const dueMs = (facts: readonly Fact[]) =>
    accessReviewsIn(facts).find(({ opened }) => opened.reviewId === reviewId)?.dueMs ?? 0;
  const before = dueMs(standing.filter((one) => one.factId !== factId));
  return before <= nowMs && before !== dueMs(standing);
}
