// What the facts about one identity add up to: its states, past and to come. A pure function of the *set* of facts,
// so any order of arrival, any duplicate and any delay give the same states, and therefore the same access.

import { DEFAULT_TIME_ZONE, isDateTime, resolveMoment, toIso } from '../moment.ts';
import { type ReviewEnd, reviewEndsIn } from './access-reviews.ts';
import { type Answering, answeringIn, lapsesIn, purposesIn } from './answering.ts';
import {
  type AttributeName,
  type Attributes,
  type IdentityKind,
  isKept,
  LIMITED_KINDS,
  OWNED_KINDS,
  type SaidAttributes,
  TEMPORARY_KINDS,
} from './attributes.ts';
import { applyAuthority, authorityOf, hasAuthority, type Weighed, type Weights } from './authority.ts';
import { dutyExceptionsIn, type GrantedException } from './duty-exceptions.ts';
import { emergencySuspensionsIn, standingSuspensions } from './emergency-suspensions.ts';
import {
  type AccessSuspendedFact,
  compareRecorded,
  type EffectiveFact,
  type Fact,
  isEffective,
  type JoinerFact,
  type MoverFact,
} from './facts.ts';
import { withoutHeld } from './held-facts.ts';
import { KeptOut } from './kept-out.ts';
import {
  aboutWhom,
  type Duplicates,
  duplicatesAmong,
  isAboutDuplicate,
  isFromBeforeMerge,
  isSaidOfPerson,
  mergedInto,
  withAbsorbed,
} from './merged-identities.ts';
import { type Change, type Move, type Moves, movesAfter, remembered } from './moves.ts';
import { type Taken, takenIn } from './taken-entitlements.ts';
import { type TimedGrant, timedGrantsIn } from './timed-grants.ts';

/** An identity at one instant. Only the employed carry current attributes; a departed one keeps its last. */
export type IdentityState =
  | { readonly status: 'unknown' }
  | { readonly status: 'pending'; readonly joinsMs: number; readonly attributes: IdentityAttributes }
  | EmployedState
  | {
      readonly status: 'departed';
      readonly departedMs: number;
      readonly departedBy: Departure;
      /** When Tenure was told of what ended it, or later: a departure may be dated back (epoch ms). */
      readonly knownMs: number;
      readonly attributes: IdentityAttributes;
    };

export interface EmployedState {
  readonly status: 'active' | 'suspended';
  /** When this employment began, and the fact that began it. */
  readonly joinedMs: number;
  readonly joinedBy: string;
  readonly attributes: IdentityAttributes;
  /** What it holds for a time beside what its attributes give. Absent: nothing. */
  readonly grants?: readonly TimedGrant[] | undefined;
  /** Exceptions from the segregation of duties that people decided on and that are in force. Absent: none. */
  readonly exceptions?: readonly GrantedException[] | undefined;
  /** Its owner has said what it is for. Absent: not in this employment, or it is a person. */
  readonly purposeSaid?: true | undefined;
  /** What a review took away of what is given to it otherwise. Absent: nothing. */
  readonly taken?: readonly Taken[] | undefined;
  /** Its owner at the same instant, where what it may hold depends on that (owners.ts). Absent: nobody has looked. */
  readonly ownedBy?: OwnerThen | undefined;
  /** What it was before, in this employment, in the order in which that changed. Absent: nothing else, or too long ago. */
  readonly moves?: Moves<EmployedState> | undefined;
}

export interface OwnerThen {
  readonly identityId: string;
  readonly state: IdentityState;
}

export type IdentityStatus = IdentityState['status'];
/** What was taken away is absent, as if nobody had ever said it; of a manager and an end date null says that there is none. */
export type IdentityAttributes = Partial<Attributes> & Pick<Attributes, 'kind'>;

/** Why an employment ended: a leaver or a merge into another identity, or the end date the identity itself carried. */
export type Departure = { readonly by: 'leaver' | 'merge'; readonly factId: string } | { readonly by: 'end-date' };

