// The clock of review campaigns: what of them comes by time alone. It finishes decisions that somebody died over, brings on the
// next stage, counts, tells reviewers, and closes what is over once every removal is read back.
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import {
  type AnswerCounts,
  type Campaign,
  NO_ANSWERS_COUNTED,
  type QueueRow,
  SECURITY,
} from '../../core/reviews/campaign.ts';
import { stageSpan, stepOf } from '../../core/reviews/campaign-clock.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { NoticeStore } from '../../stores/notices/notice-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { campaignEntry } from './campaign-opening.ts';
import { CampaignReviewers } from './campaign-reviewers.ts';
import { moveToQueues, wakeBeforeMoving } from './move-to-queues.ts';
import { openIn } from './present-campaign.ts';
import { finishBatch, type RecordingDependencies } from './record-batch.ts';
import { recountPerson } from './recount-person.ts';
import { type WalkingDependencies, walkCampaign } from './walk-campaign.ts';

export interface TendingDependencies extends WalkingDependencies, RecordingDependencies {
  readonly campaigns: CampaignStore;
  readonly notices: Pick<NoticeStore, 'wake'>;
  readonly alert: SendAlert;
}

/** Its function has five minutes; one campaign does not take the time of all. */
const RUN_MS = 200_000;
const CAMPAIGN_MS = 60_000;
const PAGE_SIZE = 50;
const ROWS_AT_ONCE = 100;
const CONCURRENT_IDENTITIES = 10;
const COUNTED_EACH_MS = 3_600_000;
/** Whoever records a batch takes seconds. */
const ABANDONED_MS = 120_000;

export const tendCampaigns = (dependencies: TendingDependencies) => async (): Promise<{ readonly tended: number }> => {
  const { campaigns, clock } = dependencies;
  const startedMs = clock();
  const failures: unknown[] = [];
  let tended = 0;
  let after: string | undefined;
  do {
    const page = await campaigns.listCampaigns({ limit: PAGE_SIZE, after });
    for (const campaign of page.items) {
      const isChanged = campaign.state === 'closed' && campaign.changedMs !== undefined;
      if (campaign.state !== 'open' && campaign.state !== 'closing' && !isChanged) continue;
      if (clock() - startedMs >= RUN_MS) break;
      // What goes wrong with one is not in the way of the others.
      await (isChanged ? countAgain : tend)(dependencies, campaign).catch((error: unknown) => failures.push(error));
      tended += 1;
    }
    after = page.next;
  } while (after !== undefined && clock() - startedMs < RUN_MS);
  if (failures.length > 0) {
    throw new RetryableError(`${failures.length} of ${tended} campaigns could not be tended`, { cause: failures[0] });
  }
  return { tended };
};

async function tend(dependencies: TendingDependencies, found: Campaign): Promise<void> {
  const untilMs = dependencies.clock() + CAMPAIGN_MS;
  const unrecorded = await finishBatches(dependencies, found, untilMs);
  await bringOn(dependencies, found, unrecorded, untilMs);
  if (unrecorded.failures.length > 0) {
    const count = unrecorded.failures.length;
    throw new RetryableError(`${count} batches of decisions cannot be recorded`, { cause: unrecorded.failures[0] });
  }
}

async function bringOn(
  dependencies: TendingDependencies,
  found: Campaign,
  unrecorded: Unrecorded,
  untilMs: number,
): Promise<void> {
  const { campaigns, clock } = dependencies;
  let campaign = found;
  // What one step brings about may be what the next is for.
  for (let step = stepOf(campaign, clock()); step?.do === 'walk'; step = stepOf(campaign, clock())) {
    campaign = await walkCampaign(dependencies, { ...campaign, walk: step.walk }, untilMs - clock());
    if (campaign.walk !== undefined) return;
  }
  const { countedMs = 0, state } = campaign;
  // A campaign of everybody has as many rows: while it is open they are gone through once an hour.
  const isDue = state === 'closing' || clock() - countedMs >= COUNTED_EACH_MS || campaign.stage !== found.stage;
  const counted = isDue ? await count(dependencies, campaign) : campaign;
  const step = stepOf(counted, clock());
  if (step?.do === 'tell') await tell(dependencies, counted, step.stage);
  if (step?.do === 'escalate') await escalate(dependencies, counted, step.stage);
  const told = {
    ...counted,
    ...(step?.do === 'tell' && { toldStage: step.stage }),
    ...(step?.do === 'escalate' && { escalatedStage: step.stage }),
  };
  // What it is closed with is final: nothing that was decided may be missing from it.
  const isOver = step?.do === 'close' && told.counts.notReadBack === 0 && !unrecorded.isAny;
  const nowMs = clock();
  const next: Campaign = isOver ? { ...told, state: 'closed', closedMs: nowMs } : told;
  const { kept, removed, notAnswered } = next.counts;
  const event = { type: 'review-campaign-closed', campaignId: next.campaignId, kept, removed, notAnswered } as const;
  const entries = isOver ? [campaignEntry(next, nowMs, { type: 'tenure', id: 'tend-campaigns' }, event)] : [];
  // Whoever changed it meanwhile is looked at by the next run.
  await campaigns.saveCampaign({ ...next, revision: campaign.revision + 1 }, campaign.revision, entries);
}

