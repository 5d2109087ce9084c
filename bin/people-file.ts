// A file of everybody as HR systems write them, read as the import would read it were it put now: what it says beyond what
// the export knows, and what is wrong with its rows.
import { createReadStream, statSync } from 'node:fs';
import type { Person } from '../lambdas/core/access/person.ts';
import type { MassErrorGuardSettings } from '../lambdas/core/hr/mass-error-guard.ts';
import type { PersonSnapshot } from '../lambdas/core/hr/person-snapshot.ts';
import { knownOf } from '../lambdas/core/hr/what-if.ts';
import type { AttributeName } from '../lambdas/core/identity/attributes.ts';
import type { Fact } from '../lambdas/core/identity/facts.ts';
import { buildTimeline } from '../lambdas/core/identity/timeline.ts';
import { comparePeople } from '../lambdas/handlers/hr/compare-people.ts';
import {
  formatOf,
  type Line,
  MAXIMUM_FILE_BYTES,
  MAXIMUM_ROWS,
  readPopulationRows,
  UnreadableFileError,
} from '../lambdas/handlers/shared/read-population-rows.ts';
import { CommandError } from './command-error.ts';

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
  const { path, source, population, withheld, guard, nowMs } = asked;
  try {
    const lines = await readLines(path);
    const timelines = new Map(
      population.map((person) => [person.identityId, buildTimeline(knownOf(person, source))] as const),
    );
    const comparable = (row: PersonSnapshot) => withoutWithheld(row, withheld);
    const { faults, ...found } = comparePeople(lines, { source, timelines, comparable, guard, nowMs });
    const told = faults.map(({ line, fault }) => `${path}:${line}  ${fault.pointer} ${fault.detail}`);
    return { ...found, faults: told };
  } catch (error) {
    if (error instanceof UnreadableFileError) throw unusable(path, error.message);
    throw error;
  }
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
  for await (const line of readPopulationRows(createReadStream(path), format)) {
    lines.push(line);
    if (lines.length > MAXIMUM_ROWS) throw unusable(path, `expected at most ${MAXIMUM_ROWS} rows`);
  }
  return lines;
}

function unusable(path: string, why: string): CommandError {
  return new CommandError(`--people ${path}: ${why}`);
}