export interface Timeline {
  /** Every fact, rescinded and held ones and those of absorbed identities included, in recorded order. */
  readonly facts: readonly Fact[];
  /** The identity at which this one's facts count since the two were merged. */
  readonly mergedInto: string | undefined;
  /** Facts that a later one took back, each with the fact that did. */
  readonly rescinded: ReadonlyMap<string, string>;
  /** Joiners and returns without effect: their source has less authority than what ended or suspended the employment. */
  readonly outweighed: ReadonlySet<string>;
  /** Those in an emergency that nobody has resumed, in recorded order. */
  readonly suspensions: readonly AccessSuspendedFact[];
  /** Of its facts those that count: said of it, not held and not taken back. */
  readonly standing: readonly Fact[];
  /** Each state with the instant it begins, ascending. */
  readonly changes: readonly StateChange[];
  /** By the id it names them by, the timelines of its owners. Absent: nobody has looked. */
  readonly owners?: Owners | undefined;
}

type Owners = ReadonlyMap<string, OwnerTimeline>;

export interface OwnerTimeline {
  /** At which all about them counts. */
  readonly identityId: string;
  readonly timeline: Timeline;
}

export interface StateChange {
  readonly atMs: number;
  readonly state: IdentityState;
  /** The fact that brought it; none when an end date was reached. */
  readonly factId: string | undefined;
}

interface Placed {
  readonly atMs: number;
  readonly fact: EffectiveFact;
}

const UNKNOWN: IdentityState = { status: 'unknown' };

/** By the very facts: one delivery, or one call, asks several times about what it has read once. */
const timelines = new WeakMap<Iterable<Fact>, Timeline>();

/** @param facts are not changed afterwards */
export function buildTimeline(facts: Iterable<Fact>): Timeline {
  const known = timelines.get(facts);
  if (known !== undefined) return known;
  const timeline = addUp(facts);
  timelines.set(facts, timeline);
  return timeline;
}

function addUp(facts: Iterable<Fact>): Timeline {
  const ordered = [...withAbsorbed(facts)].sort(compareRecorded);
  const duplicates = duplicatesAmong(ordered);
  const counting = withoutHeld(ordered.filter((fact) => isSaidOfPerson(fact, duplicates)));
  const rescinded = findRescinded(counting);
  const standing = counting.filter(({ factId }) => !rescinded.has(factId));
  const folded = foldStates(placeInTime(standing.filter(isEffective), duplicates), duplicates);
  const { outweighed } = folded;
  const letIn = withKeptOut(folded.changes, emergencySuspensionsIn(standing), () => true);
  const kept = withKeptOut(letIn, unansweredIn(folded.changes, standing), ({ attributes: { kind } }) =>
    OWNED_KINDS.includes(kind),
  );
  const holding = withGiven(kept, 'grants', timedGrantsIn(standing));
  const said = withGiven(holding, 'purposeSaid', purposesIn(standing));
  const left = withGiven(said, 'taken', takenIn(standing));
  const changes = withMoves(withGiven(left, 'exceptions', dutyExceptionsIn(standing)), standing);
  const suspensions = standingSuspensions(standing);
  return { facts: ordered, mergedInto: mergedInto(ordered), rescinded, outweighed, suspensions, standing, changes };
}

/** The identity's state at an instant. Before its first employment, one that is to come shows as pending. */
export function identityAt(timeline: Timeline, nowMs: number): IdentityState {
  const state = latestIn(timeline.changes, nowMs)?.state ?? UNKNOWN;
  if (state.status !== 'unknown') return ownedIn(movedIn(state, nowMs), timeline.owners, nowMs);
  // The last of those at one instant: a joiner that was called off before it took effect begins nothing.
  const joining = timeline.changes.find(
    ({ atMs, state }, index) => atMs > nowMs && isEmployed(state) && timeline.changes[index + 1]?.atMs !== atMs,
  );
  if (joining === undefined || !isEmployed(joining.state)) return state;
  return { status: 'pending', joinsMs: joining.atMs, attributes: joining.state.attributes };
}

