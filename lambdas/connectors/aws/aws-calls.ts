// Calls to AWS through its SDK: time-out, bounded retries, and one classification of failures into core/errors.ts. The
// services' own messages name users and resources, so only an error's status, name and reason are passed on.
import { ConflictError, NotFoundError, PermanentError, RetryableError, TenureError } from '../../core/errors.ts';
import { networkError } from '../../outbound/network-failure.ts';
import { parseRetryAfterMs, RetryBudget } from '../../outbound/retry.ts';

/** Pages of one listing at most. */
const MAX_PAGES = 100;
const THROTTLED = /^(Throttl\w*|TooManyRequestsException|RequestLimitExceeded|SlowDown|RequestThrottled\w*)$/;
const BUSY =
  /^(EntityTemporarilyUnmodifiable\w*|ConcurrentModification\w*|ServiceFailure\w*|InternalFailure|InternalServiceError)$/;
/** As the Reason of a ConflictException. */
const BUSY_REASON = 'CONCURRENT_MODIFICATION';
const MISSING = /^(NoSuchEntity\w*|ResourceNotFoundException)$/;
const TAKEN = /^(EntityAlreadyExists\w*|ConflictException|ResourceExistsException)$/;
/** ResourceTypes that hold everything else: where one is not there a setting is wrong, and nothing is known of the rest. */
const HOLDERS: ReadonlySet<unknown> = new Set(['IDENTITY_STORE']);

export interface AwsCallsOptions {
  /** Named in every error, e.g. `IAM`. */
  readonly system: string;
  readonly callTimeoutMs: number;
  /** Is a ConflictException a write that has not reached every host yet, rather than a name that is taken? @default false */
  readonly conflictsPass?: boolean;
}

/** Sends one call; `options` are the SDK's. */
export type AwsSend<Output> = (options: { abortSignal: AbortSignal }) => Promise<Output>;

export interface AwsPage<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

export class AwsCalls {
  readonly #system: string;
  readonly #callTimeoutMs: number;
  readonly #conflictsPass: boolean;
  readonly #budget = new RetryBudget();

  constructor({ system, callTimeoutMs, conflictsPass = false }: AwsCallsOptions) {
    this.#system = system;
    this.#callTimeoutMs = callTimeoutMs;
    this.#conflictsPass = conflictsPass;
  }

  /** Runs a call that may be repeated: one that sets or removes, or creates under a name that is unique. */
  run<Output>(operation: string, send: AwsSend<Output>): Promise<Output> {
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
  find<Output>(operation: string, send: AwsSend<Output>): Promise<Output | undefined> {
    return this.run(operation, send).catch(undefinedWhenGone);
  }

  /** One page of a listing; `next` is where the one after it begins. */
  async page<Item>(
    operation: string,
    from: string | undefined,
    send: (from: string | undefined, options: { abortSignal: AbortSignal }) => Promise<AwsPage<Item>>,
  ): Promise<{ readonly items: readonly Item[]; readonly next: string | undefined }> {
    const { items, next } = await this.run(operation, (options) => send(from, options));
    // An answer without the list is no empty list.
    if (items === undefined) throw new PermanentError(`${this.#system} ${operation}: the answer lacks the list`);
    if (next && next === from) {
      throw new PermanentError(`${this.#system} ${operation}: paging does not advance: likely a provider bug`);
    }
    return { items, next: next || undefined };
  }

  /** All pages of a listing. */
  async list<Item>(
    operation: string,
    send: (next: string | undefined, options: { abortSignal: AbortSignal }) => Promise<AwsPage<Item>>,
  ): Promise<Item[]> {
    const found: Item[] = [];
    let from: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const { items, next } = await this.page(operation, from, send);
      found.push(...items);
      if (next === undefined) return found;
      from = next;
    }
    throw new PermanentError(`${this.#system} ${operation}: more than ${MAX_PAGES} pages`);
  }

