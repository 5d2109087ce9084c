// What became of each item that a campaign asks about somebody, by the facts and the time alone.
import { accessReviewsIn, type ReviewItemState, type ReviewState, type TakenAway } from '../identity/access-reviews.ts';
import type { CampaignReviewOpenedFact } from '../identity/facts.ts';
import type { Timeline } from '../identity/timeline.ts';
import type { AnswerCounts } from './campaign.ts';
import type { ReadBack } from './read-back.ts';

/** `suspended`: not held until somebody answers. `not-answered`: nobody did in time, so it was removed. */
export const ANSWERED_STATUSES = [
  'open',
  'asked',
  'kept',
  'removed',
  'shortened',
  'suspended',
  'not-answered',
] as const;
export type AnsweredStatus = (typeof ANSWERED_STATUSES)[number];

export interface CampaignReview extends ReviewState {
  readonly opened: CampaignReviewOpenedFact;
}

export interface CampaignItemState {
  readonly review: CampaignReview;
  readonly item: ReviewItemState;
  readonly status: AnsweredStatus;
  /** When it is not held since, and what that rests on. Absent: no review takes it away now. */
  readonly taken?: TakenAway | undefined;
}

/** An identity's part of a campaign: more than one where it has more than one fact can say. */
export function campaignReviewsIn({ standing }: Timeline, campaignId: string): readonly CampaignReview[] {
  return accessReviewsIn(standing).flatMap((review): CampaignReview[] => {
    const { opened } = review;
    return opened.basis === 'campaign' && opened.campaignId === campaignId ? [{ ...review, opened }] : [];
  });
}

/** In the order in which they were asked. */
export function campaignItemStates(
  timeline: Timeline,
  campaignId: string,
  nowMs: number,
): readonly CampaignItemState[] {
  return campaignReviewsIn(timeline, campaignId).flatMap((review) =>
    review.items.map((item) => {
      const taken = takenAt(item, nowMs);
      return { review, item, taken, status: statusOf(item, review, taken, nowMs) };
    }),
  );
}

export function takenAt({ taken }: ReviewItemState, nowMs: number): TakenAway | undefined {
  return taken.find(({ fromMs, untilMs = Number.POSITIVE_INFINITY }) => fromMs <= nowMs && nowMs < untilMs);
}

function statusOf(
  { answer, answers, ifNobodyAnswers }: ReviewItemState,
  { dueMs }: CampaignReview,
  taken: TakenAway | undefined,
  nowMs: number,
): AnsweredStatus {
  if (answer === undefined && taken !== undefined) {
    return ifNobodyAnswers === 'suspend' ? 'suspended' : 'not-answered';
  }
  if (answer === undefined && nowMs >= dueMs) return 'not-answered';
  if (answer === undefined) return answers.length > 0 ? 'asked' : 'open';
  switch (answer.answer) {
    case 'remove':
      return 'removed';
    case 'shorten':
      return 'shortened';
    case 'keep':
    case 'undo':
    case 'ask':
      return 'kept';
    default:
      return answer.answer satisfies never;
  }
}

/** @param readBackOf whether what is taken away is gone from the system; asked of nothing else */
export function countsOf(
  states: readonly CampaignItemState[],
  readBack: (state: CampaignItemState, takenMs: number) => ReadBack,
): AnswerCounts {
  const count = (...statuses: readonly AnsweredStatus[]) =>
    states.filter(({ status }) => statuses.includes(status)).length;
  const removals = states.flatMap((state) =>
    state.taken === undefined || state.item.planted ? [] : [readBack(state, state.taken.fromMs)],
  );
  const [kept, removed, shortened] = [count('kept'), count('removed'), count('shortened')];
  return {
    asked: states.length,
    answered: kept + removed + shortened,
    ...{ kept, removed, shortened, suspended: count('suspended'), notAnswered: count('not-answered') },
    readBack: removals.filter(({ is }) => is !== 'pending').length,
    notReadBack: removals.filter(({ is }) => is === 'pending').length,
  };
}

/** The stage that is open, from 0; the last one where all of them are over. */
export function stageAt({ stages }: Pick<ReviewState, 'stages'>, nowMs: number): number {
  const open = stages.findIndex(({ dueMs }) => nowMs < dueMs);
  return open === -1 ? Math.max(0, stages.length - 1) : open;
}
