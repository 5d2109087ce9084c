// Where other systems push what they have to say of people: security event tokens (RFC 8935). Its errors are that RFC's.
import * as z from 'zod';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';

const signalErrorSchema = z
  .strictObject({
    err: z.enum([
      'invalid_request',
      'invalid_key',
      'invalid_issuer',
      'invalid_audience',
      'authentication_failed',
      'access_denied',
    ]),
    description: z.string(),
  })
  .meta({ description: 'Why a token is not taken: RFC 8935 section 2.4.' })
  .register(components, { id: 'SignalError' });
export type SignalErrorAnswer = z.infer<typeof signalErrorSchema>;

export const signalRoutes = defineRoutes({
  'receive-signal': {
    method: 'POST',
    path: '/signals/{transmitter}',
    access: 'peer',
    summary: 'Push a security event token',
    description:
      'OpenID Shared Signals by push (RFC 8935): one signed token (`secevent+jwt`) with one event. It is answered with 202 ' +
      'and no body once it can no longer be lost; one that was taken before is answered so again, and does nothing. After ' +
      'a 429, 500, 503 or no answer at all, send the same again.',
    bodies: { 'application/secevent+jwt': z.string().max(65_536) },
    answers: { 202: 'any', 400: signalErrorSchema },
    problems: [413, 415, 503],
    uses: {
      accessModel: true,
      audit: ['append'],
      facts: ['recordFact'],
      accounts: ['findLinked'],
      directory: ['findByEmail', 'listIdentities', 'load'],
      holds: ['findPopulation', 'listDisabling', 'noteDisabling', 'savePopulation'],
      signals: ['findTaken', 'findVerified', 'saveTaken', 'saveTold', 'saveVerified', 'wasTold'],
    },
  },
} as const satisfies RouteDefinitions);
