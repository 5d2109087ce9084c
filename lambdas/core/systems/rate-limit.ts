// How often a target system, which Tenure shares with others, may be called (the rate limit), and when it is left alone
// because it is down or asked for it (the circuit breaker). One state per application, shared by every function; time is
// an argument.

/** What an application can take; each part may be set in the access model. */
export interface RateLimit {
  /** Over all functions, on average. A call is one operation of a connector: as a rule one or two requests. */
  readonly callsPerSecond: number;
  /** Identities worked on at once in the application, each with one call at a time. */
  readonly concurrentCalls: number;
}

/** What most systems with an API bear without throttling; theirs that bear less say so in the access model. */
export const DEFAULT_RATE_LIMIT: RateLimit = { callsPerSecond: 20, concurrentCalls: 10 };
/** Also the bounds on what the access model may say. Ten seconds for a call is the longest worth waiting for. */
export const RATE_LIMIT_BOUNDS = {
  callsPerSecond: { minimum: 0.1, maximum: 1_000 },
  concurrentCalls: { minimum: 1, maximum: 100 },
} as const;

/** Of what the last convergence lasted in the average. */
const WEIGHT_OF_LAST = 0.2;
/** The bucket holds this many seconds' worth of calls, so that a short rush need not wait. */
const BURST_SECONDS = 2;
/** Calls reserved in one write at most, and how long they may be made: what is left then is forfeit. */
const CALLS_AT_ONCE = 10;
const RESERVATION_MS = 2_000;
/** A place outlives any function (60 s) that could hold it; one that died gives it back this way. */
const PLACE_MS = 65_000;
/** How soon it is worth looking again for a free place. */
const PLACE_WAIT_MS = 250;
/** Convergences in a row without a single answer before the target is taken to be down. */
const FAILURES_UNTIL_OPEN = 5;
/** Left alone for 10, 20, 40, ... 300 s. */
const FIRST_OPEN_MS = 10_000;
const MAXIMUM_OPEN_MS = 300_000;
/** What one call takes at worst, its repetitions included (outbound/retry.ts): a probe that died is followed by another. */
const PROBE_MS = 30_000;
/** A target that asks to be left alone for longer is asked again after an hour. */
export const MAXIMUM_PAUSE_MS = 3_600_000;

export interface RateLimitState {
  /** Calls in the bucket as of `filledMs`; below zero: overdrawn by lock-downs. */
  readonly calls: number;
  readonly filledMs: number;
  /** By holder: a convergence under way. */
  readonly places: Readonly<Record<string, Place>>;
  readonly breaker: Breaker;
  /** The target asked to be left alone until then (epoch ms). */
  readonly pausedUntilMs: number;
  /** What a convergence with it lasts, on the average of the last few. Absent: none has ended yet. */
  readonly visitMs?: number | undefined;
}

interface Place {
  readonly expiresMs: number;
  /** Calls taken from the bucket that may still be made until `callsExpireMs`. */
  readonly calls: number;
  readonly callsExpireMs: number;
}

/**
 * Half-open needs no state of its own: whoever comes first once `probeAtMs` has come is the probe, and pushes it on by
 * what a probe may take. So one goes through at a time, and a probe that died is followed by another.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly openings: number; readonly probeAtMs: number };

export interface Asking {
  /** Unique to the convergence. */
  readonly holder: string;
  /** Waits for nobody's turn, only for a target that is down. */
  readonly urgent: boolean;
}

export type Admission =
  /** So many calls may be made until then (epoch ms); by who is urgent, any number. */
  | { readonly admitted: true; readonly calls: number; readonly untilMs: number; readonly probe: boolean }
  /** `busy`: its turn has not come; `closed`: the target is down, or asked to be left alone. */
  | { readonly admitted: false; readonly because: 'busy' | 'closed'; readonly waitMs: number };

export interface Admitted {
  readonly state: RateLimitState;
  readonly admission: Admission;
}

/** What a convergence learned about the target. */
export interface Experience {
  readonly holder: string;
  readonly probe: boolean;
  /** Calls of its last reservation that were not made. */
  readonly unspent: number;
  /** Calls made without a reservation. */
  readonly overdrawn: number;
  /** `silent`: no call was made. `down`: of those made none was answered. */
  readonly target: 'answered' | 'down' | 'silent';
  /** How long it asked to be left alone, in milliseconds. */
  readonly pauseMs?: number | undefined;
  /** How long the convergence had its place, in milliseconds. */
  readonly visitMs?: number | undefined;
}

export function newRateLimitState(limit: RateLimit, nowMs: number): RateLimitState {
  const breaker = { state: 'closed', failures: 0 } as const;
  return { calls: burstOf(limit), filledMs: nowMs, places: {}, breaker, pausedUntilMs: 0 };
}

