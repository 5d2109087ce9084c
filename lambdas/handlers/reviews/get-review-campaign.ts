// One campaign: how far it has come, and who is asked. A reviewer is shown what it is, and of who is asked themselves alone.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { SECURITY } from '../../core/reviews/campaign.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { requireCampaign } from './load-campaign.ts';
import { presentCampaign, sumRows } from './present-campaign.ts';

const ROUTE = reviewCampaignRoutes['get-review-campaign'];
const NAMED = 100;
const CONCURRENT_LOADS = 10;

export const getReviewCampaign = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, parameters: { id } }) => {
    const campaign = await requireCampaign(dependencies, id);
    const { reviewers, counts } = await sumRows(dependencies.campaigns, campaign);
    const own = operator.identityId && (await personOf(dependencies, operator.identityId));
    const seen = operator.scope === 'all' ? reviewers : reviewers.filter(({ reviewer }) => reviewer === own);
    const shown = await mapBounded(seen, CONCURRENT_LOADS, async (one) => {
      const isNamed = operator.view.names && one.reviewer !== SECURITY && seen.indexOf(one) < NAMED;
      const record = isNamed ? await dependencies.directory.load(one.reviewer) : undefined;
      return { ...one, name: record?.header.summary.displayName };
    });
    const present = presentCampaign(campaign, operator);
    const countedAt = counts === undefined ? present.countedAt : new Date(dependencies.clock()).toISOString();
    const body = { ...present, counts: { ...present.counts, ...counts }, countedAt, reviewers: [...shown] };
    // Until everybody is asked, what is to be asked is what was judged.
    if (campaign.openedMs === undefined) body.counts = present.counts;
    const shows = seen.flatMap(({ reviewer }) => (reviewer === SECURITY ? [] : [reviewer])).slice(0, NAMED);
    return { status: 200, shows, body, log: { campaignId: campaign.campaignId } };
  },
);

export const handler = serveApi(ROUTE, () =>
  getReviewCampaign({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
