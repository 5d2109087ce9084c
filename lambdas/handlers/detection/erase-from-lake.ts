// Takes those who are erased out of the lake of activity: looks through all of its objects once, and then through what came since,
// again and again, until nothing from before can be on its way any more. An object is written anew where it is, if it still is
// what was read. It can end anywhere; the next run goes on behind the page that was done last.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import {
  ACTIVITY_CLASS_NAMES,
  ACTIVITY_COLUMNS,
  activityFolder,
  hourOf,
  hourOfKey,
} from '../../core/detection/activity-lake.ts';
import { eraseFromRow, type LakeErasure, type Sought, soughtOf } from '../../core/detection/lake-erasure.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoErasureStore } from '../../stores/erasures/dynamo-erasure-store.ts';
import type { ErasureStore } from '../../stores/erasures/erasure-store.ts';
import { type LakeFolder, type LakeObjects, s3LakeFolder, s3LakeObjects } from '../../stores/lake/lake-objects.ts';
import { readColumns, writeColumns } from '../../stores/lake/parquet.ts';

export interface EraseFromLakeDependencies {
  readonly lake: LakeObjects & LakeFolder;
  readonly erasures: Pick<ErasureStore, 'eraseUnknown' | 'listLakeErasures' | 'noteLakeSearched'>;
  readonly activity: Pick<ActivityStore, 'readCursor' | 'saveCursor'>;
  readonly retentionDays: number;
  /** The activity sources, by their ids. */
  readonly sources: readonly string[];
  readonly clock: () => number;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** It begins no page after that: a page is looked through in seconds, in minutes where its objects are as large as they get. */
const RUN_MS = 240_000;
/** Who was looked for is looked for again after that, in what came since. */
const AGAIN_MS = 6 * HOUR_MS;
/** What is being written when a pass begins is in the lake minutes later, under the hour in which that began. */
const OVERLAP_MS = HOUR_MS;
const KEYS_OF_A_PAGE = 50;
/** Each may have 10,000 records of 20 kB. */
const CONCURRENT_OBJECTS = 2;
const MAXIMUM_TRIES = 3;
/** No source of that name is possible. */
const CURSOR = '#lake-erasures';
/** Objects that were written anew are younger to S3 than what is in them: they are deleted by their hour. */
const OVER_AFTER_MS = DAY_MS;

const passSchema = z.strictObject({
  startedMs: z.int(),
  /** `yyyyMMddHH` of the first objects that are looked through; empty: all. */
  fromHour: z.string(),
  erasureIds: z.array(z.string()),
  /** Which class is looked through, and after which key it goes on. */
  place: z.int(),
  after: z.string().optional(),
});
type Pass = z.infer<typeof passSchema>;

interface Counts {
  read: number;
  rewritten: number;
  rows: number;
}

export const eraseFromLake = (dependencies: EraseFromLakeDependencies) => async (): Promise<Counts> => {
  const { erasures, activity, clock } = dependencies;
  const counts = { read: 0, rewritten: 0, rows: 0 };
  const deadlineMs = clock() + RUN_MS;
  await deleteOver(dependencies);
  const noted = await erasures.listLakeErasures(clock());
  const kept = await activity.readCursor(CURSOR);
  let revision = kept?.revision ?? 0;
  const save = async (cursor: Pass | null) => {
    revision += 1;
    const isMine = await activity.saveCursor(CURSOR, { cursor, readMs: clock(), revision });
    if (!isMine) throw new RetryableError('another run looks through the lake');
  };
  let pass = passSchema.nullable().parse(kept?.cursor ?? null) ?? begin(noted, clock());
  if (pass === undefined) return counts;
  const { erasureIds } = pass;
  const wanted = noted.filter(({ erasureId }) => erasureIds.includes(erasureId));
  const sought = soughtOf(wanted);
  while (pass.place < ACTIVITY_CLASS_NAMES.length) {
    if (clock() > deadlineMs) return counts;
    pass = await lookThrough(dependencies, pass, sought, counts);
    await save(pass);
  }
  await erasures.eraseUnknown(
    dependencies.sources,
    wanted.flatMap(({ actors }) => actors),
  );
  await erasures.noteLakeSearched(erasureIds, pass.startedMs);
  await save(null);
  return counts;
};

/** Undefined: nobody is looked for now. */
function begin(noted: readonly LakeErasure[], nowMs: number): Pass | undefined {
  const isDue = ({ searchedMs }: LakeErasure) => searchedMs === undefined || searchedMs + AGAIN_MS <= nowMs;
  const due = noted.filter(isDue);
  if (due.length === 0) return undefined;
  const isNew = due.some(({ searchedMs }) => searchedMs === undefined);
  const sinceMs = Math.min(...due.map(({ searchedMs = 0 }) => searchedMs));
  return {
    startedMs: nowMs,
    fromHour: isNew ? '' : hourOf(sinceMs - OVERLAP_MS),
    erasureIds: due.map(({ erasureId }) => erasureId),
    place: 0,
  };
}

/** One page. @returns where it goes on */
async function lookThrough(
  dependencies: EraseFromLakeDependencies,
  pass: Pass,
  sought: Sought,
  counts: Counts,
): Promise<Pass> {
  const className = ACTIVITY_CLASS_NAMES[pass.place] as (typeof ACTIVITY_CLASS_NAMES)[number];
  const after = pass.after ?? `${activityFolder(className)}loggedhour=${pass.fromHour}`;
  const keys = await dependencies.lake.list(activityFolder(className), after, KEYS_OF_A_PAGE);
  await mapBounded(keys, CONCURRENT_OBJECTS, (key) => eraseFrom(dependencies, key, sought, counts));
  const { after: _done, ...next } = pass;
  const last = keys.at(-1);
  return last === undefined ? { ...next, place: pass.place + 1 } : { ...next, after: last };
}

async function eraseFrom(
  { lake, log }: EraseFromLakeDependencies,
  key: string,
  sought: Sought,
  counts: Counts,
): Promise<void> {
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const stored = await lake.read(key);
    // It was over meanwhile.
    if (stored === undefined) return;
    counts.read += 1;
    const rows = await readColumns(ACTIVITY_COLUMNS, stored.bytes).catch((error: unknown) => {
      // Nobody may say of it that they are not in it: whoever looks into it deletes it, or puts it right.
      log('an object of the lake cannot be read', { key });
      throw error;
    });
    let changed = 0;
    const left = rows.map((row) => {
      const erased = eraseFromRow(row, sought);
      if (erased !== undefined) changed += 1;
      return erased ?? row;
    });
    if (changed === 0) return;
    if (await lake.replace(key, writeColumns(ACTIVITY_COLUMNS, left), stored.tag)) {
      counts.rewritten += 1;
      counts.rows += changed;
      return;
    }
    log('an object changed while somebody was taken out of it', { key, attempt });
  }
  throw new RetryableError(`${key} changed ${MAXIMUM_TRIES} times in a row`);
}

