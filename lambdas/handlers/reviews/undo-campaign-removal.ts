// What a campaign took away is given back exactly as it was: the same reasons, with the same ends. Where nothing would come back,
// since what held it up is gone by now, that is said, and nothing is recorded.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { desiredAccess } from '../../core/access/desired-access.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { ConflictError } from '../../core/errors.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import { type Decision, decidedFact } from '../../core/reviews/campaign-decisions.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { CampaignReviewers } from './campaign-reviewers.ts';
import { type Judged, stateIn, stateNow } from './judge-answers.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { recordAnswer } from './record-answer.ts';

const ROUTE = reviewCampaignRoutes['undo-campaign-removal'];

export const undoCampaignRemoval = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, parameters: { id }, body }) => {
    const { reason, ...asked } = body;
    const by = await requirePerson(dependencies, operator);
    const campaign = await requireCampaign(dependencies, id);
    const decision: Decision = { answer: 'undo', by, reason };
    const reviewers = new CampaignReviewers(dependencies, campaign);
    const judging = { campaign, operator, by, decision, reviewers };
    const count = await recordAnswer(dependencies, judging, asked, (judged, batchId) =>
      requireComingBack(judged, decision, { batchId, model: dependencies.model(), campaignId: id }),
    );
    const { status } = await stateNow(dependencies, id, asked);
    const log = { campaignId: id, identityId: asked.identityId };
    return { status: 200, shows: [asked.identityId], body: { decided: count, items: [{ ...asked, status }] }, log };
  },
);

/** Throws ConflictError. */
function requireComingBack(
  { loaded, decided, asked: { entitlement } }: Judged,
  decision: Decision,
  {
    batchId,
    model,
    campaignId,
  }: { readonly batchId: string; readonly model: AccessModel; readonly campaignId: string },
): void {
  if (loaded === undefined || decided === undefined) return;
  const { identityId } = loaded.record.header;
  if (stateIn(loaded, campaignId, entitlement)?.taken === undefined) {
    throw new ConflictError('It was not taken away: there is nothing to undo.');
  }
  const undone = decidedFact(decided, decision, { decidedMs: loaded.nowMs, batchId, size: 1 });
  const timeline = buildTimeline([...loaded.timeline.facts, undone]);
  const { accounts } = desiredAccess(timeline, model, loaded.nowMs, identityId);
  const found = findEntitlement(model, entitlement);
  const isBack = accounts.some(
    ({ applicationId, entitlements }) =>
      applicationId === found?.application.id && entitlements.some((one) => one.entitlement === found.entitlement.id),
  );
  if (!isBack)
    throw new ConflictError('What held it up is gone since, or must not be held any more: it has to be asked for.');
}

export const handler = serveApi(ROUTE, () =>
  undoCampaignRemoval({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
