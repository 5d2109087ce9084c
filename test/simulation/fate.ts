// What goes wrong, and when: latency, crashes before, during and after every await, time-outs whose call still takes
// effect later, systems that fail or lie, deliveries that are late, repeated or lost, clocks that disagree.
import { RetryableError } from '../../lambdas/core/errors.ts';
import { CONNECTOR_TIMEOUT_MS } from '../../lambdas/handlers/shared/timing.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Fate, Invocation } from './world.ts';

/** How often each goes wrong, as a share of the times it could. */
export interface FaultRates {
  readonly crash: number;
  /** A system answers 429 or 5xx, or resets. */
  readonly systemFailure: number;
  /** A system takes seconds. */
  readonly slow: number;
  /** How likely a system is down for a while, anything up to half an hour. */
  readonly outage: number;
  /** A system reports failure although it worked, or success although it failed. */
  readonly systemLie: number;
  readonly duplicate: number;
  readonly late: number;
  /** Bus events and schedules that never arrive. The stream itself loses nothing: it delivers again. */
  readonly lost: number;
  /** How likely the bus, the scheduler or a function refuses everything for a while: longer than anybody tries again. */
  readonly refusal: number;
}

export const NO_FAULTS: FaultRates = {
  crash: 0,
  systemFailure: 0,
  slow: 0,
  outage: 0,
  systemLie: 0,
  duplicate: 0,
  late: 0,
  lost: 0,
  refusal: 0,
};

/** Bounds on what the world may do; the invariants' own bounds are worked out from them. */
export const LATENCY_MS = 50;
export const SLOW_MS = 4_000;
/** How long after the caller has given up on it a call may still take effect. */
export const AFTERLIFE_MS = 15_000;
export const SKEW_MS = 1_000;
export const LATE_MS = 600_000;
export const OUTAGE_MS = 1_800_000;
/** A function that has no room is tried again for three minutes or so, a bus by the stream. */
export const REFUSAL_MS = 600_000;

const SECOND_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** What may refuse: services by the first part of a call's label, functions by their names. */
const REFUSING = [
  'bus',
  'scheduler',
  'executions',
  'plan-access',
  'settle',
  'fence-off',
  'certify-removal',
  'await-attestations',
];
/** The same, drawn aside. */
const REFUSING_AS_WELL = ['hand-over-ownership'];
const CHANGING = /\.(createAccount|grant|revoke|disableAccount|enableAccount|endSessions|updateAccount|deleteAccount)$/;

export interface FateOptions {
  readonly random: Random;
  /** What came to the world later draws from a stream of its own: the histories of old seeds stay as they were. */
  readonly aside: Random;
  readonly time: VirtualTime;
  /** The applications whose calls may fail as a system's do. */
  readonly systems: ReadonlySet<string>;
  readonly rates: FaultRates;
  /** When the history ends: what is down for a while is so from its beginning on, or from some time within it. */
  readonly endsMs: number;
  /** Told of what refused to do anything. */
  readonly onRefused?: ((name: string) => void) | undefined;
  readonly trace?: ((line: string) => void) | undefined;
}

export class SeededFate implements Fate {
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #systems: ReadonlySet<string>;
  /** By system, service or function: when it is down (epoch ms). */
  readonly #down = new Map<string, { readonly fromMs: number; readonly untilMs: number }>();
  readonly #onRefused: (name: string) => void;
  #rates: FaultRates;

  readonly #trace: (line: () => string) => void;

  constructor({ random, aside, time, systems, rates, endsMs, onRefused = () => {}, trace }: FateOptions) {
    this.#random = random;
    this.#time = time;
    this.#systems = systems;
    this.#rates = rates;
    this.#trace = (line) => trace?.(`${new Date(time.nowMs).toISOString()} ${line()}`);
    this.#onRefused = onRefused;
    const goDown = (name: string, likely: number, longestMs: number, drawn = random) => {
      if (!drawn.chance(likely)) return;
      const fromMs = time.nowMs + (drawn.chance(0.5) ? 0 : drawn.below(endsMs - time.nowMs));
      this.#down.set(name, { fromMs, untilMs: fromMs + drawn.below(longestMs) });
    };
    for (const system of systems) goDown(system, rates.outage, OUTAGE_MS);
    for (const name of REFUSING) goDown(name, rates.refusal, REFUSAL_MS);
    for (const name of REFUSING_AS_WELL) goDown(name, rates.refusal, REFUSAL_MS, aside);
  }

