// What is owed for an identity, and who can see to it, as all of them are now.
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { isOpen, type StandingReview } from '../../core/identity/standing-reviews.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Recipient, WatchedOwed } from '../../core/requests/notices.ts';
import { type Owed, owedFor } from '../../core/requests/owed.ts';
import { stageSpan } from '../../core/reviews/campaign-clock.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { loadSuperiors } from '../shared/load-superiors.ts';
import { answerersOf, answerersOfItem } from '../shared/review-answerers.ts';
import { whoAnswers } from '../shared/who-answers.ts';
import type { RequestDependencies } from './load-request.ts';

const CONCURRENCY = 4;

export async function owedIn(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
): Promise<readonly WatchedOwed[]> {
  const { record, timeline, state, nowMs } = loaded;
  const { identityId } = record.header;
  const owed = owedFor({ identityId, timeline, state, accounts: record.accounts, nowMs });
  const watched = await mapBounded(owed, CONCURRENCY, async (one): Promise<WatchedOwed> => {
    return { owed: one, recipients: await recipientsOf(dependencies, loaded, one) };
  });
  return [...watched, ...(await campaignsOwed(dependencies, loaded))];
}

/** Few are open at once, and the latest come first. */
const CAMPAIGNS_LOOKED_AT = 20;
const ROWS_LOOKED_AT = 100;

/** Of campaigns in which anything is in their queue that nobody has answered. */
async function campaignsOwed(
  dependencies: RequestDependencies,
  { record, state, nowMs }: LoadedIdentity,
): Promise<readonly WatchedOwed[]> {
  const { campaigns } = dependencies;
  if (campaigns === undefined || !isEmployed(state)) return [];
  const { identityId } = record.header;
  const { items } = await campaigns.listCampaigns({ limit: CAMPAIGNS_LOOKED_AT });
  const open = items.filter((one) => one.state === 'open' && one.stage !== undefined);
  const owed = await mapBounded(open, CONCURRENCY, async (campaign): Promise<WatchedOwed[]> => {
    const { campaignId, definition, stage = 0 } = campaign;
    const { fromMs, untilMs, escalatesMs } = stageSpan(campaign);
    const queue = { campaignId, stage, reviewer: identityId, limit: ROWS_LOOKED_AT };
    const rows = (await campaigns.listQueue(queue)).items;
    if (nowMs >= untilMs || rows.every(({ counts }) => counts.answered >= counts.asked)) return [];
    const about = `${campaignId}/${stage}/${identityId}`;
    const told = { dueMs: untilMs, campaignId, name: definition.name };
    const own = { what: 'campaign', owedId: `campaign/${about}`, fromMs, ...told } as const;
    const late = { what: 'campaign-late', owedId: `campaign-late/${about}`, fromMs: escalatesMs, ...told } as const;
    const above = nowMs < escalatesMs ? undefined : await nearestAbove(dependencies, identityId);
    return [
      { owed: own, recipients: [{ person: identityId }] },
      { owed: late, recipients: above === undefined ? [] : [{ person: above }] },
    ];
  });
  return owed.flat();
}

/** Who is at work. */
async function nearestAbove(
  dependencies: RequestDependencies,
  identityId: string | undefined,
): Promise<string | undefined> {
  const superiors = await loadSuperiors(dependencies, identityId);
  return superiors.find((one) => one.takesOver && one.identityId !== identityId)?.identityId;
}

async function recipientsOf(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
  owed: Owed,
): Promise<readonly Recipient[]> {
  if (owed.what === 'review') return answering(dependencies, loaded, owed.standing);
  const ownerId = ownerNeededBy(loaded.state);
  const people = ownerId === undefined ? [] : await whoAnswers(dependencies, ownerId);
  if (owed.what === 'lapsed') return await toldOfLapse(dependencies, people);
  // Credentials are the owner's own to replace.
  return (owed.what === 'credentials' ? people.slice(0, 1) : people).map((person) => ({ person }));
}

/** Who should have answered, the nearest above the owner who is at work, and security. */
async function toldOfLapse(
  dependencies: RequestDependencies,
  people: readonly string[],
): Promise<readonly Recipient[]> {
  const [ownerId] = people;
  const above = await nearestAbove(dependencies, ownerId);
  const told = new Set([...people, ...(above === undefined ? [] : [above])]);
  return [...[...told].map((person) => ({ person })), { role: 'security' }];
}

/** Whoever can answer anything in a review that nobody has answered. */
async function answering(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
  standing: StandingReview,
): Promise<readonly Recipient[]> {
  const { review } = standing;
  const answerers = await answerersOf(dependencies, loaded, standing);
  const open = review.items.filter((item) => isOpen(item, review, loaded.nowMs));
  const all = open.map((item) => answerersOfItem(item, answerers, loaded.timeline));
  const people = new Set(all.flatMap((one) => one.people));
  const security = all.some((one) => one.security);
  return [...[...people].map((person) => ({ person })), ...(security ? [{ role: 'security' } as const] : [])];
}
