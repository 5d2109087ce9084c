// Virtual time: timers and Date belong to the simulation, so that months pass in milliseconds and every run of one seed
// is the same run. Between two timers all promises settle; nothing else moves the world.

/** Whatever still moves after this many timers is a loop, not work. */
const MAXIMUM_TIMERS = 1_000_000;

interface Timer {
  readonly atMs: number;
  /** Timers of one instant fire in the order in which they were set. */
  readonly id: number;
  run: (() => void) | undefined;
}

/** Whose time it is: one simulation runs at a time. */
let current: VirtualTime;

/** One class for all simulations: with one for each nothing that makes a Date would stay optimised. */
class VirtualDate extends Date {
  constructor(...values: readonly unknown[]) {
    if (values.length === 1) super(values[0] as number);
    else super(...((values.length === 0 ? [current.nowMs] : values) as [number]));
  }
  static override now = () => current.nowMs;
}

/** What goes round for ever is a violation like any other. */
export class RestlessError extends Error {}

export class VirtualTime {
  #nowMs: number;
  #ids = 0;
  /** A binary heap, the next timer first. */
  readonly #timers: Timer[] = [];
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, Date: globalThis.Date };

  constructor(startMs: number) {
    this.#nowMs = startMs;
    current = this;
    Object.assign(globalThis, {
      Date: VirtualDate,
      setTimeout: (run: () => void, durationMs = 0) => this.#set(run, durationMs),
      clearTimeout: (timer: Timer | undefined) => {
        if (timer !== undefined) timer.run = undefined;
      },
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#set(resolve, durationMs));
  }

  /** Runs timers one by one until `untilMs`; `afterEach` is called whenever the world stands still. */
  async runUntil(untilMs: number, afterEach: () => void = () => {}): Promise<void> {
    await settlePromises();
    let reached = false;
    this.#set(() => {
      reached = true;
    }, untilMs - this.#nowMs);
    for (let timers = 0; timers < MAXIMUM_TIMERS; timers += 1) {
      this.#runNext();
      await settlePromises();
      afterEach();
      if (reached) return;
    }
    throw new RestlessError(`the world did not come to rest within ${MAXIMUM_TIMERS} timers`);
  }

  uninstall(): void {
    Object.assign(globalThis, this.#real);
    this.#timers.length = 0;
  }

  #set(run: () => void, durationMs: number): Timer {
    this.#ids += 1;
    // At least a millisecond passes, as in Node.
    const timer = { atMs: this.#nowMs + Math.max(1, Math.floor(durationMs) || 0), id: this.#ids, run };
    this.#put(timer);
    return timer;
  }

  #runNext(): void {
    for (let timer = this.#take(); timer !== undefined; timer = this.#take()) {
      const { run, atMs } = timer;
      if (run === undefined) continue;
      this.#nowMs = atMs;
      run();
      return;
    }
  }

  #put(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = timers[above] as Timer;
      if (!isBefore(timer, parent)) break;
      timers[index] = parent;
      index = above;
    }
    timers[index] = timer;
  }

  #take(): Timer | undefined {
    const timers = this.#timers;
    const first = timers[0];
    const last = timers.pop();
    if (first === undefined || last === undefined || timers.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= timers.length) break;
      const right = left + 1;
      const isRightFirst = right < timers.length && isBefore(timers[right] as Timer, timers[left] as Timer);
      const below = isRightFirst ? right : left;
      const child = timers[below] as Timer;
      if (!isBefore(child, last)) break;
      timers[index] = child;
      index = below;
    }
    timers[index] = last;
    return first;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.id < b.id);
}

/** Node turns to the next tick once no promise has anything left to do; and that costs no turn of the event loop. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
