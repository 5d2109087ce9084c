// Which events a file of everybody stands for, and when it is refused as a whole: from docs/reference/hr-events.md ("A
// file of everybody") and docs/reference/settings.md, with nothing from lambdas/ but types. Where the pages leave open
// what is meant, it says so, and nobody is judged by it.
import type { AttributeName, SaidAttributes } from '../../lambdas/core/identity/attributes.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { employmentsAmong, hasGoneOn, isRescinded, leaverAt, referenceOf } from './state.ts';

export interface PersonRow {
  readonly identityId: string;
  /** A date-time. */
  readonly effectiveAt?: string | undefined;
  /** Those of which the file knows something; null: there is none. */
  readonly attributes: SaidAttributes;
}

/** What is known of somebody, and whose file is looked at when. */
export interface Reading {
  readonly identityId: string;
  readonly known: readonly Fact[];
  readonly source: string;
  /** Epoch ms. */
  readonly writtenMs: number;
  readonly nowMs: number;
  /** Whether a file of this source brought the fact. */
  readonly isOfFile: (fact: Fact) => boolean;
}

/** In the order in which they are said; undefined: it cannot be told. */
export type Meant = readonly Fact[] | undefined;

const NAMES: readonly AttributeName[] = ['givenName', 'familyName', 'email'];
const TEMPORARY: readonly unknown[] = ['contractor', 'partner', 'ai-agent'];

/** Somebody whom the file names. */
export function meantByRow(reading: Reading, row: PersonRow): Meant {
  const { known, nowMs, writtenMs } = reading;
  if (isOfTwo(known) || waiting(reading, 'rescind').length > 0) return undefined;
  const { status, departedMs } = referenceOf(known)(nowMs);
  const saysWhenMs = row.effectiveAt === undefined ? undefined : Date.parse(row.effectiveAt);
  const joiner = {
    type: 'joiner',
    effectiveAt: row.effectiveAt ?? new Date(writtenMs).toISOString(),
    attributes: row.attributes,
  } as const;
  const joins = isWhole(row.attributes) ? [joiner] : [];
  switch (status) {
    case 'unknown':
      // Whose contract ends before it begins is to begin, and never does.
      return employmentsAmong(known).length > 0 ? undefined : say(reading, joins);
    case 'pending': {
      const [first] = employmentsAmong(known);
      if (first === undefined) return undefined;
      const isOwn = first.joiner.source === reading.source;
      if (!isOwn || saysWhenMs === undefined || saysWhenMs === first.beginsMs) return moves(reading, row);
      const callsOff = { type: 'rescind', rescinds: first.joiner.factId } as const;
      return say(reading, joins.length === 0 ? [] : [callsOff, ...joins]);
    }
    case 'active':
    case 'suspended': {
      const missed = waiting(reading, 'leaver').filter(reading.isOfFile);
      const staying = missed.map(({ factId }) => ({ type: 'rescind', rescinds: factId }) as const);
      const moved = moves(reading, row);
      return moved && [...say(reading, staying), ...moved];
    }
    case 'departed': {
      if (comesLater(known, nowMs)) return undefined;
      if (saysWhenMs !== undefined && saysWhenMs > (departedMs ?? nowMs)) return say(reading, joins);
      const { endsMs } = employmentsAmong(known).at(-1) ?? {};
      const hasRunOut = leaverAt(known, nowMs) === undefined || endsMs !== departedMs;
      return hasRunOut && changesOf(reading, row).endsAt !== undefined ? moves(reading, row) : [];
    }
    default:
      return status satisfies never;
  }
}

/** Somebody whom the file does not name. */
export function meantByAbsence(reading: Reading): Meant {
  const { known, source, nowMs, writtenMs, isOfFile } = reading;
  if (isOfTwo(known) || waiting(reading, 'rescind').length > 0) return undefined;
  const { status } = referenceOf(known)(nowMs);
  const employments = employmentsAmong(known);
  switch (status) {
    case 'unknown':
      return [];
    case 'pending': {
      const [first] = employments;
      if (first === undefined || employments.length > 1) return undefined;
      const isAnnounced = first.joiner.source === source && isOfFile(first.joiner);
      const callsOff = { type: 'rescind', rescinds: first.joiner.factId } as const;
      return say(reading, isAnnounced ? [callsOff] : []);
    }
    case 'active':
    case 'suspended': {
      if (comesLater(known, nowMs)) return undefined;
      const current = employments.findLast(({ beginsMs }) => beginsMs <= nowMs);
      if (current === undefined || current.joiner.recordedMs > writtenMs) return undefined;
      // Whose word let a contract go on is not told by whose joiner it began.
      if (hasGoneOn(known, current.beginsMs, nowMs) && isOfSeveral(known)) return undefined;
      const isKnownToLeave = current.endsMs !== undefined && current.endsMs > nowMs;
      if (isKnownToLeave || current.joiner.source !== source) return [];
      // Whom the source said to leave, and of whom nobody has decided, waits on; for when that was said is another matter.
      const leavers = waiting(reading, 'leaver');
      if (leavers.length > 0) return leavers.every(isOfFile) ? [] : undefined;
      return leaves(reading);
    }
    case 'departed':
      return comesLater(known, nowMs) ? undefined : [];
    default:
      return status satisfies never;
  }
}