/**
 * Asks for the next calls; whoever holds a place keeps it. `unspent`: of its last reservation. `wanted`: so many calls at
 * once or none, as far as the bucket holds them; by default a share of it. The state is the same object when nothing is
 * to be kept.
 */
export function admit(
  before: RateLimitState,
  limit: RateLimit,
  { holder, urgent, unspent = 0, wanted }: Asking & { readonly unspent?: number; readonly wanted?: number | undefined },
  nowMs: number,
): Admitted {
  const refused = (because: 'busy' | 'closed', waitMs: number): Admitted => ({
    state: before,
    admission: { admitted: false, because, waitMs },
  });
  if (nowMs < before.pausedUntilMs) return refused('closed', before.pausedUntilMs - nowMs);
  const { breaker } = before;
  const probe = breaker.state === 'open';
  if (probe && nowMs < breaker.probeAtMs) return refused('closed', breaker.probeAtMs - nowMs);
  if (urgent) {
    const state = probe ? { ...before, breaker: { ...breaker, probeAtMs: nowMs + PROBE_MS } } : before;
    return { state, admission: { admitted: true, calls: 0, untilMs: nowMs + RESERVATION_MS, probe } };
  }
  const filled = takeBack(fill(before, limit, nowMs), holder, unspent, nowMs);
  const places = Object.keys(filled.places).filter((other) => other !== holder).length;
  if (places >= limit.concurrentCalls) return refused('busy', PLACE_WAIT_MS);
  const least = wanted === undefined ? 1 : callsAtOnce(limit, wanted);
  if (filled.calls < least) return refused('busy', Math.ceil(costMs(limit, least - filled.calls)));
  const calls = wanted === undefined ? Math.min(shareOf(limit), Math.floor(filled.calls)) : least;
  const untilMs = nowMs + RESERVATION_MS;
  const place = { expiresMs: nowMs + PLACE_MS, calls, callsExpireMs: untilMs };
  const state = {
    ...filled,
    calls: filled.calls - calls,
    places: { ...filled.places, [holder]: place },
    breaker: probe ? { ...breaker, probeAtMs: nowMs + PROBE_MS } : breaker,
  };
  return { state, admission: { admitted: true, calls, untilMs, probe } };
}

/** Ends a convergence, or tells of a probe's first answer: its place is free, and everybody knows what it learned. */
export function learn(before: RateLimitState, limit: RateLimit, experience: Experience, nowMs: number): RateLimitState {
  const { holder, unspent, overdrawn, pauseMs = 0 } = experience;
  const filled = takeBack(fill(before, limit, nowMs), holder, unspent, nowMs);
  // The debt has a bound: a hundred lock-downs at once must not stop everybody else for minutes.
  const calls = overdrawn === 0 ? filled.calls : Math.max(filled.calls - overdrawn, -burstOf(limit));
  const pausedUntilMs = Math.max(filled.pausedUntilMs, nowMs + Math.min(pauseMs, MAXIMUM_PAUSE_MS));
  const breaker = nextBreaker(filled.breaker, experience, nowMs);
  const lasted = { visitMs: averageOf(before.visitMs, experience.visitMs) };
  return { ...filled, ...lasted, calls, breaker, pausedUntilMs: pauseMs > 0 ? pausedUntilMs : filled.pausedUntilMs };
}

/**
 * Whether it may be told with the next question of the same function, however late that comes, or never. Until then its place
 * is taken, and calls that it did not make are lost: so only while there are as many others of both.
 *
 * @param state as it was when its calls were reserved
 */
export function mayBeToldLater(
  { breaker, places, calls }: RateLimitState,
  limit: RateLimit,
  { target, unspent, overdrawn, pauseMs = 0 }: Experience,
): boolean {
  if (overdrawn > 0 || isNews({ target, pauseMs }, breaker)) return false;
  const isPlaceLeft = Object.keys(places).length <= limit.concurrentCalls / 2;
  return isPlaceLeft && (unspent === 0 || calls >= burstOf(limit) / 2);
}

/**
 * Whether what lock-downs of one function took beyond the rate may wait until there is more to tell: others wait as it is,
 * since it is overdrawn already, and what is lost with the function is little.
 *
 * @param overdrawn all that was not told yet
 */
export function mayBeToldTogether(
  state: RateLimitState,
  limit: RateLimit,
  experience: Pick<Experience, 'target' | 'pauseMs'>,
  overdrawn: number,
  nowMs: number,
): boolean {
  if (isNews(experience, state.breaker) || overdrawn === 0 || overdrawn >= CALLS_AT_ONCE) return false;
  return fill(state, limit, nowMs).calls < 0;
}

