// Review campaigns, the latest first. Whoever oversees none sees those in which something is theirs to answer now.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { presentCampaign } from './present-campaign.ts';

const ROUTE = reviewCampaignRoutes['list-review-campaigns'];
const CONCURRENT_CAMPAIGNS = 10;

export const listReviewCampaigns = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, query }) => {
    const { items, next } = await dependencies.campaigns.listCampaigns(query);
    const person = operator.scope === 'all' ? undefined : await requirePerson(dependencies, operator);
    const shown = person === undefined ? items : await theirs(dependencies, items, person);
    // Numbers, and what somebody defined: of nobody's access.
    return {
      status: 200,
      shows: [],
      body: { items: shown.map((one) => presentCampaign(one, operator)), next },
      log: { items: shown.length },
    };
  },
);

async function theirs(
  { campaigns }: CampaignDependencies,
  items: readonly Campaign[],
  reviewer: string,
): Promise<readonly Campaign[]> {
  const open = items.filter(({ state }) => state === 'open');
  const queues = await mapBounded(open, CONCURRENT_CAMPAIGNS, ({ campaignId, stage = 0 }) =>
    campaigns.listQueue({ campaignId, stage, reviewer, limit: 1 }),
  );
  return open.filter((_, at) => (queues[at]?.items.length ?? 0) > 0);
}

export const handler = serveApi(ROUTE, () =>
  listReviewCampaigns({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
