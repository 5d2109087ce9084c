// A campaign as the operators' API shows it, and who is asked in it.
import type { CampaignBody, CampaignDetailsBody } from '../../api/review-campaigns.ts';
import { toIso } from '../../core/moment.ts';
import { type AnswerCounts, type Campaign, NO_ANSWERS_COUNTED, type QueueRow } from '../../core/reviews/campaign.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';

/** Who may know that items were planted, and which: nobody who answers as a manager or an owner. */
export function seesPlants({ roles }: Pick<Operator, 'roles'>): boolean {
  return roles.includes('security') || roles.includes('auditor');
}

export function presentCampaign(campaign: Campaign, operator: Pick<Operator, 'roles'>): CampaignBody {
  const isPlantSeen = seesPlants(operator);
  const { planted, ...unplanted } = campaign.definition;
  const definition = isPlantSeen ? campaign.definition : unplanted;
  const { campaignId, state, openedBy, reason, begunMs, openedMs, closedMs, stage, dueMs } = campaign;
  const { people, counts, countedMs, population, modelHash } = campaign;
  const at = (instantMs: number | undefined) => (instantMs === undefined ? undefined : toIso(instantMs));
  return {
    ...{ campaignId, name: definition.name, state, openedBy, reason, stage, people, counts, population, modelHash },
    begunAt: toIso(begunMs),
    openedAt: at(openedMs),
    closedAt: at(closedMs),
    dueAt: at(stage === undefined ? undefined : dueMs?.[stage]),
    stages: definition.stages.map((one, index) => ({ ...one, dueAt: at(dueMs?.[index]) })),
    countedAt: at(countedMs),
    definition,
    ...(isPlantSeen && planted !== undefined && { planted: campaign.planted ?? 0 }),
  };
}

const ROWS_AT_ONCE = 1_000;
/** Beyond that the numbers are those of the last count, and not of everybody asked. */
const MAXIMUM_PAGES = 20;
const MAXIMUM_REVIEWERS = 1_000;

type Reviewer = CampaignDetailsBody['reviewers'][number];

interface Summed {
  readonly reviewers: readonly Reviewer[];
  /** Undefined: there is more than is summed up while somebody waits. */
  readonly counts: AnswerCounts | undefined;
}

/** Of the stage that is open, or was last. */
export async function sumRows(campaigns: CampaignStore, { campaignId, stage = 0 }: Campaign): Promise<Summed> {
  const byReviewer = new Map<string, Reviewer>();
  let counts = NO_ANSWERS_COUNTED;
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await campaigns.listRows({ campaignId, limit: ROWS_AT_ONCE, after });
    for (const row of items.filter((one) => one.stage === stage)) {
      counts = sum(counts, row.counts);
      byReviewer.set(row.reviewer, withRow(byReviewer.get(row.reviewer), row));
    }
    after = next;
    if (next === undefined) break;
  }
  const reviewers = [...byReviewer.values()].sort((one, other) => other.open - one.open || other.items - one.items);
  return { reviewers: reviewers.slice(0, MAXIMUM_REVIEWERS), counts: after === undefined ? counts : undefined };
}

function withRow(known: Reviewer | undefined, { reviewer, counts }: QueueRow): Reviewer {
  const { people = 0, items = 0, open = 0 } = known ?? {};
  return { reviewer, people: people + 1, items: items + counts.asked, open: open + openIn(counts) };
}

export function openIn({ asked, answered, notAnswered }: AnswerCounts): number {
  return Math.max(0, asked - answered - notAnswered);
}

export function sum(one: AnswerCounts, other: AnswerCounts): AnswerCounts {
  const names = Object.keys(NO_ANSWERS_COUNTED) as (keyof AnswerCounts)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as AnswerCounts;
}