/** What was answered or undone after it was closed. */
async function countAgain(dependencies: TendingDependencies, campaign: Campaign): Promise<void> {
  const { campaigns, clock } = dependencies;
  const { changedMs = 0, ...counted } = await count(dependencies, campaign);
  // Whoever was about to may record it yet: it is counted once more.
  const isRecorded = clock() - changedMs >= ABANDONED_MS;
  const next = isRecorded ? counted : { ...counted, changedMs };
  await campaigns.saveCampaign({ ...next, revision: campaign.revision + 1 }, campaign.revision, []);
}

interface Unrecorded {
  /** Why some of them cannot be recorded, which is in the way of none of the others. */
  readonly failures: readonly unknown[];
  /** Whether anything that was decided is left to be recorded: by whoever is at it, or by the next run. */
  readonly isAny: boolean;
}

/** All that somebody died over, wherever it stands among what others are recording just now. */
async function finishBatches(
  dependencies: TendingDependencies,
  { campaignId }: Campaign,
  untilMs: number,
): Promise<Unrecorded> {
  const { campaigns, clock } = dependencies;
  const failures: unknown[] = [];
  let left = 0;
  let after: string | undefined;
  do {
    const page = await campaigns.listBatches({ campaignId, limit: PAGE_SIZE, after });
    for (const batch of page.items) {
      const isLeft = clock() - batch.decidedMs < ABANDONED_MS || clock() >= untilMs;
      if (isLeft) left += 1;
      else await finishBatch(dependencies, batch).catch((error: unknown) => failures.push(error));
    }
    after = page.next;
  } while (after !== undefined && clock() < untilMs);
  return { failures, isAny: left > 0 || failures.length > 0 || after !== undefined };
}

/** By its rows; of people of whom something is still to be read back it is looked at anew. */
async function count(dependencies: TendingDependencies, campaign: Campaign): Promise<Campaign> {
  const { campaigns, clock } = dependencies;
  let counts: AnswerCounts = NO_ANSWERS_COUNTED;
  const queues = new Queues(dependencies, campaign);
  await forEachRow(campaigns, campaign, async (rows) => {
    await mapBounded(rows, CONCURRENT_IDENTITIES, (row) => queues.keepAnswered(row));
    const pending = rows.filter((row) => row.counts.notReadBack > 0);
    await mapBounded(pending, CONCURRENT_IDENTITIES, async ({ identityId }) => {
      const loaded = await findWhereItCounts(dependencies, identityId);
      if (loaded !== undefined) await recountPerson(dependencies, campaign, loaded);
    });
  });
  await forEachRow(campaigns, campaign, async (rows) => {
    for (const row of rows) counts = together(counts, row.counts);
  });
  return { ...campaign, counts: { ...campaign.counts, ...counts }, countedMs: clock() };
}

/** Whoever left or is away, or had it handed over for a time that is over, has nobody in their queue from then on. */
class Queues {
  readonly #dependencies: TendingDependencies;
  readonly #campaign: Campaign;
  readonly #reviewers: CampaignReviewers;
  readonly #there = new Map<string, Promise<boolean>>();
  readonly #woken = new Set<string>();

  constructor(dependencies: TendingDependencies, campaign: Campaign) {
    this.#dependencies = dependencies;
    this.#campaign = campaign;
    this.#reviewers = new CampaignReviewers(dependencies, campaign);
  }

