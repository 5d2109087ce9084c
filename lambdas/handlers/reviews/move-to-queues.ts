// Somebody's items come into other queues, all at once: what is asked about them stays what it is.
import { type AskedItem, type CampaignPerson, SECURITY } from '../../core/reviews/campaign.ts';
import { rowsOf } from '../../core/reviews/campaign-review.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import type { NoticeStore } from '../../stores/notices/notice-store.ts';
import { queueKeyOf } from './recount-person.ts';

/** @param person as they are kept */
export async function moveToQueues(
  { campaigns }: { readonly campaigns: Pick<CampaignStore, 'moveRows'> },
  person: CampaignPerson,
  items: readonly AskedItem[],
  stage = person.stage,
): Promise<void> {
  const keys = [...new Set(person.items.map(({ reviewer }) => reviewer))].map((one) => queueKeyOf(person, one));
  const moved = { ...person, stage, items };
  await campaigns.moveRows(moved, keys, rowsOf(moved));
}

/** So long after it was begun anything has come into a queue. */
const MOVED_WITHIN_MS = 60_000;

export interface WakingDependencies {
  readonly notices: Pick<NoticeStore, 'wake'>;
  readonly clock: () => number;
}

/**
 * In the midst of a stage something comes into somebody's queue: whatever sends notices looks at them once it is there. They are
 * woken before it is moved, since nothing finds them any more where whoever moves it dies in between.
 */
export async function wakeBeforeMoving({ notices, clock }: WakingDependencies, reviewer: string): Promise<void> {
  if (reviewer !== SECURITY) await notices.wake(reviewer, clock() + MOVED_WITHIN_MS);
}
