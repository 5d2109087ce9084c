// The management chain above an identity, as the stores know it now.
import { type Superior, superiorsFrom } from '../../core/identity/management-chain.ts';
import { buildTimeline, identityAt, isEmployed } from '../../core/identity/timeline.ts';
import type { Dependencies } from './dependencies.ts';

export type ChainDependencies = Pick<Dependencies, 'identities' | 'clock'>;

/** Nearest first, departed ones included. */
export function loadSuperiors(
  { identities, clock }: ChainDependencies,
  nearest: string | undefined,
): Promise<readonly Superior[]> {
  return superiorsFrom(nearest, async (identityId) => {
    const record = await identities.load(identityId);
    if (record === undefined) return undefined;
    const { ownerId, managerId } = record.header.summary;
    const timeline = buildTimeline(record.facts);
    const employed = isEmployed(identityAt(timeline, clock()));
    return { identityId, employed, above: timeline.mergedInto ?? ownerId ?? managerId };
  });
}
