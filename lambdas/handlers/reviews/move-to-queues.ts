// Somebody's items come into other queues, all at once: what is asked about them stays what it is.
import type { AskedItem, CampaignPerson } from '../../core/reviews/campaign.ts';
import { rowsOf } from '../../core/reviews/campaign-review.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
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
