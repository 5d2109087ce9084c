// A campaign that is closed is counted no more, but for what somebody answers or undoes after that: it is marked before that is
// recorded, so that whoever dies in between leaves it marked.
import type { Campaign } from '../../core/reviews/campaign.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';

/** Others mark it at the same time, or the clock counts it: then it is marked, or will be seen to be by the next answer. */
const TRIES = 5;

export async function markChanged(
  {
    campaigns,
    clock,
  }: { readonly campaigns: Pick<CampaignStore, 'findCampaign' | 'saveCampaign'>; readonly clock: () => number },
  campaign: Campaign,
): Promise<void> {
  let known: Campaign | undefined = campaign;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    if (known?.state !== 'closed') return;
    const changed = { ...known, changedMs: clock(), revision: known.revision + 1 };
    if (await campaigns.saveCampaign(changed, known.revision, [])) return;
    known = await campaigns.findCampaign(campaign.campaignId);
  }
}