/** A loop, since this is asked of everybody: a callback takes several times as long. */
function latestIn(changes: Timeline['changes'], nowMs: number): StateChange | undefined {
  for (let index = changes.length - 1; index >= 0; index -= 1) {
    const change = changes[index];
    if (change !== undefined && change.atMs <= nowMs) return change;
  }
  return undefined;
}

function movedIn(state: IdentityState, nowMs: number): IdentityState {
  if (!isEmployed(state) || state.moves === undefined) return state;
  return { ...state, moves: remembered(state.moves.each, nowMs) };
}

function ownedIn(state: IdentityState, owners: Timeline['owners'], nowMs: number): IdentityState {
  if (owners === undefined || !isEmployed(state) || !LIMITED_KINDS.includes(state.attributes.kind)) return state;
  // What it was not let hold before a move it has nothing of to hand over.
  const each = state.moves?.each.map((move) => {
    const atMs = move.atMs - 1;
    return { ...move, before: { ...move.before, ownedBy: ownerAt(move.before, owners, atMs) } };
  });
  return {
    ...state,
    ...(state.moves && each && { moves: { ...state.moves, each } }),
    ownedBy: ownerAt(state, owners, nowMs),
  };
}

function ownerAt({ attributes: { owner: named = '' } }: EmployedState, owners: Owners, nowMs: number): OwnerThen {
  const owner = owners.get(named);
  if (owner === undefined) return { identityId: named, state: UNKNOWN };
  return { identityId: owner.identityId, state: identityAt(owner.timeline, nowMs) };
}

/** The next instant at which time alone changes the state; undefined when none is to come. */
export function nextTransitionMs(timeline: Timeline, nowMs: number): number | undefined {
  return timeline.changes.find((change) => change.atMs > nowMs)?.atMs;
}

/** The latest instant, up to now, at which the state changed; undefined when nothing has taken effect. */
export function lastTransitionMs(timeline: Timeline, nowMs: number): number | undefined {
  return timeline.changes.findLast((change) => change.atMs <= nowMs)?.atMs;
}

/** How it stands with who answers for it, in its employment at an instant. Undefined: it has none, or nobody was asked. */
export function answeringAt({ changes, standing }: Timeline, nowMs: number): Answering | undefined {
  const current = changes.findLastIndex(({ atMs }) => atMs <= nowMs);
  const begins = changes.findLastIndex(({ state }, index) => {
    return index <= current && isEmployed(state) && !isEmployed(changes[index - 1]?.state ?? UNKNOWN);
  });
  const [now, first] = [changes[current], changes[begins]];
  if (now === undefined || first === undefined || !isEmployed(now.state)) return undefined;
  const facts = standing.filter(({ recordedMs }) => recordedMs <= nowMs);
  return answeringIn(facts, { fromMs: first.atMs, untilMs: endAfter(changes, begins) });
}

export function isEmployed(state: IdentityState): state is EmployedState {
  return state.status === 'active' || state.status === 'suspended';
}

/** One departure among all of an identity: the fact that brought it, or the end date that was reached. */
export function departureIdOf(state: IdentityState & { readonly status: 'departed' }): string {
  const { departedBy, departedMs } = state;
  return departedBy.by === 'end-date' ? `end-date:${toIso(departedMs)}` : departedBy.factId;
}

/**
 * A rescind may itself be rescinded. What stands follows from who names whom, never from the order of clocks or ids:
 * a fact is taken back when a rescind names it that is not taken back itself. Each is judged once all that name it are;
 * rescinds that name each other in a circle are never judged, and take nothing back.
 */
