// Who looks at what movers have, in the course of a history, through the operators' API: whoever is there then, by right or
// not, in time or not. It draws from a stream of its own, so that the histories of old seeds say what they said.
import { decideReview } from '../../lambdas/handlers/reviews/decide-review.ts';
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export const REVIEWS_STREAM = 3_100_000_019;
const MOST = 8;

export function answerReviews(
  world: World,
  { arrivals, startMs, endsMs }: History,
  { random, coverage }: { readonly random: Random; readonly coverage: Coverage },
): void {
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].sort();
  for (let index = 0; index < random.between(2, MOST); index += 1) {
    const [whose, as] = [random.pick(people), random.pick(people)];
    setTimeout(() => void answer(whose, as), random.below(endsMs - startMs));
  }

  async function answer(whose: string, as: string): Promise<void> {
    const opened = ((await world.stores.directory.load(whose))?.facts ?? []).flatMap((fact) =>
      fact.type === 'access-review-opened' ? [fact] : [],
    );
    if (opened.length > 0) coverage.happened.add('review opened');
    const asked = opened.filter(({ items }) => items.length > 0);
    if (asked.length === 0) return;
    const { reviewId, items } = random.pick(asked);
    const decision = random.chance(0.6) ? 'keep' : 'remove';
    try {
      const { status } = await world.operate({
        ...{ name: 'decide-review', handle: decideReview, as, role: 'security', parameters: { id: reviewId } },
        body: { entitlement: random.pick(items).entitlement, decision, reason: 'looked at' },
      });
      if (status === 200) coverage.happened.add('review answered');
    } catch {
      // A function may die: whoever was to answer has not.
    }
  }
}
