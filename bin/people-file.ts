// A file of everybody as HR systems write them, read as the import would read it were it put now: what it says beyond what
// the export knows, and what is wrong with its rows.
import { createReadStream, statSync } from 'node:fs';
import type { Person } from '../lambdas/core/access/model-plan.ts';
import type { MassErrorGuardSettings } from '../lambdas/core/hr/mass-error-guard.ts';
import {
  type Comparison,
  compareSnapshot,
  type PersonSnapshot,
  type SnapshotOrigin,
} from '../lambdas/core/hr/person-snapshot.ts';
import { compareMissing, faultOfMissing, readIdentityId, takeRow } from '../lambdas/core/hr/population-feed.ts';
import { knownOf } from '../lambdas/core/hr/what-if.ts';
import type { AttributeName } from '../lambdas/core/identity/attributes.ts';
import type { Fact } from '../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../lambdas/core/identity/timeline.ts';
import {
  formatOf,
  type Line,
  MAXIMUM_FILE_BYTES,
  MAXIMUM_ROWS,
  readPopulationRows,
  UnreadableFileError,
} from '../lambdas/handlers/hr/read-population-rows.ts';
import { OTHER_SPELLING_FAULT } from '../lambdas/handlers/shared/append-fact.ts';
import { CommandError } from './command-error.ts';

/** One reading, whose events are never recorded beside another's. */
const FEED = '0'.repeat(16);

export interface PeopleFile {
  readonly facts: readonly Fact[];
  /** Of rows, which are left out: `<file>:<line>  <column> <what was expected>`. */
  readonly faults: readonly string[];
  /** Where somebody is missing: how many rows could be theirs. */
  readonly unreadableRows: number;
}

interface Asked {
  readonly path: string;
  readonly source: string;
  readonly population: readonly Person[];
  /** What is not told of them. */
  readonly withheld: readonly AttributeName[];
  readonly guard: MassErrorGuardSettings;
  readonly nowMs: number;
}

/** Throws CommandError where the import would take none of it. */
export async function readPeopleFile(asked: Asked): Promise<PeopleFile> {
  const lines = await readLines(asked.path);
  const ids = lines.map(({ value }) => readIdentityId(value)?.toLowerCase());
  const gone = factsOfMissing(asked, new Set(ids.filter((id) => id !== undefined)));
  const { facts, faults } = compareRows(asked, lines);
  const unreadableRows = gone.length === 0 ? 0 : ids.filter((id) => id === undefined).length;
  return { facts: [...facts, ...gone], faults, unreadableRows };
}

function originOf({ source, nowMs }: Asked): SnapshotOrigin {
  return { source, feedId: FEED, writtenMs: nowMs };
}

function compareRows(asked: Asked, lines: readonly Line[]): Pick<PeopleFile, 'facts' | 'faults'> {
  const { path, source, population, withheld, nowMs } = asked;
  const people = new Map(population.map((person) => [person.identityId, person]));
  const known = new Set(population.map(({ identityId }) => identityId.toLowerCase()));
  const rows = { seen: new Set<string>(), spellings: new Map<string, string>() };
  const facts: Fact[] = [];
  const faults: string[] = [];
  const compare = (row: PersonSnapshot, first: string): Comparison => {
    const { identityId } = row;
    const person = people.get(identityId);
    if (person === undefined && (first !== identityId || known.has(identityId.toLowerCase())))
      return { outcome: 'faulty', faults: [{ ...OTHER_SPELLING_FAULT, pointer: '/identityId' }] };
    const timeline = buildTimeline(person === undefined ? [] : knownOf(person, source));
    const compareTold = (told: PersonSnapshot) => compareSnapshot(told, timeline, originOf(asked), nowMs);
    const compared = compareTold(person === undefined ? row : withoutWithheld(row, withheld));
    // The event of whoever changes is checked whole, as the import would.
    return compared.outcome === 'unchanged' ? compared : compareTold(row);
  };
  for (const { line, value } of lines) {
    const taken = takeRow(value, rows);
    const compared =
      taken.row === undefined ? { outcome: 'faulty' as const, ...taken } : compare(taken.row, taken.first);
    if (compared.outcome === 'changed') facts.push(...compared.events.map(({ fact }) => fact));
    if (compared.outcome !== 'faulty') continue;
    faults.push(...compared.faults.map(({ pointer, detail }) => `${path}:${line}  ${pointer} ${detail}`));
  }
  return { facts, faults };
}

/** @param named by any row, in lower case */
function factsOfMissing(asked: Asked, named: ReadonlySet<string>): readonly Fact[] {
  const { path, source, population, guard, nowMs } = asked;
  if (named.size === 0) throw unusable(path, 'names nobody');
  const isNamed = (identityId: string) => named.has(identityId.toLowerCase());
  const missing = population.filter(({ identityId }) => !isNamed(identityId));
  const gone = missing.flatMap((person) => {
    const timeline = buildTimeline(knownOf(person, source));
    const compared = compareMissing(person.identityId, timeline, originOf(asked), nowMs, isNamed);
    return compared.outcome === 'changed' ? [compared.events.map(({ fact }) => fact)] : [];
  });
  const fault = faultOfMissing(gone.length, population.length - missing.length, guard);
  if (fault !== undefined) throw unusable(path, fault);
  return gone.flat();
}

/** Of a name that the export leaves out nobody can tell whether it is another, and it gives nothing. */
function withoutWithheld(row: PersonSnapshot, withheld: readonly AttributeName[]): PersonSnapshot {
  const told = Object.entries(row.attributes).filter(
    ([name, value]) => value === null || !withheld.includes(name as AttributeName),
  );
  return { ...row, attributes: Object.fromEntries(told) };
}

async function readLines(path: string): Promise<readonly Line[]> {
  const format = formatOf(path);
  if (format === undefined) throw unusable(path, 'expected a name that ends in .csv, .jsonl or .ndjson');
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw unusable(path, 'there is no such file');
  if (size > MAXIMUM_FILE_BYTES) throw unusable(path, `${size} bytes, expected at most ${MAXIMUM_FILE_BYTES}`);
  const lines: Line[] = [];
  try {
    for await (const line of readPopulationRows(createReadStream(path), format)) {
      lines.push(line);
      if (lines.length > MAXIMUM_ROWS) throw unusable(path, `expected at most ${MAXIMUM_ROWS} rows`);
    }
  } catch (error) {
    if (error instanceof UnreadableFileError) throw unusable(path, error.message);
    throw error;
  }
  return lines;
}

function unusable(path: string, why: string): CommandError {
  return new CommandError(`--people ${path}: ${why}`);
}
