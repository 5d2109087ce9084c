// A person's own delegations, as they make, see and end them.
import type { DelegationAnswer } from '../../api/delegations.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { delegationsIn } from '../../core/identity/delegations.ts';
import { type DecisionsDelegatedFact, ownFactBase } from '../../core/identity/facts.ts';
import { toIso } from '../../core/moment.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import type { RequestDependencies } from './load-request.ts';

export type Delegated = Pick<DecisionsDelegatedFact, 'delegationId' | 'to' | 'startsMs' | 'endsMs'>;

export function presentDelegation({ delegationId, to, startsMs, endsMs }: Delegated): DelegationAnswer {
  return { delegationId, to, startsAt: toIso(startsMs), endsAt: toIso(endsMs) };
}

export function presentDelegations({ timeline, nowMs }: LoadedIdentity): DelegationAnswer[] {
  return delegationsIn(timeline.facts, nowMs).map(presentDelegation);
}

/**
 * Records what `judge` answers, on what is known of the person then; undefined: it was said before.
 *
 * @returns the person as they are then
 */
export function recordDelegation(
  dependencies: RequestDependencies,
  {
    operator,
    person,
    says,
  }: { readonly operator: Operator; readonly person: string; readonly says: 'begins' | 'ends' },
  judge: (loaded: LoadedIdentity) => Delegated | undefined,
): Promise<LoadedIdentity> {
  return recordOnVersion(dependencies, person, async (loaded) => {
    const delegated = judge(loaded);
    if (delegated === undefined) return [];
    const eventId = `delegated/${delegated.delegationId}/${says}`;
    const base = ownFactBase(loaded.record.header.identityId, eventId, loaded.nowMs);
    const fact: DecisionsDelegatedFact = { ...base, type: 'decisions-delegated', ...delegated };
    const actor = { type: 'operator', id: operator.id } as const;
    return [{ fact, payloadHash: sha256Hex(canonicalJson(delegated)), actor }];
  });
}