function findRescinded(facts: readonly Fact[]): ReadonlyMap<string, string> {
  const rescinds = new Map(
    facts.flatMap((fact) => (fact.type === 'rescind' ? [[fact.factId, fact.rescinds] as const] : [])),
  );
  const unjudged = new Map<string, number>();
  for (const target of rescinds.values()) unjudged.set(target, (unjudged.get(target) ?? 0) + 1);
  const rescinded = new Map<string, string>();
  const ready = [...rescinds.keys()].filter((factId) => !unjudged.has(factId));
  for (let factId = ready.pop(); factId !== undefined; factId = ready.pop()) {
    const target = rescinds.get(factId) as string;
    if (!rescinded.has(factId) && !rescinded.has(target)) rescinded.set(target, factId);
    const left = (unjudged.get(target) ?? 0) - 1;
    unjudged.set(target, left);
    if (left === 0 && rescinds.has(target)) ready.push(target);
  }
  return rescinded;
}

/**
 * Gives each fact its instant and sorts: effective time, then recorded order. A date needs the time zone that counts
 * for the identity once the fact has taken effect, which other facts state, and not all of them count (authority.ts). So
 * the facts are folded once as if all were in one zone; the states that come of it tell the zone of each.
 */
function placeInTime(facts: readonly EffectiveFact[], duplicates: Duplicates): readonly Placed[] {
  const inOrder = (placed: readonly Placed[]) =>
    placed.toSorted((a, b) => a.atMs - b.atMs || compareRecorded(a.fact, b.fact));
  const roughly = inOrder(facts.map((fact) => ({ fact, atMs: instantOf(fact, DEFAULT_TIME_ZONE) })));
  if (!facts.some(isByDate) || facts.every((fact) => zoneOf(fact) === undefined)) return roughly;
  const zoned = zonesOf(foldStates(roughly, duplicates).changes);
  let next = 0;
  // Before anybody is employed in the zone they join in; where nobody is, as far as that tells, they were to join in.
  const joins = facts.find(({ type }) => type === 'joiner');
  const first = zoned.findLast(({ atMs }) => atMs === zoned[0]?.atMs);
  let zone = first?.timeZone ?? (joins && zoneOf(joins)) ?? DEFAULT_TIME_ZONE;
  const placed = roughly.map(({ fact, atMs }): Placed => {
    for (let change = zoned[next]; change !== undefined && change.atMs <= atMs; change = zoned[next]) {
      zone = change.timeZone;
      next += 1;
    }
    return { fact, atMs: instantOf(fact, zone) };
  });
  return inOrder(placed);
}

/**
 * From when on which time zone counts. Taken away, or never told, it leaves the default; a further employment without one
 * changes nothing.
 */
function zonesOf(changes: readonly StateChange[]): readonly { readonly atMs: number; readonly timeZone: string }[] {
  let before: IdentityState = UNKNOWN;
  return changes.flatMap(({ atMs, state }) => {
    const timeZone = 'attributes' in state ? state.attributes.timeZone : undefined;
    const isTakenAway = isEmployed(before) && isEmployed(state) && before.attributes.timeZone !== undefined;
    const isFirst = before.status === 'unknown' && isEmployed(state);
    before = state;
    if (timeZone !== undefined) return [{ atMs, timeZone }];
    return isTakenAway || isFirst ? [{ atMs, timeZone: DEFAULT_TIME_ZONE }] : [];
  });
}

function zoneOf(fact: EffectiveFact): string | undefined {
  return 'attributes' in fact ? (fact.attributes.timeZone ?? undefined) : undefined;
}

/** Whether its instant depends on a time zone. */
function isByDate(fact: EffectiveFact): boolean {
  return 'effectiveAt' in fact && fact.effectiveAt !== undefined && !isDateTime(fact.effectiveAt);
}

/** When a fact takes effect, were that the identity's time zone (epoch ms). */
export function instantOf(fact: EffectiveFact, timeZone: string): number {
  if (fact.type === 'merged') return fact.recordedMs;
  // "Now, whatever the date": now is when the source said so, and no later than when we heard it.
  if (fact.type === 'leaver' && (fact.immediate || fact.effectiveAt === undefined)) {
    return Math.min(fact.recordedMs, fact.receivedMs);
  }
  return resolveMoment(fact.effectiveAt as string, timeZone, fact.type === 'leaver' ? 'end-of-day' : 'start-of-day');
}

