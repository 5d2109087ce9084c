// A review campaign in the course of a history: everybody's access is asked about, as they have it then, and whoever is there
// answers through the operators' API, by right or not, in time or not, one by one or many at once, and now and then twice.
// It draws from a stream of its own, so that the histories of old seeds say what they said.
import { desiredAccess, reasonsFor } from '../../lambdas/core/access/desired-access.ts';
import { campaignReviewId } from '../../lambdas/core/identity/campaign-ids.ts';
import {
  type AccessReviewMovedFact,
  type CampaignReviewItem,
  type CampaignReviewOpenedFact,
  ownFactBase,
  type ReviewAnswer,
  type ReviewsReassignedFact,
} from '../../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { type Campaign, type CampaignPerson, NOTHING_COUNTED, SECURITY } from '../../lambdas/core/reviews/campaign.ts';
import { rowsOf } from '../../lambdas/core/reviews/campaign-review.ts';
import { type Said, sendDecision } from './campaign-decisions.ts';
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import type { Invariants } from './invariants.ts';
import { CAMPAIGN } from './oracle/campaigns.ts';
import type { Random } from './random.ts';
import { APPROVERS } from './requests.ts';
import { tellDecided } from './timed-grants.ts';
import type { World } from './world.ts';

export const CAMPAIGNS_STREAM = 4_100_000_023;
const MOST_ANSWERS = 12;
const NEAR_MS = 3_000;
const ANSWERS: readonly ReviewAnswer[] = ['keep', 'keep', 'remove', 'remove', 'remove', 'shorten', 'ask'];

interface Reviewing {
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
}

