// The queues in which ids of changed people wait until their HR system is asked: one for each source, first in first out
// for each person, so that nobody is fetched twice at the same time. What a queue has taken is safe for 14 days.
import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { fromEnvironment } from '../environment.ts';

export interface PeopleQueue {
  /** Resolves once every id is safe; repeated, it only has them fetched once more. */
  send(source: string, personIds: readonly string[]): Promise<void>;
}

/** A message as its function gets it. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
}

export interface FetchQueue {
  /** It is received again after that long. */
  postpone(message: QueuedMessage, seconds: number): Promise<void>;
  /** Into the dead-letter queue, with the reason; the message itself is then done with. */
  giveUp(message: QueuedMessage, reason: string): Promise<void>;
}

/** SQS takes so many at once. */
const BATCH = 10;
const CONCURRENT_BATCHES = 10;
/** A part of a batch may be refused, and is sent again. */
const MAXIMUM_TRIES = 3;
const MAXIMUM_REASON = 500;

let client: SQSClient | undefined;

function sqs(): SQSClient {
  client ??= new SQSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } });
  return client;
}

const queuesSchema = z.record(z.string(), z.string());

export function sqsPeopleQueue(): PeopleQueue {
  const queues = queuesSchema.parse(JSON.parse(fromEnvironment('hrSourceQueues', '{}')));
  return {
    async send(source, personIds) {
      const url = Object.hasOwn(queues, source) ? queues[source] : undefined;
      if (url === undefined) throw new Error(`the HR source ${source} has no queue`);
      const batches: (readonly string[])[] = [];
      for (let start = 0; start < personIds.length; start += BATCH) batches.push(personIds.slice(start, start + BATCH));
      await mapBounded(batches, CONCURRENT_BATCHES, async (ids) => await sendBatch(url, source, ids));
    },
  };
}

async function sendBatch(url: string, source: string, personIds: readonly string[]): Promise<void> {
  let entries = personIds.map((personId, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ source, personId }),
    MessageGroupId: personId,
    // Never taken for one that was sent before: between the two the person may have been fetched, and changed again.
    MessageDeduplicationId: randomUUID(),
  }));
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const { Successful = [] } = await sqs().send(new SendMessageBatchCommand({ QueueUrl: url, Entries: entries }));
    const safe = new Set(Successful.map(({ Id }) => Id));
    entries = entries.filter(({ Id }) => !safe.has(Id));
    if (entries.length === 0) return;
  }
  throw new RetryableError(`the queue of ${source} refused ${entries.length} messages`);
}

export function sqsFetchQueue(): FetchQueue {
  return {
    async postpone({ receiptHandle }, seconds) {
      await sqs().send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: fromEnvironment('peopleQueue'),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
    async giveUp({ messageId, body }, reason) {
      await sqs().send(
        new SendMessageCommand({
          QueueUrl: fromEnvironment('peopleDeadLetters'),
          MessageBody: body,
          MessageGroupId: messageId,
          MessageDeduplicationId: messageId,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, MAXIMUM_REASON) } },
        }),
      );
    },
  };
}
