// The queue in which records of activity wait to be judged. What it has taken is safe for 14 days. Many records are one message,
// compressed: SQS is paid by the message and by 64 KB, and takes 256 KB at most.
import { gunzipSync, gzipSync } from 'node:zlib';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { ActivityRecord } from '../../core/detection/activity.ts';
import { PermanentError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { fromEnvironment } from '../environment.ts';

export interface ActivityQueue {
  /** Resolves once every record is safe; repeated, each is counted once all the same. */
  send(records: readonly ActivityRecord[]): Promise<void>;
}

/** So many in one message: tried again together. A call takes a thousand messages, and has to judge what is in them in time. */
const RECORDS_OF_A_MESSAGE = 50;
/** Well within 256 KB. */
const MAXIMUM_MESSAGE = 200_000;
const CONCURRENT_MESSAGES = 10;
/** Thousands of times what a message takes when it is compressed. */
const MAXIMUM_UNPACKED = 64_000_000;

let client: SQSClient | undefined;

function sqs(): SQSClient {
  client ??= new SQSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } });
  return client;
}

/** Of what is to be judged, or of what was and is to be kept. */
export function sqsActivityQueue(urlIn: 'activityQueue' | 'activityLakeQueue' = 'activityQueue'): ActivityQueue {
  return {
    async send(records) {
      const QueueUrl = fromEnvironment(urlIn);
      await mapBounded(packActivity(records), CONCURRENT_MESSAGES, async (MessageBody) => {
        await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody }));
      });
    },
  };
}

/** As many messages as it takes. */
export function packActivity(records: readonly ActivityRecord[]): readonly string[] {
  const messages: string[] = [];
  for (let start = 0; start < records.length; start += RECORDS_OF_A_MESSAGE) {
    messages.push(...packSome(records.slice(start, start + RECORDS_OF_A_MESSAGE)));
  }
  return messages;
}

function packSome(records: readonly ActivityRecord[]): readonly string[] {
  const activity = gzipSync(JSON.stringify(records)).toString('base64');
  if (activity.length <= MAXIMUM_MESSAGE) return [JSON.stringify({ activity })];
  // What a source says of one record is bounded far below it.
  if (records.length === 1) throw new PermanentError('a record is too large to be queued');
  const half = Math.ceil(records.length / 2);
  return [...packSome(records.slice(0, half)), ...packSome(records.slice(half))];
}

const packedSchema = z.strictObject({ activity: z.base64() });

/** Undefined: it is no message of this queue's own. Throws Error for what cannot be read. */
export function unpackActivity(message: unknown): readonly ActivityRecord[] | undefined {
  const packed = packedSchema.safeParse(message);
  if (!packed.success) return undefined;
  const text = gunzipSync(Buffer.from(packed.data.activity, 'base64'), { maxOutputLength: MAXIMUM_UNPACKED });
  return JSON.parse(text.toString('utf8')) as readonly ActivityRecord[];
}
