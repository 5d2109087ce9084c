// A call that got no answer, in the words of core/errors.ts: what may pass by itself, and what certainly was not carried
// out. Errors of sockets and libraries carry URLs, headers and hosts in their messages, so only the code is passed on.
import { PermanentError, RetryableError } from '../core/errors.ts';

const REFUSED_CERTIFICATE = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const NEVER_REACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Retryable, and certainly not carried out: the server said so (429, 503) or was never reached. */
export class NotCarriedOutError extends RetryableError {}

export function noAnswerInTime(what: string, callTimeoutMs: number): RetryableError {
  return new RetryableError(`${what} gave no answer within ${callTimeoutMs} ms`);
}

/** What `fetch`, or a library built on it, throws in place of an answer. */
export function networkError(error: unknown, what: string, callTimeoutMs: number): Error {
  if (error instanceof PermanentError) return error;
  if (error instanceof Error && error.name === 'TimeoutError') return noAnswerInTime(what, callTimeoutMs);
  const refused = proxyAnswerIn(error);
  if (refused !== undefined) return errorOfProxyAnswer(refused, what);
  const code = codeIn(error);
  return code === undefined ? new PermanentError(`${what} could not be sent`) : errorOfNetworkCode(code, what);
}

/** @param code as Node.js gives it: `ECONNRESET`, `CERT_HAS_EXPIRED` */
export function errorOfNetworkCode(code: string, what: string): Error {
  if (REFUSED_CERTIFICATE.test(code)) return refusedCertificate(code, what);
  const message = `${what} failed: ${code}`;
  return NEVER_REACHED.test(code) ? new NotCarriedOutError(message) : new RetryableError(message);
}

/** The same where a connector's own protocol gives up on a failed handshake (`ERR_SSL_...`) too. */
export function errorOfSocketCode(code: string, what: string): Error {
  return code.startsWith('ERR_SSL_') ? refusedCertificate(code, what) : errorOfNetworkCode(code, what);
}

/** Nothing came further than to the proxy. */
function errorOfProxyAnswer(status: number, what: string): Error {
  const message = `${what}: the proxy answered ${status}`;
  if (status >= 500 || status === 408 || status === 429) return new NotCarriedOutError(message);
  return new PermanentError(status === 407 ? `${message}: are the credentials in its secret right?` : message);
}

/** The status with which a proxy refused to connect, as `fetch` or Node's agents tell it. */
function proxyAnswerIn(error: unknown): number | undefined {
  for (const cause of causesOf(error)) {
    if (!('code' in cause)) continue;
    if (cause.code === 'ERR_PROXY_TUNNEL' && 'statusCode' in cause) return Number(cause.statusCode);
    const [, status] = /^Proxy response \((\d{3})\)/.exec(cause.message) ?? [];
    if (cause.code === 'UND_ERR_ABORTED' && status !== undefined) return Number(status);
  }
  return undefined;
}

function refusedCertificate(code: string, what: string): PermanentError {
  return new PermanentError(`${what}: the certificate was not accepted (${code})`);
}

function codeIn(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') return cause.code;
  }
  return undefined;
}

function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause);
  return causes;
}
