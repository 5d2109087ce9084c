// Imports a file of the whole population: `<source>/<name>.csv` or `.jsonl` in the bucket. It is read twice: once for
// whom it names, so that a file that lacks too many is refused before anything of it counts; then what adds or changes is
// recorded, and what would take access away waits until the mass-error guard has judged all of it. It may die anywhere:
// begun again, it finds done what is done. Under `<source>/dry-run/` nothing is recorded, and the report says what would be.
import * as z from 'zod';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { type Fault, InvalidInputError, RetryableError } from '../../core/errors.ts';
import { type HoldReason, takingOf } from '../../core/hr/mass-error-guard.ts';
import {
  compareSnapshot,
  type FeedEvent,
  inSnapshot,
  isBroughtBy,
  type SnapshotOrigin,
} from '../../core/hr/person-snapshot.ts';
import {
  compareMissing,
  faultOfMissing,
  type NamedByRows,
  readIdentityId,
  takeRow,
} from '../../core/hr/population-feed.ts';
import { stampAuthority } from '../../core/identity/authority.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { redirect } from '../../core/identity/merged-identities.ts';
import type { IdentityStatus } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { Alert } from '../../stores/alerts.ts';
import { deployedAccessModel } from '../../stores/deployed-access-model.ts';
import { deployedPrecedence } from '../../stores/deployed-hr-sources.ts';
import { dynamoDirectoryStore } from '../../stores/directory/dynamo-directory-store.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoFactStore } from '../../stores/facts/dynamo-fact-store.ts';
import { type PopulationFiles, s3PopulationFiles } from '../../stores/population-files.ts';
import { OTHER_SPELLING_FAULT } from '../shared/append-fact.ts';
import {
  formatOf,
  type Line,
  MAXIMUM_FILE_BYTES,
  MAXIMUM_ROWS,
  readPopulationRows,
  UnreadableFileError,
} from '../shared/read-population-rows.ts';
import { type Delivery, guardDelivery, liveGuard, reasonThatWouldHold } from './guard-delivery.ts';
import {
  faultsOfReach,
  type Known,
  loadKnown,
  type RecordDependencies,
  recordFeedEvent,
} from './record-feed-events.ts';

const ROWS_AT_ONCE = 200;
const CONCURRENT_IDENTITIES = 20;
const DIRECTORY_PAGE = 1_000;
/** As many pages as the most rows take, five times over, however short they are: the departed are in the directory, too. */
const MAXIMUM_DIRECTORY_PAGES = 1_000;
const BEYOND_DIRECTORY = `expected at most ${MAXIMUM_DIRECTORY_PAGES} pages of identities that it has to be compared with`;
const MAXIMUM_REPORTED = 1_000;
/** A minute before Lambda's own end; the next invocation goes on. */
const RUN_MS = 14 * 60_000;

/** The folder of a source whose files are only tried. */
const DRY_RUN = 'dry-run';

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
  outcome: 'imported' | 'dry-run' | 'refused';
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
  /** Of a dry run: why the mass-error guard would hold what takes access away. */
  wouldHold?: HoldReason;
  /** Of a dry run: who would change, and by which events. */
  readonly people?: { readonly identityId: string; readonly events: readonly Fact['type'][] }[];
  readonly faults: { readonly line: number; readonly faults: readonly Fault[] }[];
}

interface Run extends ImportDependencies, NamedByRows {
  readonly file: SnapshotOrigin;
  readonly report: Report;
  readonly deadlineMs: number;
  readonly dryRun: boolean;
  /** By any row, whether or not it can be used, in lower case: whoever it is, the file does not lack them. */
  readonly named: Set<string>;
  /** Rows of which not even the identity could be read. */
  unreadable: number;
  /** Each person's events, in the order in which they are to be recorded. */
  readonly disabling: Changed[];
}

interface Changed {
  /** As the file calls them. */
  readonly identityId: string;
  /** The row's; absent: there is none. */
  readonly line?: number;
  readonly events: readonly FeedEvent[];
}

