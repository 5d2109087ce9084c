// The calls of one convergence to one system, within the rate limit that all functions share: each waits for its turn, one at a
// time, and what it teaches about the system is told to everybody.
import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../../core/errors.ts';
import {
  type Admission,
  admit,
  type Experience,
  learn,
  newRateLimitState,
  type RateLimit,
  type RateLimitState,
} from '../../core/systems/rate-limit.ts';
import type { RateLimitStore } from '../../stores/rate-limits/rate-limit-store.ts';

/**
 * How often a write is tried that others were faster with, with waits of at most 10, 20, ... 640 ms between: 1.3 s in
 * all. That suffices, since only those who hold one of the application's places write at the same time.
 */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_WAIT_MS = 10;
/** Between two looks whether its turn has come. */
const MINIMUM_WAIT_MS = 50;

/** The system was not called: try again later. `busy`: its turn did not come in time; `closed`: it is left alone. */
export class PostponedError extends RetryableError {
  readonly because: 'busy' | 'closed';
  constructor(message: string, { because, retryAfterMs }: { because: 'busy' | 'closed'; retryAfterMs: number }) {
    super(message, { retryAfterMs });
    this.because = because;
  }
}

export interface RateLimitedCallsOptions {
  readonly rateLimits: RateLimitStore;
  readonly applicationId: string;
  readonly limit: RateLimit;
  /** Unique to the convergence. */
  readonly holder: string;
  /** It waits for nobody's turn. */
  readonly urgent: boolean;
  /** What the whole convergence may spend on waiting. */
  readonly patienceMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly pause?: ((durationMs: number) => Promise<unknown>) | undefined;
}

export class RateLimitedCalls {
  readonly #options: RateLimitedCallsOptions;
  readonly #pause: (durationMs: number) => Promise<unknown>;
  #last: Promise<unknown> = Promise.resolve();
  #patienceMs: number;
  #admission: Admission & { readonly admitted: true } = { admitted: true, calls: 0, untilMs: 0, probe: false };
  /** Of the last reservation. */
  #unspent = 0;
  #overdrawn = 0;
  #called = false;
  #answered = false;
  #pauseMs: number | undefined;

  constructor(options: RateLimitedCallsOptions) {
    this.#options = options;
    this.#pause = options.pause ?? sleep;
    this.#patienceMs = options.patienceMs;
  }

  /** Throws PostponedError when the call was not made, and whatever the call throws. */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(() => this.#runNext(call));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Gives the place back and tells what was learned. Never fails: what it could not tell runs out by itself. */
  async end(): Promise<void> {
    await this.#last;
    if (this.#called || this.#unspent > 0) await this.#tell().catch(() => {});
  }

  async #runNext<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#takeTurn();
    this.#called = true;
    try {
      const result = await call();
      await this.#noteAnswer();
      return result;
    } catch (error) {
      if (!(error instanceof RetryableError)) await this.#noteAnswer();
      else if (error.retryAfterMs !== undefined && error.retryAfterMs > 0) {
        this.#answered = true;
        this.#pauseMs = Math.max(this.#pauseMs ?? 0, error.retryAfterMs);
      }
      throw error;
    }
  }

  async #takeTurn(): Promise<void> {
    const { urgent, clock } = this.#options;
    if (clock() >= this.#admission.untilMs || (this.#unspent === 0 && !urgent)) await this.#reserve();
    if (urgent) this.#overdrawn += 1;
    else this.#unspent -= 1;
  }

  async #reserve(): Promise<void> {
    for (;;) {
      const admission = await this.#ask();
      if (admission.admitted) {
        this.#admission = admission;
        this.#unspent = admission.calls;
        return;
      }
      const { because } = admission;
      const waitMs = Math.max(MINIMUM_WAIT_MS, admission.waitMs * (1 + Math.random() / 4));
      if (because === 'closed' || waitMs > this.#patienceMs) throw this.#postponed(because, admission.waitMs);
      this.#patienceMs -= waitMs;
      await this.#pause(waitMs);
    }
  }

  async #ask(): Promise<Admission> {
    const { holder, urgent, limit, clock } = this.#options;
    const asking = { holder, urgent, unspent: this.#unspent };
    try {
      const admission = await this.#change((state) => {
        const admitted = admit(state, limit, asking, clock());
        return { state: admitted.state, answer: admitted.admission };
      });
      return admission ?? { admitted: false, because: 'busy', waitMs: MINIMUM_WAIT_MS };
    } catch (error) {
      // Cutting somebody off must not hang on a table that only keeps the rate limit, nor ask it again before each call.
      if (!urgent) throw error;
      return { admitted: true, calls: 0, untilMs: Number.POSITIVE_INFINITY, probe: false };
    }
  }

  /** Whoever waits for a probe's outcome learns it with the first answer. */
  async #noteAnswer(): Promise<void> {
    this.#answered = true;
    if (!this.#admission.probe) return;
    await this.#tell().catch(() => {});
  }

  async #tell(): Promise<void> {
    const { limit, clock } = this.#options;
    const experience = this.#experience();
    this.#admission = { admitted: true, calls: 0, untilMs: 0, probe: false };
    this.#unspent = 0;
    this.#overdrawn = 0;
    await this.#change((state) => ({ state: learn(state, limit, experience, clock()), answer: undefined }));
  }

  #experience(): Experience {
    const target = this.#answered ? 'answered' : this.#called ? 'down' : 'silent';
    return {
      holder: this.#options.holder,
      probe: this.#admission.probe,
      unspent: this.#unspent,
      overdrawn: this.#overdrawn,
      target,
      pauseMs: this.#pauseMs,
    };
  }

  /** Undefined when others were faster every time. */
  async #change<Answer>(
    decide: (state: RateLimitState) => { readonly state: RateLimitState; readonly answer: Answer },
  ): Promise<Answer | undefined> {
    const { rateLimits, applicationId, limit, clock } = this.#options;
    for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
      const known = await rateLimits.load(applicationId);
      const before = known?.state ?? newRateLimitState(limit, clock());
      const { state, answer } = decide(before);
      if (state === before) return answer;
      const expectedRevision = known?.revision ?? 0;
      if (await rateLimits.save({ applicationId, state, expectedRevision, nowMs: clock() })) return answer;
      await this.#pause(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
    return undefined;
  }

  #postponed(because: 'busy' | 'closed', waitMs: number): PostponedError {
    const { applicationId } = this.#options;
    const seconds = Math.ceil(waitMs / 1_000);
    const message =
      because === 'busy'
        ? `${applicationId} is busy with other calls of ours: its rate limit leaves no turn yet`
        : `${applicationId} is left alone for another ${seconds} s: it gave no answers, or asked for it`;
    return new PostponedError(message, { because, retryAfterMs: waitMs });
  }
}
