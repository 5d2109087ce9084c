// `npm run bench -- queries`: what each named query makes Athena read, from the columns and the classes that it names and the
// sizes that these have in Parquet. Run on a Node with zstd (22.15 or later), which functions write with. `npm run bench --
// queries 1000000` writes a lake of so many entries as well, and asks all of them of the local cloud's engine.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import type { LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { OCSF_CLASS_NAMES, type OcsfClassName } from '../../lambdas/core/audit/ocsf/classes.ts';
import { ENTRIES_OF_A_PART, partOf, sourceOf } from '../../lambdas/core/audit/ocsf/lake-layout.ts';
import { type OcsfEvent, toOcsfEvents } from '../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { executionParameters } from '../../lambdas/core/audit/queries/named-query.ts';
import { writeParquet } from '../../lambdas/stores/lake/parquet.ts';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';
import { askFiles, writeRows } from '../support/athena.ts';
import { EVENTS, logEntry } from '../support/log-entries.ts';

const ENTRIES = 32_768;
const MILLION = 1_000_000;
/** Athena: US dollars for 10^12 bytes, and the least that a query is billed for. */
const DOLLARS_PER_TERABYTE = 5;
const LEAST_BYTES = 10_000_000;
/** What a change of access leaves behind, in the shares that the sample feed has. */
const STORY = ['access-intended', 'access-changed', 'access-changed', 'access-read-back', 'converged'] as const;

/** Class → path of a column → bytes. */
type Sizes = ReadonlyMap<OcsfClassName, ReadonlyMap<string, number>>;

/** `options` as they stand behind `npm run bench -- queries`. */
export async function printQueryCosts([entries]: readonly string[]): Promise<void> {
  const sizes = measure();
  const whole = [...sizes.values()].flatMap((columns) => [...columns.values()]).reduce((sum, bytes) => sum + bytes, 0);
  console.log(`A million entries are ${megabytes(whole)} MB of Parquet. Of them, a query over all of time reads:\n`);
  for (const { name, sql } of namedQueries()) {
    const bytes = bytesRead(sql, sizes);
    console.log(`  ${name.padEnd(24)} ${megabytes(bytes).padStart(7)} MB   $${dollarsOf(bytes)}`);
  }
  if (entries !== undefined) await printQueries(Number(entries), sizes);
}

function dollarsOf(bytes: number): string {
  return ((Math.max(bytes, LEAST_BYTES) / 1e12) * DOLLARS_PER_TERABYTE).toFixed(5);
}

/** Each over all of time, of the access model's application or the person that the most is known of. */
async function printQueries(entries: number, sizes: Sizes): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-bench-'));
  try {
    const before = process.cpuUsage();
    const files: string[] = [];
    for (let first = 0; first < entries; first += ENTRIES_OF_A_PART) {
      const count = Math.min(ENTRIES_OF_A_PART, entries - first);
      files.push(...writeRows(folder, rowsFrom(first, count), partOf(first)));
    }
    const { user, system } = process.cpuUsage(before);
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    console.log(
      `\nA lake of ${entries} entries: ${megabytes(bytes)} MB in ${files.length} objects, made in ${((user + system) / 1e6).toFixed(0)} s of CPU.` +
        ' Each query on the engine of the local cloud, one thread, in seconds of CPU:\n',
    );
    const queries = namedQueries();
    const given: Readonly<Record<string, string>> = {
      application: 'github',
      identity: subjectOf(0),
      since: '2020-01-01',
    };
    const asked = queries.map((query) => {
      const own = query.parameters.flatMap(({ name }) => (given[name] === undefined ? [] : [[name, given[name]]]));
      return {
        sql: query.sql,
        parameters: executionParameters(query, Object.fromEntries(own), Date.UTC(2026, 11, 31)),
      };
    });
    const answers = await askFiles(files, asked);
    for (const [index, { name, sql }] of queries.entries()) {
      const answer = answers[index];
      if (answer === undefined || 'error' in answer) throw new Error(`${name}: ${answer?.error}`);
      const read = (bytesRead(sql, sizes) * entries) / MILLION;
      console.log(
        `  ${name.padEnd(24)} ${answer.cpuSeconds.toFixed(2).padStart(7)} s   ${String(answer.rows.length).padStart(7)} rows` +
          `   ${megabytes(read).padStart(7)} MB   $${dollarsOf(read)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(): Sizes {
  const rows = rowsFrom(0, ENTRIES);
  return new Map(
    OCSF_CLASS_NAMES.map((name) => [
      name,
      sizesOf(
        name,
        rows.filter(({ className }) => className === name),
      ),
    ]),
  );
}

function rowsFrom(first: number, count: number): readonly OcsfEvent[] {
  return Array.from({ length: count }, (_, at) => first + at).flatMap((index) => {
    const leafHash = random(32).toString('base64');
    return toOcsfEvents({ index, entry: entryAt(index), leafHash }, 'tenure.tenure/111122223333/eu-west-1');
  });
}

function subjectOf(person: number): string {
  return Buffer.from(`${(person * 2_654_435_761) >>> 0}`.padEnd(16, 'x')).toString('base64url');
}

/** Pseudonyms and ids are random: nothing makes them smaller. A person has some thirty entries. */
function entryAt(index: number): LogEntry {
  const type = STORY[index % STORY.length] ?? 'converged';
  const subject = (Math.floor(index / 30) * 2_654_435_761) >>> 0;
  return logEntry({
    at: new Date(Date.UTC(2026, 10, 1) + index * 1_000).toISOString(),
    id: random(16).toString('base64url'),
    subject: { kind: 'identity', id: subjectOf(Math.floor(index / 30)) },
    sequence: index % 30,
    correlation: Buffer.from(`${subject + 1}`.padEnd(16, 'y')).toString('base64url'),
    event: EVENTS[type],
  });
}

function random(bytes: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)));
}

function sizesOf(name: OcsfClassName, rows: readonly OcsfEvent[]): ReadonlyMap<string, number> {
  if (rows.length === 0) return new Map();
  const { row_groups } = parquetMetadata(writeParquet(name, rows).buffer as ArrayBuffer);
  const sizes = new Map<string, number>();
  for (const { meta_data } of row_groups.flatMap(({ columns }) => columns)) {
    const path = meta_data?.path_in_schema.join('.') ?? '';
    sizes.set(path, (sizes.get(path) ?? 0) + (Number(meta_data?.total_compressed_size ?? 0) * MILLION) / ENTRIES);
  }
  return sizes;
}

function bytesRead(sql: string, sizes: Sizes): number {
  const text = sql.replace(/^\s*--.*$/gm, '');
  const sources = [...text.matchAll(/'(tenure_\w+)'/g)].map(([, source]) => source);
  const isRead = (path: string) =>
    new RegExp(`\\b${path.replace('.list.element', '').replaceAll('.', '\\."?')}"?\\b`).test(text);
  let bytes = 0;
  for (const [name, columns] of sizes) {
    if (sources.length > 0 && !sources.includes(sourceOf(name))) continue;
    for (const [path, size] of columns) if (isRead(path)) bytes += size;
  }
  return bytes;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
