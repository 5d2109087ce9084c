// A file of activity that a system put: each of its records goes into the queue. Read again, each counts once all the same.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { activitySourceOf } from '../../activity-sources/registry.ts';
import { PermanentError } from '../../core/errors.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type ReadActivityFile, s3ActivityFiles } from '../../stores/activity/activity-files.ts';
import { type ActivityQueue, sqsActivityQueue } from '../../stores/activity/activity-queue.ts';
import { type DeployedActivitySource, deployedActivitySources } from '../../stores/deployed-activity-sources.ts';
import { translateAll } from './translate-all.ts';

/** As EventBridge tells of objects: the key as it is. */
const eventSchema = z.looseObject({ detail: z.looseObject({ object: z.looseObject({ key: z.string() }) }) });

export interface ReadFileDependencies {
  readonly sourceOf: (sourceId: string) => DeployedActivitySource | undefined;
  readonly readFile: ReadActivityFile;
  readonly queue: ActivityQueue;
  readonly clock: () => number;
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

export const readActivityFile =
  ({ sourceOf, readFile, queue, clock, log }: ReadFileDependencies) =>
  async ({ detail }: z.infer<typeof eventSchema>) => {
    const { key } = detail.object;
    const [sourceId = ''] = key.split('/');
    const deployed = sourceOf(sourceId);
    const source = deployed && activitySourceOf(deployed.type);
    if (deployed === undefined || source === undefined)
      throw new PermanentError(`there is no activity source ${sourceId}`);
    const { records, refused } = translateAll(source, deployed, await readFile(key), clock());
    const [first] = refused;
    if (first !== undefined) log('records refused', { source: sourceId, count: refused.length, ...first });
    await queue.send(records);
    return { records: records.length, refused: refused.length };
  };

let live: ReturnType<typeof readActivityFile> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('read-activity-file', eventSchema, (input) => {
  live ??= readActivityFile({
    sourceOf: (sourceId) => deployedActivitySources().find(({ id }) => id === sourceId),
    readFile: s3ActivityFiles(),
    queue: sqsActivityQueue(),
    clock: Date.now,
    log: (message, details) => logger.warn(message, details),
  });
  return live(input);
});
