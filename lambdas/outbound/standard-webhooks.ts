// Signatures as Standard Webhooks 1.0 has them (https://www.standardwebhooks.com), so that any sender's stock library
// will do.
import { Webhook } from 'standardwebhooks';
import { isEqualText } from './constant-time.ts';

/** What came, by the bytes that were signed. Header names in lower case. */
export interface SignedBytes {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** "Webhook Security", replay attacks: five minutes either way. */
const TOLERANCE_MS = 5 * 60_000;
/** A sender that rotates signs with each of its secrets; more than this is not a rotation. */
const MAXIMUM_SIGNATURES = 10;
/** No `{` or `[`: what is signed is `id.timestamp.body`, and the body's first character must not move into the id. */
const MESSAGE_ID = /^[\w.~:@+=/-]{1,256}$/;
const TIMESTAMP = /^(?:0|[1-9]\d{0,11})$/;

export function verifySignature({ body, headers }: SignedBytes, secrets: readonly string[], nowMs: number): boolean {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (!MESSAGE_ID.test(id) || !TIMESTAMP.test(timestamp)) return false;
  const sentMs = Number(timestamp) * 1_000;
  if (Math.abs(nowMs - sentMs) > TOLERANCE_MS) return false;

  const text = readUtf8(body);
  if (text === undefined) return false;
  const given = (headers['webhook-signature'] ?? '').split(' ').slice(0, MAXIMUM_SIGNATURES);
  const expected = secrets.map((secret) => new Webhook(secret.trim()).sign(id, new Date(sentMs), text));
  // Every pair is compared, whichever matches: how long it takes tells nothing.
  return expected.flatMap((one) => given.map((other) => isEqualText(one, other))).includes(true);
}

/** The package signs text. Only bytes that are UTF-8 stand for exactly one text, so others are never taken as signed. */
function readUtf8(body: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