  /** Is what the settings name not there at all, as a call that only reads it says? A refusal tells nothing of that. */
  async isMissing(operation: string, read: AwsSend<unknown>): Promise<boolean> {
    try {
      return (await this.find(operation, read)) === undefined;
    } catch (error) {
      if (error instanceof RefusedByAwsError) return error.isHolderMissing;
      throw error;
    }
  }

  /**
   * Tries calls that change nothing, by the names of their operations.
   *
   * @returns the actions that are not allowed, e.g. `iam:GetUser`, with AWS's reason where it gives one; whatever else
   *   is wrong with a call ("not there", "malformed") comes after the permission was looked at
   */
  async findDenied(service: string, probes: Readonly<Record<string, AwsSend<unknown>>>): Promise<string[]> {
    const denied: string[] = [];
    for (const [operation, probe] of Object.entries(probes)) {
      try {
        await this.find(operation, probe);
      } catch (error) {
        if (!(error instanceof RefusedByAwsError)) throw error;
        const why = error.reason === undefined ? '' : ` (${error.reason})`;
        if (error.isAccessDenied) denied.push(`${service}:${operation}${why}`);
      }
    }
    return denied;
  }

  #classify(error: unknown, operation: string): Error {
    const what = `${this.#system} ${operation}`;
    if (error instanceof TenureError) return error;
    if (!(error instanceof Error)) return new PermanentError(`${what} failed`);
    if (error.name === 'AbortError' || error.name === 'TimeoutError') {
      return new RetryableError(`${what} gave no answer within ${this.#callTimeoutMs} ms`);
    }
    const status = statusOf(error);
    if (status === undefined) {
      // A socket's code (ECONNRESET, ENOTFOUND) comes from the network; anything else is a wrong setting.
      const isNetwork = 'code' in error && typeof error.code === 'string';
      return isNetwork
        ? networkError(error, what, this.#callTimeoutMs)
        : new PermanentError(`${what} failed: ${error.name}`);
    }
    const reason = reasonOf(error);
    const message = `${what} answered ${status} (${reason === undefined ? error.name : `${error.name} ${reason}`})`;
    const isBusy = BUSY.test(error.name) || reason === BUSY_REASON;
    const passes = this.#conflictsPass && error.name === 'ConflictException';
    if (status >= 500 || status === 429 || THROTTLED.test(error.name) || isBusy || passes) {
      return new RetryableError(message, { retryAfterMs: retryAfterMs(error) });
    }
    if (MISSING.test(error.name) && isAnswer(error)) return new NotFoundError(message);
    if (TAKEN.test(error.name)) return new ConflictError(message);
    return new RefusedByAwsError(message, { code: error.name, reason });
  }
}

/** `PermanentError` for a call that AWS refused, with the error's name and, where AWS gives one, its reason. */
export class RefusedByAwsError extends PermanentError {
  readonly code: string;
  readonly reason: string | undefined;
  constructor(message: string, { code, reason }: { readonly code: string; readonly reason?: string | undefined }) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  /** What the settings name is not there, or its key is not. */
  get isHolderMissing(): boolean {
    return MISSING.test(this.code);
  }

  get isAccessDenied(): boolean {
    return /^AccessDenied(Exception)?$|^UnauthorizedOperation$/.test(this.code);
  }
}

/** For a call for which "not there" is an answer. */
export function undefinedWhenGone(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
}

/** Where a page begins, as most services take it. */
export function tokenOf(next: string | undefined): { readonly NextToken?: string } {
  return next === undefined ? {} : { NextToken: next };
}

/** Is "not there" about what was asked for? Not when it is about what holds it, or about the key that encrypts it. */
function isAnswer(error: Error): boolean {
  return reasonOf(error) === undefined && !('ResourceType' in error && HOLDERS.has(error.ResourceType));
}

/** One of the service's own list of constants, never free text. */
function reasonOf(error: Error): string | undefined {
  const { Reason } = error as { Reason?: unknown };
  return typeof Reason === 'string' && /^[A-Z_]{1,60}$/.test(Reason) ? Reason : undefined;
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
