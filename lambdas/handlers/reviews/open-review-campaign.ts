// A person opens a campaign: one of the access model ahead of its day, or one that they define.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type CampaignWorkflow, stepFunctionsCampaign } from '../../stores/campaigns/campaign-workflow.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { beginCampaign, nameCampaign } from './begin-campaign.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { presentCampaign } from './present-campaign.ts';

export interface OpeningCampaignDependencies extends CampaignDependencies {
  readonly workflow: CampaignWorkflow;
}

const ROUTE = reviewCampaignRoutes['open-review-campaign'];

export const openReviewCampaign = answerOperator(
  ROUTE,
  async (dependencies: OpeningCampaignDependencies, { operator, body: { reason, ...asked } }) => {
    const openedBy = await requirePerson(dependencies, operator);
    const named = nameCampaign(asked, dependencies.model(), dependencies.clock());
    const opening = { openedBy, reason, actor: { type: 'operator', id: operator.id } } as const;
    const campaign = await beginCampaign(dependencies, named, opening);
    return { status: 202, body: presentCampaign(campaign, operator), log: { campaignId: campaign.campaignId } };
  },
);

export const handler = serveApi(ROUTE, () =>
  openReviewCampaign({
    ...liveApiDependencies(),
    campaigns: dynamoCampaignStore(),
    workflow: stepFunctionsCampaign(),
  }),
);
