// Posts a message to an incoming webhook, once. Its address is a secret: no error quotes it, and a redirect is not followed.
import { RetryableError } from '../core/errors.ts';
import type { Chat } from '../core/requests/notice-settings.ts';
import { errorOfStatus, readBounded } from './http-client.ts';
import { NotCarriedOutError, networkError } from './network-failure.ts';
import { parseRetryAfterMs } from './retry.ts';

/** `refused`: it was surely not taken, and can be sent again. `unknown`: nobody knows whether it was. */
export type Outcome = 'sent' | 'refused' | 'unknown';

export interface Posted {
  readonly outcome: Outcome;
  /** Before that it is not to be tried again, says the other side; undefined: it does not say. */
  readonly retryAfterMs?: number | undefined;
}

export type PostToWebhook = (chat: Chat, url: string, message: unknown) => Promise<Posted>;

const TIMEOUT_MS = 5_000;
/** A word, or a sentence. */
const MAXIMUM_ANSWER_BYTES = 16_384;

export const postToWebhook: PostToWebhook = async (chat, url, message) => {
  const what = `${chat} POST webhook`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(message),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return { outcome: ofError(networkError(error, what, TIMEOUT_MS)) };
  }
  const text = await readBounded(response, what, MAXIMUM_ANSWER_BYTES).catch(() => undefined);
  if (response.ok) return { outcome: ofAnswer(chat, text) };
  const retryAfterMs = parseRetryAfterMs(response.headers.get('retry-after'), Date.now());
  return { outcome: ofError(errorOfStatus(what, response.status)), retryAfterMs };
};

/** What was refused for good is tried again as well: a channel that was archived by mistake comes back. */
function ofError(error: Error): Outcome {
  return error instanceof RetryableError && !(error instanceof NotCarriedOutError) ? 'unknown' : 'refused';
}

/** Slack says `ok`. A connector of Teams says 200 to what was not delivered as well, and why; a workflow says 202 and nothing. */
function ofAnswer(chat: Chat, text: string | undefined): Outcome {
  if (text === undefined) return 'unknown';
  if (chat === 'slack') return text.trim() === 'ok' ? 'sent' : 'unknown';
  return /delivery failed/i.test(text) ? 'refused' : 'sent';
}
