// What somebody owes for an identity: of one that is no person, that they say they answer for it, and that they replace the
// credentials which a former owner may know; of one that moved, an answer to what its review asks. A pure function of what is
// recorded and of the time.
import type { AccountRecord } from '../access/account-record.ts';
import { exposureDueMs } from '../access/exposed-credentials.ts';
import { ownerNeededBy } from '../identity/ownership.ts';
import { isAnyOpen, reviewsOf, type StandingReview } from '../identity/standing-reviews.ts';
import { answeringAt, type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;
/** Whoever has said that they answer for it is told so long before they have to say so again. */
const AGAIN_MS = 14 * DAY_MS;
/** So long after it was suspended whoever comes to own it, or to be above, is told of it. */
const LAPSED_NEWS_MS = 14 * DAY_MS;

interface OwedBase {
  /** One of an identity, one until when: what is owed anew is another. */
  readonly owedId: string;
  /** From when on it can be seen to (epoch ms). */
  readonly fromMs: number;
  /** Until when (epoch ms). */
  readonly dueMs: number;
}

export type Owed =
  | (OwedBase & { readonly what: 'answer' })
  /** It is suspended: nobody answered in time. */
  | (OwedBase & { readonly what: 'lapsed' })
  | (OwedBase & { readonly what: 'review'; readonly standing: StandingReview })
  /** What somebody has to answer in a review of many, about others. */
  | (OwedBase & { readonly what: 'campaign'; readonly campaignId: string; readonly name: string })
  /** They have not, and it is due before long: whoever is above them is told. */
  | (OwedBase & { readonly what: 'campaign-late'; readonly campaignId: string; readonly name: string })
  | (OwedBase & {
      readonly what: 'credentials';
      readonly applicationId: string;
      /** How many. */
      readonly credentials: number;
    });

export interface Owing {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly accounts: readonly AccountRecord[];
  readonly nowMs: number;
}

/** What is over is owed no more. */
export function owedFor(owing: Owing): readonly Owed[] {
  if (!isEmployed(owing.state)) return [];
  const owned = ownerNeededBy(owing.state) === undefined ? [] : [...answerOwed(owing), ...replacementsOwed(owing)];
  return [...owned, ...reviewsOwed(owing)];
}

function reviewsOwed({ identityId, timeline, nowMs }: Owing): readonly Owed[] {
  return reviewsOf(timeline)
    .filter(({ review }) => isAnyOpen(review, nowMs))
    .map((standing): Owed => {
      const { reviewId, recordedMs, dueMs } = standing.review.opened;
      return { what: 'review', owedId: `review/${identityId}/${reviewId}`, fromMs: recordedMs, dueMs, standing };
    });
}

function answerOwed({ identityId, timeline, nowMs }: Owing): readonly Owed[] {
  const { latest, dueMs } = answeringAt(timeline, nowMs) ?? {};
  if (latest === undefined || dueMs === undefined) return [];
  if (dueMs <= nowMs) return lapsed(identityId, dueMs, nowMs);
  const { recordedMs } = latest;
  // Whoever says so is not asked in the same breath to say so again.
  const againMs = Math.max(dueMs - AGAIN_MS, recordedMs + (dueMs - recordedMs) / 2);
  const fromMs = latest.type === 'answer-asked' ? recordedMs : againMs;
  return [{ what: 'answer', owedId: `answer/${identityId}/${dueMs}`, fromMs, dueMs }];
}

function lapsed(identityId: string, fromMs: number, nowMs: number): readonly Owed[] {
  const dueMs = fromMs + LAPSED_NEWS_MS;
  return nowMs < dueMs ? [{ what: 'lapsed', owedId: `lapsed/${identityId}/${fromMs}`, fromMs, dueMs }] : [];
}

function replacementsOwed({ identityId, accounts, nowMs }: Owing): readonly Owed[] {
  return accounts.flatMap(({ applicationId, exposed }): Owed[] => {
    const dueMs = exposureDueMs(exposed, nowMs);
    if (exposed === undefined || dueMs === undefined) return [];
    const owedId = `credentials/${identityId}/${applicationId}/${exposed.changedMs}`;
    const { noticedMs, credentials } = exposed;
    return [{ what: 'credentials', owedId, fromMs: noticedMs, dueMs, applicationId, credentials: credentials.length }];
  });
}
