// Virtual time: timers and Date belong to the simulation, so that hours pass in milliseconds and every run of one seed
// is the same run. Between two timers all promises settle; nothing else moves the world.
import FakeTimers from '@sinonjs/fake-timers';

type InstalledClock = ReturnType<typeof FakeTimers.install>;

/** Whatever still moves after this many timers is a loop, not work. */
const MAXIMUM_TIMERS = 200_000;

export class VirtualTime {
  readonly #clock: InstalledClock;

  constructor(startMs: number) {
    this.#clock = FakeTimers.install({
      now: startMs,
      toFake: ['setTimeout', 'clearTimeout', 'Date'],
      shouldClearNativeTimers: true,
    });
  }

  get nowMs(): number {
    return this.#clock.now;
  }

  sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, durationMs));
  }

  /** Runs timers one by one until `untilMs`; `afterEach` is called whenever the world stands still. */
  async runUntil(untilMs: number, afterEach: () => void = () => {}): Promise<void> {
    await settlePromises();
    let reached = false;
    setTimeout(() => {
      reached = true;
    }, untilMs - this.#clock.now);
    for (let timers = 0; timers < MAXIMUM_TIMERS; timers += 1) {
      this.#clock.next();
      await settlePromises();
      afterEach();
      if (reached) return;
    }
    throw new Error(`the world did not come to rest within ${MAXIMUM_TIMERS} timers`);
  }

  uninstall(): void {
    this.#clock.uninstall();
  }
}

/** Node turns to the next tick once no promise has anything left to do; and that costs no turn of the event loop. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
