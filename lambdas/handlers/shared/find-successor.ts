// Who takes over from an owner who does not answer any more: the identity it was merged into, the successor HR named, else
// the nearest above it: a person, and at work. Of a merged one HR names the successor, and who is above, where its facts count.
import { mayOwn, mayTakeOver, nextAbove, successorNamed } from '../../core/identity/ownership.ts';
import type { IdentityState, Timeline } from '../../core/identity/timeline.ts';
import { findWhereItCounts, type LoadedIdentity } from './load-identity.ts';
import { type ChainDependencies, loadSuperiors } from './load-superiors.ts';

/** An identity's id; undefined when nobody is left to take over. */
export async function findSuccessor(
  dependencies: ChainDependencies,
  timeline: Timeline,
  state: IdentityState,
): Promise<string | undefined> {
  const survivor = await find(dependencies, timeline.mergedInto);
  // The same person, who may be on leave; also where nothing but the other id was ever heard to join.
  if (survivor !== undefined && mayOwn(survivor.state)) return survivor.record.header.identityId;
  return await findHeir(dependencies, survivor ?? { timeline, state });
}

async function findHeir(
  dependencies: ChainDependencies,
  { timeline, state }: Pick<LoadedIdentity, 'timeline' | 'state'>,
): Promise<string | undefined> {
  if (state.status === 'unknown') return undefined;
  const named = await find(dependencies, successorNamed(timeline.facts, state));
  if (named !== undefined && mayTakeOver(named.state)) return named.record.header.identityId;
  return (await loadSuperiors(dependencies, nextAbove(state))).find(({ takesOver }) => takesOver)?.identityId;
}

function find(dependencies: ChainDependencies, identityId: string | undefined) {
  return identityId === undefined ? undefined : findWhereItCounts(dependencies, identityId);
}
