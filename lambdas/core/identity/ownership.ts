// Who answers for an identity that is not a person: a person, employed. One on leave keeps what they own and takes nothing
// over. Whatever made an owner go, what they owned is handed over, and comes back when it turns out that they never went.
import { LIMITED_KINDS, OWNED_KINDS, PEOPLE_KINDS } from './attributes.ts';
import type { Fact, HandedOverFact } from './facts.ts';
import { standingMerge } from './merged-identities.ts';
import {
  departureIdOf,
  type EmployedState,
  type IdentityState,
  type IdentityStatus,
  identityAt,
  isEmployed,
  type Timeline,
} from './timeline.ts';

/** Undefined: it needs none. */
export function ownerNeededBy(state: IdentityState): string | undefined {
  return isEmployed(state) && needsOwner(state.attributes.kind) ? state.attributes.owner : undefined;
}

/** People may name an owner, a sponsor say: their access does not rest on it. */
export function needsOwner(kind: string | undefined): boolean {
  return OWNED_KINDS.some((owned) => owned === kind);
}

/** So many of its newest owners are asked about what it may hold; who had it before does not matter any more. */
const MAXIMUM_OWNERS = 5;

/** Ids of owners, past and to come, whose own access may limit what it holds. Empty of whatever is limited by nobody. */
export function ownersThatLimit({ changes }: Timeline): readonly string[] {
  const owners = new Set<string>();
  for (const { state } of changes) {
    if (!isLimited(state) || state.attributes.owner === undefined) continue;
    owners.delete(state.attributes.owner);
    owners.add(state.attributes.owner);
  }
  return [...owners].slice(-MAXIMUM_OWNERS);
}

/** Whether its owner's access may limit what it holds. */
export function isLimited(state: IdentityState): state is EmployedState {
  return isEmployed(state) && LIMITED_KINDS.includes(state.attributes.kind);
}

/** Whether it can be somebody's owner now. */
export function mayOwn(state: IdentityState): state is EmployedState {
  return isEmployed(state) && PEOPLE_KINDS.includes(state.attributes.kind);
}

/** Whether it can become somebody's owner now. */
export function mayTakeOver(state: IdentityState): boolean {
  return mayOwn(state) && state.status === 'active';
}

/** Whom HR named to take over, with the leaver that ended the employment. */
export function successorNamed(facts: readonly Fact[], state: IdentityState): string | undefined {
  if (state.status !== 'departed' || state.departedBy.by !== 'leaver') return undefined;
  const { factId } = state.departedBy;
  const leaver = facts.find((fact) => fact.factId === factId);
  return leaver?.type === 'leaver' ? leaver.successor : undefined;
}

/** From whom on somebody above is looked for: the manager, or the owner of what is no person. Undefined: nobody is. */
export function nextAbove(state: IdentityState): string | undefined {
  if (state.status === 'unknown') return undefined;
  const { kind, manager, owner } = state.attributes;
  return PEOPLE_KINDS.includes(kind) ? (manager ?? undefined) : owner;
}

/** Why the owner does not answer any more, as a handover names it: a departure, or that there never was such a person. */
export function absenceIdOf(ownerId: string, state: IdentityState): string {
  return state.status === 'departed' ? departureIdOf(state) : absentAs(ownerId);
}

function absentAs(ownerId: string): string {
  return `absence:${ownerId}`;
}

/** What a handover has dealt with: it has gone, or nobody can take it over and it is suspended. */
export function isDealtWith(status: IdentityStatus, newOwner: string | undefined): boolean {
  return status === 'departed' || (status === 'suspended' && newOwner === undefined);
}

/** Those whose absence has gone from the timeline: the leaver was rescinded or moved to another time, or the owner came. */
export function undoneHandovers(timeline: Timeline, nowMs: number): readonly HandedOverFact[] {
  if (!mayOwn(identityAt(timeline, nowMs))) return [];
  return handoversBut(departuresIn(timeline, nowMs), timeline.facts);
}

/**
 * A rehire undoes nothing. An owner stated since stands, since the facts that are taken back came before it. Whose contract
 * went on in the very instant in which it ran out was never gone.
 */
export function departuresIn({ changes }: Timeline, nowMs: number): ReadonlySet<string> {
  return new Set(
    changes.flatMap(({ atMs, state }, index) => {
      if (state.status !== 'departed' || atMs > nowMs) return [];
      const next = changes[index + 1];
      return next?.atMs === atMs && isEmployed(next.state) ? [] : departureIdOf(state);
    }),
  );
}

function handoversBut(departures: ReadonlySet<string>, facts: readonly Fact[]): readonly HandedOverFact[] {
  return facts.filter((fact): fact is HandedOverFact => fact.type === 'handed-over' && !departures.has(fact.departure));
}

/**
 * Of an id that was merged into somebody who answers for what it owned: what others got while there was no such person, by
 * a departure that was taken back or moved, there or here, or because of the merge itself. What it had left before stays
 * handed over, as after a rehire.
 */
export function undoneByMerge(
  duplicate: Timeline,
  survivor: { readonly identityId: string; readonly timeline: Timeline },
  nowMs: number,
): readonly HandedOverFact[] {
  const mergeId = standingMerge(duplicate.facts)?.factId;
  const departures = [...departuresIn(duplicate, nowMs)].filter(
    (departure) => departure !== mergeId && !survivor.timeline.rescinded.has(departure),
  );
  return handoversBut(new Set(departures), duplicate.facts).filter(
    ({ successor }) => successor !== survivor.identityId,
  );
}
