// Posts events as an HR system does: CloudEvents, signed as Standard Webhooks says, with nothing but the package that
// any sender would use and fetch.
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { acceptedEventSchema } from '../lambdas/api/hr-events.ts';

const TIMEOUT_MS = 30_000;

export interface HrSource {
  readonly apiUrl: string;
  /** As in the deployment settings. */
  readonly id: string;
  /** `whsec_...` */
  readonly secret: string;
}

export interface Accepted {
  readonly eventId: string;
  readonly identityId: string;
  readonly version: number;
  /** The hold it waits in, where the mass-error guard held it. */
  readonly held?: string | undefined;
}

/** Not accepted: the answer's status and its problem details. */
export class RefusedEventError extends Error {
  override readonly name = 'RefusedEventError';
  readonly status: number;
  readonly problem: unknown;

  constructor(status: number, problem: unknown) {
    super(`the event was refused with ${status}: ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

/** @throws RefusedEventError */
export async function postEvent(source: HrSource, event: object): Promise<Accepted> {
  const accepted = await post(source, 'application/cloudevents+json', event);
  const [first] = accepted;
  if (first === undefined) throw new Error('the answer names no event');
  return first;
}

/** Up to 100 events: all are accepted or none. @throws RefusedEventError */
export function postBatch(source: HrSource, events: readonly object[]): Promise<readonly Accepted[]> {
  return post(source, 'application/cloudevents-batch+json', events);
}

async function post(
  { apiUrl, id, secret }: HrSource,
  contentType: string,
  content: object,
): Promise<readonly Accepted[]> {
  const body = JSON.stringify(content);
  const messageId = `msg_${randomUUID()}`;
  const sentAt = new Date();
  const response = await fetch(`${apiUrl}/hr/${id}/events`, {
    method: 'POST',
    headers: {
      'content-type': contentType,
      'webhook-id': messageId,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(messageId, sentAt, body),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.status !== 202) throw new RefusedEventError(response.status, answer);
  return z.array(acceptedEventSchema).parse(Array.isArray(answer) ? answer : [answer]);
}