type Counts = Omit<Report, 'faults' | 'file' | 'people'>;

export const importPopulation =
  (dependencies: ImportDependencies) =>
  async ({ detail }: ObjectCreated): Promise<Counts | { readonly outcome: 'ignored' }> => {
    const { key, etag = '', sequencer = '', 'version-id': versionId } = detail.object;
    const [source = '', folder] = key.split('/');
    const format = formatOf(key);
    if (!dependencies.hrSources.includes(source) || format === undefined) return { outcome: 'ignored' };
    const opened = await dependencies.files.open(key, versionId);
    const fileId = sha256Hex(JSON.stringify([key, etag, versionId ?? sequencer])).slice(0, 16);
    const run = newRun(dependencies, { key, source, fileId, dryRun: folder === DRY_RUN }, opened.writtenMs);
    const { report } = run;
    try {
      const expected = `expected at most ${MAXIMUM_FILE_BYTES} bytes`;
      if (opened.sizeBytes > MAXIMUM_FILE_BYTES) throw new UnreadableFileError(expected);
      await noteNamed(run, readPopulationRows(opened.chunks, format));
      const missing = await findMissing(run);
      const again = await dependencies.files.open(key, versionId);
      await takeRows(run, readPopulationRows(again.chunks, format));
      for (const changed of missing) {
        count(run, changed);
        run.disabling.push(changed);
      }
      await recordDisabling(run, missing.length > 0);
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      Object.assign(report, { outcome: 'refused', refusedBecause: error.message });
    }
    // Rows are compared side by side.
    report.faults.sort((a, b) => a.line - b.line);
    await dependencies.files.putReport(`reports/${key}.${fileId}.json`, report);
    if (report.outcome === 'refused' && !run.dryRun) await dependencies.guard.alert(refusalAlert(report));
    const { faults: _faults, file: _file, people: _people, ...counts } = report;
    return counts;
  };

async function noteNamed(run: Run, lines: AsyncIterable<Line>): Promise<void> {
  for await (const { value } of lines) {
    run.report.rows += 1;
    // Who would be missing from the rest is not known: nobody leaves by a file that is not read to its end.
    if (run.report.rows > MAXIMUM_ROWS) throw new UnreadableFileError(`expected at most ${MAXIMUM_ROWS} rows`);
    const identityId = readIdentityId(value);
    if (identityId === undefined) run.unreadable += 1;
    else run.named.add(identityId.toLowerCase());
  }
  if (run.named.size === 0) throw new UnreadableFileError('names nobody');
}

async function takeRows(run: Run, lines: AsyncIterable<Line>): Promise<void> {
  let waiting: Line[] = [];
  for await (const line of lines) {
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
    const taken = takeRow(value, run);
    if (taken.row !== undefined) return { line, ...taken };
    refuseRow(run, line, taken.faults);
    return [];
  });
  await mapBounded(fresh, CONCURRENT_IDENTITIES, async ({ line, row, first }) => {
    const known = await loadKnown(run, row.identityId);
    if (known.version === 0 && (first !== row.identityId || (await isOtherSpelling(run, row.identityId)))) {
      refuseRow(run, line, [{ ...OTHER_SPELLING_FAULT, pointer: '/identityId' }]);
      return;
    }
    const compared = compareSnapshot(row, known.timeline, run.file, known.nowMs);
    switch (compared.outcome) {
      case 'unchanged':
      case 'departed':
        run.report[compared.outcome] += 1;
        return;
      case 'faulty':
        refuseRow(run, line, compared.faults);
        return;
      case 'changed': {
        const faults = await faultsOfReach(run, run.file.source, compared.events);
        if (faults.length > 0) return refuseRow(run, line, faults);
        return await takeChanges(run, known, { identityId: row.identityId, line, events: compared.events });
      }
      default:
        compared satisfies never;
    }
  });
}

