// How a test tells a simulated world what HR says, and lets time pass in it.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { VirtualTime } from '../simulation/virtual-time.ts';
import type { World } from '../simulation/world.ts';

const MINUTE_MS = 60_000;

export function telling(world: World, time: VirtualTime) {
  return {
    /** One after the other, a minute apart. */
    async tell(...facts: readonly Fact[]): Promise<void> {
      for (const fact of facts) {
        await world.record(fact);
        await time.runUntil(time.nowMs + MINUTE_MS);
      }
    },
    /** The sweep comes every minute. */
    async later(minutes: number): Promise<void> {
      for (let passed = 0; passed < minutes; passed += 1) {
        await time.runUntil(time.nowMs + MINUTE_MS);
        world.sweep();
      }
    },
  };
}