export function reviewInCampaign(
  world: World,
  { arrivals, merges, startMs, endsMs }: History,
  { random, invariants, coverage }: Reviewing,
): void {
  const people = [
    ...new Set([...arrivals.map(({ fact }) => fact.identityId), ...merges.map(({ duplicate }) => duplicate)]),
  ].sort();
  const lastsMs = endsMs - startMs;
  const openedMs = startMs + Math.floor(lastsMs * (0.2 + random.share() * 0.4));
  const dues = Array.from({ length: random.between(1, 2) }, () => openedMs + 1 + random.below(endsMs - openedMs)).sort(
    (one, other) => one - other,
  );
  const dueMs = dues.at(-1) as number;
  const undoMs = 1 + random.below(lastsMs);
  const asked: { readonly identityId: string; readonly entitlement: string }[] = [];
  let sent = 0;

  setTimeout(() => void open(), openedMs - startMs);
  for (let index = 0; index < random.between(4, MOST_ANSWERS); index += 1) {
    const atMs = random.chance(0.3)
      ? random.pick(dues) - NEAR_MS + random.below(2 * NEAR_MS)
      : openedMs + random.below(endsMs - openedMs);
    setTimeout(() => void (random.chance(0.25) ? undo() : decide()), Math.max(0, atMs - startMs));
  }
  if (random.chance(0.3)) setTimeout(move, openedMs + random.below(endsMs - openedMs) - startMs);
  if (random.chance(0.3)) setTimeout(reassign, openedMs + random.below(endsMs - openedMs) - startMs);

  async function open(): Promise<void> {
    await world.campaigns.beginCampaign(campaign(), []);
    for (const identityId of people) await ask(identityId);
  }

  function campaign(): Campaign {
    const reviewers = () => random.pick(['manager', 'security', 'entitlement-owner'] as const);
    return {
      campaignId: CAMPAIGN,
      definition: {
        name: 'Everybody',
        scope: {},
        stages: dues.map(() => ({ reviewers: reviewers(), days: 1 })),
        noAnswer: { privileged: 'remove', others: 'suspend' },
        ...{ undoDays: 1, maximumPerReviewer: 200, excluded: [] },
      },
      ...{ state: 'open', openedBy: 'schedule', begunMs: openedMs, openedMs, stage: 0, dueMs: dues },
      ...{ modelHash: world.model.hash, hash: 'h'.repeat(64), people: people.length, revision: 1 },
      counts: NOTHING_COUNTED,
    };
  }

  async function ask(identityId: string): Promise<void> {
    const record = await world.stores.directory.load(identityId);
    const timeline = record && buildTimeline(record.facts);
    if (timeline === undefined || timeline.mergedInto !== undefined) return;
    const { accounts, joinedBy } = desiredAccess(timeline, world.model, Date.now(), identityId);
    const held = accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map((given) => ({ reference: `${applicationId}:${given.entitlement}`, given })),
    );
    const items = held.flatMap(({ reference: entitlement, given }): CampaignReviewItem[] => {
      if (random.chance(0.2)) return [];
      const reasons = reasonsFor({ joinedBy: joinedBy ?? '' }, given);
      const facts = reasons.flatMap((reason) => (reason.type === 'birthright' ? [] : [reason.fact]));
      const birthright = reasons.some(({ type }) => type === 'birthright');
      const ifNobodyAnswers = random.pick(['remove', 'suspend'] as const);
      const planted = random.chance(0.05);
      return [{ entitlement, facts, birthright, ifNobodyAnswers, ...(planted && { planted }) }];
    });
    if (items.length === 0) return;
    const reviewId = campaignReviewId(CAMPAIGN, identityId, 0);
    const nowMs = Date.now();
    const fact: CampaignReviewOpenedFact = {
      ...ownFactBase(identityId, `review/${reviewId}`, nowMs),
      ...{ type: 'access-review-opened', basis: 'campaign', campaignId: CAMPAIGN, reviewId, dueMs, undoMs, items },
      stages: dues.map((due) => ({ dueMs: due })),
    };
    const reviewer = random.chance(0.3) ? SECURITY : random.pick(people);
    const person: CampaignPerson = {
      ...{ campaignId: CAMPAIGN, identityId, subject: identityId, reviewId, stage: 0 },
      items: items.map(({ entitlement }) => ({ entitlement, because: ['everything'], reviewer })),
    };
    await world.campaigns.savePerson(person, rowsOf(person));
    tellDecided(world, { fact, by: undefined, random }, () => {
      coverage.happened.add('asked about in a campaign');
      asked.push(...items.map(({ entitlement }) => ({ identityId, entitlement })));
    });
  }

  async function decide(): Promise<void> {
    if (asked.length === 0) return;
    const first = random.pick(asked);
    const alike = asked.filter(({ entitlement }) => entitlement === first.entitlement);
    const items = random.chance(0.5) ? [...new Map(alike.map((one) => [one.identityId, one])).values()] : [first];
    const decision = random.pick(ANSWERS);
    const until = new Date(Date.now() + 1 + random.below(2 * lastsMs)).toISOString();
    const said = { items, decision, reason: reason(), ...(decision === 'shorten' && { until }) };
    await send(said);
  }

  async function undo(): Promise<void> {
    if (asked.length === 0) return;
    await send({ items: [random.pick(asked)], decision: 'undo', reason: reason() });
  }

  /** Tells what was sent from whatever else was. */
  function reason(): string {
    sent += 1;
    return `looked at, ${sent}`;
  }

  async function send(said: Pick<Said, 'items' | 'decision' | 'reason' | 'until'>): Promise<void> {
    const as = random.pick(random.chance(0.6) ? APPROVERS : people);
    const role = random.pick(['security', 'security', 'security', 'manager'] as const);
    await sendDecision(world, { random, invariants, coverage }, { campaignId: CAMPAIGN, ...said, as, role });
  }

  function move(): void {
    const identityId = random.pick(people);
    const nowMs = Date.now();
    const laterMs = nowMs + random.below(Math.max(1, endsMs - nowMs));
    const fact: AccessReviewMovedFact = {
      ...ownFactBase(identityId, `review-moved/${identityId}`, nowMs),
      ...{
        type: 'access-review-moved',
        reviewId: campaignReviewId(CAMPAIGN, identityId, 0),
        stages: [{ dueMs: laterMs }],
      },
      ...{ movedBy: 'E901', reason: 'a holiday' },
    };
    tellDecided(world, { fact, by: 'E901', random }, () => coverage.happened.add('deadline of a campaign moved'));
  }

  function reassign(): void {
    const [identityId, to] = [random.pick(people), random.pick(people)];
    const fact: ReviewsReassignedFact = {
      ...ownFactBase(identityId, `reassigned/${identityId}`, Date.now()),
      ...{ type: 'reviews-reassigned', campaignId: CAMPAIGN, to, reassignedBy: 'E901', reason: 'a holiday' },
    };
    tellDecided(world, { fact, by: 'E901', random }, () => {});
  }
}