async function isOtherSpelling({ facts }: Run, identityId: string): Promise<boolean> {
  return (await facts.findOtherSpellings([identityId])).has(identityId);
}

async function takeChanges(run: Run, known: Known, changed: Changed): Promise<void> {
  count(run, changed);
  // All of a person's events wait where one does, so that they keep their order.
  if (takesAccess(run, known, changed)) run.disabling.push(changed);
  else if (!run.dryRun) await record(run, changed, new Map());
}

function count({ report }: Run, { identityId, events }: Changed): void {
  const types = events.map(({ fact }) => fact.type);
  for (const type of types) if (type === 'joiner' || type === 'mover' || type === 'leaver') report[`${type}s`] += 1;
  if (report.people !== undefined && report.people.length < MAXIMUM_REPORTED) {
    report.people.push({ identityId, events: types });
  }
}

/** Whether the guard must have judged it before it is recorded. */
function takesAccess(run: Run, { identityId, timeline, nowMs }: Known, { events }: Changed): boolean {
  const facts = events
    .map(({ fact }) => stampAuthority(fact, run.precedence))
    .map((fact) => (fact.identityId === identityId ? fact : redirect(fact, identityId)));
  const fresh = facts.filter(({ factId }) => timeline.facts.every((one) => one.factId !== factId));
  return takingOf(timeline.facts, fresh, run.model(), nowMs) !== undefined;
}

/** What was held when this file was begun before is held still. */
async function record(run: Run, { line = 0, events }: Changed, holds: ReadonlyMap<string, string>): Promise<void> {
  for (const event of events) {
    try {
      const heldIn = await recordFeedEvent(run, event, holds.get(event.fact.factId));
      if (heldIn !== undefined) run.report.holdId = heldIn;
    } catch (error) {
      // Of somebody of whom too much was said already: it stops nobody else's.
      if (!(error instanceof InvalidInputError)) throw error;
      refuseRow(
        run,
        line,
        error.faults.map((fault) => ({ ...fault, pointer: inSnapshot(fault.pointer) })),
      );
    }
  }
}

/** Those whom the file ought to name and does not. Of too many, the file is taken for a part of one. */
async function findMissing(run: Run): Promise<readonly Changed[]> {
  const { directory, file, named, guard } = run;
  // Whoever the file names in another spelling, which is refused, does not leave by that.
  const isNamed = (identityId: string) => named.has(identityId.toLowerCase());
  const missing: Changed[] = [];
  const found: string[] = [];
  let present = 0;
  let after: string | undefined;
  for (let page = 1; ; page += 1) {
    stopInTime(run);
    // Who is missing among the rest would not be known: nobody leaves, or stays unnoticed, by a part of the directory.
    if (page > MAXIMUM_DIRECTORY_PAGES) throw new UnreadableFileError(BEYOND_DIRECTORY);
    const { items, next } = await directory.listIdentities({ limit: DIRECTORY_PAGE, after });
    const unnamed = items.filter((header) => !isNamed(header.identityId) && isExpected(header));
    for (const { identityId, summary } of items.filter((header) => isNamed(header.identityId))) {
      found.push(identityId);
      if (isThere(summary.status)) present += 1;
    }
    await mapBounded(unnamed, CONCURRENT_IDENTITIES, async ({ identityId }) => {
      const { identityId: countsAt, timeline, nowMs } = await loadKnown(run, identityId);
      // Whose id was merged into another is looked at there.
      if (countsAt !== identityId) return;
      const compared = compareMissing(identityId, timeline, file, nowMs, isNamed);
      if (compared.outcome !== 'changed') return;
      // Of whom a source may not speak, its file lacks nobody.
      const faults = await faultsOfReach(run, file.source, compared.events);
      if (faults.length === 0) missing.push({ identityId, events: compared.events });
    });
    after = next;
    if (after === undefined) break;
  }
  const fault = faultOfMissing(missing.length, present, guard.settings);
  if (fault !== undefined && !(await isBegun(run, found))) throw new UnreadableFileError(fault);
  return missing;
}

