// Exceptions from the segregation of duties that people decided on: each from when it was recorded to its end, to whatever
// ended it before, and no longer than the employment in which it was decided. A pure function of the set of facts, as all
// states are (timeline.ts); what an exception lets somebody hold: core/duties/segregation.ts.
import type { ExceptionGrantedFact, Fact } from './facts.ts';

/** One that is in force in a state. */
export interface GrantedException {
  /** The fact that granted it. */
  readonly factId: string;
  readonly rule: string;
  readonly owner: string;
  readonly reason: string;
  /** Epoch ms. */
  readonly untilMs: number;
}

interface Window {
  readonly sinceMs: number;
  readonly exception: GrantedException;
  /** The fact that says when it ends. */
  readonly endedBy: string;
}

/** Few: an identity is granted no more than a bounded number of them. Undefined: none. @param facts that count */
export function dutyExceptionsIn(facts: readonly Fact[]): DutyExceptions | undefined {
  const granted = facts.filter((fact): fact is ExceptionGrantedFact => fact.type === 'exception-granted');
  if (granted.length === 0) return undefined;
  const windows = granted.map((fact): Window => {
    const { factId, rule, owner, reason, recordedMs: sinceMs, endsMs } = fact;
    let [untilMs, endedBy] = [endsMs, factId];
    for (const one of facts) {
      if (one.type !== 'exception-ended' || one.ends !== factId || one.recordedMs >= untilMs) continue;
      [untilMs, endedBy] = [one.recordedMs, one.factId];
    }
    return { sinceMs, exception: { factId, rule, owner, reason, untilMs }, endedBy };
  });
  return new DutyExceptions(windows.filter(({ sinceMs, exception }) => sinceMs < exception.untilMs));
}

export class DutyExceptions {
  readonly #windows: readonly Window[];

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
  }

  /** Those of an employment that lasts from one instant until before another (epoch ms). */
  within(fromMs: number, untilMs: number): DutyExceptions {
    return new DutyExceptions(this.#windows.filter(({ sinceMs }) => fromMs <= sinceMs && sinceMs < untilMs));
  }

  /** Each instant after one and before another at which any begins or ends, ascending, and the fact that says so. */
  turnsBetween(afterMs: number, beforeMs: number): readonly { readonly atMs: number; readonly factId: string }[] {
    const turns = this.#windows.flatMap(({ sinceMs, exception: { factId, untilMs }, endedBy }) => [
      { atMs: sinceMs, factId },
      { atMs: untilMs, factId: endedBy },
    ]);
    const known = new Map(turns.map((turn) => [turn.atMs, turn]));
    return [...known.values()]
      .filter(({ atMs }) => afterMs < atMs && atMs < beforeMs)
      .sort((one, other) => one.atMs - other.atMs);
  }

  /** Those in force at an instant; undefined: none. */
  at(instantMs: number): readonly GrantedException[] | undefined {
    const standing = this.#windows.filter(
      ({ sinceMs, exception: { untilMs } }) => sinceMs <= instantMs && instantMs < untilMs,
    );
    return standing.length === 0 ? undefined : standing.map(({ exception }) => exception);
  }
}
