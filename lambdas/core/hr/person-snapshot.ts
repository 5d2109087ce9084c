// What an HR system says of one person, compared with what is known. Rows of a population file and people fetched from
// an HR system's API are compared here alike: what differs becomes the events that the HR system could have sent
// itself, so that everything behind intake is one. The id of each event follows from what was read and what was known,
// so that reading the same again, half or whole, changes nothing.
import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import type { Fault } from '../errors.ts';
import { faultsOf } from '../faults.ts';
import {
  type AttributeName,
  identityIdSchema,
  KEPT_BY_KIND,
  momentSchema,
  type SaidAttributes,
  saidAttributesSchema,
} from '../identity/attributes.ts';
import { type EffectiveInstants, effectiveInstantsOf } from '../identity/effective-instant.ts';
import type { Fact } from '../identity/facts.ts';
import { aboutWhom } from '../identity/merged-identities.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import { DEFAULT_TIME_ZONE, resolveMoment, toIso } from '../moment.ts';
import { readHrEvent, translateHrEvent } from './hr-event.ts';

/** Who said it, and as of when. */
export interface SnapshotOrigin {
  readonly source: string;
  /** Tells the events of one reading from those of another: 16 hexadecimal digits. */
  readonly feedId: string;
  /** The HR system was as described at this time (epoch ms): what differs counts from then. */
  readonly writtenMs: number;
}

const employmentSchema = z.strictObject({
  status: z.enum(['employed', 'suspended', 'ended']),
  /** The last day, past or to come; null: none is known. */
  leavesAt: momentSchema.nullable().optional(),
});

const personSnapshotSchema = z.strictObject({
  identityId: identityIdSchema,
  /** When the employment begins. Absent: when it was written. Somebody departed is hired anew only by a later one. */
  effectiveAt: momentSchema.optional(),
  /** Absent: the source only says that they are there, as a population file does. */
  employment: employmentSchema.optional(),
  /** Those that are not told stay as they are; null: there is none. */
  attributes: saidAttributesSchema,
});
export type PersonSnapshot = z.infer<typeof personSnapshotSchema>;

export type SnapshotReading =
  | { readonly snapshot: PersonSnapshot; readonly faults?: undefined }
  | { readonly snapshot?: undefined; readonly faults: readonly Fault[] };

/** Reads what a source made of its HR system's answer, or was sent at `prefix` (a JSON pointer). */
export function readSnapshot(value: unknown, prefix = ''): SnapshotReading {
  const parsed = personSnapshotSchema.safeParse(value);
  return parsed.success ? { snapshot: parsed.data } : { faults: faultsOf(parsed.error, prefix) };
}

/** One event to be recorded, as intake would. */
export interface FeedEvent {
  readonly fact: Fact;
  readonly payloadHash: string;
}

export type Comparison =
  | { readonly outcome: 'unchanged' | 'departed' }
  /** In the order in which they are to be recorded. */
  | { readonly outcome: 'changed'; readonly events: readonly FeedEvent[] }
  | { readonly outcome: 'faulty'; readonly faults: readonly Fault[] };

/** An event before it has an id: its type and its `data`. */
interface Difference {
  readonly type: 'joiner' | 'mover' | 'leaver' | 'suspension' | 'return' | 'rescind';
  readonly data: object;
}

/** What a snapshot says beyond what is known of its identity. */
export function compareSnapshot(
  snapshot: PersonSnapshot,
  timeline: Timeline,
  origin: SnapshotOrigin,
  nowMs: number,
): Comparison {
  if (isOvertaken(snapshot, timeline, origin)) return { outcome: 'unchanged' };
  const found = differencesOf({ snapshot, timeline, origin, nowMs, instants: effectiveInstantsOf(timeline) });
  if (found === 'departed') return { outcome: 'departed' };
  return found.length === 0 ? { outcome: 'unchanged' } : toComparison(found, snapshot.identityId, origin, nowMs);
}

/**
 * The end of an employment that this source had begun and whose person it no longer names, by none of their ids. What
 * another source began, or this one after it was written, is not its to miss.
 */
