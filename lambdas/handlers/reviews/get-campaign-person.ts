// What a campaign asks about somebody, with all that is known of it: for whoever can answer, and for those who oversee.
import { type CampaignItemBody, reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import { desiredAccess } from '../../core/access/desired-access.ts';
import { lastUseOfEntitlement, type RememberedUses } from '../../core/access/last-use.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { NotFoundError } from '../../core/errors.ts';
import { accessReviewsIn } from '../../core/identity/access-reviews.ts';
import { LIMITED_KINDS } from '../../core/identity/attributes.ts';
import type { Timeline } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { mayDecide } from '../../core/requests/approvers.ts';
import type { Campaign, CampaignPerson } from '../../core/reviews/campaign.ts';
import { type CampaignItemState, stageAt } from '../../core/reviews/campaign-answers.ts';
import { type OutcomeRemoval, removalOf } from '../../core/reviews/campaign-outcomes.ts';
import { asIfRemoved, lostWithOwner, whatGoes } from '../../core/reviews/what-goes.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { dynamoLogStore } from '../../stores/log/dynamo-log-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity, findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { presentEntitlements } from '../shared/present-entitlements.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { CampaignReviewers, type ItemReviewers } from './campaign-reviewers.ts';
import { findProofs, type ProofDependencies, type Proofs, type SoughtRemoval } from './find-proofs.ts';
import { type CampaignDependencies, requireCampaign } from './load-campaign.ts';
import { seesPlants } from './present-campaign.ts';
import { presentAnswer, presentRemoval, presentUndoUntil } from './present-campaign-item.ts';
import { type RecallingDependencies, recallUse } from './recall-use.ts';
import { askedStates, readingBack } from './recount-person.ts';

const ROUTE = reviewCampaignRoutes['get-campaign-person'];
const CONCURRENT = 5;
/** Of what somebody owns, so many are looked into. */
const MAXIMUM_OWNED = 20;

type PersonDependencies = CampaignDependencies & ProofDependencies & RecallingDependencies;

export const getCampaignPerson = answerOperator(
  ROUTE,
  async (dependencies: PersonDependencies, { operator, parameters: { id, identityId: asked } }) => {
    const campaign = await requireCampaign(dependencies, id);
    const loaded = asked.length > 100 ? undefined : await findWhereItCounts(dependencies, asked);
    const states = loaded && askedStates(loaded, id, dependencies.model());
    const [first] = states ?? [];
    if (loaded === undefined || states === undefined || first === undefined) {
      throw new NotFoundError('Nothing is asked about that identity in this campaign.');
    }
    const person = await dependencies.campaigns.findPerson(id, asked);
    const reviewers = new CampaignReviewers(dependencies, campaign);
    const viewer = operator.identityId && (await personOf(dependencies, operator.identityId));
    const withReviewers = await mapBounded(states, CONCURRENT, async (state): Promise<Shown> => {
      const whose = await reviewers.of(loaded, state, person);
      return { state, reviewers: whose, mayAnswer: viewer !== undefined && mayAnswer(whose, viewer, operator) };
    });
    requireOwnPart(operator, viewer, withReviewers);
    const { summary, identityId } = loaded.record.header;
    const removals = await removalsOf(dependencies, id, loaded, states);
    const memory = (await recallUse(dependencies, [identityId])).get(identityId);
    const items = await mapBounded(withReviewers, CONCURRENT, (one) =>
      presentItem(dependencies, { campaign, loaded, person, removals, memory, seesPlants: seesPlants(operator) }, one),
    );
    const stage = stageAt(first.review, loaded.nowMs);
    const body = {
      campaignId: id,
      identityId,
      name: summary.displayName,
      title: summary.title,
      department: summary.department,
      stage,
      dueAt: toIso(first.review.stages[stage]?.dueMs ?? first.review.dueMs),
      openedAt: toIso(loaded.nowMs),
      items,
    };
    return { status: 200, shows: [identityId], body, log: { campaignId: id, identityId, items: items.length } };
  },
);

interface Shown {
  readonly state: CampaignItemState;
  readonly reviewers: ItemReviewers;
  readonly mayAnswer: boolean;
}

function mayAnswer({ involved, operators, ...approvers }: ItemReviewers, viewer: string, operator: Operator): boolean {
  if (operators.includes(operator.id)) return false;
  return mayDecide(approvers, { involved }, viewer, operator.roles.includes('security'));
}

/** Throws ApiProblem 403: whoever does not oversee sees what they can answer, or have. */
function requireOwnPart(operator: Operator, viewer: string | undefined, shown: readonly Shown[]): void {
  if (operator.scope === 'all') return;
  const isOwn = shown.some(
    (one) => one.mayAnswer || (viewer !== undefined && one.state.item.answer?.answeredBy === viewer),
  );
  if (!isOwn) throw new ApiProblem(403, 'You are not one of those who can answer about them.');
}

interface About {
  readonly campaign: Campaign;
  readonly loaded: LoadedIdentity;
  readonly person: CampaignPerson | undefined;
  readonly removals: ReadonlyMap<CampaignItemState, KnownRemoval>;
  /** How they use their access. Undefined: nobody tells. */
  readonly memory: RememberedUses | undefined;
  /** Whether whoever looks may know what was planted. */
  readonly seesPlants: boolean;
}

interface KnownRemoval {
  readonly removal: OutcomeRemoval;
  readonly proofs: Proofs | undefined;
}

async function removalsOf(
  dependencies: PersonDependencies,
  campaignId: string,
  loaded: LoadedIdentity,
  states: readonly CampaignItemState[],
): Promise<About['removals']> {
  const model = dependencies.model();
  const readBack = readingBack(loaded, model);
  const { identityId } = loaded.record.header;
  const found = states.flatMap((state) => {
    const removal = removalOf(state, readBack) ?? ofPlanted(state);
    if (removal === undefined) return [];
    const { entitlement, answer } = state.item;
    const { askedAt, bySilence, readBackAt } = removal;
    const decidedAt = bySilence || answer === undefined ? undefined : toIso(answer.recordedMs);
    const grant = findEntitlement(model, entitlement)?.entitlement.grant;
    const sought: SoughtRemoval = { identityId, campaignId, entitlement, grant, askedAt, decidedAt, readBackAt };
    return [{ state, removal, sought }];
  });
  const proofs = await findProofs(
    dependencies,
    found.map(({ sought }) => sought),
  );
  return new Map(found.map(({ state, removal, sought }) => [state, { removal, proofs: proofs.get(sought) }]));
}

async function presentItem(
  dependencies: CampaignDependencies,
  { campaign: { definition }, loaded, person, removals, memory, seesPlants }: About,
  { state, reviewers, mayAnswer: isAnswerer }: Shown,
): Promise<CampaignItemBody> {
  const model = dependencies.model();
  const { review, item, status, taken } = state;
  const { entitlement } = item;
  const found = findEntitlement(model, entitlement);
  const asked = person?.items.find((one) => one.entitlement === entitlement);
  const isOpen = status === 'open' || status === 'asked';
  const isByHand = found?.application.connector === 'manual';
  const known = removals.get(state);
  return {
    entitlement,
    name: found?.entitlement.name,
    privileged: found?.entitlement.privileged ?? false,
    byHand: isByHand || undefined,
    ...whyHeld(loaded, state, model),
    ...lastUse(memory, entitlement),
    peers: asked?.peers,
    duties: dutiesOf(loaded, entitlement, model),
    lastReview: lastReviewOf(loaded.timeline, state),
    ...(taken === undefined &&
      loaded.nowMs < review.dueMs && { breaks: await breaksWith(dependencies, loaded, state) }),
    because: [...(asked?.because ?? [])],
    answer: presentAnswer(item),
    // Whoever can answer is told of it as of any other.
    ...(item.planted && seesPlants && !isAnswerer && { planted: true as const }),
    ...(isOpen && { canAnswer: [...reviewers.people], securityCanAnswer: reviewers.security }),
    mayAnswer: isAnswerer,
    status,
    undoUntil: presentUndoUntil(state),
    removal: known && presentRemoval(known.removal, { definition, nowMs: loaded.nowMs, proofs: known.proofs }),
  };
}

/** Of what is taken away, what held it up until then. */
function whyHeld(
  { record, timeline, nowMs }: LoadedIdentity,
  { item, taken }: CampaignItemState,
  model: AccessModel,
): Pick<CampaignItemBody, 'reasons' | 'approvedBy' | 'since'> {
  const { identityId } = record.header;
  const atMs = taken === undefined ? nowMs : taken.fromMs - 1;
  const held = presentEntitlements({ identityId, timeline, accounts: [], model, atMs });
  const reasons = held.find(({ entitlement }) => entitlement === item.entitlement)?.reasons ?? [];
  const approvedBy = [...new Set(reasons.flatMap((one) => ('approvedBy' in one ? (one.approvedBy ?? []) : [])))];
  const since = reasons.map((one) => one.since).sort()[0];
  return {
    reasons: reasons.map(({ line }) => line),
    ...(approvedBy.length > 0 && { approvedBy }),
    ...(since !== undefined && { since }),
  };
}

/** That it was asked for is shown as of any other: it tells nobody that there was nothing to take away. */
function ofPlanted({ item, taken, review }: CampaignItemState): OutcomeRemoval | undefined {
  if (!item.planted || taken === undefined) return undefined;
  const bySilence = taken.takenBy === review.opened.factId;
  return { askedAt: toIso(taken.fromMs), bySilence, stillHeld: true };
}

function lastUse(
  memory: RememberedUses | undefined,
  entitlement: string,
): Pick<CampaignItemBody, 'lastUsedAt' | 'useApproximate'> {
  const use = lastUseOfEntitlement(memory, entitlement);
  if (use === undefined) return {};
  return { lastUsedAt: toIso(use.atMs), ...(use.approximate && { useApproximate: use.approximate }) };
}

/** Rules of which it is one side, where another side comes with it. */
function dutiesOf({ record, timeline, nowMs }: LoadedIdentity, entitlement: string, model: AccessModel): string[] {
  const { conflicts } = desiredAccess(timeline, model, nowMs, record.header.identityId);
  const rules = conflicts.filter(({ sides }) => sides.some(({ entitlements }) => entitlements.includes(entitlement)));
  return rules.map(({ rule }) => rule.name);
}

function lastReviewOf({ standing }: Timeline, { review, item }: CampaignItemState): CampaignItemBody['lastReview'] {
  const before = accessReviewsIn(standing).filter(({ opened }) => opened.recordedMs < review.opened.recordedMs);
  const reviewed = before.flatMap(({ items, dueMs }) =>
    items.flatMap(({ entitlement, answer, taken, planted }): Reviewed[] => {
      if (entitlement !== item.entitlement || planted) return [];
      if (answer !== undefined) return [{ by: answer.answeredBy, atMs: answer.recordedMs, answer: answer.answer }];
      return taken.length > 0 ? [{ by: undefined, atMs: dueMs, answer: 'not-answered' }] : [];
    }),
  );
  const last = reviewed.sort((one, other) => one.atMs - other.atMs).at(-1);
  return last && { by: last.by, at: toIso(last.atMs), answer: last.answer };
}

interface Reviewed {
  readonly by: string | undefined;
  readonly atMs: number;
  readonly answer: string;
}

/** What goes with it: of their own, and of agents that hold no more than they do. */
async function breaksWith(
  dependencies: CampaignDependencies,
  { record, timeline, nowMs }: LoadedIdentity,
  state: CampaignItemState,
): Promise<string[]> {
  const model = dependencies.model();
  const { identityId } = record.header;
  const whose = { identityId, timeline, model, nowMs };
  const owned = await dependencies.directory.listOwnedBy(identityId);
  const limited = owned.filter(({ summary: { kind } }) => LIMITED_KINDS.some((one) => one === kind));
  const owner = asIfRemoved(whose, state);
  const agents = await mapBounded(limited.slice(0, MAXIMUM_OWNED), CONCURRENT, async (header) => {
    const agent = await findIdentity(dependencies, header.identityId);
    if (agent === undefined) return [];
    const lost = lostWithOwner(
      { ...whose, identityId: header.identityId, timeline: agent.timeline },
      identityId,
      owner,
    );
    const name = header.summary.displayName ?? header.identityId;
    return lost.map((one) => `The agent ${name} (${header.identityId}) loses ${one}.`);
  });
  return [...whatGoes(whose, state), ...agents.flat()];
}

export const handler = serveApi(ROUTE, () =>
  getCampaignPerson({
    ...liveApiDependencies(),
    activity: dynamoActivityStore(),
    campaigns: dynamoCampaignStore(),
    log: dynamoLogStore(),
    subjects: dynamoSubjectStore(),
  }),
);
