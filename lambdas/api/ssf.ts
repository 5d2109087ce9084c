// Where other systems ask to be told what Tenure does to people: the transmitter of OpenID Shared Signals 1.0, its streams and
// the tokens that wait. Deployed where the settings name receivers. Its answers are what those specifications say.
import * as z from 'zod';
import { SCOPES } from '../core/signals/access-token.ts';
import { POLL, PUSH, STREAM_STATES } from '../core/signals/stream.ts';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';

const streamSchema = z
  .strictObject({
    stream_id: z.string(),
    iss: z.string(),
    aud: z.string(),
    events_supported: z.array(z.string()),
    events_requested: z.array(z.string()),
    events_delivered: z.array(z.string()),
    delivery: z.strictObject({ method: z.enum([PUSH, POLL]), endpoint_url: z.string() }),
    min_verification_interval: z.int(),
    description: z.string().optional(),
  })
  .register(components, { id: 'SignalStream' });

const askedStreamSchema = z
  .looseObject({
    stream_id: z.string().optional(),
    delivery: z
      .looseObject({
        method: z.enum([PUSH, POLL]),
        endpoint_url: z.string().optional().meta({ description: 'Of a push: one that the settings of Tenure name.' }),
        authorization_header: z.string().optional().meta({ description: 'Sent with each push, and never shown.' }),
      })
      .optional(),
    events_requested: z.array(z.string()).optional(),
    description: z.string().optional(),
  })
  .register(components, { id: 'AskedSignalStream' });

const statusSchema = z
  .strictObject({ stream_id: z.string(), status: z.enum(STREAM_STATES), reason: z.string().optional() })
  .register(components, { id: 'SignalStreamStatus' });

const tokenSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  scope: z.string(),
});

const ofStream = z.strictObject({ stream_id: z.string().optional() });
const FAILED_AUTHENTICATION = ['append'] as const;

export const ssfRoutes = defineRoutes({
  'get-ssf-configuration': {
    method: 'GET',
    path: '/.well-known/ssf-configuration',
    access: 'open',
    summary: 'Where the transmitter of signals has everything',
    answers: { 200: 'any' },
    uses: {},
  },
  'get-signal-keys': {
    method: 'GET',
    path: '/ssf/jwks.json',
    access: 'open',
    summary: 'The keys that signals are signed with',
    answers: { 200: 'any' },
    uses: {},
  },
  'issue-signal-token': {
    method: 'POST',
    path: '/ssf/token',
    access: 'peer',
    summary: 'Get a token for an hour, as a receiver of signals',
    description: `OAuth 2.0 client credentials: the receiver’s id and secret, by HTTP Basic or in the form. Scopes: ${SCOPES.join(', ')}.`,
    bodies: { 'application/x-www-form-urlencoded': z.looseObject({ grant_type: z.literal('client_credentials') }) },
    answers: { 200: tokenSchema, 400: 'any' },
    problems: [413],
    uses: { audit: FAILED_AUTHENTICATION },
  },
  'create-stream': {
    method: 'POST',
    path: '/ssf/streams',
    access: 'peer',
    summary: 'Have a stream of signals made',
    description: 'One for each receiver (409). Without `delivery` it is polled.',
    bodies: { 'application/json': askedStreamSchema },
    answers: { 201: streamSchema },
    problems: [400, 403, 409, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['createStream'] },
  },
  'read-streams': {
    method: 'GET',
    path: '/ssf/streams',
    access: 'peer',
    summary: 'The receiver’s streams, or one',
    query: ofStream,
    answers: { 200: z.union([streamSchema, z.array(streamSchema)]) },
    problems: [403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream'] },
  },
  'update-stream': {
    method: 'PATCH',
    path: '/ssf/streams',
    access: 'peer',
    summary: 'Change a stream: what is not named stays',
    bodies: { 'application/json': askedStreamSchema },
    answers: { 200: streamSchema },
    problems: [400, 403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream', 'listSignals', 'saveStream'] },
  },
  'replace-stream': {
    method: 'PUT',
    path: '/ssf/streams',
    access: 'peer',
    summary: 'Say anew what a stream is to be',
    bodies: { 'application/json': askedStreamSchema },
    answers: { 200: streamSchema },
    problems: [400, 403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream', 'listSignals', 'saveStream'] },
  },
  'delete-stream': {
    method: 'DELETE',
    path: '/ssf/streams',
    access: 'peer',
    summary: 'Be told no more',
    query: ofStream,
    answers: { 204: 'any' },
    problems: [403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['deleteStream', 'findStream'] },
  },
  'read-stream-status': {
    method: 'GET',
    path: '/ssf/status',
    access: 'peer',
    summary: 'Whether a stream is enabled',
    query: ofStream,
    answers: { 200: statusSchema },
    problems: [403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream'] },
  },
  'update-stream-status': {
    method: 'POST',
    path: '/ssf/status',
    access: 'peer',
    summary: 'Pause, disable or enable a stream',
    bodies: { 'application/json': statusSchema },
    answers: { 200: statusSchema },
    problems: [400, 403, 404, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream', 'listSignals', 'saveStream'] },
  },
  'verify-stream': {
    method: 'POST',
    path: '/ssf/verify',
    access: 'peer',
    summary: 'Have a verification event sent',
    bodies: { 'application/json': z.looseObject({ stream_id: z.string(), state: z.string().optional() }) },
    answers: { 204: 'any' },
    problems: [400, 403, 404, 409, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream', 'putSignal', 'saveStream'] },
  },
  'fetch-signals': {
    method: 'POST',
    path: '/ssf/streams/{id}/poll',
    access: 'peer',
    summary: 'Fetch the tokens that wait, and acknowledge others',
    description: 'RFC 8936. 25 tokens unless `maxEvents` says otherwise, 100 at most; answered at once.',
    bodies: {
      'application/json': z.looseObject({
        maxEvents: z.int().min(0).optional(),
        ack: z.array(z.string()).max(1_000).optional(),
        setErrs: z.record(z.string(), z.looseObject({ err: z.string() })).optional(),
      }),
    },
    answers: {
      200: z.strictObject({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean().optional() }),
    },
    problems: [400, 403, 404, 409, 413],
    uses: { audit: FAILED_AUTHENTICATION, streams: ['findStream', 'finishSignals', 'listSignals'] },
  },
} as const satisfies RouteDefinitions);