/** Whether some of it counts already: it lacked few when it was begun, and is not left half done because of who left since. */
async function isBegun(run: Run, named: readonly string[]): Promise<boolean> {
  for (let start = 0; start < named.length; start += ROWS_AT_ONCE) {
    stopInTime(run);
    const known = await mapBounded(named.slice(start, start + ROWS_AT_ONCE), CONCURRENT_IDENTITIES, (identityId) =>
      loadKnown(run, identityId),
    );
    if (known.some(({ timeline }) => timeline.facts.some((fact) => isBroughtBy(run.file, fact)))) return true;
  }
  return false;
}

function isThere(status: IdentityStatus): boolean {
  return status === 'pending' || status === 'active' || status === 'suspended';
}

/** Whom a file of everybody may have to name: among the departed, those for whom there is something to come. */
function isExpected({ summary, nextCheckMs }: IdentityHeader): boolean {
  return isThere(summary.status) || (summary.status === 'departed' && nextCheckMs !== undefined);
}

async function recordDisabling(run: Run, lacksSomebody: boolean): Promise<void> {
  const { file, report, disabling, unreadable } = run;
  const { source, feedId, writtenMs } = file;
  const delivery: Delivery = {
    source,
    deliveryId: `feed:${feedId}`,
    facts: disabling.flatMap(({ events }) => events.map(({ fact }) => fact)),
    ownHold: `${toIso(writtenMs).slice(0, 16).replaceAll(/[-:]/g, '')}.${feedId}`,
    ...(unreadable > 0 && lacksSomebody && { doubt: { rule: 'unreadable-rows', count: unreadable } }),
  };
  if (run.dryRun) {
    const wouldHold = await reasonThatWouldHold(run, delivery);
    Object.assign(report, wouldHold && { wouldHold });
    return;
  }
  const held = await guardDelivery(run, delivery);
  await mapBounded(disabling, CONCURRENT_IDENTITIES, async (changed) => {
    stopInTime(run);
    await record(run, changed, held);
  });
}

/** What the file is called stays out of the mail: it may name somebody. */
function refusalAlert({ source, fileId, refusedBecause }: Report): Alert {
  return {
    subject: `Tenure refused a file of ${source}`,
    message: `${refusedBecause}. Report: reports/${source}/*${fileId}.json\nRunbook: docs/runbook/file-not-imported.md`,
  };
}

function refuseRow({ report }: Run, line: number, faults: readonly Fault[]): void {
  report.faulty += 1;
  if (report.faults.length < MAXIMUM_REPORTED) report.faults.push({ line, faults });
}

function stopInTime({ clock, deadlineMs, report }: Run): void {
  if (clock() > deadlineMs) throw new RetryableError(`${report.rows} rows took all the time there is: to be continued`);
}

interface Identified {
  readonly key: string;
  readonly source: string;
  readonly fileId: string;
  readonly dryRun: boolean;
}

function newRun(dependencies: ImportDependencies, identified: Identified, writtenMs: number): Run {
  const { source, fileId, dryRun } = identified;
  return {
    ...dependencies,
    file: { source, feedId: fileId, writtenMs },
    report: newReport(identified),
    deadlineMs: dependencies.clock() + RUN_MS,
    dryRun,
    named: new Set(),
    spellings: new Map(),
    seen: new Set(),
    unreadable: 0,
    disabling: [],
  };
}

function newReport({ key, source, fileId, dryRun }: Identified): Report {
  const none = { rows: 0, joiners: 0, movers: 0, leavers: 0, unchanged: 0, departed: 0, faulty: 0 };
  const outcome = dryRun ? 'dry-run' : 'imported';
  return { file: key, source, fileId, outcome, ...none, ...(dryRun && { people: [] }), faults: [] };
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
    precedence: deployedPrecedence(),
  });
  return live(input);
});
