// What becomes of what an owner leaves, before any of it happens: as handlers/shared/hand-over.ts does once it does, with all
// states at hand.
import type { Case } from '../access/model-plan.ts';
import type { Fact } from '../identity/facts.ts';
import { MAXIMUM_CHAIN } from '../identity/management-chain.ts';
import { mayOwn, mayTakeOver, needsOwner, nextAbove, successorNamed } from '../identity/ownership.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/** Somebody's state once all has happened; undefined: nothing is known of them. */
export type StateAfter = (identityId: string) => IdentityState | undefined;

/** Each with whom it is handed over to, or suspended where nobody takes it over. @param facts what is said, leavers among it */
export function* followOwnership(cases: readonly Case[], others: StateAfter, facts: readonly Fact[]): Generator<Case> {
  const known = new Map(cases.map((one) => [one.identityId, one]));
  const after: StateAfter = (identityId) => known.get(identityId)?.after ?? others(identityId);
  const successors = new Map<string, string | undefined>();
  const successorOf = (ownerId: string) => {
    if (!successors.has(ownerId)) successors.set(ownerId, findSuccessor(ownerId, after, facts));
    return successors.get(ownerId);
  };
  for (const one of cases) yield withOwnerThen(one, { known, after, successorOf });
}

interface Owners {
  readonly known: ReadonlyMap<string, Case>;
  readonly after: StateAfter;
  readonly successorOf: (ownerId: string) => string | undefined;
}

function withOwnerThen(one: Case, { known, after, successorOf }: Owners): Case {
  const state = one.after;
  const ownerId = isEmployed(state) ? state.attributes.owner : undefined;
  const owner = ownerId === undefined ? undefined : after(ownerId);
  if (ownerId === undefined || owner === undefined || !isEmployed(state) || mayOwn(owner)) return one;
  // What nobody answered for before was dealt with before.
  const before = known.get(ownerId)?.before;
  const isNew = !isEmployed(one.before) || one.before.attributes.owner !== ownerId;
  if (!isNew && (before === undefined || !mayOwn(before))) return one;
  const successor = successorOf(ownerId);
  if (successor !== undefined) {
    return { ...one, after: { ...state, attributes: { ...state.attributes, owner: successor } } };
  }
  return needsOwner(state.attributes.kind) ? { ...one, after: { ...state, status: 'suspended' } } : one;
}

function findSuccessor(ownerId: string, after: StateAfter, facts: readonly Fact[]): string | undefined {
  const state = after(ownerId);
  if (state === undefined) return undefined;
  const takesOver = (id: string | undefined): id is string => {
    const found = id === undefined ? undefined : after(id);
    return found !== undefined && mayTakeOver(found);
  };
  const named = successorNamed(facts, state);
  if (takesOver(named)) return named;
  const passed = new Set<string>();
  let next = nextAbove(state);
  while (next !== undefined && passed.size < MAXIMUM_CHAIN && !passed.has(next)) {
    if (takesOver(next)) return next;
    passed.add(next);
    const above = after(next);
    next =
      above === undefined || above.status === 'unknown'
        ? undefined
        : (above.attributes.owner ?? above.attributes.manager ?? undefined);
  }
  return undefined;
}
