// Asks one system what was done in it, page by page from where it was read last. A page's records are in the queue before the
// cursor is kept: whoever dies in between reads the page again, and each of its records is counted once all the same.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { ActivityFeed, ActivitySource } from '../../activity-sources/activity-source.ts';
import { MAXIMUM_CURSOR } from '../../activity-sources/activity-source.ts';
import { activitySourceOf } from '../../activity-sources/registry.ts';
import { PermanentError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type ActivityQueue, sqsActivityQueue } from '../../stores/activity/activity-queue.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type DeployedActivitySource, deployedActivitySources } from '../../stores/deployed-activity-sources.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { activitySecrets } from './activity-secrets.ts';
import { translateEach } from './translate-all.ts';

const eventSchema = z.unknown();
/** It begins no page after this; the next minute goes on from there. */
const RUN_MS = 40_000;
const MAXIMUM_PAGES = 200;
const CALL_TIMEOUT_MS = 10_000;

export interface PollDependencies {
  readonly activity: Pick<ActivityStore, 'readCursor' | 'saveCursor'>;
  readonly queue: ActivityQueue;
  readonly clock: () => number;
  readonly deployed: DeployedActivitySource;
  readonly source: ActivitySource;
  readonly connect: () => Promise<ActivityFeed>;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

export interface Polled {
  readonly pages: number;
  readonly records: number;
  readonly refused: number;
  /** There was more than a run takes. */
  readonly more: boolean;
}

export const pollActivity = (dependencies: PollDependencies) => async (): Promise<Polled> => {
  const { activity, queue, clock, deployed, source, connect, log } = dependencies;
  const { id } = deployed;
  const deadlineMs = clock() + RUN_MS;
  const feed = await connect();
  let { cursor, revision } = (await activity.readCursor(id)) ?? { cursor: undefined, revision: 0 };
  const counts = { pages: 0, records: 0, refused: 0 };
  while (clock() < deadlineMs && counts.pages < MAXIMUM_PAGES) {
    const readMs = clock();
    const page = await feed.read(cursor as string | undefined, readMs);
    if (page.cursor.length > MAXIMUM_CURSOR)
      throw new PermanentError(`${id}: a cursor of ${page.cursor.length} characters`);
    if (page.more && page.cursor === cursor)
      throw new PermanentError(`${id}: more is said to come after the same cursor`);
    const { records, refused } = translateEach(source, deployed, page.records, readMs);
    const [first] = refused;
    if (first !== undefined) log('records refused', { source: id, count: refused.length, ...first });
    await queue.send(records);
    counts.pages += 1;
    counts.records += records.length;
    counts.refused += refused.length;
    revision += 1;
    // Another run reads the same source: what it has read, it goes on with.
    if (!(await activity.saveCursor(id, { cursor: page.cursor, readMs, revision }))) return { ...counts, more: false };
    cursor = page.cursor;
    if (!page.more) return { ...counts, more: false };
  }
  return { ...counts, more: true };
};

function liveSource(): Pick<PollDependencies, 'deployed' | 'source' | 'connect'> {
  const id = fromEnvironment('activitySource');
  const deployed = deployedActivitySources().find((one) => one.id === id);
  const source = deployed && activitySourceOf(deployed.type);
  if (deployed === undefined || source?.connect === undefined) throw new PermanentError(`${id} is not polled`);
  const connect = async () => {
    const [secret = ''] = (await activitySecrets(id)) ?? [];
    return source.connect?.({
      settings: source.settings.parse(deployed.settings),
      secret,
      callTimeoutMs: CALL_TIMEOUT_MS,
    }) as ActivityFeed;
  };
  return { deployed, source, connect };
}

let live: ReturnType<typeof pollActivity> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('poll-activity', eventSchema, () => {
  live ??= pollActivity({
    ...liveSource(),
    activity: dynamoActivityStore(),
    queue: sqsActivityQueue(),
    clock: Date.now,
    log: (message, details) => logger.warn(message, details),
  });
  return live();
});
