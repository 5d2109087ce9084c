// Puts records that were judged into the lake, many in an object. A message that comes twice may be there twice: a record is
// counted by its id. What cannot be put comes again by itself; what cannot be read ends among the dead letters.
import { createHash } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { ActivityRecord } from '../../core/detection/activity.ts';
import { ACTIVITY_COLUMNS, activityKey, activityRows } from '../../core/detection/activity-lake.ts';
import { PermanentError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { unpackActivity } from '../../stores/activity/activity-queue.ts';
import { type LakeObjects, s3LakeObjects } from '../../stores/lake/lake-objects.ts';
import { writeColumns } from '../../stores/lake/parquet.ts';

const messageSchema = z.looseObject({ messageId: z.string(), body: z.string() });
const eventSchema = z.looseObject({ Records: z.array(messageSchema).max(10_000) });
type Messages = z.infer<typeof eventSchema>;

export interface ActivityLakeDependencies {
  readonly lake: Pick<LakeObjects, 'replace'>;
  readonly clock: () => number;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** From so many on an object is written: each record may bring 20 kB, and all of them are in memory. */
const RECORDS_OF_AN_OBJECT = 10_000;

interface Taken {
  readonly messageIds: string[];
  readonly records: ActivityRecord[];
}

export const writeActivityLake =
  (dependencies: ActivityLakeDependencies) =>
  async ({ Records }: Messages): Promise<Failures> => {
    const failed: string[] = [];
    let taken: Taken = { messageIds: [], records: [] };
    for (const { messageId, body } of Records) {
      try {
        taken.records.push(...recordsIn(body));
        taken.messageIds.push(messageId);
      } catch (error) {
        dependencies.log('a message cannot be read', { messageId, error: nameOf(error) });
        failed.push(messageId);
      }
      if (taken.records.length < RECORDS_OF_AN_OBJECT) continue;
      failed.push(...(await put(dependencies, taken)));
      taken = { messageIds: [], records: [] };
    }
    failed.push(...(await put(dependencies, taken)));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };

function recordsIn(body: string): readonly ActivityRecord[] {
  const records = unpackActivity(JSON.parse(body));
  if (records === undefined) throw new PermanentError('it holds no records of activity');
  return records;
}

/** @returns the messages that are to come again */
async function put({ lake, clock, log }: ActivityLakeDependencies, taken: Taken): Promise<readonly string[]> {
  const { messageIds, records } = taken;
  const loggedMs = clock();
  // Of the same messages the same: what was put before this was stopped is not put twice.
  const name = createHash('sha256').update(messageIds.toSorted().join()).digest('hex').slice(0, 32);
  try {
    for (const [className, rows] of activityRows(records, loggedMs)) {
      await lake.replace(activityKey(className, loggedMs, name), writeColumns(ACTIVITY_COLUMNS, rows), undefined);
    }
    return [];
  } catch (error) {
    log('records not put into the lake', { records: records.length, error: nameOf(error) });
    return messageIds;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

let live: ReturnType<typeof writeActivityLake> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('write-activity-lake', eventSchema, (input) => {
  live ??= writeActivityLake({
    lake: s3LakeObjects('lakeBucket'),
    clock: Date.now,
    log: (message, details) => logger.warn(message, details),
  });
  return live(input);
});
