// Somebody answers in a campaign, or undoes what it took away, through the operators' API: once, and now and then once more.
import type { CampaignReviewer } from '../../lambdas/core/access-model/campaign-rules.ts';
import type { ReviewAnswer } from '../../lambdas/core/identity/facts.ts';
import { decideCampaignItems } from '../../lambdas/handlers/reviews/decide-campaign-items.ts';
import { undoCampaignRemoval } from '../../lambdas/handlers/reviews/undo-campaign-removal.ts';
import type { Coverage } from './coverage.ts';
import { MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { Assigned } from './oracle/campaigns.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** Of what is sent, that share is sent twice. */
const SENT_TWICE = 0.1;

export interface Item {
  readonly identityId: string;
  readonly entitlement: string;
}

export interface Said {
  readonly campaignId: string;
  readonly items: readonly Item[];
  /** `undo`: of one. */
  readonly decision: ReviewAnswer;
  /** Tells what was sent from whatever else was. */
  readonly reason: string;
  /** With `shorten`. */
  readonly until?: string | undefined;
  readonly as: string;
  readonly role: 'manager' | 'security';
}

export interface Sending {
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
  /** In whose queues the items are. @default nobody asks */
  readonly look?: (() => Promise<Assigned>) | undefined;
  /** Whom the stages of the campaign name. @default who is asked follows no rule */
  readonly stages?: readonly CampaignReviewer[] | undefined;
}

/** @returns how it was answered; undefined: not */
export async function sendDecision(
  world: World,
  { random, invariants, coverage, look, stages }: Sending,
  { campaignId, items, decision, reason, until, as, role }: Said,
): Promise<number | undefined> {
  const isUndoing = decision === 'undo';
  const operation = {
    name: isUndoing ? 'undo-campaign-removal' : 'decide-campaign-items',
    handle: isUndoing ? undoCampaignRemoval : decideCampaignItems,
    ...{ as, role, parameters: { id: campaignId } },
    body: isUndoing ? { ...items[0], reason } : { items, decision, reason, ...(until !== undefined && { until }) },
  } as const;
  const onSent = invariants.onCampaignDecision({ items, decision, by: as, role, reason, stages });
  const once = async (): Promise<number | undefined> => {
    const before = await look?.();
    const onAnswer = onSent(before);
    const duesMs = await duesOf(world, campaignId);
    const sentMs = Date.now();
    const status = await world.operate(operation).then(
      (answered) => answered.status,
      () => undefined,
    );
    onAnswer(status, await look?.());
    if (status === 200) coverage.happened.add(isUndoing ? 'removal undone' : 'decided in a campaign');
    if (status === 200 && items.length > 1) coverage.happened.add('decided on many at once');
    if (status === 409) coverage.happened.add('decided in a campaign too late');
    if (duesMs.some((dueMs) => sentMs < dueMs && dueMs <= Date.now())) {
      coverage.happened.add('stage closed while decisions arrived');
    }
    return status;
  };
  const again = random.chance(SENT_TWICE) ? random.below(MINUTE_MS) : undefined;
  if (again !== undefined) {
    setTimeout(() => {
      coverage.happened.add('decision sent twice');
      void once();
    }, again);
  }
  return await once();
}

/** Epoch ms, of each stage. */
async function duesOf(world: World, campaignId: string): Promise<readonly number[]> {
  return (await world.campaigns.findCampaign(campaignId))?.dueMs ?? [];
}
