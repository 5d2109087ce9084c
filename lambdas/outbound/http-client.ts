// The fetch wrapper of the HTTP connectors: time-out, size limit, bounded retries, and one classification of failures
// into core/errors.ts. Its errors carry method, path template and status; never a body, a secret or an identifier.
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import { NotCarriedOutError, networkError } from './network-failure.ts';
import { parseRetryAfterMs, RetryBudget } from './retry.ts';

/** The largest answer read, in bytes: a page of 1,000 accounts stays well below. */
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024;

export interface HttpClientOptions {
  /** Named in every error, e.g. `SCIM`. */
  readonly system: string;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  /** RFC 6750 bearer token, or how one is come by. */
  readonly bearerToken?: string | (() => Promise<string>);
  /** Sent with every request: credentials that are no bearer token, a version the API asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 'application/json' */
  readonly mediaType?: string;
  readonly callTimeoutMs: number;
  /** The machine-readable code of an error body, if it is a known one: shown in the error's message. */
  readonly errorCode?: (body: unknown) => string | undefined;
  /** Retry-After of a 429 from a system that says it in a header of its own. */
  readonly retryAfter?: (headers: Headers) => string | undefined;
}

export interface HttpAnswer {
  /** Parsed JSON; undefined when the answer is empty. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `{name}` placeholders: `/Users/{id}`. This is what errors and logs show. */
  readonly path: string;
  /** Values of the placeholders, percent-encoded when put in. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Of this request alone, e.g. `if-match`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded` in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent without the bearer token: the call that fetches it. @default false */
  readonly anonymous?: boolean;
  /** May it be sent again when nobody knows whether it was carried out? @default every method but POST and PATCH */
  readonly idempotent?: boolean;
}

/** `PermanentError` for an answer that refuses this request (4xx), with what a connector needs to try another way. */
export class RefusedError extends PermanentError {
  readonly status: number;
  readonly code: string | undefined;
  constructor(message: string, status: number, code: string | undefined) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #budget = new RetryBudget();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /**
   * Sends a request and returns the parsed JSON answer, undefined when it is empty.
   *
   * @throws NotFoundError 404 · ConflictError 409 · RefusedError other 4xx, 3xx, 501 · PermanentError 401, 403, or an
   *   answer that is too large or not JSON · RetryableError 408, 425, 429, 5xx, time-out, reset, unreachable
   */
  async send(request: HttpRequest): Promise<unknown> {
    return (await this.sendForHeaders(request)).body;
  }

  /** The same, for a system that says something in the headers of its answer: where the next page is. */
  async sendForHeaders(request: HttpRequest): Promise<HttpAnswer> {
    const idempotent = request.idempotent ?? (request.method !== 'POST' && request.method !== 'PATCH');
    return this.#budget.run(
      () => this.#sendOnce(request),
      (error) => idempotent || error instanceof NotCarriedOutError,
    );
  }

  async #sendOnce(request: HttpRequest): Promise<HttpAnswer> {
    const { system, baseUrl, bearerToken, headers, mediaType = 'application/json', callTimeoutMs } = this.#options;
    const what = `${system} ${request.method} ${request.path}`;
    const token = request.anonymous ? undefined : typeof bearerToken === 'function' ? await bearerToken() : bearerToken;
    const { form } = request;
    const payload = form === undefined ? jsonOf(request.body) : String(new URLSearchParams(form));
    const contentType = form === undefined ? mediaType : 'application/x-www-form-urlencoded';
    let response: Response;
    let text: string;
    try {
      response = await fetch(urlOf(baseUrl, request), {
        method: request.method,
        // A redirect could carry the token to another host.
        redirect: 'manual',
        headers: {
          accept: `${mediaType}, application/json`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
          ...request.headers,
          ...(payload === undefined ? {} : { 'content-type': contentType }),
        },
        ...(payload === undefined ? {} : { body: payload }),
        signal: AbortSignal.timeout(callTimeoutMs),
      });
      text = await readBounded(response, what);
    } catch (error) {
      throw networkError(error, what, callTimeoutMs);
    }
    const body = parseJson(text);
    if (!response.ok) throw this.#statusError(response, body, what);
    if (text !== '' && body === undefined) throw new PermanentError(`${what}: the answer is not JSON`);
    return { body, headers: response.headers };
  }

  #statusError(response: Response, body: unknown, what: string): Error {
    const code = body === undefined ? undefined : this.#options.errorCode?.(body);
    const { headers, status } = response;
    const own = status === 429 ? this.#options.retryAfter?.(headers) : undefined;
    return errorOfStatus(what, status, headers.get('retry-after') ?? own, code);
  }
}

/** An answer's status in the words of core/errors.ts; also for answers that a vendor's client library has read. */
export function errorOfStatus(what: string, status: number, retryAfter?: string | null, code?: string): Error {
  const message = `${what} answered ${status}${code === undefined ? '' : ` (${code})`}`;
  const retryAfterMs = parseRetryAfterMs(retryAfter, Date.now());
  if (status === 429 || status === 503) return new NotCarriedOutError(message, { retryAfterMs });
  if (status === 408 || status === 425 || (status >= 500 && status !== 501)) {
    return new RetryableError(message, { retryAfterMs });
  }
  if (status === 401 || status === 403) return new PermanentError(`${message}: the credentials were refused`);
  if (status === 404) return new NotFoundError(message);
  if (status === 409) return new ConflictError(message);
  return new RefusedError(message, status, code);
}

function jsonOf(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

function urlOf(baseUrl: string, request: HttpRequest): string {
  const path = fillPath(request.path, request.parameters);
  const query = new URLSearchParams(
    Object.entries(request.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return `${baseUrl}${path}${query.size === 0 ? '' : `?${query}`}`;
}

/** @throws PermanentError for a value that would lead elsewhere */
export function fillPath(template: string, parameters: HttpRequest['parameters'] = {}): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    // `.` and `..` survive percent-encoding and would be resolved away.
    if (value === undefined || value === '' || value === '.' || value === '..') {
      throw new PermanentError(`${template}: no usable value for {${name}}`);
    }
    return encodeURIComponent(value);
  });
}

/** Throws a PermanentError when it is larger. */
export async function readBounded(
  response: Response,
  what: string,
  maximumBytes = MAX_RESPONSE_BYTES,
): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maximumBytes) throw new PermanentError(`${what}: the answer exceeds ${maximumBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
