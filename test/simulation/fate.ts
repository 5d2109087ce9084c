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
};

/** Bounds on what the world may do; the invariants' own bounds are worked out from them. */
export const LATENCY_MS = 50;
export const SLOW_MS = 4_000;
/** How long after the caller has given up on it a call may still take effect. */
export const AFTERLIFE_MS = 15_000;
export const SKEW_MS = 1_000;
export const LATE_MS = 600_000;
export const OUTAGE_MS = 1_800_000;

const SECOND_MS = 1_000;
const CHANGING = /\.(createAccount|grant|revoke|disableAccount|enableAccount|endSessions|updateAccount|deleteAccount)$/;

export interface FateOptions {
  readonly random: Random;
  readonly time: VirtualTime;
  /** The applications whose calls may fail as a system's do. */
  readonly systems: ReadonlySet<string>;
  readonly rates: FaultRates;
  readonly trace?: ((line: string) => void) | undefined;
}

export class SeededFate implements Fate {
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #systems: ReadonlySet<string>;
  /** By system, until when it is down (epoch ms). */
  readonly #downUntilMs = new Map<string, number>();
  #rates: FaultRates;

  readonly #trace: (line: () => string) => void;

  constructor({ random, time, systems, rates, trace }: FateOptions) {
    this.#random = random;
    this.#time = time;
    this.#systems = systems;
    this.#rates = rates;
    this.#trace = (line) => trace?.(`${new Date(time.nowMs).toISOString()} ${line()}`);
    for (const system of systems) {
      if (random.chance(rates.outage)) this.#downUntilMs.set(system, time.nowMs + random.below(OUTAGE_MS));
    }
  }

  /** From now on nothing goes wrong any more. */
  relent(): void {
    this.#rates = NO_FAULTS;
    this.#downUntilMs.clear();
  }

  nowMs(): number {
    return this.#time.nowMs;
  }

  invoke<Result>(name: string, run: (invocation: Invocation) => Promise<Result>): Promise<Result> {
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
      setTimeout(() => void this.#attempt(deliver), delayMs);
    }
  }

  /** Streams, schedules and asynchronous invocations deliver again what failed. */
  async #attempt(deliver: () => Promise<unknown>): Promise<void> {
    try {
      await deliver();
    } catch {
      setTimeout(() => void this.#attempt(deliver), SECOND_MS + this.#random.below(SECOND_MS));
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
    const isDown = this.#time.nowMs < (this.#downUntilMs.get(system) ?? 0);
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

  async #travel(isSystem: boolean): Promise<void> {
    const slow = isSystem && this.#random.chance(this.#rates.slow);
    await this.#time.sleep(this.#random.below(slow ? SLOW_MS : LATENCY_MS));
  }
}

function never<Outcome>(): Promise<Outcome> {
  return new Promise(() => {});
}
