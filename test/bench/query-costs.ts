// `npm run bench -- queries`: what each named query makes Athena read, from the columns and the classes that it names and the
// sizes that these have in Parquet. Run on a Node with zstd (22.15 or later), which functions write with.
import { parquetMetadata } from 'hyparquet';
import type { LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { OCSF_CLASS_NAMES, type OcsfClassName } from '../../lambdas/core/audit/ocsf/classes.ts';
import { sourceOf } from '../../lambdas/core/audit/ocsf/lake-layout.ts';
import { type OcsfEvent, toOcsfEvents } from '../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { writeParquet } from '../../lambdas/stores/lake/parquet.ts';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';
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

export async function printQueryCosts(): Promise<void> {
  const sizes = measure();
  const whole = [...sizes.values()].flatMap((columns) => [...columns.values()]).reduce((sum, bytes) => sum + bytes, 0);
  console.log(`A million entries are ${megabytes(whole)} MB of Parquet. Of them, a query over all of time reads:\n`);
  for (const { name, sql } of namedQueries()) {
    const bytes = bytesRead(sql, sizes);
    const dollars = (Math.max(bytes, LEAST_BYTES) / 1e12) * DOLLARS_PER_TERABYTE;
    console.log(`  ${name.padEnd(24)} ${megabytes(bytes).padStart(7)} MB   $${dollars.toFixed(5)}`);
  }
}

function measure(): Sizes {
  const rows = Array.from({ length: ENTRIES }, (_, index) => entryAt(index)).flatMap((entry, index) =>
    toOcsfEvents({ index, entry, leafHash: random(32).toString('base64') }, 'tenure.tenure/111122223333/eu-west-1'),
  );
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

/** Pseudonyms and ids are random: nothing makes them smaller. A person has some thirty entries. */
function entryAt(index: number): LogEntry {
  const type = STORY[index % STORY.length] ?? 'converged';
  const subject = (Math.floor(index / 30) * 2_654_435_761) >>> 0;
  return logEntry({
    at: new Date(Date.UTC(2026, 10, 1) + index * 1_000).toISOString(),
    id: random(16).toString('base64url'),
    subject: { kind: 'identity', id: Buffer.from(`${subject}`.padEnd(16, 'x')).toString('base64url') },
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