async function deleteOver({ lake, retentionDays, clock }: EraseFromLakeDependencies): Promise<void> {
  const until = hourOf(clock() - retentionDays * DAY_MS - OVER_AFTER_MS);
  for (const className of ACTIVITY_CLASS_NAMES) {
    const oldest = await lake.list(activityFolder(className), undefined, KEYS_OF_A_PAGE);
    const over = oldest.filter((key) => (hourOfKey(key) ?? until) < until);
    if (over.length > 0) await lake.remove(over);
  }
}

let live: ReturnType<typeof eraseFromLake> | undefined;
const logger = new Logger({ serviceName: 'tenure' });
const daysSchema = z.coerce.number().int().min(1);
const sourcesSchema = z.array(z.string());

export const handler = serveTask('erase-from-lake', z.unknown(), () => {
  live ??= eraseFromLake({
    lake: { ...s3LakeObjects('lakeBucket'), ...s3LakeFolder() },
    erasures: dynamoErasureStore(),
    activity: dynamoActivityStore(),
    retentionDays: daysSchema.parse(fromEnvironment('activityRetentionDays')),
    sources: sourcesSchema.parse(JSON.parse(fromEnvironment('activitySourceIds'))),
    clock: Date.now,
    log: (message, details) => logger.warn(message, details),
  });
  return live();
});