export function compareGone(
  identityId: string,
  timeline: Timeline,
  origin: SnapshotOrigin,
  nowMs: number,
  reason: string,
): Comparison | { readonly outcome: 'of-another-source' } {
  const { current } = employmentsOf(timeline, nowMs);
  if (current === undefined) return { outcome: 'unchanged' };
  const joiner = timeline.facts.find(({ factId }) => factId === current.joinedBy);
  if (joiner?.source !== origin.source) return { outcome: 'of-another-source' };
  if (joiner.recordedMs > origin.writtenMs) return { outcome: 'unchanged' };
  const employment = { status: 'ended' } as const;
  const snapshot: PersonSnapshot = { identityId, employment, attributes: {} };
  const own: Compared = { snapshot, timeline, origin, nowMs, instants: effectiveInstantsOf(timeline), reason };
  // Of two ids that were merged, the source may know the duplicate alone: ending that record is all it has to say.
  const isOwn = ownFacts(own, 'joiner').length > 0;
  const compared = isOwn ? own : { ...own, snapshot: { ...own.snapshot, identityId: aboutWhom(joiner) } };
  if (!isOwn && ownFacts(compared, 'joiner', 'leaver').at(-1)?.type === 'leaver') return { outcome: 'unchanged' };
  const found = differencesOf(compared);
  if (found === 'departed' || found.length === 0) return { outcome: 'unchanged' };
  return toComparison(found, compared.snapshot.identityId, origin, nowMs);
}

/** A snapshot that was read before the source's last word tells what was: an end or a return in it may be undone since. */
function isOvertaken({ employment }: PersonSnapshot, { facts }: Timeline, { source, writtenMs }: SnapshotOrigin) {
  return employment !== undefined && facts.some((fact) => fact.source === source && fact.recordedMs > writtenMs);
}

interface Compared {
  readonly snapshot: PersonSnapshot;
  readonly timeline: Timeline;
  readonly origin: SnapshotOrigin;
  readonly nowMs: number;
  readonly instants: EffectiveInstants;
  /** Of a leaver. */
  readonly reason?: string | undefined;
}

function differencesOf(compared: Compared): readonly Difference[] | 'departed' {
  const { current, last } = employmentsOf(compared.timeline, compared.nowMs);
  const said = whatIsSaid(compared);
  if (current === undefined || (goesOnLater(compared, current, last) && !said.ended)) {
    return differencesAfter(compared, said, last);
  }
  return differencesIn(compared, said, current, last);
}

/** Whoever left at the end of a contract has left until it goes on, for which nobody joins. */
function goesOnLater({ timeline, nowMs }: Compared, { beginsMs, joinedBy }: Employment, last: Ended | undefined) {
  return (
    last !== undefined &&
    beginsMs > nowMs &&
    timeline.facts.some(({ factId, type }) => factId === joinedBy && type === 'mover')
  );
}

/** Somebody unknown, or departed and not to be hired again as far as is known. */
function differencesAfter(compared: Compared, said: Said, last: Ended | undefined): readonly Difference[] | 'departed' {
  const { startsMs, endsMs, ended } = said;
  if (ended) return last === undefined ? [] : 'departed';
  const again = last === undefined || (startsMs !== undefined && startsMs > last.endsMs);
  if (again && isOutweighed(compared, startsMs)) return 'departed';
  if (again) return [joiner(compared), ...leaverAt(compared, endsMs), ...leaveFrom(startsMs, compared)];
  // An export that is older than the departure, or still lists it, must not bring anybody back: only a source that
  // speaks of employment may, and only by taking back what it said itself.
  const taken = takenBack(compared, last);
  if (taken !== undefined) return [taken, ...leaverAt(compared, endsMs), ...mover(compared), ...leaveOf(compared)];
  return extendsContract(compared, last) ? mover(compared) : 'departed';
}

/** Said before, by a source with too little authority to begin an employment. It is no news when it is said again. */
function isOutweighed(compared: Compared, startsMs: number | undefined): boolean {
  return ownFacts(compared, 'joiner').some(
    (fact) =>
      compared.timeline.outweighed.has(fact.factId) &&
      (startsMs === undefined || instantOf(compared, fact) === startsMs),
  );
}

