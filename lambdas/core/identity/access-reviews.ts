// What comes of reviews of access: what somebody decided not to keep ends then, and what nobody answered in time ends when it
// was due. A pure function of the set of facts, as all states are (timeline.ts): no answer is not waited for by any function.
// Whatever opens a review, a move today, its items and its answers are the same facts.
import type { AccessReviewDecidedFact, AccessReviewOpenedFact, Fact } from './facts.ts';

export interface ReviewState {
  readonly opened: AccessReviewOpenedFact;
  readonly items: readonly ReviewItemState[];
}

export interface ReviewItemState {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Of the reasons that end with it, where it is not kept. */
  readonly facts: readonly string[];
  /** The one that counts: what is taken away once is not kept by whoever says so after that. Absent: nobody has answered. */
  readonly answer: AccessReviewDecidedFact | undefined;
}

/** A reason that a review ends. */
export interface ReviewEnd {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** The fact that it rests on. */
  readonly fact: string;
  /** Epoch ms. */
  readonly endsMs: number;
  /** The fact that says so. */
  readonly endedBy: string;
}

const NONE: readonly ReviewState[] = [];

/** Those that stand: of a move that was taken back there is nothing to review. @param facts that count, in recorded order */
export function accessReviewsIn(facts: readonly Fact[]): readonly ReviewState[] {
  const opened = facts.filter((fact): fact is AccessReviewOpenedFact => fact.type === 'access-review-opened');
  if (opened.length === 0) return NONE;
  const ids = new Set(facts.map(({ factId }) => factId));
  const answers = new Map<string, AccessReviewDecidedFact[]>();
  for (const fact of facts) {
    if (fact.type !== 'access-review-decided') continue;
    const key = keyOf(fact);
    answers.set(key, [...(answers.get(key) ?? []), fact]);
  }
  return opened
    .filter(({ cause }) => cause === undefined || ids.has(cause))
    .map((one) => ({
      opened: one,
      items: one.items.map(({ entitlement, facts: ended }) => {
        const said = answers.get(keyOf({ reviewId: one.reviewId, entitlement })) ?? [];
        return { entitlement, facts: ended, answer: answerAmong(said, one) };
      }),
    }));
}

function keyOf({ reviewId, entitlement }: Pick<AccessReviewDecidedFact, 'reviewId' | 'entitlement'>): string {
  return `${reviewId} ${entitlement}`;
}

/** What comes when it is due, or after that, comes too late. */
function answerAmong(
  said: readonly AccessReviewDecidedFact[],
  { dueMs }: AccessReviewOpenedFact,
): AccessReviewDecidedFact | undefined {
  const inTime = said.filter(({ recordedMs }) => recordedMs < dueMs);
  return inTime.find(({ answer }) => answer === 'remove') ?? inTime.at(-1);
}

/** @param facts that count, in recorded order */
export function reviewEndsIn(facts: readonly Fact[]): readonly ReviewEnd[] {
  return accessReviewsIn(facts).flatMap(({ opened, items }) =>
    items.flatMap(({ entitlement, facts: ended, answer }) => {
      if (answer?.answer === 'keep') return [];
      const [endsMs, endedBy] =
        answer === undefined ? [opened.dueMs, opened.factId] : [answer.recordedMs, answer.factId];
      return ended.map((fact) => ({ entitlement, fact, endsMs, endedBy }));
    }),
  );
}
