// What was decided in a campaign, put to what was recorded: all of it or nothing, and what each item has come to.
import type { CampaignReviewer } from '../../../lambdas/core/access-model/campaign-rules.ts';
import type { AccessReviewDecidedFact, Fact, ReviewAnswer } from '../../../lambdas/core/identity/facts.ts';
import type { CampaignItemState } from '../../../lambdas/core/reviews/campaign-answers.ts';
import { type CampaignItem, campaignItems } from '../../reference/campaigns.ts';
import { standingOf } from '../../reference/state.ts';
import { AFTERLIFE_MS, SKEW_MS } from '../fate.ts';

/** The one that there is, where it is put there as it is. */
export const CAMPAIGN = '2026-10-01.everybody';

export interface CampaignDecision {
  readonly items: readonly { readonly identityId: string; readonly entitlement: string }[];
  readonly decision: ReviewAnswer;
  readonly by: string;
  readonly role: 'manager' | 'security';
  /** No other has the same. */
  readonly reason: string;
  /** Whom the stages of the campaign name. Absent: who is asked follows no rule. */
  readonly stages?: readonly CampaignReviewer[] | undefined;
}

/** By identity and entitlement, in whose queue it is: an identity or `role:security`, and whether it was handed over. */
export type Assigned = ReadonlyMap<string, { readonly reviewer: string; readonly isHandedOver: boolean }>;

export interface AnsweredDecision extends CampaignDecision {
  /** In the order in which they were answered. */
  readonly answers: readonly Sent[];
}

export interface Sent {
  readonly sentMs: number;
  readonly answeredMs: number;
  /** As it was before and after. Empty: nobody asked. */
  readonly assigned: readonly Assigned[];
  /** Undefined: no answer came. */
  readonly status: number | undefined;
}

/**
 * @param factsAbout all that was recorded of somebody, wherever it counts
 * @param mergedInto whom whoever signed in by an id may be by now: they answer as that person
 */
export function faultsOfCampaign(
  { items, decision, by, reason, answers }: AnsweredDecision,
  factsAbout: (identityId: string) => readonly Fact[],
  mergedInto: (identityId: string) => readonly string[],
): readonly string[] {
  const statuses = answers.map(({ status }) => status);
  const persons = new Set([by, ...mergedInto(by)]);
  const states = items.map(({ identityId, entitlement }) => {
    const said = factsAbout(identityId).filter(
      (fact) =>
        fact.type === 'access-review-decided' && fact.entitlement === entitlement && persons.has(fact.answeredBy),
    );
    const isSame = (fact: Fact) => fact.type === 'access-review-decided' && fact.answer === decision;
    const own = said.filter(
      (fact): fact is AccessReviewDecidedFact => fact.type === 'access-review-decided' && fact.reason === reason,
    );
    const faults = [...faultsOfTimes(own, answers), ...faultsOfCopies(own, factsAbout(identityId))];
    return { identityId, own: own.length, isSaid: said.some(isSame), faults };
  });
  const made = states.filter(({ own }) => own > 0);
  const missing = states.filter(({ isSaid }) => !isSaid);
  const refused = statuses.every((status) => status !== undefined && status >= 400 && status < 500);
  const isTold = statuses.includes(200);
  const what = `${decision} by ${by} (${reason})`;
  return [
    ...(refused && made.length > 0 ? [`${what} was refused, and recorded of ${made[0]?.identityId}`] : []),
    ...(isTold && missing.length > 0 ? [`${what} was accepted, and is not recorded of ${missing[0]?.identityId}`] : []),
    ...(decision === 'keep' && answers.some((one) => isRefusedInTime(one, items, factsAbout))
      ? [`${what} was refused, and waits for it`]
      : []),
    ...states.flatMap(({ identityId, faults }) => faults.map((fault) => `${what} of ${identityId} ${fault}`)),
    ...(made.length > 0 && missing.length > 0 ? [`${what} is recorded of ${made.length} of ${items.length}`] : []),
  ];
}