/** Somebody employed now, or to be employed from a day that is known. */
function differencesIn(
  compared: Compared,
  said: Said,
  current: Employment,
  last: Ended | undefined,
): readonly Difference[] {
  const planned = current.beginsMs > compared.nowMs;
  const own = ownFact(compared, current.joinedBy, 'joiner');
  if (planned && own !== undefined) return differencesBefore(compared, said, current, last, own);
  const ends = differencesOfEnd(compared, said, current);
  if (said.ended) return [...ends, ...plannedReturns(compared).map(rescind)];
  if (planned) return [...ends, ...mover(compared)];
  const returns = plannedReturns(compared);
  const known = returns.find((fact) => instantOf(compared, fact) === said.beginsAgainMs);
  const dropped = returns.filter((fact) => fact !== known);
  const changes = [...ends, ...dropped.map(rescind)];
  if (said.beginsAgainMs === undefined) {
    return [...changes, ...mover(without(dropped, compared)), ...leaveOf(compared)];
  }
  const endsAgain = differencesOfNextEnd(compared, said, said.beginsAgainMs);
  if (known !== undefined) return [...changes, ...endsAgain, ...mover(without(dropped, compared))];
  return [...changes, joiner(compared), ...endsAgain];
}

/** As it would be known without these facts, which are being taken back. */
function without(facts: readonly Fact[], compared: Compared): Compared {
  const { timeline } = compared;
  const rescinded = new Map([...timeline.rescinded, ...facts.map(({ factId }) => [factId, factId] as const)]);
  return { ...compared, timeline: { ...timeline, rescinded } };
}

/** Somebody whom this very source has announced for a day to come. */
function differencesBefore(
  compared: Compared,
  said: Said,
  current: Employment,
  last: Ended | undefined,
  announced: Fact,
): readonly Difference[] {
  const { startsMs, ended } = said;
  if (ended) return [rescind(announced), ...plannedEnds(compared, current).map(rescind)];
  if (startsMs === undefined || startsMs === current.beginsMs) {
    return [...differencesOfEnd(compared, said, current), ...mover(compared)];
  }
  if (last !== undefined && startsMs <= last.endsMs) {
    // Never departed, as it turns out.
    const after = differencesAfter(without([announced], compared), said, last);
    return [rescind(announced), ...plannedEnds(compared, current).map(rescind), ...(after === 'departed' ? [] : after)];
  }
  const ends = differencesOfEnd(compared, said, { ...current, beginsMs: startsMs });
  return [rescind(announced), ...ends, joiner(compared), ...leaveFrom(startsMs, compared)];
}

interface Said {
  /** When the employment that it describes begins; undefined: not told. */
  readonly startsMs: number | undefined;
  /** When the present one ends; undefined: no end is known, or none is told. */
  readonly endsMs: number | undefined;
  /** It has ended. */
  readonly ended: boolean;
  /** It has ended, or will, and another begins then. */
  readonly beginsAgainMs: number | undefined;
  /** When the one that begins then ends. */
  readonly endsAgainMs?: number | undefined;
}

const DAY_MS = 24 * 60 * 60_000;

function whatIsSaid({ snapshot, timeline, origin, nowMs }: Compared): Said {
  const { effectiveAt, employment, attributes } = snapshot;
  const state = identityAt(timeline, nowMs);
  const known = state.status === 'unknown' ? undefined : state.attributes.timeZone;
  const timeZone = attributes.timeZone ?? known ?? DEFAULT_TIME_ZONE;
  const startsMs = effectiveAt === undefined ? undefined : resolveMoment(effectiveAt, timeZone, 'start-of-day');
  if (employment === undefined) return { startsMs, endsMs: undefined, ended: false, beginsAgainMs: undefined };
  const { leavesAt, status } = employment;
  const leavesMs = typeof leavesAt === 'string' ? resolveMoment(leavesAt, timeZone, 'end-of-day') : undefined;
  if (status === 'ended') {
    // Ended, and yet with a last day after today: it has ended.
    const endsMs = leavesMs !== undefined && leavesMs <= origin.writtenMs + DAY_MS ? leavesMs : origin.writtenMs;
    return { startsMs, endsMs, ended: true, beginsAgainMs: undefined };
  }
  const toCome = startsMs !== undefined && startsMs > nowMs && isEmployed(state);
  // A last day before the first is that of an earlier employment.
  const isEarlier = leavesMs !== undefined && startsMs !== undefined && leavesMs <= startsMs;
  const endsMs = isEarlier ? undefined : leavesMs;
  if (toCome) {
    const presentMs = isEarlier ? leavesMs : origin.writtenMs;
    return { startsMs, endsMs: presentMs, ended: false, beginsAgainMs: startsMs, endsAgainMs: endsMs };
  }
  return { startsMs, endsMs, ended: endsMs !== undefined && endsMs <= nowMs, beginsAgainMs: undefined };
}

