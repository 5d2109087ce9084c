// What a review took away of an employment, though something gives it: what access profiles give, and what an account was
// only seen to have. It lasts no longer than the employment in which the review was opened, as what is given by decision
// does: whoever is hired again is asked about again.
import { type TakenEntitlement, takenEntitlementsIn } from './access-reviews.ts';
import type { Fact } from './facts.ts';

/** One that is taken away in a state. */
export interface Taken {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Whether access profiles give it no longer. Else only the account was seen to have it. */
  readonly birthright: boolean;
  /** The fact that says so. */
  readonly factId: string;
  /** Epoch ms. */
  readonly sinceMs: number;
}

/** Undefined: none ever is. @param facts that count, in recorded order */
export function takenIn(facts: readonly Fact[]): TakenInAll | undefined {
  const all = takenEntitlementsIn(facts);
  return all.length === 0 ? undefined : new TakenInAll(all);
}

export class TakenInAll {
  readonly #all: readonly TakenEntitlement[];
  readonly #turns: readonly { readonly atMs: number; readonly factId: string }[];

  constructor(all: readonly TakenEntitlement[]) {
    this.#all = all;
    const turns = all.flatMap(({ fromMs, takenBy, untilMs, restoredBy }) => [
      { atMs: fromMs, factId: takenBy },
      ...(untilMs === undefined || restoredBy === undefined ? [] : [{ atMs: untilMs, factId: restoredBy }]),
    ]);
    this.#turns = [...new Map(turns.map((turn) => [turn.atMs, turn])).values()].sort((a, b) => a.atMs - b.atMs);
  }

  /** Those of an employment that lasts from one instant until before another (epoch ms). */
  within(fromMs: number, untilMs: number): TakenInAll {
    return new TakenInAll(this.#all.filter(({ openedMs }) => fromMs <= openedMs && openedMs < untilMs));
  }

  /** Each instant after one and before another at which any is taken away or given back, ascending, and what says so. */
  turnsBetween(afterMs: number, beforeMs: number): readonly { readonly atMs: number; readonly factId: string }[] {
    return this.#turns.filter(({ atMs }) => afterMs < atMs && atMs < beforeMs);
  }

  /** At an instant; undefined: none. */
  at(instantMs: number): readonly Taken[] | undefined {
    const taken = this.#all.filter(
      ({ fromMs, untilMs = Number.POSITIVE_INFINITY }) => fromMs <= instantMs && instantMs < untilMs,
    );
    if (taken.length === 0) return undefined;
    return taken.map(({ entitlement, birthright, takenBy: factId, fromMs: sinceMs }) => {
      return { entitlement, birthright, factId, sinceMs };
    });
  }
}

/** Ids of an application's entitlements that are taken away in a state. */
export function takenAwayIn(applicationId: string, taken: readonly Taken[] | undefined): readonly string[] {
  const prefix = `${applicationId}:`;
  return (taken ?? []).flatMap(({ entitlement }) =>
    entitlement.startsWith(prefix) ? entitlement.slice(prefix.length) : [],
  );
}
