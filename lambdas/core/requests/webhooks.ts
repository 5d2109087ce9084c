// What secrets with incoming webhooks hold. Whoever has such an address posts in its channel, so it is never quoted.
import * as z from 'zod';

const MAXIMUM_URL = 2_000;
/** As many as fit into a secret of 64 KB. */
const MAXIMUM_PEOPLE = 1_000;

/** A secret that does not hold what it should. The message quotes nothing of it. */
export class WebhookSecretError extends Error {
  override readonly name = 'WebhookSecretError';
}

/** Throws WebhookSecretError. */
export function webhookIn(secret: string): string {
  const url = secret.trim();
  if (url.length <= MAXIMUM_URL && isWebhook(url)) return url;
  throw new WebhookSecretError(
    `expected an https:// URL of at most ${MAXIMUM_URL} characters, without credentials, and nothing else`,
  );
}

const peopleSchema = z.record(z.string(), z.string());

/** The webhook of a person; undefined: there is none. Throws WebhookSecretError. */
export function webhookOf(secret: string, person: string): string | undefined {
  const [, own] = Object.entries(peopleIn(secret)).find(([identityId]) => identityId === person) ?? [];
  return own === undefined ? undefined : webhookIn(own);
}

/**
 * Whether it is one person's own, as far as the secrets tell: nobody else has the same, and it is no channel's. What decides is
 * posted to no other.
 *
 * @param shared the webhooks of channels
 */
export function isPersonal(url: string, secret: string, shared: readonly string[]): boolean {
  const same = Object.values(peopleIn(secret)).filter((one) => one.trim() === url);
  return same.length === 1 && !shared.includes(url);
}

function peopleIn(secret: string): Readonly<Record<string, string>> {
  const parsed = peopleSchema.safeParse(jsonIn(secret));
  if (parsed.success && Object.keys(parsed.data).length <= MAXIMUM_PEOPLE) return parsed.data;
  throw new WebhookSecretError(
    `expected a JSON object of at most ${MAXIMUM_PEOPLE}, identity id → the URL of that person's webhook`,
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWebhook(text: string): boolean {
  if (!URL.canParse(text) || /\s/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}
