// From a history that fails to the shortest that still does: facts are left out one at a time while it keeps failing.
import type { Arrival } from './history.ts';
import { type Outcome, type SimulateOptions, simulate } from './simulate.ts';

export async function shrink(failing: Outcome, options: SimulateOptions): Promise<Outcome> {
  let shortest = failing;
  for (let index = 0; index < shortest.history.arrivals.length; ) {
    const arrivals = without(shortest.history.arrivals, index);
    const outcome = arrivals.length === 0 ? undefined : await simulate({ ...options, arrivals });
    if (outcome?.violation === undefined) index += 1;
    else shortest = outcome;
  }
  return shortest;
}

function without(arrivals: readonly Arrival[], index: number): readonly Arrival[] {
  return arrivals.filter((_arrival, position) => position !== index);
}