function foldStates(placed: readonly Placed[], duplicates: Duplicates): Pick<Timeline, 'changes' | 'outweighed'> {
  const changes: StateChange[] = [];
  const outweighed = new Set<string>();
  let state: IdentityState = UNKNOWN;
  let weights: Weights = {};
  /** Whether the identity's own record holds up the employment, or did when a contract ran out: not only a duplicate's. */
  let ownRecord = false;
  /**
   * What took effect while nobody was employed: it may concern the employment that follows. A leaver that says "now" may
   * concern any that follows, and stays.
   */
  let early: EffectiveFact[] = [];
  /** The records, of the person or of a duplicate, of which a joiner has come: a leaver ahead of the first calls it off. */
  const begun = new Set<string>();
  const mayConcernAnother = (fact: EffectiveFact) =>
    saysNow(fact) || (fact.type === 'leaver' && !begun.has(aboutWhom(fact)));
  /** A leave lasts until the return, also where the contract runs out meanwhile and is extended late. */
  let onLeave = false;
  /** The authority it takes to end that leave; whoever ends the employment meanwhile has not ended it for a rehire. */
  let toReturn = 0;
  /** The authority it takes to begin another employment. */
  let toBegin = 0;
  /** The latest at which Tenure was told anything of this employment. */
  let knownMs = 0;

  const enter = (atMs: number, next: IdentityState, factId: string | undefined) => {
    if (next === state) return;
    state = next;
    changes.push({ atMs, state, factId });
  };
  const endContractsBefore = (instantMs: number) => {
    const endsMs = isEmployed(state) ? endOf(state.attributes) : undefined;
    if (endsMs === undefined || endsMs > instantMs) return;
    const departedMs = Math.max(endsMs, changes.at(-1)?.atMs ?? endsMs);
    toBegin = weights.endSaidWith ?? 0;
    enter(departedMs, depart(state, departedMs, { by: 'end-date' }, knownMs), undefined);
    early = early.filter(mayConcernAnother);
  };
  const isOutweighed = (fact: EffectiveFact, begins: boolean) =>
    (begins && !hasAuthority(fact, Math.max(toBegin, onLeave ? toReturn : 0))) ||
    (fact.type === 'return' && onLeave && !hasAuthority(fact, toReturn));
  const take = (fact: EffectiveFact, atMs: number) => {
    const ofDuplicate = isAboutDuplicate(fact, duplicates);
    // Closing the record of a duplicate is not the end of the person, unless somebody says "now".
    if (fact.type === 'leaver' && ofDuplicate && ownRecord && !fact.immediate) return;
    const begins = !isEmployed(state) && fact.type === 'joiner';
    if (isOutweighed(fact, begins)) {
      outweighed.add(fact.factId);
      return;
    }
    outweighed.delete(fact.factId);
    knownMs = Math.max(begins ? 0 : knownMs, fact.receivedMs);
    const weighed = applyAuthority(fact, begins ? {} : weights, isFromBeforeMerge(fact, duplicates));
    if (fact.type === 'suspension') toReturn = Math.max(onLeave ? toReturn : 0, authorityOf(fact));
    if (fact.type === 'leaver') toBegin = Math.max(toBegin, authorityOf(fact));
    onLeave = fact.type === 'suspension' || (onLeave && fact.type !== 'return' && !begins);
    const next = applyFact(state, weighed, atMs, knownMs);
    enter(atMs, onLeave && next.status === 'active' ? { ...next, status: 'suspended' } : next, fact.factId);
    if (isEmployed(state)) {
      weights = weighed.weights;
      toBegin = 0;
    }
    if (fact.type === 'leaver') ownRecord = false;
    if (fact.type === 'joiner' && isEmployed(state)) ownRecord = !ofDuplicate || (ownRecord && !begins);
  };

  for (const { atMs, fact } of placed) {
    endContractsBefore(atMs);
    const wasEmployed = isEmployed(state);
    const isFirst = !begun.has(aboutWhom(fact));
    // A rehire that was called off before it took effect changes nothing of how the employment before it ended.
    if (state.status === 'departed' && early.some((said) => callsOff(said, fact, false))) continue;
    take(fact, atMs);
    if (fact.type === 'joiner' && isEmployed(state)) begun.add(aboutWhom(fact));
    // Its facts count elsewhere from here on, those yet to take effect included.
    if (fact.type === 'merged') return { changes, outweighed };
    if (wasEmployed && !isEmployed(state)) early = early.filter(mayConcernAnother);
    if (!isEmployed(state)) {
      if (!wasEmployed || mayConcernAnother(fact)) early.push(fact);
    } else if (!wasEmployed) {
      // Recorded after this joiner though effective before it: said about the employment that now begins.
      const said = early;
      early = early.filter(mayConcernAnother);
      const ofRecord = said.filter((one) => isFirst && aboutWhom(one) === aboutWhom(fact));
      const leavers = ofRecord.filter((one) => callsOff(one, fact, true));
      for (const concerning of [...said.filter((one) => isAbout(one, fact)), ...leavers]) take(concerning, atMs);
    }
  }
  endContractsBefore(Number.POSITIVE_INFINITY);
  return { changes, outweighed };
}

