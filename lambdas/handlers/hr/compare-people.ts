// What a file of everybody says beyond what is known, and what is wrong with its rows: as the import would find it, all at
// once and before any of it counts.
import type { Fault } from '../../core/errors.ts';
import type { MassErrorGuardSettings } from '../../core/hr/mass-error-guard.ts';
import {
  type Comparison,
  compareSnapshot,
  type PersonSnapshot,
  type SnapshotOrigin,
} from '../../core/hr/person-snapshot.ts';
import {
  compareMissing,
  faultOfMissing,
  type NamedByRows,
  readIdentityId,
  takeRow,
} from '../../core/hr/population-feed.ts';
import { faultsBeyondReach } from '../../core/hr/source-reach.ts';
import type { HrSourceReach } from '../../core/identity/authority.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { buildTimeline, identityAt, isEmployed, type Timeline } from '../../core/identity/timeline.ts';
import { OTHER_SPELLING_FAULT } from '../shared/append-fact.ts';
import { type Line, UnreadableFileError } from '../shared/read-population-rows.ts';

/** One reading, whose events are never recorded beside another's. */
const FEED = '0'.repeat(16);
const NOTHING_KNOWN = buildTimeline([]);

export interface PeopleFile {
  readonly facts: readonly Fact[];
  /** Of rows, which are left out. */
  readonly faults: readonly { readonly line: number; readonly fault: Fault }[];
  /** Where somebody is missing: how many rows could be theirs. */
  readonly unreadableRows: number;
}

export interface KnownPeople {
  readonly source: string;
  /** Of everybody whom the file may name or lack, by id. */
  readonly timelines: ReadonlyMap<string, Timeline>;
  /** What of a row can be compared. @default all of it */
  readonly comparable?: (row: PersonSnapshot) => PersonSnapshot;
  /** Of whom the source may speak. @default of everybody */
  readonly reach?: HrSourceReach | undefined;
  readonly guard: Pick<MassErrorGuardSettings, 'missingShare' | 'neverHeld'>;
  readonly nowMs: number;
}

/** Throws UnreadableFileError where the import would take none of it. */
export function comparePeople(lines: readonly Line[], known: KnownPeople): PeopleFile {
  const ids = lines.map(({ value }) => readIdentityId(value)?.toLowerCase());
  const gone = factsOfMissing(known, new Set(ids.filter((id) => id !== undefined)));
  const { facts, faults } = compareRows(known, lines);
  const unreadableRows = gone.length === 0 ? 0 : ids.filter((id) => id === undefined).length;
  return { facts: [...facts, ...gone], faults, unreadableRows };
}

function originOf({ source, nowMs }: KnownPeople): SnapshotOrigin {
  return { source, feedId: FEED, writtenMs: nowMs };
}

function compareRows(known: KnownPeople, lines: readonly Line[]): Pick<PeopleFile, 'facts' | 'faults'> {
  const { timelines } = known;
  const spelled = new Set([...timelines.keys()].map((identityId) => identityId.toLowerCase()));
  const rows: NamedByRows = { seen: new Set(), spellings: new Map() };
  const facts: Fact[] = [];
  const faults: { line: number; fault: Fault }[] = [];
  for (const { line, value } of lines) {
    const taken = takeRow(value, rows);
    const compared =
      taken.row === undefined ? { outcome: 'faulty' as const, ...taken } : compareRow(known, spelled, taken);
    if (compared.outcome === 'changed') facts.push(...compared.events.map(({ fact }) => fact));
    if (compared.outcome === 'faulty') faults.push(...compared.faults.map((fault) => ({ line, fault })));
  }
  return { facts, faults };
}

function compareRow(
  known: KnownPeople,
  spelled: ReadonlySet<string>,
  { row, first }: { readonly row: PersonSnapshot; readonly first: string },
): Comparison {
  const { timelines, comparable, nowMs } = known;
  const { identityId } = row;
  const timeline = timelines.get(identityId);
  if (timeline === undefined && (first !== identityId || spelled.has(identityId.toLowerCase())))
    return { outcome: 'faulty', faults: [{ ...OTHER_SPELLING_FAULT, pointer: '/identityId' }] };
  const compare = (told: PersonSnapshot) =>
    withinReach(known, compareSnapshot(told, timeline ?? NOTHING_KNOWN, originOf(known), nowMs), timeline);
  if (timeline === undefined || comparable === undefined) return compare(row);
  const compared = compare(comparable(row));
  // The event of whoever changes is checked whole, as the import would.
  return compared.outcome === 'unchanged' ? compared : compare(row);
}

function withinReach<Compared extends Comparison | ReturnType<typeof compareMissing>>(
  { reach, nowMs }: KnownPeople,
  compared: Compared,
  timeline = NOTHING_KNOWN,
): Compared | Comparison {
  if (reach === undefined || compared.outcome !== 'changed') return compared;
  const state = identityAt(timeline, nowMs);
  const faults = compared.events.flatMap(({ fact }) => faultsBeyondReach(fact, reach, state));
  return faults.length === 0 ? compared : { outcome: 'faulty', faults };
}

/** @param named by any row, in lower case */
function factsOfMissing(known: KnownPeople, named: ReadonlySet<string>): readonly Fact[] {
  const { timelines, guard, nowMs } = known;
  if (named.size === 0) throw new UnreadableFileError('names nobody');
  const isNamed = (identityId: string) => named.has(identityId.toLowerCase());
  const isEmployedNow = (timeline: Timeline) => isEmployed(identityAt(timeline, nowMs));
  const present = [...timelines].filter(([identityId, timeline]) => isNamed(identityId) && isEmployedNow(timeline));
  const gone = [...timelines].flatMap(([identityId, timeline]) => {
    if (isNamed(identityId)) return [];
    // Of whom a source may not speak, its file lacks nobody.
    const missing = compareMissing(identityId, timeline, originOf(known), nowMs, isNamed);
    const compared = withinReach(known, missing, timeline);
    return compared.outcome === 'changed' ? [compared.events.map(({ fact }) => fact)] : [];
  });
  const fault = faultOfMissing(gone.length, present.length, guard);
  if (fault !== undefined) throw new UnreadableFileError(fault);
  return gone.flat();
}