  async keepAnswered({ identityId, reviewer, stage, counts, untilMs }: QueueRow): Promise<void> {
    const { campaigns, clock } = this.#dependencies;
    if (this.#campaign.state !== 'open' || stage !== this.#campaign.stage || counts.answered >= counts.asked) return;
    const isOver = untilMs !== undefined && untilMs <= clock();
    if (!isOver && (await this.#isThere(reviewer))) return;
    const person = await campaigns.findPerson(this.#campaign.campaignId, identityId);
    const items = person?.items.filter((item) => item.reviewer === reviewer) ?? [];
    if (person === undefined || items.length === 0) return;
    const loaded = await findWhereItCounts(this.#dependencies, identityId);
    if (loaded === undefined) return;
    const assigned = await this.#reviewers.assign(loaded, { ...person, items });
    for (const { reviewer: next } of assigned) await this.#wake(next);
    await moveToQueues(this.#dependencies, person, [
      ...person.items.filter((item) => item.reviewer !== reviewer),
      ...assigned,
    ]);
    await recountPerson(this.#dependencies, this.#campaign, loaded);
  }

  async #wake(reviewer: string): Promise<void> {
    if (this.#woken.has(reviewer)) return;
    await wakeBeforeMoving(this.#dependencies, reviewer);
    this.#woken.add(reviewer);
  }

  #isThere(reviewer: string): Promise<boolean> {
    if (reviewer === SECURITY) return Promise.resolve(true);
    const known = this.#there.get(reviewer) ?? isThere(this.#dependencies, reviewer);
    this.#there.set(reviewer, known);
    return known;
  }
}

async function isThere(dependencies: TendingDependencies, reviewer: string): Promise<boolean> {
  const loaded = await findWhereItCounts(dependencies, reviewer);
  return loaded !== undefined && loaded.record.header.identityId === reviewer && mayTakeOver(loaded.state);
}

function together(one: AnswerCounts, other: AnswerCounts): AnswerCounts {
  const names = Object.keys(NO_ANSWERS_COUNTED) as (keyof AnswerCounts)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as AnswerCounts;
}

async function forEachRow(
  campaigns: Pick<CampaignStore, 'listRows'>,
  { campaignId }: Campaign,
  see: (rows: readonly QueueRow[]) => Promise<void>,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await campaigns.listRows({ campaignId, limit: ROWS_AT_ONCE, after });
    await see(page.items);
    after = page.next;
  } while (after !== undefined);
}

/** Whoever has anything in their queue is looked at by whatever sends notices. */
async function tell(dependencies: TendingDependencies, campaign: Campaign, stage: number): Promise<void> {
  const told = new Set<string>();
  await forEachRow(dependencies.campaigns, campaign, async (rows) => {
    for (const row of rows) if (row.stage === stage && row.reviewer !== SECURITY) told.add(row.reviewer);
  });
  await wakeAll(dependencies, [...told]);
}

/** Of those who have not answered: whoever is above each is told by whatever sends notices, and security once of all. */
async function escalate(dependencies: TendingDependencies, campaign: Campaign, stage: number): Promise<void> {
  const open = new Map<string, number>();
  await forEachRow(dependencies.campaigns, campaign, async (rows) => {
    for (const { reviewer, counts } of rows.filter((one) => one.stage === stage)) {
      if (openIn(counts) > 0) open.set(reviewer, (open.get(reviewer) ?? 0) + openIn(counts));
    }
  });
  if (open.size === 0) return;
  const { campaignId, definition } = campaign;
  const securitys = open.get(SECURITY) ?? 0;
  const people = [...open.keys()].filter((reviewer) => reviewer !== SECURITY);
  const items = [...open.values()].reduce((sum, one) => sum + one, 0);
  const closes = `Stage ${stage + 1} of ${definition.stages.length} closes at ${toIso(stageSpan(campaign).untilMs)}.`;
  const left = `${items} items have no answer: of ${people.length} reviewers, and ${securitys} that only the role security can answer.`;
  await dependencies.alert({
    subject: 'A review campaign closes before long, and answers are missing',
    message: `Review campaign ${campaignId}: ${closes} ${left} What nobody answers is taken away. GET /review-campaigns/${campaignId}\nRunbook: docs/runbook/reviews-not-answered.md`,
  });
  await wakeAll(dependencies, people);
}

async function wakeAll({ notices, clock }: TendingDependencies, reviewers: readonly string[]): Promise<void> {
  await mapBounded(reviewers, CONCURRENT_IDENTITIES, (reviewer) => notices.wake(reviewer, clock()));
}

let live: ReturnType<typeof tendCampaigns> | undefined;

export const handler = serveTask('tend-campaigns', z.unknown(), () => {
  live ??= tendCampaigns({
    ...liveDependencies(),
    campaigns: dynamoCampaignStore(),
    notices: dynamoNoticeStore(),
    alert: snsAlerts(),
  });
  return live();
});
