// A stream of signals to one receiver (SSF 1.0 section 8.1): how tokens get there, and which. What the receiver asks for is
// bounded by what the settings let it have: tokens are pushed to addresses that are named there, and to no other.
import * as z from 'zod';
import { InvalidInputError } from '../errors.ts';
import { SENT_URIS } from './made-signals.ts';
import type { Receiver } from './receiver-settings.ts';

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';
/** Between two requests for a verification event. */
export const VERIFICATION_SECONDS = 60;

export type Delivery =
  | { readonly method: typeof PUSH; readonly url: string; readonly authorization?: string | undefined }
  | { readonly method: typeof POLL };

export const STREAM_STATES = ['enabled', 'paused', 'disabled'] as const;
export type StreamState = (typeof STREAM_STATES)[number];

export interface SignalStream {
  readonly streamId: string;
  /** The receiver's id. It has one stream. */
  readonly receiver: string;
  readonly delivery: Delivery;
  /** Absent: all there are. */
  readonly requested?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly status: StreamState;
  /** Why, as the receiver said. */
  readonly reason?: string | undefined;
  /** When a verification event was last asked for (epoch ms). */
  readonly verifiedMs?: number | undefined;
}

const askedSchema = z.object({
  stream_id: z.string().max(100).optional(),
  delivery: z
    .object({
      method: z.string().max(200),
      endpoint_url: z.string().max(500).optional(),
      authorization_header: z
        .string()
        .max(4_096)
        .regex(/^[\x20-\x7e]+$/, 'expected visible ASCII characters')
        .optional(),
    })
    .optional(),
  events_requested: z.array(z.string().max(500)).max(100).optional(),
  description: z.string().max(500).optional(),
});
export type AskedStream = z.infer<typeof askedSchema>;

/** Throws InvalidInputError. What is the transmitter's to say is passed over. */
export function readAskedStream(body: unknown): AskedStream {
  return readAs(askedSchema, body);
}

/** Throws InvalidInputError. */
export function deliveryOf(asked: AskedStream['delivery'], { pushTo }: Pick<Receiver, 'pushTo'>): Delivery {
  if (asked === undefined || asked.method === POLL) return { method: POLL };
  const fault = (pointer: string, detail: string) =>
    new InvalidInputError('Tokens cannot be delivered so.', [{ pointer: `/delivery${pointer}`, detail }]);
  if (asked.method !== PUSH) throw fault('/method', `expected ${PUSH} or ${POLL}`);
  const { endpoint_url: url, authorization_header: authorization } = asked;
  if (url === undefined || !pushTo.includes(url)) {
    throw fault('/endpoint_url', 'expected an address that the settings of Tenure name for this receiver');
  }
  return { method: PUSH, url, ...(authorization !== undefined && { authorization }) };
}

export function newStream(asked: AskedStream, receiver: Receiver, streamId: string): SignalStream {
  return {
    streamId,
    receiver: receiver.id,
    delivery: deliveryOf(asked.delivery, receiver),
    ...(asked.events_requested !== undefined && { requested: understood(asked.events_requested) }),
    ...(asked.description !== undefined && { description: asked.description }),
    status: 'enabled',
  };
}

/** What is not named stays. */
export function changedStream(stream: SignalStream, asked: AskedStream, receiver: Receiver): SignalStream {
  return {
    ...stream,
    ...(asked.delivery !== undefined && { delivery: deliveryOf(asked.delivery, receiver) }),
    ...(asked.events_requested !== undefined && { requested: understood(asked.events_requested) }),
    ...(asked.description !== undefined && { description: asked.description }),
  };
}

function understood(uris: readonly string[]): readonly string[] {
  return SENT_URIS.filter((uri) => uris.includes(uri));
}

export function wants({ requested = SENT_URIS, status }: SignalStream, uri: string): boolean {
  return status !== 'disabled' && requested.includes(uri);
}

/** As the receiver is shown it; its own secret is not. */
export function presentStream(stream: SignalStream, { audience }: Pick<Receiver, 'audience'>, issuer: string) {
  const { streamId, delivery, requested = SENT_URIS, description } = stream;
  return {
    stream_id: streamId,
    iss: issuer,
    aud: audience,
    events_supported: SENT_URIS,
    events_requested: requested,
    events_delivered: requested,
    delivery: {
      method: delivery.method,
      endpoint_url: delivery.method === PUSH ? delivery.url : `${issuer}/ssf/streams/${streamId}/poll`,
    },
    min_verification_interval: VERIFICATION_SECONDS,
    ...(description !== undefined && { description }),
  };
}

/** SSF 1.0 section 7.1. */
export function transmitterConfiguration(issuer: string) {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}/ssf/jwks.json`,
    delivery_methods_supported: [PUSH, POLL],
    configuration_endpoint: `${issuer}/ssf/streams`,
    status_endpoint: `${issuer}/ssf/status`,
    verification_endpoint: `${issuer}/ssf/verify`,
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
    // Everybody is in every stream: there is nobody to be added.
    default_subjects: 'ALL',
  };
}

export type TransmitterConfiguration = ReturnType<typeof transmitterConfiguration>;

const askedStatusSchema = z.object({
  stream_id: z.string().max(100),
  status: z.enum(STREAM_STATES),
  reason: z.string().max(500).optional(),
});

/** Throws InvalidInputError. */
export function readAskedStatus(body: unknown): z.infer<typeof askedStatusSchema> {
  return readAs(askedStatusSchema, body);
}

const askedVerificationSchema = z.object({ stream_id: z.string().max(100), state: z.string().max(500).optional() });

/** Throws InvalidInputError. */
export function readAskedVerification(body: unknown): z.infer<typeof askedVerificationSchema> {
  return readAs(askedVerificationSchema, body);
}

export function presentStatus({ streamId, status, reason }: SignalStream) {
  return { stream_id: streamId, status, ...(reason !== undefined && { reason }) };
}

/** Of a poll, if it does not say. */
const PAGE = 25;
/** Of 2 KB each. */
const MAXIMUM_PAGE = 100;

const pollSchema = z.object({
  maxEvents: z.int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string().max(200)).max(1_000).default([]),
  setErrs: z.record(z.string().max(200), z.object({ err: z.string().max(100) })).default({}),
});

export interface PollRequest {
  readonly maxEvents: number;
  readonly ack: readonly string[];
  /** `jti` → why, in the words of RFC 8935. */
  readonly refused: readonly (readonly [signalId: string, code: string])[];
}

/** RFC 8936 section 2.4. Throws InvalidInputError. */
export function readPollRequest(body: unknown): PollRequest {
  const { maxEvents = PAGE, ack, setErrs } = readAs(pollSchema, body);
  const refused = Object.entries(setErrs).map(([signalId, { err }]) => [signalId, err] as const);
  return { maxEvents: Math.min(maxEvents, MAXIMUM_PAGE), ack, refused };
}

function readAs<Read>(schema: z.ZodType<Read>, body: unknown): Read {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, detail: message }));
  throw new InvalidInputError('The request cannot be read.', faults);
}