/** It counts from when it was said: not from before a deadline that was over by then. */
function faultsOfTimes(own: readonly AccessReviewDecidedFact[], answers: readonly Sent[]): readonly string[] {
  const isSaid = ({ recordedMs }: Fact) =>
    answers.some(
      ({ sentMs, answeredMs }) =>
        sentMs - 2 * SKEW_MS <= recordedMs && recordedMs <= answeredMs + AFTERLIFE_MS + 2 * SKEW_MS,
    );
  return own.every(isSaid) ? [] : ['counts from when nobody said it'];
}

/** Sent twice it is one, unless somebody else said something in between; a question may be asked again. */
function faultsOfCopies(own: readonly AccessReviewDecidedFact[], facts: readonly Fact[]): readonly string[] {
  const others = facts.filter((fact) => fact.type === 'access-review-decided' && !own.includes(fact));
  const isTwice = own.some((one) =>
    own.some((other) => {
      const isSame = other.reviewId === one.reviewId && other.entitlement === one.entitlement;
      if (other === one || other.factId === one.factId || !isSame || one.answer === 'ask') return false;
      const [fromMs, toMs] = [one.recordedMs, other.recordedMs].sort((a, b) => a - b) as [number, number];
      return !others.some(
        (fact) =>
          fact.type === 'access-review-decided' &&
          fact.reviewId === one.reviewId &&
          fact.entitlement === one.entitlement &&
          fromMs - 2 * SKEW_MS <= fact.recordedMs &&
          fact.recordedMs <= toMs + 2 * SKEW_MS,
      );
    }),
  );
  return isTwice ? ['is recorded twice'] : [];
}

/** What is only suspended waits for an answer, however late. */
function isRefusedInTime(
  { sentMs, answeredMs, status }: Sent,
  items: CampaignDecision['items'],
  factsAbout: (identityId: string) => readonly Fact[],
): boolean {
  const [asked, ...more] = items;
  if (status !== 409 || asked === undefined || more.length > 0) return false;
  const facts = factsAbout(asked.identityId);
  // Of two ids at once it cannot be told where it was.
  if (facts.some(({ type, about }) => type === 'merged' || type === 'absorbed' || about !== undefined)) return false;
  const found = campaignItems(standingOf(facts)).find(({ entitlement }) => entitlement === asked.entitlement);
  const instants = [sentMs - SKEW_MS, sentMs, answeredMs, answeredMs + SKEW_MS];
  return found !== undefined && instants.every((atMs) => found.isWaitingAt(atMs));
}

/** Those that have asked about somebody. */
export function campaignsIn(facts: readonly Fact[]): readonly string[] {
  const asked = standingOf(facts).flatMap((fact) =>
    fact.type === 'access-review-opened' && fact.basis === 'campaign' ? [fact.campaignId] : [],
  );
  return [...new Set(asked)];
}

/** Each item has an outcome, and it is what came of it. @param states as they are told */
export function faultsOfOutcomes(
  facts: readonly Fact[],
  states: readonly CampaignItemState[],
  nowMs: number,
): readonly string[] {
  const items = campaignItems(standingOf(facts));
  return items.flatMap((item) => {
    // Of somebody merged two may have been opened at one instant.
    const told = states.find(
      ({ item: { entitlement }, review }) =>
        entitlement === item.entitlement && review.opened.reviewId === item.reviewId,
    );
    if (told === undefined) return [`${item.entitlement} is asked about, and nothing is told of it`];
    return isOutcome(told.status, item, nowMs) ? [] : [`${item.entitlement} is told to be ${told.status}`];
  });
}

function isOutcome(status: CampaignItemState['status'], { dueMs, isTakenAt }: CampaignItem, nowMs: number): boolean {
  switch (status) {
    case 'open':
    case 'asked':
      return nowMs < dueMs && !isTakenAt(nowMs);
    case 'kept':
      return !isTakenAt(nowMs);
    case 'removed':
    case 'suspended':
    case 'not-answered':
      return isTakenAt(nowMs);
    case 'shortened':
      return true;
    default:
      return status satisfies never;
  }
}