interface Employment {
  readonly beginsMs: number;
  readonly joinedBy: string;
  /** Undefined: no end is known. */
  readonly endsMs: number | undefined;
  /** The fact that ends it; none when its end date does. */
  readonly endedBy: string | undefined;
}
type Ended = Employment & { readonly endsMs: number };

/** In order. `current`: the one that lasts, or else the next to begin. `last`: the latest that is over. */
function employmentsOf(timeline: Timeline, nowMs: number) {
  const all: Employment[] = [];
  let open: Employment | undefined;
  for (const { atMs, state, factId } of timeline.changes) {
    if (isEmployed(state)) {
      open ??= { beginsMs: atMs, joinedBy: state.joinedBy, endsMs: undefined, endedBy: undefined };
    } else if (open !== undefined) {
      all.push({ ...open, endsMs: atMs, endedBy: factId });
      open = undefined;
    } else if (all.length > 0 && atMs <= nowMs) {
      // A leaver, when the contract had run out by then: it is ended for good.
      all.push({ ...(all.pop() as Ended), endedBy: factId });
    }
  }
  if (open !== undefined) all.push(open);
  const isOver = (employment: Employment): employment is Ended =>
    employment.endsMs !== undefined && employment.endsMs <= nowMs;
  return { all, current: all.find((employment) => !isOver(employment)), last: all.findLast(isOver) };
}

/** Ends that this source announced before and no longer does are taken back; a new one is announced. */
function differencesOfEnd(compared: Compared, said: Said, current: Employment): readonly Difference[] {
  if (compared.snapshot.employment === undefined) return missedBefore(compared, current).map(rescind);
  const planned = plannedEnds(compared, current, { untilMs: said.beginsAgainMs });
  return toEndAt(endIn(current, said, compared), compared, current, planned);
}

/** The same of the employment that begins when the present one has ended. */
function differencesOfNextEnd(compared: Compared, { endsAgainMs }: Said, beginsMs: number): readonly Difference[] {
  const { all } = employmentsOf(compared.timeline, compared.nowMs);
  const unknown = { beginsMs, joinedBy: '', endsMs: undefined, endedBy: undefined };
  const next = all.find((employment) => employment.beginsMs === beginsMs) ?? unknown;
  return toEndAt(endsAgainMs, compared, next, plannedEnds(compared, next, { afterMs: beginsMs }));
}

/** @param planned the ends of this employment that are announced */
function toEndAt(
  endsMs: number | undefined,
  compared: Compared,
  current: Employment,
  planned: readonly Fact[],
): readonly Difference[] {
  if (endsMs === undefined) return planned.map(rescind);
  const atMs = (fact: Fact) => Math.max(instantOf(compared, fact) ?? 0, current.beginsMs);
  const wantedMs = Math.max(endsMs, current.beginsMs);
  const kept = planned.find((fact) => atMs(fact) === wantedMs || (isWaiting(compared, fact) && atMs(fact) <= wantedMs));
  const others = planned.filter((fact) => fact !== kept).map(rescind);
  const isOthers = current.endedBy === undefined || !planned.some(({ factId }) => factId === current.endedBy);
  const endsBefore = isOthers && current.endsMs !== undefined && current.endsMs <= wantedMs;
  return kept !== undefined || endsBefore ? others : [...others, ...leaverAt(compared, endsMs)];
}

/** Leavers that wait for a person's decision because an earlier reading lacked somebody whom this one has. */
function missedBefore(compared: Compared, current: Employment): readonly Fact[] {
  return plannedEnds(compared, current).filter(
    (fact) =>
      isWaiting(compared, fact) &&
      fact.sourceEventId.startsWith('feed/') &&
      fact.recordedMs < compared.origin.writtenMs,
  );
}

/** A last day before this employment began would end none: it is over now, or what is told is an earlier one's. */
function endIn({ beginsMs }: Employment, { endsMs, ended }: Said, { nowMs, origin }: Compared): number | undefined {
  if (endsMs === undefined || endsMs > beginsMs) return endsMs;
  return ended || beginsMs <= nowMs ? origin.writtenMs : undefined;
}

