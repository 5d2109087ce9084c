// The review that a campaign opens about somebody: what of that which was to be asked they still hold, by which reasons.
import type { AccountRecord } from '../access/account-record.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { findEntitlement } from '../access-model/find-entitlement.ts';
import { campaignReviewId } from '../identity/campaign-ids.ts';
import { type CampaignReviewItem, type CampaignReviewOpenedFact, ownFactBase } from '../identity/facts.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import { type Campaign, type CampaignPerson, NO_ANSWERS_COUNTED, type QueueRow } from './campaign.ts';
import { campaignReviewsIn } from './campaign-answers.ts';
import { itemsOf } from './campaign-population.ts';
import { inOrder, rankOf } from './campaign-verdicts.ts';
import { reviewEventId } from './mover-reviews.ts';

const DAY_MS = 86_400_000;
/** A fact has to fit into an entry of the sealed log: what is more becomes a review of its own. */
export const MAXIMUM_REVIEWED = 200;

export interface Reviewed {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly accounts: readonly AccountRecord[];
  readonly model: AccessModel;
  readonly nowMs: number;
}

/** By `application:entitlement`. */
export interface AskedEntitlements {
  readonly entitlements: ReadonlySet<string>;
  /** What they do not hold. */
  readonly planted: ReadonlySet<string>;
}

/** Those that are to be opened now: none that was, nor of what they hold no longer. */
export function campaignReviewsToOpen(
  campaign: Campaign,
  asked: AskedEntitlements,
  reviewed: Reviewed,
): readonly CampaignReviewOpenedFact[] {
  const { identityId, timeline, nowMs } = reviewed;
  if (isAnyOpened(campaign, timeline)) return [];
  const items = itemsNow(campaign, asked, reviewed);
  const { campaignId, dueMs = [], definition } = campaign;
  const stages = dueMs.map((stageDueMs) => ({ dueMs: Math.max(stageDueMs, nowMs) }));
  const lots = Array.from({ length: Math.ceil(items.length / MAXIMUM_REVIEWED) }, (_, part) =>
    items.slice(part * MAXIMUM_REVIEWED, (part + 1) * MAXIMUM_REVIEWED),
  );
  return lots.map((lot, part): CampaignReviewOpenedFact => {
    const reviewId = campaignReviewId(campaignId, identityId, part);
    return {
      ...ownFactBase(identityId, reviewEventId(reviewId), nowMs),
      ...{ type: 'access-review-opened', basis: 'campaign', reviewId, campaignId, stages, items: lot },
      dueMs: stages.at(-1)?.dueMs ?? nowMs,
      undoMs: definition.undoDays * DAY_MS,
    };
  });
}

function isAnyOpened({ campaignId }: Pick<Campaign, 'campaignId'>, timeline: Timeline): boolean {
  return campaignReviewsIn(timeline, campaignId).length > 0;
}

function itemsNow(
  { definition }: Campaign,
  { entitlements, planted }: AskedEntitlements,
  { identityId, timeline, accounts, model, nowMs }: Reviewed,
): readonly CampaignReviewItem[] {
  const state = identityAt(timeline, nowMs);
  if (!isEmployed(state)) return [];
  // What was in the scope is so still, whoever is above them by now.
  const everything = { ...definition, scope: {} };
  const held = itemsOf(everything, { identityId, timeline, state, accounts, superiors: [], model, nowMs });
  // What they have been given since is no plant any more.
  const plants = [...planted].filter((one) => held.every(({ entitlement }) => entitlement !== one));
  const items = held
    .filter(({ entitlement }) => entitlements.has(entitlement))
    .map(({ entitlement, reasons, privileged }): CampaignReviewItem => {
      const isByJob = reasons.some(({ type }) => type === 'birthright');
      const facts = reasons.flatMap(({ type, fact }) => (type === 'birthright' ? [] : [fact]));
      // What only the account has nothing could give back.
      if (reasons.length === 0) return { entitlement, facts: [], ifNobodyAnswers: 'remove' };
      const isPrivileged = findEntitlement(model, entitlement)?.entitlement.privileged ?? privileged;
      return {
        entitlement,
        facts: [...new Set(facts)],
        ...(isByJob && { birthright: true }),
        ifNobodyAnswers: isPrivileged ? definition.noAnswer.privileged : definition.noAnswer.others,
      };
    });
  return [
    ...items,
    ...plants.map(
      (entitlement): CampaignReviewItem => ({ entitlement, facts: [], ifNobodyAnswers: 'remove', planted: true }),
    ),
  ];
}

/** One for each who answers about them. */
export function rowsOf({ campaignId, identityId, stage, items }: CampaignPerson): readonly QueueRow[] {
  const reviewers = [...new Set(items.map(({ reviewer }) => reviewer))];
  return reviewers.map((reviewer): QueueRow => {
    const own = items.filter((item) => item.reviewer === reviewer);
    const because = own.map((item) => item.because);
    const ends = own.flatMap(({ handedOver }) => handedOver?.untilMs ?? []);
    return {
      ...{ campaignId, stage, reviewer, identityId, rank: rankOf(because), riskiest: inOrder(because.flat()) },
      ...(ends.length > 0 && { untilMs: Math.min(...ends) }),
      counts: { ...NO_ANSWERS_COUNTED, asked: because.length },
    };
  });
}
