// A review, whose access it is about, and who can answer it, as all of them are now.
import { NotFoundError } from '../../core/errors.ts';
import { accessReviewsIn, type ReviewItemState, type ReviewState } from '../../core/identity/access-reviews.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import { withoutHeld } from '../../core/identity/held-facts.ts';
import { identityAt, isEmployed, type Timeline } from '../../core/identity/timeline.ts';
import { type Approvers, approversOf, type People } from '../../core/requests/approvers.ts';
import { reviewEventId } from '../../core/reviews/mover-reviews.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { loadSuperiors } from '../shared/load-superiors.ts';

/** Longer than any that was given out. */
const MAXIMUM_ID = 100;

export interface LoadedReview {
  readonly review: ReviewState;
  readonly moved: { readonly factId: string; readonly atMs: number };
}

/** Where the review is recorded. Throws NotFoundError. */
export async function identityOfReview({ facts }: Pick<ApiDependencies, 'facts'>, reviewId: string): Promise<string> {
  const isId = reviewId !== '' && reviewId.length <= MAXIMUM_ID;
  const accepted = isId ? await facts.findAcceptedEvent(OWN_SOURCE, reviewEventId(reviewId)) : undefined;
  if (accepted === undefined) throw new NotFoundError('There is no such review.');
  return accepted.identityId;
}

/** Throws NotFoundError: of a move that was taken back there is none. */
export async function requireReview(
  dependencies: Pick<ApiDependencies, 'facts' | 'directory' | 'clock'>,
  reviewId: string,
): Promise<LoadedReview & { readonly loaded: LoadedIdentity }> {
  const loaded = await findWhereItCounts(dependencies, await identityOfReview(dependencies, reviewId));
  if (loaded === undefined) throw new NotFoundError('There is no such review.');
  return { ...reviewIn(loaded, reviewId), loaded };
}

/** Throws NotFoundError. */
export function reviewIn({ timeline }: LoadedIdentity, reviewId: string): LoadedReview {
  const found = reviewsOf(timeline).find(({ review }) => review.opened.reviewId === reviewId);
  if (found === undefined) throw new NotFoundError('There is no such review.');
  return found;
}

/** In the order in which they were opened. */
export function reviewsOf({ facts, rescinded, changes }: Timeline): readonly LoadedReview[] {
  const standing = withoutHeld(facts).filter(({ factId }) => !rescinded.has(factId));
  return accessReviewsIn(standing).flatMap((review): LoadedReview[] => {
    const { cause } = review.opened;
    const atMs = changes.find(({ factId }) => factId === cause)?.atMs;
    return cause === undefined || atMs === undefined ? [] : [{ review, moved: { factId: cause, atMs } }];
  });
}

export function isOpen({ answer }: ReviewItemState, { opened }: ReviewState, nowMs: number): boolean {
  return answer === undefined && nowMs < opened.dueMs;
}

/** Who can answer what, and who never may. */
export interface Answerers extends Pick<People, 'involved'> {
  /** Of what is handed over. */
  readonly ofHandover: Approvers;
  /** Of all else. */
  readonly ofOthers: Approvers;
}

const NOBODY: Approvers = { people: [], security: false };

/** Whoever is above the identity now; of what is handed over whoever was above it before the move as well. */
export async function answerersOf(
  dependencies: Pick<ApiDependencies, 'directory' | 'clock'>,
  { record, timeline }: LoadedIdentity,
  { moved }: LoadedReview,
): Promise<Answerers> {
  const { identityId, summary } = record.header;
  const before = identityAt(timeline, moved.atMs - 1);
  const { owner, manager } = isEmployed(before) ? before.attributes : {};
  const [superiors, former] = await Promise.all([
    loadSuperiors(dependencies, summary.ownerId ?? summary.managerId),
    loadSuperiors(dependencies, owner ?? manager ?? undefined),
  ]);
  const people = { owners: [], entitlementOwners: [], involved: new Set([identityId]) };
  const stage = { anyOf: ['manager'], quorum: 1, fallback: [] } as const;
  const ofOthers = approversOf({ ...stage, fallback: ['security'] }, { ...people, superiors }) ?? NOBODY;
  const ofFormer = approversOf(stage, { ...people, superiors: former }) ?? NOBODY;
  const ofHandover = { ...ofOthers, people: [...new Set([...ofOthers.people, ...ofFormer.people])] };
  return { ofHandover, ofOthers, involved: people.involved };
}

/** @param answerers of the review */
export function answerersOfItem(
  { facts }: Pick<ReviewItemState, 'facts'>,
  { ofHandover, ofOthers }: Answerers,
  { facts: known }: Timeline,
): Approvers {
  const isGrant = (one: string) => known.some(({ factId, type }) => factId === one && type === 'access-granted');
  return facts.some((one) => !isGrant(one)) ? ofHandover : ofOthers;
}
