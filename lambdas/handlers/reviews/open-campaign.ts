// The last step of opening a campaign: everybody is asked, so it is open; or nobody had to be, so it is over.
import type * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { campaignEntry, campaignStepSchema, type OpeningDependencies } from './campaign-opening.ts';
import { requireCampaign } from './load-campaign.ts';

export const openCampaign =
  ({ campaigns, clock }: Pick<OpeningDependencies, 'campaigns' | 'clock'>) =>
  async ({ campaignId }: z.infer<typeof campaignStepSchema>): Promise<Pick<Campaign, 'state'>> => {
    const campaign = await requireCampaign({ campaigns }, campaignId);
    if (campaign.state !== 'opening') return { state: campaign.state };
    const parts = await campaigns.listParts(campaignId);
    const isAsked = campaign.counts.asked === 0 || parts.every(({ step }) => step === 'asked');
    if (campaign.population === undefined || !isAsked) throw new RetryableError('not everybody is asked yet');
    const openedMs = clock();
    const asked = parts.reduce((sum, part) => sum + part.asked, 0);
    // Who was to be asked about what is gone by now is not.
    const settled = campaign.counts.population - asked;
    const counts = { ...campaign.counts, settled, asked };
    const next: Campaign =
      asked === 0
        ? { ...campaign, counts, state: 'closed', openedMs, closedMs: openedMs }
        : { ...campaign, counts, state: 'open', openedMs, stage: 0 };
    const actor = { type: 'tenure', id: 'open-campaign' } as const;
    const opened = campaignEntry(campaign, openedMs, actor, { type: 'review-campaign-opened', campaignId, asked });
    const nothing = { type: 'review-campaign-closed', campaignId, kept: 0, removed: 0, notAnswered: 0 } as const;
    const entries = [opened, ...(asked === 0 ? [campaignEntry(campaign, openedMs, actor, nothing)] : [])];
    const isSaved = await campaigns.saveCampaign(
      { ...next, revision: campaign.revision + 1 },
      campaign.revision,
      entries,
    );
    if (!isSaved) throw new RetryableError('the campaign was changed meanwhile');
    return { state: next.state };
  };

let live: ReturnType<typeof openCampaign> | undefined;

export const handler = serveTask('open-campaign', campaignStepSchema, (input) => {
  live ??= openCampaign({ campaigns: dynamoCampaignStore(), clock: Date.now });
  return live(input);
});
