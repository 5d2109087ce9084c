// What is looked at again, and by when: a part of the access model (access-model/reviews.yaml).
import type { CampaignRule } from './campaign-rules.ts';

/** Reasons that may need an answer when somebody moves. What is taken in an emergency is reviewed by itself. */
export const REVIEWED_REASONS = ['handover', 'request', 'temporary', 'cover', 'exception'] as const;
export type ReviewedReason = (typeof REVIEWED_REASONS)[number];

export interface ReviewRules {
  /** Each move that changes access opens a review. Absent: none does. */
  readonly movers?: MoverReviewRule | undefined;
  /** What is reviewed of many at once, by id. Absent: nothing is by itself. */
  readonly campaigns?: readonly CampaignRule[] | undefined;
}

export interface MoverReviewRule {
  /** Within which what needs an answer is to be answered, or goes. */
  readonly answerDays: number;
  /** What needs one. The rest is only shown. */
  readonly asksFor: readonly ReviewedReason[];
}