/** Whether it is of this very reading. */
export function isBroughtBy({ source, feedId }: SnapshotOrigin, fact: Fact): boolean {
  return fact.source === source && fact.sourceEventId.startsWith(`feed/${feedId}/`);
}

/** The leavers of this source that end the employment, are to take effect, or wait for a person's decision. */
function plannedEnds(
  compared: Compared,
  current: Employment,
  { afterMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }: Partial<Between> = {},
): readonly Fact[] {
  // What waits by this very reading is said again: repeated, it finds its hold.
  const waits = (fact: Fact) => isWaiting(compared, fact) && !isBroughtBy(compared.origin, fact);
  const atMs = (fact: Fact) => instantOf(compared, fact) ?? 0;
  const isToCome = (fact: Fact) => atMs(fact) > Math.max(compared.nowMs, current.beginsMs);
  return ownFacts(compared, 'leaver')
    .filter((fact) => atMs(fact) > afterMs && atMs(fact) <= untilMs)
    .filter((fact) => fact.factId === current.endedBy || waits(fact) || (fact.held === undefined && isToCome(fact)));
}

/** Epoch ms. An end at the very instant of the next beginning is that of the employment before it. */
interface Between {
  readonly afterMs: number;
  readonly untilMs: number | undefined;
}

/** The joiners of this source that are to begin a further employment. */
function plannedReturns(compared: Compared): readonly Fact[] {
  if (compared.snapshot.employment === undefined) return [];
  return ownFacts(compared, 'joiner').filter((fact) => (instantOf(compared, fact) ?? 0) > compared.nowMs);
}

/** The departure of an employment that goes on after all, if it was this source that had said so. */
function takenBack(compared: Compared, { endedBy }: Ended): Difference | undefined {
  if (compared.snapshot.employment === undefined || endedBy === undefined) return undefined;
  const leaver = ownFact(compared, endedBy, 'leaver');
  return leaver && rescind(leaver);
}

/** A contract ran out, and the source says another end than before: as an event that says so would, it goes on. */
function extendsContract(compared: Compared, { endedBy }: Ended): boolean {
  return endedBy === undefined && changesIn(compared.snapshot.attributes, lastSaid(compared)).endsAt !== undefined;
}

/** A leave of absence that begins or is over. One that another source announced is not this one's to end. */
function leaveOf(compared: Compared): readonly Difference[] {
  const { snapshot, timeline, origin, nowMs } = compared;
  const said = snapshot.employment?.status;
  const state = identityAt(timeline, nowMs);
  const data = { effectiveAt: toIso(origin.writtenMs) };
  const lately = ownFacts(compared, 'suspension', 'return').findLast(
    (fact) => isWaiting(compared, fact) || (instantOf(compared, fact) ?? 0) <= nowMs,
  );
  const announced = lately?.type === 'suspension';
  if (said === 'suspended' && state.status !== 'suspended') {
    return announced && isWaiting(compared, lately) ? [] : [{ type: 'suspension', data }];
  }
  return said === 'employed' && announced && state.status !== 'active' ? [{ type: 'return', data }] : [];
}

/** Before the first day nobody is on leave. */
function leaveFrom(startsMs: number | undefined, compared: Compared): readonly Difference[] {
  return startsMs !== undefined && startsMs > compared.nowMs ? [] : leaveOf(compared);
}

function joiner({ snapshot, origin }: Compared): Difference {
  const effectiveAt = snapshot.effectiveAt ?? toIso(origin.writtenMs);
  return { type: 'joiner', data: { effectiveAt, attributes: snapshot.attributes } };
}

function mover(compared: Compared): readonly Difference[] {
  const { attributes } = compared.snapshot;
  const changed = changesIn(attributes, lastSaid(compared));
  if (Object.keys(changed).length === 0) return [];
  // Another kind comes with requirements of its own, which the rest of the snapshot meets. So does taking away what only
  // some kinds may lack.
  const needsKind = changed.kind !== undefined || KEPT_BY_KIND.some((name) => changed[name] === null);
  const told = needsKind ? attributes : changed;
  return [{ type: 'mover', data: { effectiveAt: toIso(compared.origin.writtenMs), attributes: told } }];
}

