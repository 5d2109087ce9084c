// A security event token (RFC 8417) as SSF 1.0 has it: who says what of whom, once it is known that its signature is the
// transmitter's. Whatever is not meant for this receiver, is old, or says several things at once is refused.
import * as z from 'zod';
import { type EventName, nameOf } from './event-types.ts';
import { RefusedSignalError } from './refused-signal.ts';
import { readSubjectId, type SubjectId } from './subject-id.ts';

/** A token whose signature is by one of the transmitter's keys. */
export interface VerifiedToken {
  /** Of its protected header. */
  readonly typ?: string | undefined;
  /** Its payload, as JSON. */
  readonly claims: unknown;
}

export interface Expected {
  readonly issuer: string;
  /** Any of them will do. */
  readonly audience: readonly string[];
  readonly maximumAgeMs: number;
}

export interface SecurityEvent {
  readonly jti: string;
  readonly issuedMs: number;
  /** Undefined: an event that nobody here has heard of. */
  readonly name: EventName | undefined;
  readonly uri: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Undefined: there is none, or nobody can be found by it. */
  readonly subject: SubjectId | undefined;
}

/** Its clock may be ahead of ours by so much. */
const AHEAD_MS = 5 * 60_000;

const claimsSchema = z.object({
  iss: z.string().max(500),
  aud: z.union([z.string().max(500), z.array(z.string().max(500)).max(50)]),
  iat: z.number().nonnegative().max(1e11),
  exp: z.number().optional(),
  jti: z.string().min(1).max(200),
  sub_id: z.unknown().optional(),
  events: z.record(z.string().max(500), z.record(z.string(), z.unknown())),
});

/** Throws RefusedSignalError. */
export function readSecurityEvent({ typ, claims }: VerifiedToken, expected: Expected, nowMs: number): SecurityEvent {
  // What was signed for another purpose is no security event (RFC 8417 section 4.4).
  if (typ?.toLowerCase().replace(/^application\//, '') !== 'secevent+jwt') {
    throw new RefusedSignalError('invalid_request', 'Expected a token of the type secevent+jwt.');
  }
  const parsed = claimsSchema.safeParse(claims);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.slice(0, 1).join('')).filter((one) => one !== '');
    throw new RefusedSignalError(
      'invalid_request',
      `Not a security event token: see ${[...new Set(where)].join(', ')}.`,
    );
  }
  const { iss, aud, iat, exp, jti, events, sub_id: subjectId } = parsed.data;
  if (iss !== expected.issuer) throw new RefusedSignalError('invalid_issuer', 'It is of another issuer.');
  if (![aud].flat().some((one) => expected.audience.includes(one))) {
    throw new RefusedSignalError('invalid_audience', 'It is for somebody else.');
  }
  const issuedMs = Math.floor(iat * 1_000);
  if (issuedMs > nowMs + AHEAD_MS) throw new RefusedSignalError('invalid_request', 'It was issued in the future.');
  if (issuedMs < nowMs - expected.maximumAgeMs) throw new RefusedSignalError('invalid_request', 'It is too old.');
  if (exp !== undefined && exp * 1_000 < nowMs) throw new RefusedSignalError('invalid_request', 'It has expired.');
  const [event, ...others] = Object.entries(events);
  if (event === undefined || others.length > 0) {
    throw new RefusedSignalError('invalid_request', 'Expected one event in each token.');
  }
  const [uri, payload] = event;
  // Where transmitters of earlier drafts have it.
  const subject = readSubjectId(subjectId) ?? readSubjectId(payload['subject']);
  return { jti, issuedMs, name: nameOf(uri), uri, payload, subject };
}

/** How long the token must be remembered, so that it cannot be sent again. */
export function forgottenMs({ issuedMs }: SecurityEvent, { maximumAgeMs }: Expected): number {
  return issuedMs + maximumAgeMs + AHEAD_MS;
}
