// What must be true of reviews, by the facts alone: from the words of docs/reference/movers.md.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { campaignItems } from './campaigns.ts';
import { everKnown, standingOf } from './state.ts';

/** @param told of one identity, in the order in which it was recorded, whatever the clocks of those who did */
export function faultsOfReviews(told: readonly Fact[]): readonly string[] {
  // What was asked of an id before it was found to be somebody else's is answered there.
  const facts = [...new Map(everKnown(told).map((fact) => [fact.factId, fact])).values()];
  const opened = facts.filter((fact) => fact.type === 'access-review-opened');
  const own = told.filter((fact) => fact.type === 'access-review-opened' && fact.basis === 'mover');
  const twice = own.filter((one, index) => own.findIndex(({ cause }) => cause === one.cause) < index);
  const answers = facts.flatMap((fact, index) => {
    if (fact.type !== 'access-review-decided') return [];
    const review = opened.find(({ reviewId }) => reviewId === fact.reviewId);
    const isAsked = review?.items.some(({ entitlement }) => entitlement === fact.entitlement) === true;
    // On what was known when it was recorded: whoever said something by a clock that is behind may have come after it.
    const known = review?.basis === 'campaign' ? campaignItems(standingOf(facts.slice(0, index + 1))) : [];
    const asked = known.filter((one) => one.reviewId === fact.reviewId && one.entitlement === fact.entitlement);
    const isOfMove = review?.basis === 'mover';
    const earlier = facts.some(
      (one) =>
        one.type === 'access-review-decided' &&
        one.reviewId === fact.reviewId &&
        one.entitlement === fact.entitlement &&
        one.answer === 'remove' &&
        one.recordedMs < fact.recordedMs,
    );
    return [
      ...(isAsked ? [] : ['nobody asked for it']),
      ...(fact.answeredBy === fact.identityId ? ['it is about what they have themselves'] : []),
      ...(isOfMove && fact.recordedMs >= review.dueMs ? ['it came too late'] : []),
      ...(asked.some((one) => fact.answer !== 'ask' && !one.isHeard(fact)) ? ['it changes nothing any more'] : []),
      ...(isOfMove && earlier ? ['it was removed before'] : []),
    ].map((fault) => `${fact.factId}: ${fault}`);
  });
  return [...twice.map(({ cause }) => `${cause} is reviewed twice`), ...answers];
}
