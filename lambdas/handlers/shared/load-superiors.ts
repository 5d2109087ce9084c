// The management chain above an identity, as the stores know it now.
import { type Superior, superiorsFrom } from '../../core/identity/management-chain.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { findIdentity, type LoadingDependencies } from './load-identity.ts';

export type ChainDependencies = LoadingDependencies;

/** Nearest first, departed ones included. */
export function loadSuperiors(
  dependencies: ChainDependencies,
  nearest: string | undefined,
): Promise<readonly Superior[]> {
  return superiorsFrom(nearest, async (identityId) => {
    const loaded = await findIdentity(dependencies, identityId);
    if (loaded === undefined) return undefined;
    const { record, timeline, state } = loaded;
    const { ownerId, managerId } = record.header.summary;
    const above = timeline.mergedInto ?? ownerId ?? managerId;
    return { identityId, employed: isEmployed(state), takesOver: mayTakeOver(state), above };
  });
}
