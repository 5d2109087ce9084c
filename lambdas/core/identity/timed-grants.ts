// Access for a time, beside what the access profiles give. A grant counts from its start to the earliest of its end, of
// whatever ended it before, and of the employment in which it was decided: a leaver ends it for good, and whoever is hired
// again has to ask again. A pure function of the set of facts, as all states are (timeline.ts).
import { type ReviewEnd, reviewEndsIn } from './access-reviews.ts';
import { type IdentityKind, TEMPORARY_KINDS } from './attributes.ts';
import type { AccessGrantedFact, Fact, GrantBasis } from './facts.ts';

/** What an identity holds for a time, in one of its states. */
export interface TimedGrant {
  /** The fact that gave it. */
  readonly factId: string;
  /** `application:entitlement`. */
  readonly entitlement: string;
  readonly basis: GrantBasis;
  readonly requestId: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** Epoch ms; undefined: as long as the employment lasts. */
  readonly untilMs: number | undefined;
}

/** An instant at which grants begin or end, and the fact that says so. */
export interface GrantTurn {
  readonly atMs: number;
  readonly factId: string;
}

interface Window {
  readonly grant: TimedGrant;
  readonly recordedMs: number;
  /** Decided without an end, whether or not somebody ended it since. */
  readonly isOpen: boolean;
  /** When it counts (epoch ms): what a review took away for a time has several. */
  readonly fromMs: number;
  readonly beganBy: string;
  readonly untilMs: number | undefined;
  /** The fact that says when it ends. */
  readonly endedBy: string;
}

/** Those that can give anything at some time, by their start. @param facts that count, in recorded order */
export function timedGrantsIn(facts: readonly Fact[]): TimedGrants | undefined {
  const given = facts.filter((fact): fact is AccessGrantedFact => fact.type === 'access-granted');
  if (given.length === 0) return undefined;
  const ends = new Map<string, Break[]>();
  const said = facts.flatMap((fact) =>
    fact.type === 'access-ended' ? { fact: fact.ends, fromMs: fact.endsMs, takenBy: fact.factId } : [],
  );
  for (const one of [...said, ...reviewEndsIn(facts)]) ends.set(one.fact, [...(ends.get(one.fact) ?? []), one]);
  const windows = given.flatMap((fact) => windowsOf(fact, ends.get(fact.factId) ?? []));
  return windows.length === 0 ? undefined : new TimedGrants(windows.sort(byStart));
}

/** When a grant does not count, whatever its own end. */
type Break = Pick<ReviewEnd, 'fromMs' | 'untilMs' | 'takenBy' | 'restoredBy'> & Partial<Pick<ReviewEnd, 'isUnsaid'>>;

function windowsOf(fact: AccessGrantedFact, breaks: readonly Break[]): readonly Window[] {
  const { factId, entitlement, basis, requestId, recordedMs, startsMs, endsMs } = fact;
  if (endsMs === undefined && basis !== 'request') return [];
  // What was decided late has given nothing before.
  const sinceMs = Math.max(startsMs, recordedMs);
  const windows: Window[] = [];
  const grant = { factId, entitlement, basis, requestId, sinceMs };
  const common = { recordedMs, isOpen: endsMs === undefined };
  let [fromMs, beganBy] = [sinceMs, factId];
  for (const one of breaks.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (one.fromMs >= (endsMs ?? Number.POSITIVE_INFINITY)) break;
    // Nobody has said yet that it ends then.
    const until = one.isUnsaid === true ? endsMs : one.fromMs;
    if (fromMs < one.fromMs) {
      const ending = { untilMs: one.fromMs, endedBy: one.takenBy };
      windows.push({ ...common, grant: { ...grant, untilMs: until }, fromMs, beganBy, ...ending });
    }
    const restoredMs = one.untilMs ?? Number.POSITIVE_INFINITY;
    if (restoredMs > fromMs) [fromMs, beganBy] = [restoredMs, one.restoredBy ?? factId];
  }
  if (fromMs < (endsMs ?? Number.POSITIVE_INFINITY)) {
    windows.push({
      ...common,
      grant: { ...grant, untilMs: endsMs },
      fromMs,
      beganBy,
      untilMs: endsMs,
      endedBy: factId,
    });
  }
  return windows;
}

function byStart(one: Window, other: Window): number {
  return one.fromMs - other.fromMs;
}

export class TimedGrants {
  readonly #windows: readonly Window[];

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
  }

  /** Those of an employment that lasts from one instant until before another (epoch ms). */
  within(fromMs: number, untilMs: number): GrantsInEmployment {
    return new GrantsInEmployment(
      this.#windows.filter(
        ({ recordedMs, fromMs: beginsMs }) => fromMs <= recordedMs && recordedMs < untilMs && beginsMs < untilMs,
      ),
    );
  }
}

/** Asked from instant to instant, never back: many grants of which few count at a time cost no more than those few. */
export class GrantsInEmployment {
  readonly #windows: readonly Window[];
  readonly #turns: readonly GrantTurn[];
  #started = 0;
  #passed = 0;
  #counting: readonly Window[] = [];

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
    const turns = windows.flatMap(({ fromMs, beganBy, untilMs, endedBy }): GrantTurn[] => [
      { atMs: fromMs, factId: beganBy },
      ...(untilMs === undefined ? [] : [{ atMs: untilMs, factId: endedBy }]),
    ]);
    this.#turns = turns.sort((one, other) => one.atMs - other.atMs);
  }

  /** Each instant after one and before another, once. */
  turnsBetween(afterMs: number, beforeMs: number): readonly GrantTurn[] {
    const turns: GrantTurn[] = [];
    for (let turn = this.#turns[this.#passed]; turn !== undefined && turn.atMs < beforeMs; ) {
      if (turn.atMs > afterMs && turns.at(-1)?.atMs !== turn.atMs) turns.push(turn);
      this.#passed += 1;
      turn = this.#turns[this.#passed];
    }
    return turns;
  }

  /** What counts at an instant, by its start; undefined: nothing. What has no end counts for no kind that needs one. */
  at(instantMs: number, kind: IdentityKind): readonly TimedGrant[] | undefined {
    const began: Window[] = [];
    for (let next = this.#windows[this.#started]; next !== undefined && next.fromMs <= instantMs; ) {
      began.push(next);
      this.#started += 1;
      next = this.#windows[this.#started];
    }
    const known = [...this.#counting, ...began];
    this.#counting = known.filter(({ untilMs }) => untilMs === undefined || untilMs > instantMs);
    const mayBeOpen = !TEMPORARY_KINDS.includes(kind);
    const counting = this.#counting.filter(({ isOpen }) => mayBeOpen || !isOpen);
    return counting.length === 0 ? undefined : counting.map(({ grant }) => grant);
  }
}
