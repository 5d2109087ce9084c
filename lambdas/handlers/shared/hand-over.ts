// What somebody who left owns goes to the successor, else up the management chain; without either it is suspended, since
// a service account or agent that nobody answers for has no reason to have access.
import { sha256Hex } from '../../core/canonical-json.ts';
import { type Fact, type HandedOverFact, ownFactBase } from '../../core/identity/facts.ts';
import { departureIdOf, type IdentityStatus } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { type AppendDependencies, appendFact } from './append-fact.ts';
import { findSuccessor } from './find-successor.ts';
import { findIdentity } from './load-identity.ts';

const ACTOR = { type: 'tenure', id: 'handover' } as const;

export interface Owned {
  readonly identityId: string;
  readonly status: IdentityStatus;
}

/** Hands over what has not been dealt with yet; nothing while the owner is employed. @returns how many */
export async function handOver(
  dependencies: AppendDependencies,
  ownerId: string,
  { listed, trigger }: { readonly listed: readonly Owned[]; readonly trigger: string },
): Promise<number> {
  const owner = await findIdentity(dependencies, ownerId);
  if (owner?.state.status !== 'departed') return 0;
  const { timeline, nowMs, state } = owner;
  const newOwner = await findSuccessor(dependencies, timeline, state);
  // What nobody can take over and is suspended already has been dealt with.
  const settled: readonly IdentityStatus[] = newOwner === undefined ? ['departed', 'suspended'] : ['departed'];
  const owned = listed.filter(({ status }) => !settled.includes(status));
  if (owned.length === 0) return 0;
  const told = { departure: departureIdOf(state), trigger, nowMs };
  const facts = owned.map(({ identityId }) => handoverFact(identityId, newOwner, told));
  // First what is about to be handed over: should the departure be rescinded meanwhile, it is taken back all the same.
  for (const fact of [handedOverFact(ownerId, facts, told), ...facts]) {
    await appendFact(dependencies, fact, { payloadHash: sha256Hex(fact.factId), actor: ACTOR });
  }
  return facts.length;
}

interface Told {
  readonly departure: string;
  readonly trigger: string;
  readonly nowMs: number;
}

function handoverFact(ownedId: string, newOwner: string | undefined, told: Told): Fact {
  const base = {
    ...ownFactBase(ownedId, `${told.trigger}/owned/${ownedId}`, told.nowMs),
    cause: told.departure,
    effectiveAt: toIso(told.nowMs),
  };
  if (newOwner === undefined) return { ...base, type: 'suspension', reason: 'its owner left and nobody took over' };
  return { ...base, type: 'mover', attributes: { owner: newOwner } };
}

function handedOverFact(identityId: string, facts: readonly Fact[], told: Told): HandedOverFact {
  const owned = facts.map((fact) => ({ identityId: fact.identityId, factId: fact.factId }));
  const which = sha256Hex(owned.map(({ factId }) => factId).join('\n')).slice(0, 16);
  const base = ownFactBase(identityId, `${told.trigger}/handed-over/${which}`, told.nowMs);
  return { ...base, type: 'handed-over', departure: told.departure, owned };
}
