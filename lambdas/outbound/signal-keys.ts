// Whether a security event token was signed by one of its transmitter's keys. They are fetched where the settings say, kept
// for ten minutes, and fetched anew for a key that is not among them, at most every half minute: whoever makes up ids of
// keys has nobody asked for each. No algorithm with a shared secret is taken, and `none` is none.
import { compactVerify, createRemoteJWKSet, customFetch, errors } from 'jose';
import { RetryableError } from '../core/errors.ts';
import { RefusedSignalError } from '../core/signals/refused-signal.ts';
import type { VerifiedToken } from '../core/signals/security-event.ts';
import { readBounded } from './http-client.ts';

/** The profile asks for RS256; the others are as good. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];
const KEPT_MS = 600_000;
const COOL_DOWN_MS = 30_000;
const TIMEOUT_MS = 3_000;
/** Some hundred keys. */
const MAXIMUM_BYTES = 262_144;

/** Throws RefusedSignalError, and RetryableError when the keys cannot be fetched. */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

export function tokenVerifier(jwksUrl: string): VerifyToken {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: COOL_DOWN_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchBounded,
  });
  return async (token) => {
    const { protectedHeader, payload } = await compactVerify(token, keys, { algorithms: ALGORITHMS }).catch(refuse);
    return { typ: protectedHeader.typ, claims: parse(Buffer.from(payload).toString('utf8')) };
  };
}

async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  return new Response(await readBounded(response, 'keys of a transmitter', MAXIMUM_BYTES), { status: response.status });
}

function refuse(error: unknown): never {
  const cause = { cause: error };
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    throw new RefusedSignalError('invalid_key', 'It is signed with none of the transmitter’s keys.', cause);
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    throw new RefusedSignalError('invalid_key', `Expected a signature by ${ALGORITHMS.join(', ')}.`, cause);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    throw new RefusedSignalError('authentication_failed', 'The signature is not the transmitter’s.', cause);
  }
  if (error instanceof errors.JWSInvalid) {
    throw new RefusedSignalError('invalid_request', 'Expected a signed token in compact form.', cause);
  }
  // A key of fewer than 2,048 bits: jose says so by a TypeError.
  if (error instanceof TypeError && /modulusLength/.test(error.message)) {
    throw new RefusedSignalError('invalid_key', 'Expected a key of at least 2048 bits.', cause);
  }
  throw new RetryableError('the keys of a transmitter of signals cannot be read', cause);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedSignalError('invalid_request', 'Expected a payload in JSON.');
  }
}
