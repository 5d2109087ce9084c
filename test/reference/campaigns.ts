// What a review campaign takes away and gives back, from its rules alone: the last answer counts until the last stage is due;
// what nobody answers by then ends, or waits for an answer; a removal can be undone for a time. Asked anew for each instant.
import type {
  AccessReviewDecidedFact,
  CampaignReviewItem,
  CampaignReviewOpenedFact,
  Fact,
} from '../../lambdas/core/identity/facts.ts';

export interface CampaignItem {
  readonly reviewId: string;
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** What ends with it. */
  readonly facts: readonly string[];
  /** Whether what profiles give ends with it. */
  readonly ofProfiles: boolean;
  /** Nobody holds it: nothing comes of it. */
  readonly isPlanted: boolean;
  /** Epoch ms. */
  readonly openedMs: number;
  readonly dueMs: number;
  /** When time alone may take it away (epoch ms). */
  readonly endsMs: readonly number[];
  isTakenAt(instantMs: number): boolean;
  /** Whether it is not held and anybody who may can still say something about it. */
  isWaitingAt(instantMs: number): boolean;
  /** Whether it may be said then: what comes too late changes nothing, and nobody is told that it was accepted. */
  isHeard(answer: AccessReviewDecidedFact): boolean;
}

interface Said {
  readonly sinceMs: number;
  readonly isTaken: boolean;
  /** It waits for an answer, however late. */
  readonly isSuspended: boolean;
}

const LEFT_ALONE: Said = { sinceMs: 0, isTaken: false, isSuspended: false };

/** @param standing of one person, in recorded order, without what is held or was taken back */
export function campaignItems(standing: readonly Fact[]): readonly CampaignItem[] {
  return standing.flatMap((review) =>
    review.type === 'access-review-opened' && review.basis === 'campaign'
      ? review.items.map((item) => itemOf(item, review, standing))
      : [],
  );
}

function itemOf(item: CampaignReviewItem, review: CampaignReviewOpenedFact, standing: readonly Fact[]): CampaignItem {
  const { entitlement, facts, birthright = false, ifNobodyAnswers } = item;
  const dueMs = dueOf(review, standing);
  const answers = standing.filter(
    (fact): fact is AccessReviewDecidedFact =>
      fact.type === 'access-review-decided' &&
      fact.reviewId === review.reviewId &&
      fact.entitlement === entitlement &&
      fact.answer !== 'ask',
  );
  const silent: Said = { sinceMs: dueMs, isTaken: true, isSuspended: ifNobodyAnswers === 'suspend' };
  const saidBy = (instantMs: number, among: readonly AccessReviewDecidedFact[] = answers): Said => {
    const heard = among.filter(({ recordedMs }) => recordedMs <= instantMs);
    const inTime = heard.filter(({ recordedMs }) => recordedMs < dueMs).at(-1);
    const first = inTime === undefined ? (instantMs < dueMs ? LEFT_ALONE : silent) : after(inTime);
    const late = heard.filter(({ recordedMs }) => recordedMs >= dueMs);
    return late.reduce((said, answer) => (mayFollow(said, answer, review) ? after(answer) : said), first);
  };
  /** Also of one that is said in the very instant in which it was due. */
  const before = ({ factId, recordedMs }: AccessReviewDecidedFact): Said => {
    const index = answers.findIndex((one) => one.factId === factId);
    return index === -1 ? saidBy(recordedMs - 1) : saidBy(recordedMs, answers.slice(0, index));
  };
  return {
    reviewId: review.reviewId,
    ...{ entitlement, facts, ofProfiles: birthright, openedMs: review.recordedMs, dueMs },
    isPlanted: item.planted === true,
    endsMs: [dueMs, ...answers.flatMap(({ endsMs }) => endsMs ?? [])],
    isTakenAt: (instantMs) => {
      const { isTaken, sinceMs } = saidBy(instantMs);
      return isTaken && sinceMs <= instantMs;
    },
    isWaitingAt: (instantMs) => {
      const { isTaken, isSuspended, sinceMs } = saidBy(instantMs);
      return isTaken && isSuspended && sinceMs <= instantMs;
    },
    isHeard: (answer) => answer.recordedMs < dueMs || mayFollow(before(answer), answer, review),
  };
}

function after({ answer, recordedMs, endsMs = Number.POSITIVE_INFINITY }: AccessReviewDecidedFact): Said {
  if (answer === 'remove') return { sinceMs: recordedMs, isTaken: true, isSuspended: false };
  if (answer !== 'shorten') return { ...LEFT_ALONE, sinceMs: recordedMs };
  return { sinceMs: Math.max(endsMs, recordedMs), isTaken: true, isSuspended: false };
}

/** What is said when it was due. */
function mayFollow(
  { isTaken, isSuspended, sinceMs }: Said,
  { answer, recordedMs }: AccessReviewDecidedFact,
  { undoMs }: CampaignReviewOpenedFact,
): boolean {
  if (!isTaken) return false;
  return isSuspended || (answer === 'undo' && recordedMs < sinceMs + undoMs);
}

/** As it was moved last, before it was due, and never to what was over by then. */
function dueOf(review: CampaignReviewOpenedFact, standing: readonly Fact[]): number {
  let dueMs = review.stages.at(-1)?.dueMs ?? review.dueMs;
  for (const move of standing) {
    if (move.type !== 'access-review-moved' || move.reviewId !== review.reviewId) continue;
    const last = move.stages.at(-1);
    if (last !== undefined && move.recordedMs < dueMs) dueMs = Math.max(last.dueMs, move.recordedMs);
  }
  return dueMs;
}
