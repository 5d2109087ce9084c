// The queue in which tokens wait to be pushed: first in first out for each person at each receiver, so that nobody is told
// that somebody is back before that they were gone. Messages carry ids alone.
import { randomUUID } from 'node:crypto';
import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { fromEnvironment } from '../environment.ts';

export interface QueuedSignal {
  readonly receiver: string;
  readonly streamId: string;
  readonly signalId: string;
}

export interface SignalQueue {
  /** Resolves once it is safe. @param group what is told in order */
  send(signal: QueuedSignal, group: string): Promise<void>;
}

/** A message as its function gets it. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
}

export interface PushQueue {
  /** It is received again after that long. */
  postpone(message: QueuedMessage, seconds: number): Promise<void>;
  /** Into the dead-letter queue, with the reason; the message itself is then done with. */
  giveUp(message: QueuedMessage, reason: string): Promise<void>;
}

const MAXIMUM_REASON = 500;

let client: SQSClient | undefined;

function sqs(): SQSClient {
  client ??= new SQSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } });
  return client;
}

export function sqsSignalQueue(): SignalQueue {
  return {
    async send(signal, group) {
      await sqs().send(
        new SendMessageCommand({
          QueueUrl: fromEnvironment('signalQueue'),
          MessageBody: JSON.stringify(signal),
          MessageGroupId: group,
          // Never taken for one that was sent before: a stream that was paused has what waits sent anew.
          MessageDeduplicationId: randomUUID(),
        }),
      );
    },
  };
}

export function sqsPushQueue(): PushQueue {
  return {
    async postpone({ receiptHandle }, seconds) {
      await sqs().send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: fromEnvironment('signalQueue'),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
    async giveUp({ messageId, body }, reason) {
      await sqs().send(
        new SendMessageCommand({
          QueueUrl: fromEnvironment('signalDeadLetters'),
          MessageBody: body,
          MessageGroupId: messageId,
          MessageDeduplicationId: messageId,
          MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, MAXIMUM_REASON) } },
        }),
      );
    },
  };
}
