// Calls made through a vendor's client library: a time-out, bounded retries and the house's errors around each. What
// such a library throws carries URLs, bodies and tokens, so that nothing of it but status and code is passed on.
import { PermanentError, RetryableError } from '../core/errors.ts';
import { errorOfStatus } from './http-client.ts';
import { NotCarriedOutError, networkError, noAnswerInTime } from './network-failure.ts';
import { RetryBudget } from './retry.ts';

/** What a library's error says of the system's answer; undefined: there was none. */
export interface LibraryAnswer {
  readonly status: number;
  readonly retryAfter?: string | null | undefined;
  /** A code of the vendor's own list, never free text. */
  readonly code?: string | undefined;
}

export interface LibraryCallsOptions {
  /** Named in every error, e.g. `GitHub`. */
  readonly system: string;
  readonly callTimeoutMs: number;
  readonly answerOf: (error: unknown) => LibraryAnswer | undefined;
}

export class LibraryCalls {
  readonly #options: LibraryCallsOptions;
  readonly #budget = new RetryBudget();

  constructor(options: LibraryCallsOptions) {
    this.#options = options;
  }

  /**
   * @param operation as errors show it: `GET /orgs/{org}`
   * @param send is handed the signal that ends the call when its time is up
   * @throws as HttpClient.send does
   */
  async run<Result>(
    operation: string,
    send: (signal: AbortSignal) => Promise<Result>,
    { idempotent = true }: { readonly idempotent?: boolean } = {},
  ): Promise<Result> {
    return this.#budget.run(
      () => this.#runOnce(operation, send),
      (error) => idempotent || error instanceof NotCarriedOutError,
    );
  }

  async #runOnce<Result>(operation: string, send: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { system, callTimeoutMs, answerOf } = this.#options;
    const what = `${system} ${operation}`;
    const signal = AbortSignal.timeout(callTimeoutMs);
    try {
      return await send(signal);
    } catch (error) {
      if (error instanceof PermanentError || error instanceof RetryableError) throw error;
      if (signal.aborted) throw noAnswerInTime(what, callTimeoutMs);
      const answer = answerOf(error);
      if (answer === undefined) throw networkError(error, what, callTimeoutMs);
      throw errorOfStatus(what, answer.status, answer.retryAfter, answer.code);
    }
  }
}
