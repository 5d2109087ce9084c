// Puts the console that lies beside this code into the bucket from which it is served, with the settings of its deployment
// beside it. CloudFormation calls it with each deployment, and waits for what it says at the end (a custom resource).
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { serveTask } from '../../middleware/serve-task.ts';
import { answerCloudFormation } from '../../outbound/cloudformation-answer.ts';
import { type ConsoleBucket, type ConsoleFile, deployedConsole, s3ConsoleBucket } from '../../stores/console-files.ts';

const requestSchema = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  PhysicalResourceId: z.string().optional(),
  ResourceProperties: z.object({ settings: z.string() }),
});
type PublishingRequest = z.infer<typeof requestSchema>;

export interface PublishingOutcome {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

export interface PublishConsoleDependencies {
  readonly files: () => readonly ConsoleFile[];
  readonly bucket: ConsoleBucket;
  readonly answer: (url: string, body: string) => Promise<void>;
  readonly warn: (message: string, told: Readonly<Record<string, unknown>>) => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** What an open page of an earlier build may still load. */
const KEPT_MS = 30 * 86_400_000;
const SETTINGS_FILE = 'console.json';
const INDEX = 'index.html';
const AT_ONCE = 10;
const MAXIMUM_REASON = 500;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
};

export const publishConsole = ({ files, bucket, answer, warn, clock }: PublishConsoleDependencies) => {
  const publish = async (settings: string): Promise<void> => {
    const built = files();
    const shown = built.filter(({ path }) => path !== INDEX);
    const last = built.filter(({ path }) => path === INDEX);
    if (last.length === 0) throw new Error('the build has no index.html');
    for (let first = 0; first < shown.length; first += AT_ONCE)
      await Promise.all(shown.slice(first, first + AT_ONCE).map((file) => bucket.put(file, headersOf(file))));
    // Only once all that it names is there.
    for (const file of [{ path: SETTINGS_FILE, bytes: Buffer.from(settings) }, ...last])
      await bucket.put(file, headersOf(file));
    const current = new Set([...built.map(({ path }) => path), SETTINGS_FILE]);
    const outdated = (await bucket.list()).filter(
      ({ path, publishedMs }) => !current.has(path) && publishedMs < clock() - KEPT_MS,
    );
    await bucket.remove(outdated.map(({ path }) => path));
  };
  const empty = async () => bucket.remove((await bucket.list()).map(({ path }) => path));
  return async (request: PublishingRequest): Promise<PublishingOutcome> => {
    const { RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties } = request;
    const PhysicalResourceId = request.PhysicalResourceId ?? 'console';
    const outcome = await (RequestType === 'Delete' ? empty() : publish(ResourceProperties.settings)).then(
      (): PublishingOutcome => ({ Status: 'SUCCESS', PhysicalResourceId }),
      (error: unknown): PublishingOutcome => {
        const Reason = (error instanceof Error ? error.message : String(error)).slice(0, MAXIMUM_REASON);
        warn('the console was not published', { reason: Reason });
        return { Status: 'FAILED', Reason, PhysicalResourceId };
      },
    );
    // Unanswered, CloudFormation waits for an hour.
    await answer(ResponseURL, JSON.stringify({ ...outcome, StackId, RequestId, LogicalResourceId }));
    return outcome;
  };
};

/** A file of `assets/` has the hash of its content in its name. */
function headersOf({ path }: Pick<ConsoleFile, 'path'>) {
  const contentType = TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
  const cacheControl = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return { contentType, cacheControl };
}

const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask(
  'publish-console',
  requestSchema,
  publishConsole({
    files: deployedConsole,
    bucket: s3ConsoleBucket(),
    answer: answerCloudFormation,
    warn: (message, told) => logger.warn(message, told),
    clock: Date.now,
  }),
);
