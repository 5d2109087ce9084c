// A campaign, and what it asks about somebody.
import { NotFoundError } from '../../core/errors.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';

/** Longer than any that was given out. */
const MAXIMUM_ID = 100;

export interface CampaignDependencies extends ApiDependencies {
  readonly campaigns: CampaignStore;
}

/** Throws NotFoundError. */
export async function requireCampaign(
  { campaigns }: { readonly campaigns: Pick<CampaignStore, 'findCampaign'> },
  campaignId: string,
): Promise<Campaign> {
  const isId = campaignId !== '' && campaignId.length <= MAXIMUM_ID;
  const campaign = isId ? await campaigns.findCampaign(campaignId) : undefined;
  if (campaign === undefined) throw new NotFoundError('There is no such campaign.');
  return campaign;
}
