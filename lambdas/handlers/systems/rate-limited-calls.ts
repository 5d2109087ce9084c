// The calls of one convergence to one system, within the rate limit that all functions share: each waits for its turn, one at a
// time, and what it teaches about the system is told to everybody. Where more want to call than may, a turn is reserved
// once for the whole of it, and is waited for outside of the function.
import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../../core/errors.ts';
import { EMPTY_QUEUE, isWaitedFor, type Lane, type Queue, startOf, type Turn } from '../../core/systems/queue.ts';
import {
  type Admission,
  admit,
  callsAtOnce,
  type Experience,
  emptySinceMs,
  learn,
  mayBeToldLater,
  mayBeToldTogether,
  newRateLimitState,
  type RateLimit,
  type RateLimitState,
  visitCostMs,
} from '../../core/systems/rate-limit.ts';
import type { KeptRateLimit, RateLimitStore } from '../../stores/rate-limits/rate-limit-store.ts';

/**
 * How often a write is tried that others were faster with, with waits of at most 10, 20, ... 640 ms between: 1.3 s in
 * all. That suffices, since only those who hold one of the application's places write at the same time.
 */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_WAIT_MS = 10;
/** Between two looks whether its turn has come. */
const MINIMUM_WAIT_MS = 50;
/** A turn that comes within this is waited for at once: coming back for it would take longer. */
const TURN_PATIENCE_MS = 2_000;
/** What one that has begun may spend on waiting: half of a function's 60 s, since retries and the last call take the rest. */
const BEGUN_PATIENCE_MS = 25_000;
const NOTHING: KeptRateLimit = { state: undefined, revision: 0, queue: EMPTY_QUEUE };

/** The system was not called: try again later. `busy`: its turn did not come in time; `closed`: it is left alone. */
export class PostponedError extends RetryableError {
  readonly because: 'busy' | 'closed';
  /** When the convergence comes back with it, it has not lost its place in the queue. */
  readonly turn: Turn | undefined;
  constructor(message: string, { because, retryAfterMs, turn }: Postponement) {
    super(message, { retryAfterMs });
    this.because = because;
    this.turn = turn;
  }
}

interface Postponement {
  readonly because: 'busy' | 'closed';
  readonly retryAfterMs: number;
  readonly turn?: Turn | undefined;
}

/** How a convergence queues where more want to call than may. */
export interface Queuing {
  readonly lane: Lane;
  /** How many calls it expects to make. */
  readonly calls: number;
  /** As it was postponed before. */
  readonly turn?: Turn | undefined;
  /** Whether it comes back with its turn. */
  readonly comesBack: boolean;
}

/** What a function knows of an application's rate limit. */
export interface KnownRateLimit extends KeptRateLimit {
  /** It is read before it is written: a write that is refused costs more than reading does. */
  readonly othersWrite?: boolean | undefined;
}

export interface RateLimitedCallsOptions {
  readonly rateLimits: RateLimitStore;
  readonly applicationId: string;
  readonly limit: RateLimit;
  /** Unique to the convergence. */
  readonly holder: string;
  /** It waits for nobody's turn. */
  readonly urgent: boolean;
  /** @default it takes what is left, and waits within its patience only */
  readonly queuing?: Queuing | undefined;
  /** What the whole convergence may spend on waiting. */
  readonly patienceMs: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly pause?: ((durationMs: number) => Promise<unknown>) | undefined;
  /**
   * By application, as this function knew it last: it is written without being read again, which fails where somebody else
   * has written since, and tells what there is; until nobody else does, it is read first then. @default nothing is known
   */
  readonly lastKnown?: Map<string, KnownRateLimit> | undefined;
  /**
   * By application, what convergences of this function have learned that nobody waits for: told with the next question, which
   * saves a write of its own. @default everything is told at once
   */
  readonly untold?: Map<string, readonly Experience[]> | undefined;
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
  #made = 0;
  #answered = false;
  #pauseMs: number | undefined;
  #turn: Turn | undefined;
  #queue: Queue | undefined;
  #begunMs: number | undefined;
  readonly #lastKnown: Map<string, KnownRateLimit>;

