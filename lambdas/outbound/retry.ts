// Retries shared by every connector, bounded so that a connection fits into one Lambda invocation: a target that asks
// for more patience than that is left alone, and the state machine comes back later.
import { RetryableError } from '../core/errors.ts';

/** Calls to one operation at most: the first and two repetitions. */
const MAX_ATTEMPTS = 3;
/**
 * What one connection may lose to failed attempts and to waiting, in milliseconds. A call starts only within it, so
 * the worst case is 20 s + one last call (10 s) and leaves half of a 60 s function to the calls that work.
 */
const RETRY_BUDGET_MS = 20_000;
/** The longest single wait; a longer Retry-After is handed to the caller instead. */
const MAX_WAIT_MS = 5_000;
const FIRST_BACKOFF_MS = 200;

/** Counts down what a connection has lost to failures. One per connection. */
export class RetryBudget {
  #remainingMs: number;

  constructor(budgetMs: number = RETRY_BUDGET_MS) {
    this.#remainingMs = budgetMs;
  }

  /**
   * Runs `call` until it succeeds, fails for good, or the budget is used up; throws its last error.
   *
   * @param repeatable whether the call may be sent again after this error: false unless it is idempotent or was
   *   certainly not carried out.
   */
  async run<Result>(call: () => Promise<Result>, repeatable: (error: RetryableError) => boolean): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const startedMs = performance.now();
      try {
        return await call();
      } catch (error) {
        this.#remainingMs -= performance.now() - startedMs;
        if (!(error instanceof RetryableError) || attempt === MAX_ATTEMPTS || !repeatable(error)) throw error;
        const waitMs = error.retryAfterMs ?? backoffMs(attempt);
        if (waitMs > MAX_WAIT_MS || waitMs >= this.#remainingMs) throw error;
        this.#remainingMs -= waitMs;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}

/** Full jitter between half and the whole of 200 ms, 400 ms. */
function backoffMs(attempt: number): number {
  return FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

/** RFC 9110 section 10.2.3: seconds, or an HTTP-date. In milliseconds from `nowMs`; undefined when it is neither. */
export function parseRetryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
