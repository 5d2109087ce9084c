// Everybody gets more time in the stage that is open, or less. It is said once, with a reason; the campaign's clock records it about
// everybody who is asked about, from when it was said.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { ConflictError, InvalidInputError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { movedDeadlines, movingOf, openStage } from '../../core/reviews/campaign-clock.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { campaignEntry } from './campaign-opening.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { presentCampaign } from './present-campaign.ts';
import { walkCampaign } from './walk-campaign.ts';

const ROUTE = reviewCampaignRoutes['move-campaign-deadline'];
/** A request has half a minute: what is left then is the clock's. */
const RUN_MS = 15_000;

export const moveCampaignDeadline = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, parameters: { id }, body }) => {
    const { campaigns, clock } = dependencies;
    const by = await requirePerson(dependencies, operator);
    const campaign = await requireCampaign(dependencies, id);
    const nowMs = clock();
    const dueMs = movedDeadlines(campaign, Date.parse(body.dueAt), nowMs);
    if (typeof dueMs === 'string') {
      const isTooSoon = Date.parse(body.dueAt) <= nowMs;
      if (isTooSoon) throw new InvalidInputError(dueMs, [{ pointer: '/dueAt', detail: 'expected a time to come' }]);
      throw new ConflictError(dueMs);
    }
    const moving = { dueMs, by, operator: operator.id, reason: body.reason, atMs: nowMs };
    const until = toIso(dueMs[openStage({ dueMs }, nowMs)] ?? nowMs);
    const event = { type: 'review-deadline-moved', campaignId: id, until, reason: body.reason } as const;
    const entry = campaignEntry(campaign, nowMs, { type: 'operator', id: operator.id }, event);
    const begun = { ...campaign, dueMs, walk: movingOf(moving), revision: campaign.revision + 1 };
    const isSaved = await campaigns.saveCampaign(begun, campaign.revision, [
      { ...entry, entryId: `${entry.entryId}:${nowMs}` },
    ]);
    if (!isSaved) throw new ConflictError('The campaign was changed meanwhile: look at it again.');
    const moved = await walkCampaign(dependencies, begun, RUN_MS);
    return { status: 200, body: presentCampaign(moved, operator), log: { campaignId: id } };
  },
);

export const handler = serveApi(ROUTE, () =>
  moveCampaignDeadline({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
