// Somebody answers about an item of a campaign, or about many as one. All are judged before any is recorded; what was decided of
// many is kept first, so that a function which dies in between leaves nothing half decided: whoever comes next records the rest.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { mayDecide } from '../../core/requests/approvers.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { type CampaignItemState, campaignItemStates } from '../../core/reviews/campaign-answers.ts';
import {
  contentHashOf,
  type DecidedItem,
  type Decision,
  decidedItemOf,
  whyNot,
} from '../../core/reviews/campaign-decisions.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { CampaignReviewers } from './campaign-reviewers.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { recordBatch } from './record-batch.ts';

const ROUTE = reviewCampaignRoutes['decide-campaign-items'];
const CONCURRENT_IDENTITIES = 10;
const NOTHING_ASKED = 'Nothing is asked about it.';
/** Of what speaks against it, so much is told. */
const MAXIMUM_TOLD = 5;

type Body = { readonly identityId: string; readonly entitlement: string };

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
    const found = await mapBounded(items, CONCURRENT_IDENTITIES, (item) => judge(dependencies, judging, item));
    requireAll(found);
    // It counts as said at this instant, so it is judged by it: what was due since comes too late.
    const decidedMs = Math.max(dependencies.clock(), ...found.map(({ loaded }) => loaded?.nowMs ?? 0));
    const judged = found.map((one) => judgedAt(one, judging, decidedMs));
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
    return {
      status: 200,
      shows: items.map(({ identityId }) => identityId),
      body: { decided: left.length, items: states },
      log,
    };
  },
);

/** Throws InvalidInputError. */
function requireHomogeneous({ model }: Pick<CampaignDependencies, 'model'>, items: readonly Body[]): void {
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

export interface Judging {
  readonly campaign: Campaign;
  readonly operator: Operator;
  /** The operator, as a person. */
  readonly by: string;
  readonly decision: Decision;
  readonly reviewers: CampaignReviewers;
}

export interface Judged {
  readonly asked: Body;
  readonly loaded?: LoadedIdentity | undefined;
  readonly decided?: DecidedItem | undefined;
  /** `said`: there is nothing to do. */
  readonly why?: string | undefined;
  readonly status?: 403 | 404 | 409 | undefined;
}

export async function judge(dependencies: CampaignDependencies, judging: Judging, asked: Body): Promise<Judged> {
  const { campaign, operator, by, decision, reviewers } = judging;
  const loaded = await findWhereItCounts(dependencies, asked.identityId);
  const state = loaded && stateIn(loaded, campaign.campaignId, asked.entitlement);
  if (loaded === undefined || state === undefined) return { asked, status: 404, why: NOTHING_ASKED };
  const person = await dependencies.campaigns.findPerson(campaign.campaignId, asked.identityId);
  const { involved, operators, ...approvers } = await reviewers.of(loaded, state, person);
  if (involved.has(by) || operators.includes(operator.id)) {
    return { asked, status: 403, why: 'Nobody decides on what they have themselves, or gave.' };
  }
  const self = await findWhereItCounts(dependencies, by);
  const isThere = self !== undefined && mayTakeOver(self.state);
  const hasRole = operator.roles.includes('security');
  const mayUndo = decision.answer === 'undo' && hasRole;
  if (!isThere || !(mayUndo || mayDecide(approvers, { involved }, by, hasRole))) {
    return { asked, status: 403, why: 'You are not one of those who can answer it now.' };
  }
  return judgedAt({ asked, loaded }, judging, loaded.nowMs);
}

function judgedAt(
  { asked, loaded }: Judged,
  { campaign, decision }: Pick<Judging, 'campaign' | 'decision'>,
  nowMs: number,
): Judged {
  const state = loaded && stateIn({ ...loaded, nowMs }, campaign.campaignId, asked.entitlement);
  if (loaded === undefined || state === undefined) return { asked, status: 404, why: NOTHING_ASKED };
  const why = whyNot(state, decision, nowMs);
  const decided = decidedItemOf(state, loaded.record.header.identityId, nowMs);
  return { asked, loaded, decided, why, ...(why !== undefined && why !== 'said' && { status: 409 }) };
}

export function stateIn(
  { timeline, nowMs }: LoadedIdentity,
  campaignId: string,
  entitlement: string,
): CampaignItemState | undefined {
  return campaignItemStates(timeline, campaignId, nowMs).find(({ item }) => item.entitlement === entitlement);
}

/** Throws NotFoundError. */
export async function stateNow(
  dependencies: CampaignDependencies,
  campaignId: string,
  { identityId, entitlement }: Body,
): Promise<CampaignItemState> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  const state = loaded && stateIn(loaded, campaignId, entitlement);
  if (state === undefined) throw new NotFoundError(NOTHING_ASKED);
  return state;
}

/** All of it, or nothing. Throws the gravest of what speaks against it, with whom it concerns. */
export function requireAll(judged: readonly Judged[]): void {
  const status = ([403, 404, 409] as const).find((one) => judged.some((each) => each.status === one));
  if (status === undefined) return;
  const against = judged.filter((one) => one.status === status);
  const [{ why = '' } = {}] = against;
  const named = against.slice(0, MAXIMUM_TOLD).map(({ asked }) => asked.identityId);
  const more = against.length > named.length ? ` and ${against.length - named.length} more` : '';
  const told = judged.length === 1 ? why : `${why} Nothing was decided. It concerns ${named.join(', ')}${more}.`;
  if (status === 404) throw new NotFoundError(told);
  if (status === 409) throw new ConflictError(told);
  throw new ApiProblem(403, told);
}

export const handler = serveApi(ROUTE, () =>
  decideCampaignItems({ ...liveApiDependencies(), campaigns: dynamoCampaignStore() }),
);
