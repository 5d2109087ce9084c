// Somebody answers about an item of a campaign, or about many as one. All are judged before any is recorded; what was decided of
// many is kept first, so that a function which dies in between leaves nothing half decided: whoever comes next records the rest.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { contentHashOf, type DecidedItem, type Decision } from '../../core/reviews/campaign-decisions.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { CampaignReviewers } from './campaign-reviewers.ts';
import { type Asked, inTime, type Judging, judge, judgedAt, requireAll, stateNow } from './judge-answers.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { recordAnswer } from './record-answer.ts';
import { recordBatch } from './record-batch.ts';

const ROUTE = reviewCampaignRoutes['decide-campaign-items'];
const CONCURRENT_IDENTITIES = 10;
export const decideCampaignItems = answerOperator(
  ROUTE,
  async (dependencies: CampaignDependencies, { operator, parameters: { id }, body }) => {
    const by = await requirePerson(dependencies, operator);
    const campaign = await requireCampaign(dependencies, id);
    const { items, decision: answer, reason } = body;
    requireHomogeneous(dependencies, items);
    const endsMs = endOf(body, dependencies.clock());
    const shownMs = body.openedAt === undefined ? undefined : Date.parse(body.openedAt);
    const decision: Decision = { answer, by, reason, endsMs, shownMs };
    const judging: Judging = {
      campaign,
      operator,
      by,
      decision,
      reviewers: new CampaignReviewers(dependencies, campaign),
    };
    const shows = items.map(({ identityId }) => identityId);
    const [only, ...more] = items;
    if (only !== undefined && more.length === 0) {
      const decided = await recordAnswer(dependencies, judging, only);
      const { status } = await stateNow(dependencies, id, only);
      const log = { campaignId: id, decision: answer, items: 1, decided };
      return { status: 200, shows, body: { decided, items: [{ ...only, status }] }, log };
    }
    const found = await mapBounded(items, CONCURRENT_IDENTITIES, (item) => judge(dependencies, judging, item));
    requireAll(found);
    // It counts as said at this instant, so it is judged by it: what was due since comes too late.
    const decidedMs = Math.max(dependencies.clock(), ...found.map(({ loaded }) => loaded?.nowMs ?? 0));
    const judged = found.map((one) => inTime(judgedAt(one, judging, decidedMs), id, decidedMs));
    requireAll(judged);
    const left = judged.filter((one) => one.why !== 'said');
    const batch = {
      ...decision,
      campaignId: id,
      batchId: dependencies.newId(),
      contentHash: contentHashOf(id, decision, items),
      operator: operator.id,
      decidedMs,
      items: left.flatMap((one): DecidedItem[] => (one.decided === undefined ? [] : [one.decided])),
    };
    if (left.length > 0) await recordBatch(dependencies, batch);
    const states = await mapBounded(judged, CONCURRENT_IDENTITIES, async ({ asked }) => ({
      ...asked,
      status: (await stateNow(dependencies, id, asked)).status,
    }));
    const log = { campaignId: id, decision: answer, items: items.length, decided: left.length };
    return { status: 200, shows, body: { decided: left.length, items: states }, log };
  },
);

/** Throws InvalidInputError. */
function requireHomogeneous({ model }: Pick<CampaignDependencies, 'model'>, items: readonly Asked[]): void {
  const fault = (pointer: string, detail: string) =>
    new InvalidInputError('It cannot be decided as one.', [{ pointer, detail }]);
  const entitlements = new Set(items.map(({ entitlement }) => entitlement));
  if (entitlements.size > 1) throw fault('/items', 'expected one entitlement: only what is alike is decided as one');
  if (new Set(items.map(({ identityId }) => identityId)).size < items.length) {
    throw fault('/items', 'expected each identity once');
  }
  const [entitlement = ''] = entitlements;
  if (items.length > 1 && findEntitlement(model(), entitlement)?.entitlement.privileged !== false) {
    throw fault('/items', 'expected one item: what is privileged is decided one by one');
  }
}

/** Throws InvalidInputError. */
function endOf(
  { decision, until }: { readonly decision: string; readonly until?: string | undefined },
  nowMs: number,
): number | undefined {
  const isShortened = decision === 'shorten';
  if (isShortened === (until === undefined)) {
    const detail = isShortened ? 'expected with the decision shorten' : 'expected with the decision shorten alone';
    throw new InvalidInputError('It does not say until when.', [{ pointer: '/until', detail }]);
  }
  if (until === undefined) return undefined;
  const endsMs = Date.parse(until);
  if (endsMs > nowMs) return endsMs;
  throw new InvalidInputError('It is over.', [{ pointer: '/until', detail: 'expected a time to come' }]);
}

export const handler = serveApi(ROUTE, () =>
  decideCampaignItems({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
