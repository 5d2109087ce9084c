// Review campaigns, the latest first.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { presentCampaign } from './present-campaign.ts';

const ROUTE = reviewCampaignRoutes['list-review-campaigns'];

export const listReviewCampaigns = answerOperator(ROUTE, async ({ campaigns }: CampaignDependencies, { query }) => {
  const { items, next } = await campaigns.listCampaigns(query);
  // Numbers, and what somebody defined: of nobody's access.
  return { status: 200, shows: [], body: { items: items.map(presentCampaign), next }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () =>
  listReviewCampaigns({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
