// Who takes over from an owner who does not answer any more: the successor HR named, the identity it was merged into, else
// the nearest above it: a person, and at work.
import { mayOwn, mayTakeOver, nextAbove, successorNamed } from '../../core/identity/ownership.ts';
import type { IdentityState, Timeline } from '../../core/identity/timeline.ts';
import { findWhereItCounts } from './load-identity.ts';
import { type ChainDependencies, loadSuperiors } from './load-superiors.ts';

/** An identity's id; undefined when nobody is left to take over. */
export async function findSuccessor(
  dependencies: ChainDependencies,
  timeline: Timeline,
  state: IdentityState,
): Promise<string | undefined> {
  const merged = await find(dependencies, timeline.mergedInto);
  // The same person, who may be on leave; also where nothing but the other id was ever heard to join.
  if (merged !== undefined && mayOwn(merged.state)) return merged.record.header.identityId;
  if (state.status === 'unknown') return undefined;
  const named = await find(dependencies, successorNamed(timeline.facts, state));
  if (named !== undefined && mayTakeOver(named.state)) return named.record.header.identityId;
  return (await loadSuperiors(dependencies, nextAbove(state))).find(({ takesOver }) => takesOver)?.identityId;
}

function find(dependencies: ChainDependencies, identityId: string | undefined) {
  return identityId === undefined ? undefined : findWhereItCounts(dependencies, identityId);
}
