// Imports a file of the whole population: `<source>/<name>.csv` or `.jsonl` in the bucket. What adds or changes is
// recorded as it is read; what would take access away waits until the whole file has been judged by the mass-error guard. It may
// die anywhere: begun again, it finds done what is done. A report says what became of each row that could not be used.
import * as z from 'zod';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type Fault, RetryableError } from '../../core/errors.ts';
import { takingOf } from '../../core/hr/mass-error-guard.ts';
import { compareSnapshot, type FeedEvent, type SnapshotOrigin } from '../../core/hr/person-snapshot.ts';
import { compareMissing, readRow } from '../../core/hr/population-feed.ts';
import { hrSourcePrecedenceSchema, stampAuthority } from '../../core/identity/authority.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { deployedAccessModel } from '../../stores/deployed-access-model.ts';
import { dynamoDirectoryStore } from '../../stores/directory/dynamo-directory-store.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoFactStore } from '../../stores/facts/dynamo-fact-store.ts';
import { type PopulationFiles, s3PopulationFiles } from '../../stores/population-files.ts';
import { guardDelivery, liveGuard } from './guard-delivery.ts';
import { formatOf, type Line, readPopulationRows, UnreadableFileError } from './read-population-rows.ts';
import { type Known, loadKnown, type RecordDependencies, recordFeedEvent } from './record-feed-events.ts';

export const MAXIMUM_FILE_BYTES = 100_000_000;
export const MAXIMUM_ROWS = 200_000;
const ROWS_AT_ONCE = 200;
const CONCURRENT_IDENTITIES = 20;
const DIRECTORY_PAGE = 1_000;
/** As many pages as the most rows take, five times over: the departed are in the directory, too. */
const MAXIMUM_DIRECTORY_PAGES = 1_000;
const MAXIMUM_REPORTED = 1_000;
/** A minute before Lambda's own end; the next invocation goes on. */
const RUN_MS = 14 * 60_000;

export interface ImportDependencies extends RecordDependencies {
  readonly files: PopulationFiles;
  readonly hrSources: readonly string[];
}

/** EventBridge's "Object Created" of S3. */
const inputSchema = z.looseObject({
  detail: z.looseObject({
    object: z.looseObject({
      key: z.string().min(1).max(1_024),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
      sequencer: z.string().optional(),
    }),
  }),
});
export type ObjectCreated = z.infer<typeof inputSchema>;

interface Report {
  readonly file: string;
  readonly source: string;
  readonly fileId: string;
  outcome: 'imported' | 'refused';
  refusedBecause?: string;
  rows: number;
  joiners: number;
  movers: number;
  leavers: number;
  unchanged: number;
  /** Named by the file, and departed. Without a later `effectiveAt` they stay so. */
  departed: number;
  faulty: number;
  holdId?: string;
  readonly faults: { readonly line: number; readonly faults: readonly Fault[] }[];
}

interface Run extends ImportDependencies {
  readonly file: SnapshotOrigin;
  readonly report: Report;
  readonly deadlineMs: number;
  readonly seen: Set<string>;
  /** Rows of which not even the identity could be read. */
  unreadable: number;
  readonly disabling: FeedEvent[];
}

export const importPopulation =
  (dependencies: ImportDependencies) =>
  async ({ detail }: ObjectCreated): Promise<Omit<Report, 'faults' | 'file'> | { readonly outcome: 'ignored' }> => {
    const { key, etag = '', sequencer = '', 'version-id': versionId } = detail.object;
    const source = key.split('/')[0] ?? '';
    const format = formatOf(key);
    if (!dependencies.hrSources.includes(source) || format === undefined) return { outcome: 'ignored' };
    const { sizeBytes, writtenMs, chunks } = await dependencies.files.open(key, versionId);
    const fileId = sha256Hex(JSON.stringify([key, etag, versionId ?? sequencer])).slice(0, 16);
    const report = newReport(key, source, fileId);
    const file = { source, feedId: fileId, writtenMs };
    const deadlineMs = dependencies.clock() + RUN_MS;
    const run: Run = { ...dependencies, file, report, deadlineMs, seen: new Set(), unreadable: 0, disabling: [] };
    try {
      if (sizeBytes > MAXIMUM_FILE_BYTES) throw new UnreadableFileError(`expected at most ${MAXIMUM_FILE_BYTES} bytes`);
      await takeRows(run, readPopulationRows(chunks, format));
      await takeMissing(run);
      await recordDisabling(run);
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      Object.assign(report, { outcome: 'refused', refusedBecause: error.message });
    }
    await dependencies.files.putReport(`reports/${key}.${fileId}.json`, report);
    const { faults: _faults, file: _file, ...counts } = report;
    return counts;
  };

async function takeRows(run: Run, lines: AsyncIterable<Line>): Promise<void> {
  let waiting: Line[] = [];
  for await (const line of lines) {
    run.report.rows += 1;
    // Who would be missing from the rest is not known: nobody leaves by a file that is not read to its end.
    if (run.report.rows > MAXIMUM_ROWS) throw new UnreadableFileError(`expected at most ${MAXIMUM_ROWS} rows`);
    waiting.push(line);
    if (waiting.length < ROWS_AT_ONCE) continue;
    await takeSome(run, waiting);
    waiting = [];
  }
  await takeSome(run, waiting);
}

