// Whom somebody has to answer about in a campaign, the riskiest first. Whoever has the role `security` finds after their own what
// nobody else can answer.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type QueueRow, SECURITY } from '../../core/reviews/campaign.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import type { Page } from '../../stores/page.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { requireCampaign } from './load-campaign.ts';
import { openIn } from './present-campaign.ts';

const ROUTE = reviewCampaignRoutes['get-campaign-queue'];
const CONCURRENT_LOADS = 10;
/** What looking at one item takes, of those who look. */
const SECONDS_AN_ITEM = 20;

export const getCampaignQueue = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, parameters: { id }, query }) => {
    const { campaignId, stage = 0 } = await requireCampaign(dependencies, id);
    const isOwn = query.for === 'me';
    if (!isOwn && operator.scope !== 'all') throw new ApiProblem(403, 'You may see what is yours to answer only.');
    const own = isOwn ? await requirePerson(dependencies, operator) : query.for;
    const queues = isOwn && operator.roles.includes('security') ? [own, SECURITY] : [own];
    const { items: rows, next } = await pageOf(dependencies, queues, { campaignId, stage, ...query });
    const items = await mapBounded(rows, CONCURRENT_LOADS, async ({ identityId, reviewer, counts, riskiest }) => {
      const isNamed = isOwn || operator.view.names;
      const record = isNamed ? await dependencies.directory.load(identityId) : undefined;
      const open = openIn(counts);
      return {
        ...{ identityId, reviewer, open, answered: counts.answered, riskiest: [...riskiest] },
        name: record?.header.summary.displayName,
        minutes: Math.ceil((open * SECONDS_AN_ITEM) / 60),
      };
    });
    const shows = items.map(({ identityId }) => identityId);
    return { status: 200, shows, body: { items: [...items], next }, log: { campaignId, items: items.length } };
  },
);

interface Asked {
  readonly campaignId: string;
  readonly stage: number;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** One queue after the other: the cursor says in which of them it goes on. */
async function pageOf(
  { campaigns }: CampaignDependencies,
  queues: readonly string[],
  { campaignId, stage, limit, after }: Asked,
): Promise<Page<QueueRow>> {
  const [, at = '0', inner = ''] = /^(\d)\.(.*)$/s.exec(after ?? '0.') ?? [];
  const reviewer = queues[Number(at)];
  if (reviewer === undefined || (after !== undefined && !after.startsWith(`${at}.`))) {
    const detail = 'expected the `next` value of the page before, unchanged';
    throw new InvalidInputError('the page cursor cannot be read', [{ pointer: '/after', detail }]);
  }
  const from = inner === '' ? undefined : inner;
  const { items, next } = await campaigns.listQueue({ campaignId, stage, reviewer, limit, after: from });
  const isLast = Number(at) === queues.length - 1;
  if (next !== undefined) return { items, next: `${at}.${next}` };
  return { items, next: isLast ? undefined : `${Number(at) + 1}.` };
}

export const handler = serveApi(ROUTE, () =>
  getCampaignQueue({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
