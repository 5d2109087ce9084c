// Takes records of activity from their queue, many at once, and has them judged. A message that cannot be read, or of which
// something could not be judged now, comes again by itself; the others are done with.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { activitySourceOf } from '../../activity-sources/registry.ts';
import type { ActivityRecord } from '../../core/detection/activity.ts';
import { DETECTIONS } from '../../core/detection/detections/all.ts';
import { judgeRecord } from '../../core/detection/judge.ts';
import { PermanentError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type ActivityQueue, sqsActivityQueue, unpackActivity } from '../../stores/activity/activity-queue.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type DeployedActivitySource, deployedActivitySources } from '../../stores/deployed-activity-sources.ts';
import { deployedDetection } from '../../stores/deployed-detection.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type JudgingDependencies, judgeRecords } from './judge-records.ts';
import { translateEach } from './translate-all.ts';

const messageSchema = z.looseObject({ messageId: z.string(), body: z.string() });
const eventSchema = z.looseObject({ Records: z.array(messageSchema).max(10_000) });
/** What an EventBridge rule makes of an event of its bus. */
const busEventSchema = z.strictObject({ source: z.string(), event: z.looseObject({ detail: z.unknown() }) });
type Messages = z.infer<typeof eventSchema>;

export interface JudgeActivityDependencies extends JudgingDependencies {
  readonly sourceOf: (sourceId: string) => DeployedActivitySource | undefined;
  /** Where what was judged waits to be kept. */
  readonly kept: ActivityQueue;
}

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export const judgeActivity =
  (dependencies: JudgeActivityDependencies) =>
  async ({ Records }: Messages): Promise<Failures> => {
    const failed = new Set<string>();
    const ofMessages = new Map<ActivityRecord, string>();
    for (const { messageId, body } of Records) {
      try {
        for (const record of recordsIn(dependencies, body)) ofMessages.set(record, messageId);
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown';
        dependencies.log('a message cannot be read', { messageId, error: name });
        failed.add(messageId);
      }
    }
    const judged = await judgeRecords(dependencies, [...ofMessages.keys()]);
    for (const record of judged.failed) failed.add(ofMessages.get(record) as string);
    const done = [...ofMessages].filter(([, messageId]) => !failed.has(messageId));
    try {
      await dependencies.kept.send(done.map(([record]) => record));
    } catch (error) {
      // Judged again, each of them is counted once all the same.
      dependencies.log('what was judged cannot be kept', { error: error instanceof Error ? error.name : 'unknown' });
      for (const [, messageId] of done) failed.add(messageId);
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };

function recordsIn({ sourceOf, clock, log }: JudgeActivityDependencies, body: string): readonly ActivityRecord[] {
  const message: unknown = JSON.parse(body);
  const packed = unpackActivity(message);
  if (packed !== undefined) return packed;
  const { source: sourceId, event } = busEventSchema.parse(message);
  const deployed = sourceOf(sourceId);
  const source = deployed && activitySourceOf(deployed.type);
  if (deployed === undefined || source === undefined)
    throw new PermanentError(`there is no activity source ${sourceId}`);
  const { records, refused } = translateEach(source, deployed, [event.detail], clock());
  const [first] = refused;
  if (first !== undefined) log('records refused', { source: sourceId, count: refused.length, ...first });
  return records;
}

let live: ReturnType<typeof judgeActivity> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('judge-activity', eventSchema, (input) => {
  live ??= judgeActivity({
    ...liveDependencies(),
    activity: dynamoActivityStore(),
    policy: deployedDetection(),
    judge: (record, context) => judgeRecord(record, context, DETECTIONS),
    sourceOf: (sourceId) => deployedActivitySources().find(({ id }) => id === sourceId),
    kept: sqsActivityQueue('activityLakeQueue'),
    log: (message, details) => logger.warn(message, details),
  });
  return live(input);
});