async function takeSome(run: Run, lines: readonly Line[]): Promise<void> {
  stopInTime(run);
  // Each identity once, so that rows taken side by side never concern the same.
  const fresh = lines.flatMap(({ line, value }) => {
    const { row, faults, ...read } = readRow(value);
    const identityId = row?.identityId ?? ('identityId' in read ? read.identityId : undefined);
    const again = identityId !== undefined && run.seen.has(identityId);
    if (identityId === undefined) run.unreadable += 1;
    else run.seen.add(identityId);
    if (row !== undefined && !again) return { line, row };
    refuseRow(run, line, faults ?? [{ pointer: '/identityId', detail: 'is in an earlier row, which counts' }]);
    return [];
  });
  await mapBounded(fresh, CONCURRENT_IDENTITIES, async ({ line, row }) => {
    const known = await loadKnown(run, row.identityId);
    const compared = compareSnapshot(row, known.timeline, run.file, known.nowMs);
    switch (compared.outcome) {
      case 'unchanged':
      case 'departed':
        run.report[compared.outcome] += 1;
        return;
      case 'faulty':
        refuseRow(run, line, compared.faults);
        return;
      case 'changed':
        return await takeChanges(run, known, compared.events);
      default:
        compared satisfies never;
    }
  });
}

async function takeChanges(run: Run, known: Known, events: readonly FeedEvent[]): Promise<void> {
  const waiting = findWaiting(run, known, events);
  for (const event of events) {
    const { type } = event.fact;
    if (type === 'joiner' || type === 'mover' || type === 'leaver') run.report[`${type}s`] += 1;
    if (waiting.has(event.fact.factId)) run.disabling.push(event);
    else await record(run, event, undefined);
  }
}

/** What the guard must have judged before it is recorded. Where a merged identity's facts count, the guard finds out. */
function findWaiting(run: Run, { timeline, nowMs }: Known, events: readonly FeedEvent[]): ReadonlySet<string> {
  const facts = events.map(({ fact }) => stampAuthority(fact, run.precedence));
  if (timeline.mergedInto !== undefined) return new Set(facts.map(({ factId }) => factId));
  const fresh = facts.filter(({ factId }) => timeline.facts.every((known) => known.factId !== factId));
  const taking = takingOf(timeline.facts, fresh, run.model(), nowMs);
  return new Set(taking?.facts.map(({ factId }) => factId));
}

/** What was held when this file was begun before is held still. */
async function record(run: Run, event: FeedEvent, holdId: string | undefined): Promise<void> {
  const heldIn = await recordFeedEvent(run, event, holdId);
  if (heldIn !== undefined) run.report.holdId = heldIn;
}

async function takeMissing(run: Run): Promise<void> {
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_DIRECTORY_PAGES; page += 1) {
    stopInTime(run);
    const { items, next } = await run.directory.listIdentities({ limit: DIRECTORY_PAGE, after });
    const missing = items.filter(
      ({ identityId, summary }) => !run.seen.has(identityId) && ['active', 'suspended'].includes(summary.status),
    );
    await mapBounded(missing, CONCURRENT_IDENTITIES, async ({ identityId }) => {
      const known = await loadKnown(run, identityId);
      const compared = compareMissing(identityId, known.timeline, run.file, known.nowMs);
      if (compared.outcome === 'changed') await takeChanges(run, known, compared.events);
    });
    after = next;
    if (after === undefined) return;
  }
}

async function recordDisabling(run: Run): Promise<void> {
  const { file, report, disabling } = run;
  const { source, feedId, writtenMs } = file;
  const held = await guardDelivery(run, {
    source,
    deliveryId: `feed:${feedId}`,
    facts: disabling.map(({ fact }) => fact),
    ownHold: `${toIso(writtenMs).slice(0, 16).replaceAll(/[-:]/g, '')}.${feedId}`,
    ...(run.unreadable > 0 && report.leavers > 0 && { doubt: { rule: 'unreadable-rows', count: run.unreadable } }),
  });
  await mapBounded(disabling, CONCURRENT_IDENTITIES, async (event) => {
    stopInTime(run);
    await record(run, event, held.get(event.fact.factId));
  });
}

function refuseRow({ report }: Run, line: number, faults: readonly Fault[]): void {
  report.faulty += 1;
  if (report.faults.length < MAXIMUM_REPORTED) report.faults.push({ line, faults });
}

function stopInTime({ clock, deadlineMs, report }: Run): void {
  if (clock() > deadlineMs) throw new RetryableError(`${report.rows} rows took all the time there is: to be continued`);
}

function newReport(file: string, source: string, fileId: string): Report {
  const none = { rows: 0, joiners: 0, movers: 0, leavers: 0, unchanged: 0, departed: 0, faulty: 0 };
  return { file, source, fileId, outcome: 'imported', ...none, faults: [] };
}

let live: ReturnType<typeof importPopulation> | undefined;

export const handler = serveTask('import-population', inputSchema, (input) => {
  live ??= importPopulation({
    // Only what it works with: its code lies near the bound.
    facts: dynamoFactStore(),
    directory: dynamoDirectoryStore(),
    clock: Date.now,
    model: deployedAccessModel,
    files: s3PopulationFiles(),
    guard: liveGuard(),
    hrSources: JSON.parse(fromEnvironment('hrSources')) as string[],
    precedence: hrSourcePrecedenceSchema.parse(JSON.parse(fromEnvironment('hrSourcePrecedence', '{}'))),
  });
  return live(input);
});
