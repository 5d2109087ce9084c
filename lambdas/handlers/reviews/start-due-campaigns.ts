// Every hour: begins each campaign of the access model whose period has begun; begun before it is only found. Whatever should be
// open by now and is not goes on from where its execution stopped.
import * as z from 'zod';
import { campaignIdOf, periodOf } from '../../core/reviews/campaign-periods.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { stepFunctionsCampaign } from '../../stores/campaigns/campaign-workflow.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type BeginningDependencies, beginCampaign, started } from './begin-campaign.ts';

/** Of a campaign that came into the model in the middle of a period the first one is the next period's. */
const BEGUN_WITHIN_MS = 31 * 86_400_000;
/** More are not under way at once. */
const LATEST = 50;

export const startDueCampaigns = (dependencies: BeginningDependencies) => async (): Promise<readonly string[]> => {
  const nowMs = dependencies.clock();
  const due = (dependencies.model().reviews?.campaigns ?? []).flatMap((rule) => {
    const period = periodOf(rule, nowMs);
    if (period === undefined || nowMs - Date.parse(period) >= BEGUN_WITHIN_MS) return [];
    const { id, every: _every, firstDay: _firstDay, ...definition } = rule;
    return { campaignId: campaignIdOf(id, period), definition, rule: id };
  });
  const actor = { type: 'tenure', id: 'start-due-campaigns' } as const;
  const failed: unknown[] = [];
  // One that cannot be begun keeps no other from its day; all of them are looked at again in an hour.
  for (const named of due) {
    await beginCampaign(dependencies, named, { openedBy: 'schedule', actor }).catch((error: unknown) => {
      failed.push(error);
    });
  }
  const { items: latest } = await dependencies.campaigns.listCampaigns({ limit: LATEST });
  for (const campaign of latest) {
    await started(dependencies, campaign).catch((error: unknown) => {
      failed.push(error);
    });
  }
  if (failed.length > 0) throw new Error(`${failed.length} campaigns could not be begun`, { cause: failed[0] });
  return due.map(({ campaignId }) => campaignId);
};

let live: ReturnType<typeof startDueCampaigns> | undefined;

export const handler = serveTask('start-due-campaigns', z.unknown(), () => {
  live ??= startDueCampaigns({
    ...liveDependencies(),
    campaigns: dynamoCampaignStore(),
    workflow: stepFunctionsCampaign(),
  });
  return live();
});
