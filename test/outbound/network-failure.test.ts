// A call without an answer: what may pass by itself, what certainly was not carried out, and nothing of where it went.
import { expect, it } from 'vitest';
import { PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { errorOfSocketCode, NotCarriedOutError, networkError } from '../../lambdas/outbound/network-failure.ts';

const WHAT = 'Test GET /users/{id}';
/** As `fetch` throws it: the code lies in a cause, which says where the call went. */
const failed = (code: string, depth = 1): Error =>
  depth === 0
    ? Object.assign(new Error('connect to secret.example'), { code })
    : new TypeError('fetch failed', { cause: failed(code, depth - 1) });

it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])(
  'takes %s for not carried out',
  (code) => {
    expect(networkError(failed(code), WHAT, 1_000)).toBeInstanceOf(NotCarriedOutError);
  },
);

it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT'])(
  'takes %s for what may have been carried out, and may work later',
  (code) => {
    const error = networkError(failed(code), WHAT, 1_000);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toBeInstanceOf(NotCarriedOutError);
  },
);

it.each([
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
])('takes %s for a setting that somebody must mend', (code) => {
  expect(networkError(failed(code), WHAT, 1_000)).toBeInstanceOf(PermanentError);
  expect(errorOfSocketCode('ERR_SSL_WRONG_VERSION_NUMBER', WHAT)).toBeInstanceOf(PermanentError);
});

it('takes no answer in time for what may work later', () => {
  const error = networkError(new DOMException('of 1 s', 'TimeoutError'), WHAT, 1_000);
  expect(error).toBeInstanceOf(RetryableError);
  expect(error).not.toBeInstanceOf(NotCarriedOutError);
  expect(error.message).toBe(`${WHAT} gave no answer within 1000 ms`);
});

it('finds the code below other errors, and does not look for ever', () => {
  expect(networkError(failed('ECONNRESET', 4), WHAT, 1_000).message).toBe(`${WHAT} failed: ECONNRESET`);
  expect(networkError(failed('ECONNRESET', 5), WHAT, 1_000)).toBeInstanceOf(PermanentError);
  const circle = new Error('round');
  circle.cause = circle;
  expect(networkError(circle, WHAT, 1_000)).toBeInstanceOf(PermanentError);
});

it('says nothing of what the library said, and passes on what is settled', () => {
  for (const code of ['ECONNRESET', 'ECONNREFUSED', 'CERT_HAS_EXPIRED']) {
    expect(String(networkError(failed(code), WHAT, 1_000))).not.toContain('secret.example');
  }
  const settled = new PermanentError('too large');
  expect(networkError(settled, WHAT, 1_000)).toBe(settled);
});
