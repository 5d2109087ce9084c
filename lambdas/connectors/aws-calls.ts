// Calls to AWS through its SDK: time-out, bounded retries, and one classification of failures into core/errors.ts. The
// services' own messages name users and resources, so only an error's name and status are passed on.
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import { parseRetryAfterMs, RetryBudget } from './retry.ts';

/** Pages of one listing at most. */
const MAX_PAGES = 100;
const THROTTLED = /^(Throttl\w*|TooManyRequestsException|RequestLimitExceeded|SlowDown|RequestThrottled\w*)$/;
const BUSY =
  /^(EntityTemporarilyUnmodifiable\w*|ConcurrentModification\w*|ServiceFailure\w*|InternalFailure|InternalServiceError)$/;
const MISSING = /^(NoSuchEntity\w*|ResourceNotFoundException)$/;
const TAKEN = /^(EntityAlreadyExists\w*|ConflictException|ResourceExistsException)$/;

export interface AwsCallsOptions {
  /** Named in every error, e.g. `IAM`. */
  readonly system: string;
  readonly callTimeoutMs: number;
}

export interface AwsPage<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

export class AwsCalls {
  readonly #system: string;
  readonly #callTimeoutMs: number;
  readonly #budget = new RetryBudget();

  constructor({ system, callTimeoutMs }: AwsCallsOptions) {
    this.#system = system;
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Runs a call that may be repeated: one that sets or removes, or creates under a name that is unique. */
  run<Output>(operation: string, send: (options: { abortSignal: AbortSignal }) => Promise<Output>): Promise<Output> {
    return this.#budget.run(
      async () => {
        try {
          return await send({ abortSignal: AbortSignal.timeout(this.#callTimeoutMs) });
        } catch (error) {
          throw this.#classify(error, operation);
        }
      },
      () => true,
    );
  }

  /** Runs a call for which "not there" is an answer. */
  async find<Output>(
    operation: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output | undefined> {
    try {
      return await this.run(operation, send);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** All pages of a listing. */
  async list<Item>(
    operation: string,
    send: (next: string | undefined, options: { abortSignal: AbortSignal }) => Promise<AwsPage<Item>>,
  ): Promise<Item[]> {
    const found: Item[] = [];
    let next: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page = await this.run(operation, (options) => send(next, options));
      found.push(...(page.items ?? []));
      if (!page.next) return found;
      if (page.next === next) {
        throw new PermanentError(`${this.#system} ${operation}: paging does not advance: likely a provider bug`);
      }
      next = page.next;
    }
    throw new PermanentError(`${this.#system} ${operation}: more than ${MAX_PAGES} pages`);
  }

  #classify(error: unknown, operation: string): Error {
    const what = `${this.#system} ${operation}`;
    if (!(error instanceof Error)) return new PermanentError(`${what} failed`);
    if (error.name === 'AbortError' || error.name === 'TimeoutError') {
      return new RetryableError(`${what} gave no answer within ${this.#callTimeoutMs} ms`);
    }
    const status = statusOf(error);
    if (status === undefined) {
      const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
      // A socket's code (ECONNRESET, ENOTFOUND) comes from the network; anything else is a wrong setting.
      return code === undefined
        ? new PermanentError(`${what} failed: ${error.name}`)
        : new RetryableError(`${what} failed: ${code}`);
    }
    const message = `${what} answered ${status} (${error.name})`;
    if (status >= 500 || status === 429 || THROTTLED.test(error.name) || BUSY.test(error.name)) {
      return new RetryableError(message, { retryAfterMs: retryAfterMs(error) });
    }
    if (MISSING.test(error.name)) return new NotFoundError(message);
    if (TAKEN.test(error.name)) return new ConflictError(message);
    return new RefusedByAwsError(message, error.name);
  }
}

/** `PermanentError` for a call that AWS refused, with the error's name. */
export class RefusedByAwsError extends PermanentError {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }

  get isAccessDenied(): boolean {
    return /^AccessDenied(Exception)?$|^UnauthorizedOperation$/.test(this.code);
  }
}

/** Also for an answer that cannot be parsed (a proxy's page): the SDK then throws an error that carries the status. */
function statusOf(error: Error): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

function retryAfterMs(error: Error): number | undefined {
  if ('RetryAfterSeconds' in error && typeof error.RetryAfterSeconds === 'number')
    return error.RetryAfterSeconds * 1000;
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  return parseRetryAfterMs($response?.headers?.['retry-after'], Date.now());
}