/** Now, and does not come again, if files had announced that. */
function leaves(reading: Reading): Meant {
  const { known, source, nowMs, writtenMs, isOfFile } = reading;
  const leaver = { type: 'leaver', effectiveAt: new Date(writtenMs).toISOString(), immediate: false } as const;
  const said: Pick<Fact, 'type'>[] = [leaver];
  for (;;) {
    const all = [...known, ...say(reading, said)];
    const next = employmentsAmong(all).find(({ beginsMs }) => beginsMs > nowMs);
    if (next === undefined) return say(reading, said);
    // A joiner to come that an event said of somebody employed is none of somebody who is to begin.
    if (next.joiner.source !== source || !isOfFile(next.joiner)) return undefined;
    said.push({ type: 'rescind', rescinds: next.joiner.factId } as Pick<Fact, 'type'>);
  }
}

export interface Lacking {
  /** Whom the file should name, and does not. */
  readonly lacked: number;
  /** Whom it should name, and does. */
  readonly named: number;
}

/** Whether so much is lacking that it is no file of everybody. */
export function isPartOfOne({ lacked, named }: Lacking, missingShare: number, neverHeld: number): boolean {
  return lacked > neverHeld && lacked > missingShare * (lacked + named);
}

/** What the source itself said last of each attribute, and neither took back nor had dropped by a person. */
export function lastSaidBy(source: string, known: readonly Fact[]): SaidAttributes {
  const dropped = known.flatMap((fact) => (fact.type === 'hold-dropped' ? [fact.hold] : []));
  const told = known
    .filter((fact) => fact.source === source && !isRescinded(fact, known))
    .filter(({ held }) => held === undefined || !dropped.includes(held))
    .toSorted((a, b) => a.recordedMs - b.recordedMs || (a.sourceEventId < b.sourceEventId ? -1 : 1));
  return Object.assign({}, ...told.map((fact) => ('attributes' in fact ? fact.attributes : {})));
}

/** A source repeats itself every day: news is what it had not said last. */
function changesOf({ source, known }: Reading, { attributes }: PersonRow): SaidAttributes {
  const said = lastSaidBy(source, known);
  const names = Object.keys(attributes) as AttributeName[];
  return Object.fromEntries(
    names.filter((name) => attributes[name] !== (said[name] ?? null)).map((name) => [name, attributes[name]]),
  );
}

function moves(reading: Reading, row: PersonRow): Meant {
  const attributes = changesOf(reading, row);
  if (Object.keys(attributes).length === 0) return [];
  // What another kind needs comes with it, which may be more than what changed.
  if (attributes.kind !== undefined) return undefined;
  const mover = { type: 'mover', effectiveAt: new Date(reading.writtenMs).toISOString(), attributes } as const;
  return say(reading, [mover], 1);
}

/** What people need to be employed. */
function isWhole(attributes: SaidAttributes): boolean {
  const { kind, endsAt } = attributes;
  const isTemporary = TEMPORARY.includes(kind);
  return kind !== undefined && NAMES.every((name) => attributes[name]) && (!isTemporary || typeof endsAt === 'string');
}

/** What this source said, and nobody has decided on. */
function waiting({ known, source }: Reading, type: Fact['type']): readonly Fact[] {
  const decided = known.flatMap((fact) => ('hold' in fact ? [fact.hold] : []));
  return known.filter(
    (fact) =>
      fact.type === type &&
      fact.source === source &&
      fact.held !== undefined &&
      !decided.includes(fact.held) &&
      !isRescinded(fact, known),
  );
}

function isOfSeveral(known: readonly Fact[]): boolean {
  return new Set(known.flatMap((fact) => ('effectiveAt' in fact ? [fact.source] : []))).size > 1;
}

function comesLater(known: readonly Fact[], nowMs: number): boolean {
  return employmentsAmong(known).some(({ beginsMs }) => beginsMs > nowMs);
}

/** Two ids of one person are the files' business as well, and another oracle's. */
function isOfTwo(known: readonly Fact[]): boolean {
  return known.some((fact) => fact.type === 'merged' || fact.type === 'absorbed' || fact.about !== undefined);
}

function say(
  { identityId, source, writtenMs }: Reading,
  said: readonly Pick<Fact, 'type'>[],
  first = 0,
): readonly Fact[] {
  return said.map((one, index) => {
    const sourceEventId = `meant-${first + index}`;
    const recordedMs = writtenMs + first + index;
    const base = { factId: `${source}:${sourceEventId}`, identityId, source, sourceEventId, recordedMs };
    return { ...base, receivedMs: writtenMs, ...one } as Fact;
  });
}
