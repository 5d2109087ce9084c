// What somebody answers about items of a campaign, one or many at once: whether each of them can be answered so by now, and what
// is recorded for it. Many are decided on as one: before any is recorded all of them are judged, and what was decided is kept
// until all of it is.
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import { type AccessReviewDecidedFact, ownFactBase, type ReviewAnswer } from '../identity/facts.ts';
import { aboutWhom } from '../identity/merged-identities.ts';
import { toIso } from '../moment.ts';
import { type CampaignItemState, stageAt } from './campaign-answers.ts';

export interface Decision {
  readonly answer: ReviewAnswer;
  /** An identity. */
  readonly by: string;
  readonly reason: string;
  /** Epoch ms, of `shorten`. */
  readonly endsMs?: number | undefined;
  /** When it was shown to them (epoch ms). */
  readonly shownMs?: number | undefined;
}

/** Several items that are decided on as one. */
export interface DecisionBatch extends Decision {
  readonly campaignId: string;
  readonly batchId: string;
  /** Of what is decided, by whom and of what, but not when: whoever sends it again means the same. */
  readonly contentHash: string;
  /** The operator who decided. */
  readonly operator: string;
  /** When all of it was judged (epoch ms): it counts as said then, whenever it is recorded. */
  readonly decidedMs: number;
  readonly items: readonly DecidedItem[];
}

export interface DecidedItem {
  readonly campaignId: string;
  readonly identityId: string;
  /** The id that was asked about, where it was merged since: should that be taken back, the answer is that one's. */
  readonly about?: string | undefined;
  readonly reviewId: string;
  readonly entitlement: string;
  readonly stage: number;
}

export function contentHashOf(
  campaignId: string,
  { answer, by, reason, endsMs }: Decision,
  items: readonly Pick<DecidedItem, 'identityId' | 'entitlement'>[],
): string {
  const sorted = items.map(({ identityId, entitlement }) => `${identityId} ${entitlement}`).sort();
  return sha256Hex(canonicalJson({ campaignId, answer, by, reason, endsMs, items: sorted }));
}

/** `said`: they have said the same already, and it counts. Else why it cannot be, as a sentence; undefined: it can. */
export function whyNot(
  { review, item, taken }: CampaignItemState,
  { answer, by, endsMs, shownMs }: Decision,
  nowMs: number,
): 'said' | string | undefined {
  const last = item.answer;
  const isSame = last?.answer === answer && last.answeredBy === by && last.endsMs === endsMs;
  if (isSame && answer !== 'ask') return 'said';
  const since = item.answers.at(-1);
  if (shownMs !== undefined && since !== undefined && since.recordedMs > shownMs && since.answeredBy !== by) {
    return `Somebody answered at ${toIso(since.recordedMs)}, after it was shown: look at it again.`;
  }
  const isReasonless = item.facts.length === 0 && !item.birthright;
  const givesBack = answer === 'keep' || answer === 'shorten' || answer === 'undo';
  if (taken !== undefined && isReasonless && givesBack) {
    return 'No reason held it up, so nothing gives it back: it has to be asked for.';
  }
  if (nowMs < review.dueMs) return undefined;
  if (taken === undefined) return 'It is too late: the campaign was closed when it was due.';
  if (taken.undoUntilMs === undefined) return undefined;
  if (answer !== 'undo') return 'It was taken away and the campaign is over: it can only be undone, for a time.';
  if (nowMs >= taken.undoUntilMs) return 'It is too late to undo it: it has to be asked for.';
  return undefined;
}

/** @param at when all was judged, and what tells this batch from every other */
export function decidedFact(
  { campaignId, identityId, about, reviewId, entitlement, stage }: DecidedItem,
  { answer, by: answeredBy, reason, endsMs, shownMs }: Decision,
  at: { readonly decidedMs: number; readonly batchId: string; readonly size: number },
): AccessReviewDecidedFact {
  const { decidedMs, batchId, size } = at;
  return {
    ...ownFactBase(identityId, `review-answer/${reviewId}/${batchId}`, decidedMs),
    ...(about !== undefined && { about }),
    ...{ type: 'access-review-decided', reviewId, entitlement, answer, answeredBy, reason },
    ...(endsMs !== undefined && { endsMs }),
    ...{ campaignId, stage },
    ...(shownMs !== undefined && { shownMs }),
    ...(size > 1 && { batch: { batchId, size } }),
  };
}

export function decidedItemOf({ review, item }: CampaignItemState, identityId: string, nowMs: number): DecidedItem {
  const { campaignId, reviewId } = review.opened;
  const about = aboutWhom(review.opened);
  const decided = { campaignId, identityId, reviewId, entitlement: item.entitlement, stage: stageAt(review, nowMs) };
  return about === identityId ? decided : { ...decided, about };
}
