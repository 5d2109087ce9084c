// Who can answer a review, as all of them are now.
import type { ReviewItemState } from '../../core/identity/access-reviews.ts';
import type { StandingReview } from '../../core/identity/standing-reviews.ts';
import { identityAt, isEmployed, type Timeline } from '../../core/identity/timeline.ts';
import { type Approvers, approversOf, type People } from '../../core/requests/approvers.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import type { LoadedIdentity } from './load-identity.ts';
import { loadSuperiors } from './load-superiors.ts';

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
  { moved }: StandingReview,
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