  /** From now on nothing goes wrong any more. */
  relent(): void {
    this.#rates = NO_FAULTS;
    this.#down.clear();
  }

  nowMs(): number {
    return this.#time.nowMs;
  }

  #isDown(name: string): boolean {
    const down = this.#down.get(name);
    return down !== undefined && this.#time.nowMs >= down.fromMs && this.#time.nowMs < down.untilMs;
  }

  invoke<Result>(name: string, run: (invocation: Invocation) => Promise<Result>): Promise<Result> {
    if (this.#isDown(name)) {
      this.#onRefused(name);
      this.#trace(() => `${name} refused`);
      const error = Object.assign(new Error(`${name} is throttled`), { name: 'Lambda.TooManyRequestsException' });
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const skewMs = this.#rates === NO_FAULTS ? 0 : this.#random.between(-SKEW_MS, SKEW_MS);
      let dead = false;
      const die = (error: string) => {
        dead = true;
        this.#trace(() => `${name} died: ${error}`);
        reject(Object.assign(new Error(`${name} died`), { name: error }));
      };
      const timer = setTimeout(() => die('States.Timeout'), CONNECTOR_TIMEOUT_MS);
      const act = <Outcome>(label: string, effect: () => Promise<Outcome>) => this.#act(label, effect, () => dead, die);
      const settled = () => clearTimeout(timer);
      run({ name, act, clock: () => this.#time.nowMs + skewMs }).then(
        (result) => {
          settled();
          this.#trace(() => `${name} ${JSON.stringify(result) ?? ''}`);
          resolve(result);
        },
        (error: Error) => {
          settled();
          this.#trace(() => `${name} threw ${error.name}: ${error.message}`);
          reject(error);
        },
      );
    });
  }

  deliver(label: string, deliver: () => Promise<unknown>): void {
    const { duplicate, late, lost } = this.#rates;
    const isStream = label.startsWith('stream');
    if (!isStream && this.#random.chance(lost)) return;
    const times = this.#random.chance(duplicate) ? 2 : 1;
    for (let copy = 0; copy < times; copy += 1) {
      const delayMs = this.#random.chance(late) ? this.#random.below(LATE_MS) : this.#random.below(LATENCY_MS);
      setTimeout(() => void this.#attempt(deliver, SECOND_MS), delayMs);
    }
  }

  /** Streams, schedules and asynchronous invocations deliver again what failed. */
  async #attempt(deliver: () => Promise<unknown>, waitMs: number): Promise<void> {
    try {
      await deliver();
    } catch {
      const longerMs = Math.min(2 * waitMs, LONGEST_RETRY_MS);
      setTimeout(() => void this.#attempt(deliver, longerMs), waitMs + this.#random.below(waitMs));
    }
  }

  async #act<Outcome>(
    label: string,
    effect: () => Promise<Outcome>,
    isDead: () => boolean,
    die: (error: string) => void,
  ): Promise<Outcome> {
    const { crash, systemFailure, systemLie } = this.#rates;
    if (isDead()) return never();
    const system = label.slice(0, label.indexOf('.'));
    const isSystem = this.#systems.has(system);
    await this.#travel(isSystem);
    if (isDead()) return never();
    if (this.#random.chance(crash)) {
      // Before the call, after it, or while it is under way: then it still takes effect, some time later.
      const when = this.#random.below(3);
      if (when === 1) await effect().catch(() => {});
      if (when === 2) setTimeout(() => void effect().catch(() => {}), this.#random.below(AFTERLIFE_MS));
      die('Lambda.Unknown');
      return never();
    }
    const isDown = this.#isDown(system);
    if (isDown && !isSystem) this.#onRefused(system);
    if (isDown || (isSystem && this.#random.chance(systemFailure))) throw new RetryableError(`${label} answered 503`);
    if (isSystem && CHANGING.test(label) && this.#random.chance(systemLie)) {
      if (this.#random.chance(0.5) && !label.endsWith('createAccount')) return undefined as Outcome;
      await effect();
      throw new RetryableError(`${label} was reset`);
    }
    const outcome = await effect();
    // The way back matters less than the way there: most answers of the table come at once.
    if (isSystem || this.#random.chance(0.25)) await this.#travel(isSystem);
    return isDead() ? never() : outcome;
  }

  #travel(isSystem: boolean): Promise<void> {
    const slow = isSystem && this.#random.chance(this.#rates.slow);
    return this.#time.sleep(this.#random.below(slow ? SLOW_MS : LATENCY_MS));
  }
}

function never<Outcome>(): Promise<Outcome> {
  return new Promise(() => {});
}
