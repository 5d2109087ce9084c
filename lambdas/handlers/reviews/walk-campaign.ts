// Does to everybody in a campaign what is to be done, row by row: their deadline is moved, they come into the next stage's queues,
// or they are counted since it is over. Where it had come to is kept with each page, and doing something twice is doing it once.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { NotFoundError } from '../../core/errors.ts';
import { type AccessReviewMovedFact, ownFactBase } from '../../core/identity/facts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Campaign, CampaignWalk, MovedDeadline, QueueRow } from '../../core/reviews/campaign.ts';
import { campaignReviewsIn } from '../../core/reviews/campaign-answers.ts';
import { afterWalk, openStage } from '../../core/reviews/campaign-clock.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import { appendFact } from '../shared/append-fact.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { CampaignReviewers } from './campaign-reviewers.ts';
import { moveToQueues } from './move-to-queues.ts';
import { recountPerson } from './recount-person.ts';

const CONCURRENT_IDENTITIES = 10;
const PAGE_SIZE = 100;

export interface WalkingDependencies extends Pick<Dependencies, 'facts' | 'directory' | 'tasks' | 'clock' | 'model'> {
  readonly campaigns: Pick<
    CampaignStore,
    'countRow' | 'findCampaign' | 'findPerson' | 'listRows' | 'moveRows' | 'saveCampaign'
  >;
}

/** @returns the campaign as it is then; with its walk where time was up, or somebody else goes on with it */
export async function walkCampaign(
  dependencies: WalkingDependencies,
  begun: Campaign,
  runMs: number,
): Promise<Campaign> {
  const { campaigns, clock } = dependencies;
  const startedMs = clock();
  let campaign = begun;
  for (;;) {
    const { walk, campaignId } = campaign;
    if (walk === undefined) return campaign;
    const page = await campaigns.listRows({ campaignId, limit: PAGE_SIZE, after: walk.after });
    const reviewers = new CampaignReviewers(dependencies, campaign);
    const seen = new Set<string>();
    const rows = page.items.filter(({ identityId }) => !seen.has(identityId) && seen.add(identityId));
    await mapBounded(rows, CONCURRENT_IDENTITIES, (row) => visit(dependencies, { campaign, walk, reviewers }, row));
    const next: Campaign =
      page.next === undefined ? afterWalk(campaign, clock()) : { ...campaign, walk: { ...walk, after: page.next } };
    const raised = { ...next, revision: campaign.revision + 1 };
    const isSaved = await campaigns.saveCampaign(raised, campaign.revision, []);
    if (!isSaved) return requireKnown(await campaigns.findCampaign(campaignId));
    campaign = raised;
    if (clock() - startedMs >= runMs) return campaign;
  }
}

function requireKnown(campaign: Campaign | undefined): Campaign {
  if (campaign === undefined) throw new NotFoundError('There is no such campaign.');
  return campaign;
}

interface Walking {
  readonly campaign: Campaign;
  readonly walk: CampaignWalk;
  readonly reviewers: CampaignReviewers;
}

async function visit(
  dependencies: WalkingDependencies,
  { campaign, walk, reviewers }: Walking,
  { identityId }: QueueRow,
): Promise<void> {
  const loaded = await findWhereItCounts(dependencies, identityId);
  // Whoever was erased has nothing left to be moved.
  if (loaded === undefined) return;
  if (walk.moving !== undefined) await moveDeadline(dependencies, campaign, walk.moving, loaded);
  if (walk.what === 'staging') await stage(dependencies, { campaign, reviewers }, identityId, loaded);
  await recountPerson(dependencies, campaign, loaded);
}

async function moveDeadline(
  dependencies: WalkingDependencies,
  { campaignId }: Campaign,
  { dueMs, by: movedBy, operator, reason, atMs }: MovedDeadline,
  { record, timeline }: LoadedIdentity,
): Promise<void> {
  const { identityId } = record.header;
  for (const { opened } of campaignReviewsIn(timeline, campaignId)) {
    const { reviewId } = opened;
    const stages = dueMs.map((one) => ({ dueMs: one }));
    const fact: AccessReviewMovedFact = {
      ...ownFactBase(identityId, `review-moved/${reviewId}/${atMs}`, atMs),
      receivedMs: Math.max(atMs, dependencies.clock()),
      ...{ type: 'access-review-moved', reviewId, stages, movedBy, reason },
    };
    const payloadHash = sha256Hex(canonicalJson({ reviewId, stages, movedBy, reason, atMs }));
    await appendFact(dependencies, fact, { payloadHash, actor: { type: 'operator', id: operator } });
  }
}

/** Whoever answers in the stage that has begun by now, in whose queue it is from then on. */
async function stage(
  dependencies: WalkingDependencies,
  { campaign, reviewers }: Pick<Walking, 'campaign' | 'reviewers'>,
  identityId: string,
  loaded: LoadedIdentity,
): Promise<void> {
  const { campaignId } = campaign;
  const number = openStage(campaign, loaded.nowMs);
  const person = await dependencies.campaigns.findPerson(campaignId, identityId);
  if (person === undefined || person.stage === number) return;
  await moveToQueues(dependencies, person, await reviewers.assign(loaded, person), number);
}
