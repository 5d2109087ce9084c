// Asks one system what was done in it, page by page from where it was read last. A page's records are in the queue before the
// cursor is kept: whoever dies in between reads the page again, and each of its records is counted once all the same. Each window
// is read once more, later, and what the system had not shown before is judged then.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { ActivityFeed, ActivityPage, ActivitySource } from '../../activity-sources/activity-source.ts';
import { LONGEST_WINDOW_MS, MAXIMUM_CURSOR } from '../../activity-sources/activity-source.ts';
import { activitySourceOf } from '../../activity-sources/registry.ts';
import type { ActivityRecord } from '../../core/detection/activity.ts';
import { PermanentError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type ActivityQueue, sqsActivityQueue } from '../../stores/activity/activity-queue.ts';
import { type ActivityStore, fetchedId } from '../../stores/activity/activity-store.ts';
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
/** Far longer than until any source is asked again. */
const FETCHED_KEPT_MS = 3 * 86_400_000;

export interface PollDependencies {
  readonly activity: Pick<ActivityStore, 'listFetched' | 'noteFetched' | 'readCursor' | 'saveCursor'>;
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
  /** Of the records those that the system had not shown before. */
  readonly late: number;
  /** There was more than a run takes. */
  readonly more: boolean;
}

/** One way through the windows of a source, by a cursor of its own. */
interface Pass {
  readonly cursorId: string;
  readonly read: (cursor: string | undefined, nowMs: number) => Promise<ActivityPage>;
  /** Which of a page's records count. */
  readonly pick: (page: ActivityPage, records: readonly ActivityRecord[]) => Promise<readonly ActivityRecord[]>;
}

export const pollActivity = (dependencies: PollDependencies) => async (): Promise<Polled> => {
  const { activity, clock, deployed, connect } = dependencies;
  const { id } = deployed;
  const deadlineMs = clock() + RUN_MS;
  const feed = await connect();
  const pick: Pass['pick'] = async (_page, records) => records;
  const first = await goThrough(dependencies, { cursorId: id, read: feed.read, pick }, deadlineMs);
  const { cursor } = (await activity.readCursor(id)) ?? {};
  // Whoever is behind catches up first.
  if (first.more || typeof cursor !== 'string') return { ...first, late: 0 };
  const again = await goThrough(
    dependencies,
    {
      cursorId: `${id}/again`,
      read: (kept, nowMs) => feed.readAgain(kept, nowMs, cursor),
      pick: pickUnseen(dependencies),
    },
    deadlineMs,
  );
  return {
    pages: first.pages + again.pages,
    records: first.records + again.records,
    refused: first.refused,
    late: again.records,
    more: again.more,
  };
};

async function goThrough(
  { activity, queue, clock, deployed, source, log }: PollDependencies,
  { cursorId, read, pick }: Pass,
  deadlineMs: number,
): Promise<Omit<Polled, 'late'>> {
  const { id } = deployed;
  let { cursor, revision } = (await activity.readCursor(cursorId)) ?? { cursor: undefined, revision: 0 };
  const counts = { pages: 0, records: 0, refused: 0 };
  while (clock() < deadlineMs && counts.pages < MAXIMUM_PAGES) {
    const readMs = clock();
    const page = await read(cursor as string | undefined, readMs);
    if (page.cursor.length > MAXIMUM_CURSOR)
      throw new PermanentError(`${id}: a cursor of ${page.cursor.length} characters`);
    if (page.more && page.cursor === cursor)
      throw new PermanentError(`${id}: more is said to come after the same cursor`);
    const { records: all, refused } = translateEach(source, deployed, page.records, readMs);
    const [first] = refused;
    if (first !== undefined) log('records refused', { source: id, count: refused.length, ...first });
    const records = await pick(page, all);
    await queue.send(records);
    if (page.window !== undefined) {
      const ids = records.map(({ recordId }) => recordId);
      await activity.noteFetched(id, page.window.fromMs, ids, readMs + FETCHED_KEPT_MS);
    }
    counts.pages += 1;
    counts.records += records.length;
    counts.refused += refused.length;
    revision += 1;
    // Another run reads the same source: what it has read, it goes on with.
    if (!(await activity.saveCursor(cursorId, { cursor: page.cursor, readMs, revision }))) {
      return { ...counts, more: false };
    }
    cursor = page.cursor;
    if (!page.more) return { ...counts, more: false };
  }
  return { ...counts, more: true };
}

/** Those that were in no page of these windows before, each once. */
function pickUnseen({ activity, deployed }: PollDependencies): Pass['pick'] {
  let known: { readonly fromMs: number; readonly ids: Set<string> } | undefined;
  return async ({ window }, records) => {
    if (window === undefined || records.length === 0) return [];
    if (known?.fromMs !== window.fromMs) {
      const fetched = await activity.listFetched(deployed.id, window.fromMs - LONGEST_WINDOW_MS, window.toMs);
      known = { fromMs: window.fromMs, ids: new Set(fetched) };
    }
    const { ids } = known;
    return records.filter(({ recordId }) => {
      const id = fetchedId(recordId);
      const isNew = !ids.has(id);
      ids.add(id);
      return isNew;
    });
  };
}

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