/** What others do goes by it, or a breaker by which they go now. */
function isNews({ target, pauseMs = 0 }: Pick<Experience, 'target' | 'pauseMs'>, breaker: Breaker): boolean {
  return target !== 'answered' || pauseMs > 0 || breaker.state !== 'closed' || breaker.failures > 0;
}

function averageOf(before: number | undefined, last: number | undefined): number | undefined {
  if (last === undefined || before === undefined) return last ?? before;
  return before + (last - before) * WEIGHT_OF_LAST;
}

function nextBreaker(breaker: Breaker, { target, probe }: Experience, nowMs: number): Breaker {
  if (target === 'silent') return breaker;
  if (target === 'answered') return { state: 'closed', failures: 0 };
  if (breaker.state === 'closed') {
    const failures = breaker.failures + 1;
    return failures < FAILURES_UNTIL_OPEN ? { state: 'closed', failures } : open(1, nowMs);
  }
  // Calls that were under way when it opened tell nothing new.
  return probe ? open(breaker.openings + 1, nowMs) : breaker;
}

function open(openings: number, nowMs: number): Breaker {
  const openMs = Math.min(FIRST_OPEN_MS * 2 ** (openings - 1), MAXIMUM_OPEN_MS);
  return { state: 'open', openings, probeAtMs: nowMs + openMs };
}

/**
 * The bucket as of `nowMs`. Calls in the bucket and calls reserved are together never more than the bucket's size: so in
 * any stretch of time no more calls are made than its size and what has flowed in since. What flows in while the bucket
 * and the reservations together are full is lost. A reservation that ends makes room, so the bucket is filled step by
 * step, from the end of one reservation to the end of the next.
 */
function fill(state: RateLimitState, limit: RateLimit, nowMs: number): RateLimitState {
  // Clocks differ: one that is behind adds nothing and takes nothing.
  const untilMs = Math.max(nowMs, state.filledMs);
  const reservations = Object.values(state.places);
  const ends = reservations.map(({ callsExpireMs }) => callsExpireMs).filter((endMs) => endMs < untilMs);
  let { calls, filledMs } = state;
  for (const endMs of [...ends.sort((a, b) => a - b), untilMs]) {
    if (endMs < filledMs) continue;
    const reserved = reservations
      .filter(({ callsExpireMs }) => callsExpireMs >= endMs)
      .reduce((sum, place) => sum + place.calls, 0);
    const flowed = ((endMs - filledMs) / 1_000) * limit.callsPerSecond;
    calls = Math.min(calls + flowed, burstOf(limit) - reserved);
    filledMs = endMs;
  }
  const places = Object.fromEntries(Object.entries(state.places).filter(([, { expiresMs }]) => expiresMs > nowMs));
  return { ...state, calls, filledMs, places };
}

/** A holder's place is taken away, and what it did not spend is back in the bucket. */
function takeBack(state: RateLimitState, holder: string, unspent: number, nowMs: number): RateLimitState {
  const { [holder]: place, ...places } = state.places;
  if (place === undefined) return state;
  const left = place.callsExpireMs > nowMs ? Math.min(unspent, place.calls) : 0;
  return { ...state, calls: state.calls + left, places };
}

/** How many of the calls that are wanted can be had in one go: what is reserved keeps others from flowing in. */
export function callsAtOnce(limit: RateLimit, wanted: number): number {
  return Math.max(1, Math.min(wanted, CALLS_AT_ONCE, Math.floor(burstOf(limit) / 2)));
}

/** How long it takes until so many calls have flowed in. */
export function costMs({ callsPerSecond }: RateLimit, calls: number): number {
  return (calls / callsPerSecond) * 1_000;
}

/** What a convergence of so many calls takes of the application: time at its rate, or of one of its places. */
export function visitCostMs(state: RateLimitState, limit: RateLimit, calls: number): number {
  return Math.max(costMs(limit, calls), (state.visitMs ?? 0) / limit.concurrentCalls);
}

/** From when on, at the rate, all would have flowed in that is in the bucket now (epoch ms). */
export function emptySinceMs(state: RateLimitState, limit: RateLimit, nowMs: number): number {
  return nowMs - costMs(limit, Math.max(0, fill(state, limit, nowMs).calls));
}

function burstOf({ callsPerSecond }: RateLimit): number {
  return Math.max(1, callsPerSecond * BURST_SECONDS);
}

/** Such that all who may work at once find calls in a full bucket. */
function shareOf(limit: RateLimit): number {
  return Math.max(1, Math.min(CALLS_AT_ONCE, Math.floor(burstOf(limit) / limit.concurrentCalls)));
}