  constructor(options: RateLimitedCallsOptions) {
    this.#options = options;
    this.#pause = options.pause ?? sleep;
    this.#patienceMs = options.patienceMs;
    this.#turn = options.queuing?.turn;
    this.#lastKnown = options.lastKnown ?? new Map();
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
    if ((this.#called || this.#unspent > 0) && !this.#keepForLater()) await this.#tell().catch(() => {});
  }

  #keepForLater(): boolean {
    const { untold, applicationId, limit, clock } = this.#options;
    const state = this.#lastKnown.get(applicationId)?.state;
    if (untold === undefined || state === undefined) return false;
    const experience = this.#experience();
    const all = [...(untold.get(applicationId) ?? []), experience];
    const overdrawn = all.reduce((sum, one) => sum + one.overdrawn, 0);
    const mayWait =
      mayBeToldLater(state, limit, experience) || mayBeToldTogether(state, limit, experience, overdrawn, clock());
    if (mayWait) untold.set(applicationId, all);
    return mayWait;
  }

  async #runNext<Result>(call: () => Promise<Result>): Promise<Result> {
    await this.#takeTurn();
    this.#called = true;
    this.#made += 1;
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
        this.#begin();
        return;
      }
      const { because } = admission;
      if (because === 'no-turn') await this.#queueUp(admission);
      else if (because === 'not-yet') await this.#await(admission.waitMs);
      else await this.#waitFor(because, admission.waitMs);
    }
  }

  #begin(): void {
    if (this.#begunMs !== undefined) return;
    this.#begunMs = this.#options.clock();
    if (this.#options.queuing?.comesBack === true) this.#patienceMs = BEGUN_PATIENCE_MS;
  }

  async #waitFor(because: 'busy' | 'closed', askedMs: number): Promise<void> {
    // Whoever has begun holds a place, and waits no longer than it must.
    const spread = this.#begunMs === undefined || this.#options.queuing === undefined ? 1 + Math.random() / 4 : 1;
    const waitMs = Math.max(MINIMUM_WAIT_MS, askedMs * spread + 1);
    if (because === 'closed' || waitMs > this.#patienceMs) throw this.#postponed(because, askedMs);
    this.#patienceMs -= waitMs;
    await this.#pause(waitMs);
  }

  /** It may begin before it has all that it needs. */
  async #queueUp({ costMs, firstMs, fromMs }: NoTurn): Promise<void> {
    const { rateLimits, applicationId, queuing, clock } = this.#options;
    const lane = queuing?.lane ?? 'others';
    const turn = await rateLimits.reserve({ applicationId, lane, costMs, fromMs, nowMs: clock() });
    this.#turn = { ...turn, startsMs: turn.startsMs - costMs + firstMs };
    this.#queue = undefined;
  }

  /** Until its turn comes. */
  async #await(waitMs: number): Promise<void> {
    if (waitMs > Math.min(TURN_PATIENCE_MS, this.#patienceMs)) throw this.#postponed('busy', waitMs);
    this.#patienceMs -= waitMs;
    await this.#pause(Math.max(MINIMUM_WAIT_MS, waitMs));
  }

  async #ask(): Promise<Admission | NoTurn | NotYet> {
    const { holder, urgent, limit, clock, queuing } = this.#options;
    const isFirst = this.#begunMs === undefined;
    const wanted = queuing && this.#wanted(queuing);
    const asking = { holder, urgent, unspent: this.#unspent, wanted };
    const considersQueue = isFirst && queuing !== undefined;
    // Whoever waits for nobody asks without writing anything, which others may be doing.
    const untold = urgent ? [] : this.#takeUntold();
    try {
      const admission = await this.#change<Admission | NoTurn | NotYet>({ considersQueue }, (before, queue) => {
        this.#queue = queue;
        const state = untold.reduce((told, experience) => learn(told, limit, experience, clock()), before);
        const standing = considersQueue ? this.#standing(state, queue, queuing) : undefined;
        if (standing !== undefined) return { state, answer: standing };
        const admitted = admit(state, limit, asking, clock());
        const isBusy = !admitted.admission.admitted && admitted.admission.because === 'busy';
        const mustQueue = isBusy && considersQueue && this.#turn === undefined;
        return { state: admitted.state, answer: mustQueue ? this.#noTurn(state, queuing) : admitted.admission };
      });
      return admission ?? { admitted: false, because: 'busy', waitMs: MINIMUM_WAIT_MS };
    } catch (error) {
      // Cutting somebody off must not hang on a table that only keeps the rate limit, nor ask it again before each call.
      if (!urgent) throw error;
      return { admitted: true, calls: 0, untilMs: Number.POSITIVE_INFINITY, probe: false };
    }
  }

  /** What could not be told then is told no more: it runs out by itself. */
  #takeUntold(): readonly Experience[] {
    const { untold, applicationId } = this.#options;
    const taken = untold?.get(applicationId) ?? [];
    untold?.delete(applicationId);
    return taken;
  }

  /** All that it still expects to make: what cannot be had at once follows in parts. */
  #wanted({ calls }: Queuing): number {
    return Math.max(1, calls - this.#made);
  }

  /** Undefined: it may ask for calls. */
  #standing(state: RateLimitState, queue: Queue, queuing: Queuing): NoTurn | NotYet | undefined {
    const nowMs = this.#options.clock();
    const isPaused = state.pausedUntilMs > nowMs;
    // That a leaver has access still because a system asks for time must be told: it counts as a failure.
    if (isPaused && (!queuing.comesBack || queuing.lane === 'leavers')) return undefined;
    if (this.#turn === undefined) {
      return isPaused || isWaitedFor(queue, nowMs) ? this.#noTurn(state, queuing) : undefined;
    }
    const startsMs = Math.max(startOf(this.#turn, queue), state.pausedUntilMs);
    return startsMs > nowMs ? { admitted: false, because: 'not-yet', waitMs: startsMs - nowMs } : undefined;
  }

  #noTurn(state: RateLimitState, { calls }: Queuing): NoTurn {
    const { limit, clock } = this.#options;
    const nowMs = clock();
    const fromMs = Math.max(emptySinceMs(state, limit, nowMs), state.pausedUntilMs);
    const costMs = visitCostMs(state, limit, calls);
    const firstMs = Math.min(costMs, visitCostMs(state, limit, callsAtOnce(limit, calls)));
    return { admitted: false, because: 'no-turn', fromMs, costMs, firstMs };
  }

  /** Whoever waits for a probe's outcome learns it with the first answer. */
  async #noteAnswer(): Promise<void> {
    this.#answered = true;
    if (!this.#admission.probe) return;
    await this.#tell().catch(() => {});
  }

  async #tell(): Promise<void> {
    const { limit, clock } = this.#options;
    const experiences = [...this.#takeUntold(), this.#experience()];
    this.#admission = { admitted: true, calls: 0, untilMs: 0, probe: false };
    this.#unspent = 0;
    this.#overdrawn = 0;
    const { rateLimits, applicationId } = this.#options;
    const pausedMs = await this.#change({ considersQueue: false }, (state) => {
      const learned = experiences.reduce((told, experience) => learn(told, limit, experience, clock()), state);
      return { state: learned, answer: learned.pausedUntilMs - Math.max(state.pausedUntilMs, clock()) };
    });
    // Whoever queues waits for that much longer, in the same order.
    if (pausedMs !== undefined && pausedMs > 0)
      await rateLimits.delay({ applicationId, byMs: pausedMs, nowMs: clock() });
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
      visitMs: this.#begunMs === undefined ? undefined : this.#options.clock() - this.#begunMs,
    };
  }

  /** Undefined when others were faster every time. */
  async #change<Answer>(
    { considersQueue }: { readonly considersQueue: boolean },
    decide: (state: RateLimitState, queue: Queue) => { readonly state: RateLimitState; readonly answer: Answer },
  ): Promise<Answer | undefined> {
    const { rateLimits, applicationId, limit, clock } = this.#options;
    const lastKnown = this.#lastKnown.get(applicationId);
    let known: KeptRateLimit | undefined = lastKnown?.othersWrite === true ? undefined : lastKnown;
    let isRead = false;
    let othersWrite = false;
    for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
      if (known === undefined) {
        known = (await rateLimits.load(applicationId)) ?? NOTHING;
        isRead = true;
        othersWrite ||= lastKnown !== undefined && lastKnown.revision !== known.revision;
      }
      const { queue, revision: expectedRevision } = known;
      const before = known.state ?? newRateLimitState(limit, clock());
      const { state, answer } = decide(before, queue);
      if (state === before) {
        this.#lastKnown.set(applicationId, { ...known, othersWrite });
        if (isRead) return answer;
        // What is refused is refused by what is read, not by what was known.
        known = undefined;
        continue;
      }
      // Turns are given away without a write of the state: whoever may not pass those who wait says so.
      const expectedQueue = considersQueue && !isRead ? queue : undefined;
      const found = await rateLimits.save({ applicationId, state, expectedRevision, expectedQueue, nowMs: clock() });
      if (found === undefined) {
        this.#lastKnown.set(applicationId, { state, revision: expectedRevision + 1, queue, othersWrite });
        return answer;
      }
      known = found;
      othersWrite = true;
      // Others are about: only where what was known is not what is kept any more, it is decided on at once.
      if (isRead) await this.#pause(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
      isRead = !isRead;
    }
    this.#lastKnown.delete(applicationId);
    return undefined;
  }

  #postponed(because: 'busy' | 'closed', waitMs: number): PostponedError {
    const { applicationId } = this.#options;
    const seconds = Math.ceil(waitMs / 1_000);
    const message =
      because === 'busy'
        ? `${applicationId} is busy with other calls of ours: its rate limit leaves no turn yet`
        : `${applicationId} is left alone for another ${seconds} s: it gave no answers, or asked for it`;
    const turn = because === 'busy' ? this.turnIn(waitMs) : undefined;
    return new PostponedError(message, { because, retryAfterMs: waitMs, turn });
  }

  /** Whoever had a turn goes on before those who wait for one. Undefined: it does not queue. */
  turnIn(waitMs: number): Turn | undefined {
    const { queuing, clock } = this.#options;
    if (queuing === undefined) return undefined;
    const { lane } = queuing;
    return { lane, startsMs: clock() + waitMs, shiftMs: (this.#queue ?? EMPTY_QUEUE)[lane].shiftMs };
  }
}

/** Others wait already, or there are no calls left: a turn is to be reserved. */
interface NoTurn {
  readonly admitted: false;
  readonly because: 'no-turn';
  readonly costMs: number;
  /** Of that, until it may begin. */
  readonly firstMs: number;
  /** From when on the application has been left alone (epoch ms). */
  readonly fromMs: number;
}

interface NotYet {
  readonly admitted: false;
  readonly because: 'not-yet';
  readonly waitMs: number;
}
