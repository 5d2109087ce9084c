// Who takes over from an owner who does not answer any more: the identity it was merged into, the successor HR named, else
// the nearest above it: a person, and at work. Of a merged one HR names the successor, and who is above, where its facts count.
import { PEOPLE_KINDS } from '../../core/identity/attributes.ts';
import { mayOwn, mayTakeOver } from '../../core/identity/ownership.ts';
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
  const named = await find(dependencies, successorIn(timeline, state));
  if (named !== undefined && mayTakeOver(named.state)) return named.record.header.identityId;
  const { kind, manager, owner } = state.attributes;
  const above = PEOPLE_KINDS.includes(kind) ? (manager ?? undefined) : owner;
  return (await loadSuperiors(dependencies, above)).find(({ takesOver }) => takesOver)?.identityId;
}

function find(dependencies: ChainDependencies, identityId: string | undefined) {
  return identityId === undefined ? undefined : findWhereItCounts(dependencies, identityId);
}

function successorIn({ facts }: Timeline, state: IdentityState): string | undefined {
  if (state.status !== 'departed' || state.departedBy.by !== 'leaver') return undefined;
  const { factId } = state.departedBy;
  const leaver = facts.find((fact) => fact.factId === factId);
  return leaver?.type === 'leaver' ? leaver.successor : undefined;
}
