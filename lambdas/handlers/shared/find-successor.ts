// Who takes over from somebody who left: the successor HR named, the identity it was merged into, else the nearest
// manager who is still there.
import { effectiveManager } from '../../core/identity/management-chain.ts';
import type { IdentityState, Timeline } from '../../core/identity/timeline.ts';
import { type ChainDependencies, loadSuperiors } from './load-superiors.ts';

export type Departed = IdentityState & { readonly status: 'departed' };

/** An identity's id; undefined when nobody is left to take over. */
export async function findSuccessor(
  dependencies: ChainDependencies,
  timeline: Timeline,
  { departedBy, attributes }: Departed,
): Promise<string | undefined> {
  const leaver =
    departedBy.by === 'leaver' ? timeline.facts.find(({ factId }) => factId === departedBy.factId) : undefined;
  const successor = leaver?.type === 'leaver' ? leaver.successor : undefined;
  const [named] = await loadSuperiors(dependencies, timeline.mergedInto ?? successor);
  if (named?.employed) return named.identityId;
  return effectiveManager(await loadSuperiors(dependencies, attributes.manager ?? undefined));
}
