// Finds what an HR source says of those of whom it may not speak (core/hr/source-reach.ts), before any of it is recorded.
import type { Fault } from '../../core/errors.ts';
import { faultsBeyondReach } from '../../core/hr/source-reach.ts';
import { type HrSourceReach, reachOf } from '../../core/identity/authority.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../core/identity/source-precedence.ts';
import type { IdentityState } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { AppendDependencies } from '../shared/append-fact.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';

const CONCURRENT_IDENTITIES = 10;
const UNKNOWN: IdentityState = { status: 'unknown' };

/** Fact id → what is wrong with it. What was accepted before stays so, whatever the settings say by now. */
export async function findBeyondReach(
  dependencies: AppendDependencies & { readonly precedence: HrSourcePrecedence },
  source: string,
  facts: readonly Fact[],
): Promise<ReadonlyMap<string, readonly Fault[]>> {
  const reach = reachOf(source, dependencies.precedence);
  if (reach === undefined) return new Map();
  const identityIds = [...new Set(facts.map(({ identityId }) => identityId))];
  const found = await mapBounded(identityIds, CONCURRENT_IDENTITIES, async (identityId) => {
    const known = await findKnown(dependencies, reach, identityId);
    const faulty: [string, readonly Fault[]][] = [];
    for (const fact of facts.filter((one) => one.identityId === identityId)) {
      const faults = faultsBeyondReach(fact, reach, known);
      if (faults.length === 0) continue;
      const accepted = await dependencies.facts.findAcceptedEvent(source, fact.sourceEventId);
      if (accepted === undefined) faulty.push([fact.factId, faults]);
    }
    return faulty;
  });
  return new Map(found.flat());
}

async function findKnown(
  dependencies: AppendDependencies,
  { kinds }: HrSourceReach,
  identityId: string,
): Promise<IdentityState> {
  if (kinds === undefined) return UNKNOWN;
  return (await findWhereItCounts(dependencies, identityId))?.state ?? UNKNOWN;
}
