// Somebody else answers what is in somebody's queue: the one whose queue it is says so, or somebody above them, or security. It
// counts as soon as it is recorded; the queues follow.
import { reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { ownFactBase, type ReviewsReassignedFact } from '../../core/identity/facts.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Campaign, type HandedOver, SECURITY } from '../../core/reviews/campaign.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { appendFact } from '../shared/append-fact.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { loadSuperiors } from '../shared/load-superiors.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { campaignEntry } from './campaign-opening.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { moveToQueues, type WakingDependencies, wakeBeforeMoving } from './move-to-queues.ts';
import { recountPerson } from './recount-person.ts';

const ROUTE = reviewCampaignRoutes['reassign-campaign-items'];
const CONCURRENT_IDENTITIES = 10;
const PAGE_SIZE = 100;
/** A request has half a minute. What is left then is handed over by asking again. */
const RUN_MS = 20_000;

export type ReassigningDependencies = CampaignDependencies & Pick<WakingDependencies, 'notices'>;

export const reassignCampaignItems = answerOperator(
  ROUTE,
  async (dependencies: ReassigningDependencies, { operator, parameters: { id }, body }) => {
    const { clock, newId } = dependencies;
    const { from, identities, reason, until } = body;
    const campaign = await requireCampaign(dependencies, id);
    if (campaign.state !== 'open' || campaign.stage === undefined) throw new ConflictError('The campaign is not open.');
    const by = await requirePerson(dependencies, operator);
    await requireMayHandOver(dependencies, operator, by, from);
    const to = await requireReviewer(dependencies, body.to);
    const nowMs = clock();
    const endsMs = until === undefined ? undefined : Date.parse(until);
    if (to === from) throw fault('/to', 'expected somebody else');
    if (endsMs !== undefined && endsMs <= nowMs) throw fault('/until', 'expected a time to come');
    if (from !== SECURITY) {
      const said = { campaignId: id, to, reassignedBy: by, reason, endsMs, identities };
      const fact: ReviewsReassignedFact = {
        ...ownFactBase(from, `reviews-reassigned/${newId()}`, nowMs),
        ...{ type: 'reviews-reassigned', campaignId: id, to, reassignedBy: by, reason },
        ...(endsMs !== undefined && { endsMs }),
        ...(identities !== undefined && { identities }),
      };
      const payloadHash = sha256Hex(canonicalJson(said));
      await appendFact(dependencies, fact, { payloadHash, actor: { type: 'operator', id: operator.id } });
    } else {
      // The queue of a role is nobody's: that it is handed over is the campaign's to say.
      await noteReassigned(dependencies, campaign, operator, reason);
    }
    const handedOver: HandedOver = { sinceMs: nowMs, ...(endsMs !== undefined && { untilMs: endsMs }) };
    await wakeBeforeMoving(dependencies, to);
    const people = await moveQueue(dependencies, {
      ...{ campaignId: id, stage: campaign.stage, from, to, identities, handedOver },
    });
    return { status: 200, body: { people }, log: { campaignId: id, people } };
  },
);

function fault(pointer: string, detail: string): InvalidInputError {
  return new InvalidInputError('It cannot be handed over so.', [{ pointer, detail }]);
}

/** Throws ApiProblem 403. */
async function requireMayHandOver(
  dependencies: CampaignDependencies,
  operator: Operator,
  by: string,
  from: string,
): Promise<void> {
  if (operator.roles.includes('security')) return;
  if (from === SECURITY) throw new ApiProblem(403, 'Whoever has the role security hands over what is theirs.');
  const owner = await personOf(dependencies, from);
  const above = owner === by ? [] : await loadSuperiors(dependencies, owner);
  if (owner === by || above.slice(1).some(({ identityId }) => identityId === by)) return;
  throw new ApiProblem(403, 'It is neither yours to answer nor that of somebody below you.');
}

/** The person they are. Throws NotFoundError and ConflictError. */
async function requireReviewer(dependencies: CampaignDependencies, identityId: string): Promise<string> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  if (loaded === undefined) throw new NotFoundError('There is nobody of that id to hand it over to.');
  if (!mayTakeOver(loaded.state)) throw new ConflictError('Whom it is to be handed over to is not there to answer.');
  return loaded.record.header.identityId;
}

/** Throws ConflictError. */
async function noteReassigned(
  { campaigns, clock, newId }: CampaignDependencies,
  campaign: Campaign,
  operator: Operator,
  reason: string,
): Promise<void> {
  const { campaignId, revision } = campaign;
  const actor = { type: 'operator', id: operator.id } as const;
  const entry = campaignEntry(campaign, clock(), actor, { type: 'review-reassigned', campaignId, reason });
  const named = { ...entry, entryId: `${entry.entryId}:${newId()}` };
  const isSaved = await campaigns.saveCampaign({ ...campaign, revision: revision + 1 }, revision, [named]);
  if (!isSaved) throw new ConflictError('The campaign was changed meanwhile: try again.');
}

interface Moving {
  readonly campaignId: string;
  readonly stage: number;
  readonly from: string;
  readonly to: string;
  readonly identities?: readonly string[] | undefined;
  readonly handedOver: HandedOver;
}

/** So many people are in another queue by then. What is somebody's own stays where it is, and so does it when time is up. */
async function moveQueue(dependencies: CampaignDependencies, moving: Moving): Promise<number> {
  const { campaigns, clock } = dependencies;
  const { campaignId, stage, from, identities, to } = moving;
  const startedMs = clock();
  const isMoving = (identityId: string) => identityId !== to && (identities?.includes(identityId) ?? true);
  let people = 0;
  let after: string | undefined;
  do {
    const page = await campaigns.listQueue({ campaignId, stage, reviewer: from, limit: PAGE_SIZE, after });
    const rows = page.items.filter(({ identityId }) => isMoving(identityId));
    await mapBounded(rows, CONCURRENT_IDENTITIES, ({ identityId }) => moveOne(dependencies, identityId, moving));
    people += rows.length;
    after = page.next;
  } while (after !== undefined && clock() - startedMs < RUN_MS);
  return people;
}

async function moveOne(dependencies: CampaignDependencies, identityId: string, moving: Moving): Promise<void> {
  const { campaigns } = dependencies;
  const { campaignId, from, to, handedOver } = moving;
  const person = await campaigns.findPerson(campaignId, identityId);
  if (person === undefined) return;
  const items = person.items.map((item) => (item.reviewer === from ? { ...item, reviewer: to, handedOver } : item));
  await moveToQueues(dependencies, person, items);
  const loaded = await findWhereItCounts(dependencies, identityId);
  if (loaded !== undefined) await recountPerson(dependencies, { campaignId }, loaded);
}

export const handler = serveApi(ROUTE, () =>
  reassignCampaignItems({
    ...liveApiDependencies(),
    campaigns: dynamoCampaignStore(),
    notices: dynamoNoticeStore(),
  }),
);
