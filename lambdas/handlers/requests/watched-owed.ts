// What is owed for an identity, and who can see to it, as all of them are now.
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { isOpen, type StandingReview } from '../../core/identity/standing-reviews.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Recipient, WatchedOwed } from '../../core/requests/notices.ts';
import { type Owed, owedFor } from '../../core/requests/owed.ts';
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
  return mapBounded(owed, CONCURRENCY, async (one): Promise<WatchedOwed> => {
    return { owed: one, recipients: await recipientsOf(dependencies, loaded, one) };
  });
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
  const superiors = await loadSuperiors(dependencies, ownerId);
  const above = superiors.find(({ identityId, takesOver }) => takesOver && identityId !== ownerId)?.identityId;
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
