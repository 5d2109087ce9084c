// Somebody as an export tells of them: as much of a state as another model, or what HR may say, is compared by.
import type { GrantedException } from '../identity/duty-exceptions.ts';
import type { Move } from '../identity/moves.ts';
import type { EmployedState } from '../identity/timeline.ts';
import { toIso } from '../moment.ts';

export interface Person {
  readonly identityId: string;
  readonly status: EmployedState['status'];
  readonly attributes: EmployedState['attributes'];
  /** `application:entitlement`, each of what it holds for a time. @default nothing */
  readonly granted?: readonly string[] | undefined;
  /** HR or its owner has said what it is for. */
  readonly purposeKnown?: true | undefined;
  /** Exceptions from the segregation of duties that people decided on and that are in force. @default none */
  readonly exceptions?: readonly ToldException[] | undefined;
  /** `application:entitlement`, each of what a review took away that profiles give. @default nothing */
  readonly taken?: readonly string[] | undefined;
  /** What it was before, as long as that may be handed over. @default nothing else */
  readonly moves?: readonly ToldMove[] | undefined;
}

export interface ToldException {
  readonly rule: string;
  /** RFC 3339. */
  readonly until: string;
}

export interface ToldMove {
  /** As they were until then. */
  readonly attributes: EmployedState['attributes'];
  /** RFC 3339. */
  readonly at: string;
  /** The fact that brought it. */
  readonly by: string;
  /** What is not handed over, from when to when, as a review said. @default all of it lasts as the model says */
  readonly ends?:
    | readonly { readonly entitlement: string; readonly from: string; readonly until?: string | undefined }[]
    | undefined;
}

const EXPORT = 'export';

export function personOf(identityId: string, state: EmployedState): Person {
  const { status, attributes, grants, purposeSaid, exceptions, taken, moves } = state;
  const granted = grants && [...new Set(grants.map(({ entitlement }) => entitlement))].sort();
  const gone = (taken ?? []).flatMap(({ birthright, entitlement }) => (birthright ? entitlement : []));
  return {
    identityId,
    status,
    attributes,
    ...(granted && { granted }),
    ...((purposeSaid || attributes.purpose !== undefined) && { purposeKnown: true }),
    ...(exceptions && { exceptions: exceptions.map(({ rule, untilMs }) => ({ rule, until: toIso(untilMs) })) }),
    ...(gone.length > 0 && { taken: [...new Set(gone)].sort() }),
    ...(moves && { moves: moves.each.map(toldMove) }),
  };
}

function toldMove({ before, atMs, factId, ends }: Move<EmployedState>): ToldMove {
  const ended = ends.map(({ entitlement, fromMs, untilMs }) => {
    return { entitlement, from: toIso(fromMs), ...(untilMs !== undefined && { until: toIso(untilMs) }) };
  });
  return { attributes: before.attributes, at: toIso(atMs), by: factId, ...(ended.length > 0 && { ends: ended }) };
}

/** @param nowMs by which exceptions and handovers count */
export function stateOf(person: Person, nowMs: number): EmployedState {
  const { status, attributes, granted = [], purposeKnown } = person;
  const exceptions = exceptionsOf(person, nowMs);
  const each = movesOf(person);
  const told = { factId: EXPORT, basis: 'request', requestId: EXPORT, sinceMs: 0, untilMs: undefined } as const;
  return {
    ...{ status, attributes, joinedMs: 0, joinedBy: EXPORT },
    ...(granted.length > 0 && { grants: granted.map((entitlement) => ({ ...told, entitlement })) }),
    ...(purposeKnown && { purposeSaid: purposeKnown }),
    ...(exceptions.length > 0 && { exceptions }),
    ...takenFrom(person),
    ...(each.length > 0 && { moves: { seenMs: nowMs, each } }),
  };
}

/** What a review took away of whatever gives it. */
export function takenFrom({ taken = [] }: Person): Pick<EmployedState, 'taken'> {
  if (taken.length === 0) return {};
  return { taken: taken.map((entitlement) => ({ entitlement, birthright: true, factId: EXPORT, sinceMs: 0 })) };
}

/** Who answers for it, and why, no export tells. */
function exceptionsOf({ exceptions = [] }: Person, nowMs: number): readonly GrantedException[] {
  return exceptions
    .map(({ rule, until }) => ({ factId: EXPORT, rule, owner: '', reason: '', untilMs: Date.parse(until) }))
    .filter(({ untilMs }) => nowMs < untilMs);
}

/** What it was for a time before a move, or by an exception, is not told: its profiles are what is handed over. */
export function movesOf({ moves = [] }: Person): readonly Move<EmployedState>[] {
  return moves.map(({ attributes, at, by, ends = [] }) => {
    const before = { status: 'active', attributes, joinedMs: 0, joinedBy: EXPORT } as const;
    const atMs = Date.parse(at);
    const ended = ends.map(({ entitlement, from, until }) => {
      return { entitlement, fromMs: Date.parse(from), untilMs: until === undefined ? undefined : Date.parse(until) };
    });
    return { before, factId: by, atMs, ends: ended };
  });
}
