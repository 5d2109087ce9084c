// Who can say of what somebody owns that they answer for it: its owner, and whom the owner delegated decisions to.
import { delegateAt } from '../../core/identity/delegations.ts';
import { mayOwn } from '../../core/identity/ownership.ts';
import { findWhereItCounts, type LoadingDependencies } from './load-identity.ts';
import { personOf } from './require-uninvolved.ts';

/** The owner first; empty: there is no such owner. */
export async function whoAnswers(
  dependencies: LoadingDependencies & Parameters<typeof personOf>[0],
  ownerId: string,
): Promise<readonly string[]> {
  const owner = await findWhereItCounts(dependencies, ownerId);
  if (owner === undefined) return [];
  const { record, state, timeline, nowMs } = owner;
  const delegate = mayOwn(state) ? delegateAt(timeline.facts, nowMs, state.joinedMs) : undefined;
  const standIns = delegate === undefined ? [] : [await personOf(dependencies, delegate)];
  return [...new Set([record.header.identityId, ...standIns])];
}
