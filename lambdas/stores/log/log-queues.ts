// Two queues of the log: by one it is asked to be sealed after a while, in the other lies what could not become an entry.
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { fromEnvironment } from '../environment.ts';

/** Asks for the log to be sealed so much later. Should the request get lost, the clock has it sealed. */
export type WakeSealing = (afterMs: number) => Promise<void>;

/** An audit entry by its key in its table; the reason tells of nobody. */
export interface RefusedEntry {
  readonly pk: string;
  readonly sk: string;
  readonly reason: string;
}

export type SetAside = (refused: RefusedEntry) => Promise<void>;

const MAXIMUM_REASON = 500;

let client: SQSClient | undefined;

function sqs(): SQSClient {
  client ??= new SQSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 } });
  return client;
}

export const sqsWakeSealing: WakeSealing = async (afterMs) => {
  const DelaySeconds = Math.ceil(afterMs / 1_000);
  await sqs().send(new SendMessageCommand({ QueueUrl: fromEnvironment('sealQueue'), MessageBody: '{}', DelaySeconds }));
};

export const sqsSetAside: SetAside = async ({ pk, sk, reason }) => {
  const MessageBody = JSON.stringify({ pk, sk, reason: reason.slice(0, MAXIMUM_REASON) });
  await sqs().send(new SendMessageCommand({ QueueUrl: fromEnvironment('logDeadLetters'), MessageBody }));
};