/** Whoever is kept out is suspended, whatever else is said: until each of the windows that keep them out is over. */
function withKeptOut(
  changes: readonly StateChange[],
  keptOut: KeptOut | undefined,
  concerns: (state: EmployedState) => boolean,
): readonly StateChange[] {
  if (keptOut === undefined) return changes;
  return changes.flatMap((change, index): StateChange[] => {
    const { state, atMs } = change;
    if (!isEmployed(state) || state.status === 'suspended' || !concerns(state)) return [change];
    const nextMs = changes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const kept: StateChange = keptOut.isKeptOut(atMs)
      ? { ...change, state: { ...state, status: 'suspended' } }
      : change;
    const turns = keptOut.turnsBetween(atMs, nextMs);
    return [
      kept,
      ...turns.map(({ atMs: turnMs, factId, keepsOut }): StateChange => {
        return { atMs: turnMs, factId, state: keepsOut ? { ...state, status: 'suspended' } : state };
      }),
    ];
  });
}

/** Where nobody has answered in time for what is no person. */
function unansweredIn(changes: readonly StateChange[], facts: readonly Fact[]): KeptOut | undefined {
  if (!facts.some(({ type }) => type === 'answer-asked' || type === 'ownership-accepted')) return undefined;
  const windows = changes.flatMap(({ atMs, state }, index) => {
    const before = changes[index - 1]?.state ?? UNKNOWN;
    if (!isEmployed(state) || isEmployed(before)) return [];
    return lapsesIn(facts, { fromMs: atMs, untilMs: endAfter(changes, index) });
  });
  return windows.length === 0 ? undefined : new KeptOut(windows);
}

/** What people decided on beside HR, from when to when each of it counts. */
interface Given<Counting> {
  /** What was decided in an employment that lasts from one instant until before another (epoch ms). */
  within(fromMs: number, untilMs: number): GivenInEmployment<Counting>;
}

/** Asked from instant to instant, never back. */
interface GivenInEmployment<Counting> {
  /** Each instant after one and before another at which any of it begins or ends, ascending, and the fact that says so. */
  turnsBetween(afterMs: number, beforeMs: number): readonly { readonly atMs: number; readonly factId: string }[];
  /** What counts at an instant; undefined: nothing. */
  at(instantMs: number, kind: IdentityKind): Counting | undefined;
}

