// Pushes tokens to receivers (RFC 8935), to the address that the settings name and to no other. What may pass by itself is
// tried again later; what a person must mend goes to the dead-letter queue.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { Receiver } from '../../core/signals/receiver-settings.ts';
import { PUSH } from '../../core/signals/stream.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { errorOfStatus, readBounded } from '../../outbound/http-client.ts';
import { networkError } from '../../outbound/network-failure.ts';
import { deployedReceivers } from '../../stores/deployed-receivers.ts';
import { dynamoStreamStore } from '../../stores/signals/dynamo-stream-store.ts';
import { type PushQueue, sqsPushQueue } from '../../stores/signals/signal-queue.ts';
import type { StreamStore } from '../../stores/signals/stream-store.ts';

/** After 15 s, 30 s, ... up to half an hour: 6.5 hours in all. How long the receiver asks for is heeded besides. */
export const MAXIMUM_TRIES = 20;
const FIRST_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 1_800;
/** Of what a receiver may ask for. */
const LONGEST_HEEDED_SECONDS = 3_600;
const TIMEOUT_MS = 5_000;
const MAXIMUM_ANSWER_BYTES = 16_384;

const recordSchema = z.looseObject({
  messageId: z.string().min(1),
  receiptHandle: z.string().min(1),
  body: z.string(),
  attributes: z.looseObject({ ApproximateReceiveCount: z.coerce.number().int().min(1) }),
});
type Message = z.infer<typeof recordSchema>;
const eventSchema = z.looseObject({ Records: z.array(recordSchema).max(10) });
const bodySchema = z.strictObject({ receiver: z.string(), streamId: z.string(), signalId: z.string() });

export interface PushDependencies {
  readonly streams: Pick<StreamStore, 'findStream' | 'findSignal' | 'finishSignals'>;
  readonly queue: PushQueue;
  readonly receivers: readonly Receiver[];
  /** Ids and reasons, never what was sent. */
  readonly log: (message: string, details: Readonly<Record<string, string | number>>) => void;
}

export const pushSignals =
  (dependencies: PushDependencies) =>
  async ({ Records }: z.infer<typeof eventSchema>) => {
    const left = new Set<Message>();
    /** Of those at whom one has just failed the others wait: what is told is told in order, and nobody is hammered. */
    const failing = new Map<string, number>();
    for (const message of Records) {
      const body = readBody(message.body);
      const waitSeconds = failing.get(body?.receiver ?? '');
      if (waitSeconds !== undefined) {
        await dependencies.queue.postpone(message, waitSeconds);
        left.add(message);
        continue;
      }
      try {
        if (body === undefined) throw new PermanentError('the message is not one of a token');
        await push(dependencies, body);
      } catch (error) {
        const seconds = await fail(dependencies, message, error);
        if (seconds === undefined) continue;
        failing.set(body?.receiver ?? '', seconds);
        left.add(message);
      }
    }
    return { batchItemFailures: [...left].map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };

function readBody(body: string): z.infer<typeof bodySchema> | undefined {
  try {
    return bodySchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

async function push(
  { streams, receivers }: PushDependencies,
  { receiver: id, streamId, signalId }: z.infer<typeof bodySchema>,
): Promise<void> {
  const stream = await streams.findStream(id);
  const signal = await streams.findSignal(streamId, signalId);
  if (signal === undefined) return;
  const pushTo = receivers.find((one) => one.id === id)?.pushTo ?? [];
  if (stream === undefined || stream.streamId !== streamId || stream.status === 'disabled') {
    return await streams.finishSignals(streamId, [signalId]);
  }
  const { delivery, status } = stream;
  // It is queued anew when the stream goes on, or fetched where it is polled by now.
  if (status === 'paused' || delivery.method !== PUSH) return;
  if (!pushTo.includes(delivery.url)) throw new PermanentError('the settings no longer name the address of the stream');
  await post(delivery.url, signal.token, delivery.authorization);
  await streams.finishSignals(streamId, [signalId]);
}

/** Throws as errorOfStatus says. A redirect is not followed: it may lead anywhere. */
async function post(url: string, token: string, authorization: string | undefined): Promise<void> {
  const what = 'receiver of signals POST';
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: token,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw networkError(error, what, TIMEOUT_MS);
  }
  const text = await readBounded(response, what, MAXIMUM_ANSWER_BYTES).catch(() => '');
  if (response.ok) return;
  const refusal = response.status === 400 ? codeIn(text) : undefined;
  const error = errorOfStatus(what, response.status, response.headers.get('retry-after'), refusal);
  // A wrong or old credential is mended by the receiver, who gives us another.
  const mayBeMended = response.status === 401 || response.status === 403 || response.status === 404;
  throw mayBeMended || refusal === 'authentication_failed' ? new RetryableError(error.message) : error;
}

const refusalSchema = z.looseObject({ err: z.string().regex(/^[a-z_]{1,40}$/) });

function codeIn(text: string): string | undefined {
  try {
    return refusalSchema.safeParse(JSON.parse(text)).data?.err;
  } catch {
    return undefined;
  }
}

/** @returns after how many seconds it is tried again; undefined: it was given up */
async function fail({ queue, log }: PushDependencies, message: Message, error: unknown): Promise<number | undefined> {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  const tries = message.attributes.ApproximateReceiveCount;
  const body = readBody(message.body);
  const givenUp = !(error instanceof RetryableError) || tries >= MAXIMUM_TRIES;
  log(givenUp ? 'signal given up' : 'signal not pushed', { receiver: body?.receiver ?? '', reason, tries });
  if (!givenUp) {
    const asked = Math.min((error.retryAfterMs ?? 0) / 1_000, LONGEST_HEEDED_SECONDS);
    const backoff = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** (tries - 1));
    const seconds = Math.ceil(Math.max(backoff, asked));
    await queue.postpone(message, seconds);
    return seconds;
  }
  // The token waits until its time is over, so that the message can be sent back.
  await queue.giveUp(message, reason);
  return undefined;
}

let live: ReturnType<typeof pushSignals> | undefined;
const logger = new Logger({ serviceName: 'tenure' });

export const handler = serveTask('push-signals', eventSchema, (input) => {
  live ??= pushSignals({
    streams: dynamoStreamStore(),
    queue: sqsPushQueue(),
    receivers: deployedReceivers(),
    log: (message, details) => logger.warn(message, details),
  });
  return live(input);
});