function leaverAt({ snapshot, origin, reason }: Compared, endsMs: number | undefined): readonly Difference[] {
  if (endsMs === undefined) return [];
  const leavesAt = snapshot.employment?.leavesAt;
  const effectiveAt = endsMs === origin.writtenMs || typeof leavesAt !== 'string' ? toIso(endsMs) : leavesAt;
  return [{ type: 'leaver', data: { effectiveAt, ...(reason !== undefined && { reason }) } }];
}

function rescind({ sourceEventId }: Fact): Difference {
  return { type: 'rescind', data: { rescinds: sourceEventId } };
}

function ownFacts(compared: Compared, ...types: readonly Fact['type'][]): readonly Fact[] {
  return saidBefore(compared).filter(({ type }) => types.includes(type));
}

/**
 * What this source said of this very id that was neither taken back nor dropped by a person; ascending as recorded. Of
 * two ids that were merged, the source goes on saying what it said of each.
 */
function saidBefore({ snapshot, timeline, origin }: Compared): readonly Fact[] {
  const dropped = new Set(timeline.facts.flatMap((fact) => (fact.type === 'hold-dropped' ? fact.hold : [])));
  return timeline.facts.filter(
    (fact) =>
      fact.source === origin.source &&
      aboutWhom(fact) === snapshot.identityId &&
      !timeline.rescinded.has(fact.factId) &&
      (fact.held === undefined || !dropped.has(fact.held)),
  );
}

function ownFact(compared: Compared, factId: string, type: Fact['type']): Fact | undefined {
  return ownFacts(compared, type).find((fact) => fact.factId === factId);
}

/** Whether the mass-error guard holds it, and nobody has decided. */
function isWaiting({ timeline }: Compared, { held }: Fact): boolean {
  if (held === undefined) return false;
  return !timeline.facts.some((fact) => 'hold' in fact && fact.hold === held);
}

function instantOf({ instants }: Compared, fact: Fact): number | undefined {
  return instants(fact);
}

/** What the source itself said last, whatever others say: it repeats that every day, and it is news only once. */
function lastSaid(compared: Compared): SaidAttributes {
  const told = saidBefore(compared).flatMap((fact) =>
    fact.type === 'joiner' || fact.type === 'mover' ? [fact.attributes] : [],
  );
  return Object.assign({}, ...told);
}

function changesIn(attributes: SaidAttributes, said: SaidAttributes): SaidAttributes {
  const names = Object.keys(attributes) as AttributeName[];
  return Object.fromEntries(
    names
      .filter((name) => attributes[name] !== undefined && attributes[name] !== (said[name] ?? null))
      .map((name) => [name, attributes[name]]),
  );
}

function toComparison(
  differences: readonly Difference[],
  identityId: string,
  origin: SnapshotOrigin,
  nowMs: number,
): Comparison {
  const made = differences.map((difference, index) => makeEvent(difference, identityId, origin, index, nowMs));
  const faults = made.flatMap((event) => ('faults' in event ? event.faults : []));
  if (faults.length > 0) return { outcome: 'faulty', faults };
  return { outcome: 'changed', events: made.flatMap((event) => ('fact' in event ? [event] : [])) };
}

function makeEvent(
  { type, data }: Difference,
  identityId: string,
  { source, feedId, writtenMs }: SnapshotOrigin,
  index: number,
  nowMs: number,
): FeedEvent | { readonly faults: readonly Fault[] } {
  const content = sha256Hex(canonicalJson({ type, identityId, data }));
  const value = {
    specversion: '1.0',
    id: `feed/${feedId}/${content.slice(0, 32)}`,
    source: `/hr/${source}`,
    type: `jml.${type}`,
    subject: identityId,
    // A millisecond apart, so that what one reading says of a person has the order it was said in.
    time: toIso(writtenMs + index),
    data,
  };
  const { event, faults } = readHrEvent(value, source, '', nowMs);
  if (event === undefined) return { faults: faults.map((fault) => ({ ...fault, pointer: inSnapshot(fault.pointer) })) };
  return { fact: translateHrEvent(event, source, nowMs), payloadHash: content };
}

/** Pointers name attributes, as the columns of a file do. */
export function inSnapshot(pointer: string): string {
  return pointer.replace(/^\/data(?:\/attributes)?/, '').replace(/^\/subject$/, '/identityId');
}