/** Each employment with what was given in it: it changes when any of that begins or ends. */
function withGiven<Name extends 'grants' | 'exceptions' | 'purposeSaid' | 'taken'>(
  changes: readonly StateChange[],
  name: Name,
  given: Given<NonNullable<EmployedState[Name]>> | undefined,
): readonly StateChange[] {
  if (given === undefined) return changes;
  let held: GivenInEmployment<NonNullable<EmployedState[Name]>> | undefined;
  return changes.flatMap((change, index) => {
    const { atMs, state } = change;
    if (!isEmployed(state)) {
      held = undefined;
      return change;
    }
    const current = held ?? given.within(atMs, endAfter(changes, index));
    held = current;
    const nextMs = changes[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const turns = current.turnsBetween(atMs, nextMs);
    return [change, ...turns.map((turn) => ({ ...turn, state }))].map((one) => {
      const counting = current.at(one.atMs, state.attributes.kind);
      return counting === undefined ? one : { ...one, state: { ...state, [name]: counting } };
    });
  });
}

/** Each state with what it was moved from, in the same employment. */
function withMoves(changes: readonly StateChange[], facts: readonly Fact[]): readonly StateChange[] {
  const ends = new Map<string, ReviewEnd[]>();
  for (const end of reviewEndsIn(facts)) {
    const ofFact = ends.get(end.fact);
    if (ofFact === undefined) ends.set(end.fact, [end]);
    else ofFact.push(end);
  }
  const endsOf = (factId: string) => ends.get(factId) ?? [];
  let earlier: readonly Move<EmployedState>[] = [];
  let last: Change<EmployedState> | undefined;
  let lasting: Change<EmployedState> | undefined;
  return changes.map((change) => {
    const { state, atMs, factId } = change;
    if (!isEmployed(state)) {
      [earlier, last, lasting] = [[], undefined, undefined];
      return change;
    }
    if (last !== undefined && last.atMs < atMs) lasting = last;
    last = { atMs, state, factId };
    earlier = movesAfter(earlier, lasting, last, endsOf);
    const moves = remembered(earlier, atMs);
    earlier = moves?.each ?? [];
    return moves === undefined ? change : { ...change, state: { ...state, moves } };
  });
}

/** When the employment ends in which a change is (epoch ms). */
function endAfter(changes: readonly StateChange[], index: number): number {
  // From there on, not from the first: somebody may be employed again and again.
  for (let place = index + 1; place < changes.length; place += 1) {
    const change = changes[place];
    if (change !== undefined && !isEmployed(change.state)) return change.atMs;
  }
  return Number.POSITIVE_INFINITY;
}

function saysNow(fact: EffectiveFact): boolean {
  return fact.type === 'leaver' && fact.immediate;
}

/** Two clocks of one HR system, as far as they may differ: what was said that shortly before may have been said after. */
const CLOCK_TOLERANCE_MS = 300_000;

/**
 * Whether what took effect while nobody was employed is about the employment that begins now: when it was recorded after
 * what begins it, or in the same instant.
 */
function isAbout(early: EffectiveFact, beginning: EffectiveFact): boolean {
  return early.type !== 'leaver' && early.recordedMs >= beginning.recordedMs;
}

/**
 * Whether a leaver that took effect before calls off the employment that a joiner would begin. One by date calls off a
 * first employment only, since before a rehire it is about the employment before; "now" calls off whatever was to come
 * when it was said, and leaves alone what was said since.
 */
function callsOff(early: EffectiveFact, joiner: EffectiveFact, isFirst: boolean): boolean {
  if (early.type !== 'leaver' || joiner.type !== 'joiner') return false;
  if (!isFirst) return early.immediate && early.recordedMs >= joiner.recordedMs;
  return early.recordedMs >= joiner.recordedMs - (early.immediate ? CLOCK_TOLERANCE_MS : 0);
}

function applyFact(
  state: IdentityState,
  { fact, keepsEnd }: Weighed<EffectiveFact>,
  atMs: number,
  knownMs: number,
): IdentityState {
  switch (fact.type) {
    case 'joiner':
      return isEmployed(state)
        ? { ...state, attributes: mergeAttributes(state.attributes, fact.attributes, keepsEnd) }
        : { status: 'active', joinedMs: atMs, joinedBy: fact.factId, attributes: withoutTakenAway(fact.attributes) };
    case 'mover':
      if (!isEmployed(state)) return extendContract(state, fact, keepsEnd, atMs);
      return { ...state, attributes: mergeAttributes(state.attributes, fact.attributes, keepsEnd) };
    case 'leaver':
      return depart(state, atMs, { by: 'leaver', factId: fact.factId }, knownMs);
    case 'merged':
      return depart(state, atMs, { by: 'merge', factId: fact.factId }, knownMs);
    case 'suspension':
      return state.status === 'active' ? { ...state, status: 'suspended' } : state;
    case 'return':
      return state.status === 'suspended' ? { ...state, status: 'active' } : state;
    default:
      return fact satisfies never;
  }
}

/** A contract that had run out by then is ended for good: no extension revives it. */
function depart(state: IdentityState, departedMs: number, departedBy: Departure, knownMs: number): IdentityState {
  if (isEmployed(state)) return { status: 'departed', departedMs, departedBy, knownMs, attributes: state.attributes };
  return state.status === 'departed' && state.departedBy.by === 'end-date' ? { ...state, departedBy, knownMs } : state;
}

/**
 * A contract that ran out goes on with another end, or as employment of a permanent kind: whoever says so late says it
 * all the same. One that a leaver ended needs a joiner.
 */
function extendContract(state: IdentityState, fact: MoverFact, keepsEnd: boolean, atMs: number): IdentityState {
  if (state.status !== 'departed' || state.departedBy.by !== 'end-date') return state;
  if (fact.attributes.endsAt === undefined && !becomesPermanent(state.attributes, fact.attributes)) return state;
  const attributes = mergeAttributes(state.attributes, fact.attributes, keepsEnd);
  const endsMs = endOf(attributes);
  if (endsMs !== undefined && endsMs <= atMs) return state;
  return { status: 'active', joinedMs: atMs, joinedBy: fact.factId, attributes };
}

/**
 * An end date belongs to the contract it came with: becoming a permanent kind without naming one clears it, unless it
 * was said with more authority (`keepsEnd`), and a temporary kind keeps the one it has, since its access may not be
 * open-ended.
 */
function mergeAttributes(current: IdentityAttributes, changed: SaidAttributes, keepsEnd: boolean): IdentityAttributes {
  const kind = changed.kind ?? current.kind;
  const merged = withoutTakenAway({
    ...current,
    ...(becomesPermanent(current, changed) && !keepsEnd ? { endsAt: null } : {}),
    ...withoutKept(changed, kind),
    kind,
  });
  const openEnded = TEMPORARY_KINDS.includes(merged.kind) && merged.endsAt === null;
  return openEnded ? { ...merged, endsAt: current.endsAt ?? null } : merged;
}

function becomesPermanent(current: IdentityAttributes, { kind }: SaidAttributes): boolean {
  return kind !== undefined && kind !== current.kind && !TEMPORARY_KINDS.includes(kind);
}

/** Nobody can take away what the kind may not lack. An event cannot try, but authority may leave half of one. */
function withoutKept(changed: SaidAttributes, kind: IdentityKind): SaidAttributes {
  const entries = Object.entries(changed) as [AttributeName, unknown][];
  return Object.fromEntries(entries.filter(([name, value]) => value !== null || !isKept(name, kind)));
}

function withoutTakenAway(attributes: JoinerFact['attributes']): IdentityAttributes {
  const entries = Object.entries(attributes).filter(
    ([name, value]) => value !== null || name === 'manager' || name === 'endsAt',
  );
  return Object.fromEntries(entries) as unknown as IdentityAttributes;
}

function endOf(attributes: IdentityAttributes): number | undefined {
  if (attributes.endsAt === undefined || attributes.endsAt === null) return undefined;
  return resolveMoment(attributes.endsAt, attributes.timeZone ?? DEFAULT_TIME_ZONE, 'end-of-day');
}
