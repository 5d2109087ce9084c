// Whether somebody may answer about an item of a campaign, and whether it can be answered so by now.
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { mayDecide } from '../../core/requests/approvers.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { type CampaignItemState, campaignItemStates } from '../../core/reviews/campaign-answers.ts';
import { type DecidedItem, type Decision, decidedItemOf, whyNot } from '../../core/reviews/campaign-decisions.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import type { CampaignReviewers } from './campaign-reviewers.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { askedStates } from './recount-person.ts';

const NOTHING_ASKED = 'Nothing is asked about it.';
/** Of what speaks against it, so much is told. */
const MAXIMUM_TOLD = 5;

export interface Asked {
  readonly identityId: string;
  readonly entitlement: string;
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
  readonly asked: Asked;
  readonly loaded?: LoadedIdentity | undefined;
  readonly decided?: DecidedItem | undefined;
  /** `said`: there is nothing to do. */
  readonly why?: string | undefined;
  readonly status?: 403 | 404 | 409 | undefined;
}

export async function judge(dependencies: CampaignDependencies, judging: Judging, asked: Asked): Promise<Judged> {
  const loaded = await findWhereItCounts(dependencies, asked.identityId);
  if (loaded === undefined) return { asked, status: 404, why: NOTHING_ASKED };
  return await judgeLoaded(dependencies, judging, asked, loaded);
}

/** On what is known of whom it is about. */
export async function judgeLoaded(
  dependencies: CampaignDependencies,
  judging: Judging,
  asked: Asked,
  loaded: LoadedIdentity,
): Promise<Judged> {
  const { campaign, operator, by, decision, reviewers } = judging;
  const states = askedStates(loaded, campaign.campaignId, dependencies.model());
  const state = states.find(({ item }) => item.entitlement === asked.entitlement);
  if (state === undefined) return { asked, status: 404, why: NOTHING_ASKED };
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

export function judgedAt(
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

/**
 * What is answered in time counts whatever else is: the last answer does. Once it is due the first does, and of many at once it
 * cannot be told whether somebody else was first.
 */
export function inTime(judged: Judged, campaignId: string, nowMs: number): Judged {
  const { asked, loaded, why } = judged;
  const state = loaded && stateIn({ ...loaded, nowMs }, campaignId, asked.entitlement);
  if (why !== undefined || state === undefined || nowMs < state.review.dueMs) return judged;
  return { asked, status: 409, why: 'Its campaign is over: it is answered one by one.' };
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
  asked: Asked,
): Promise<CampaignItemState> {
  const state = stateIn(await findAsked(dependencies, asked), campaignId, asked.entitlement);
  if (state === undefined) throw new NotFoundError(NOTHING_ASKED);
  return state;
}

/** Throws NotFoundError. */
export async function findAsked(dependencies: CampaignDependencies, { identityId }: Asked): Promise<LoadedIdentity> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  if (loaded === undefined) throw new NotFoundError(NOTHING_ASKED);
  return loaded;
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
