// What an identity was before each move within an employment, for as long as that may count: what it held then may be handed
// over for a time (core/access/handover.ts).

const DAY_MS = 86_400_000;
/** No handover lasts longer. */
export const LONGEST_HANDOVER_DAYS = 90;
/** Whoever looks shortly after the end of the longest one still sees that there was one. */
const REMEMBERED_MS = (LONGEST_HANDOVER_DAYS + 2) * DAY_MS;
/** Of one state, the latest: each is looked at whenever access is judged. */
const MAXIMUM_MOVES = 20;

export interface Move<State> {
  /** As it was until then, without the moves before. */
  readonly before: State;
  /** The fact that brought it. */
  readonly factId: string;
  /** Epoch ms. */
  readonly atMs: number;
  /** What is handed over no longer than until then, as somebody said who looked at it, or since nobody did in time. */
  readonly ends: readonly HandoverEnd[];
}

/** Of an employment, as they are looked at at an instant. */
export interface Moves<State> {
  /** The instant of the state, or any after it while that lasts (epoch ms). */
  readonly seenMs: number;
  /** In the order in which they were; never none. The same one for all states that it counts for. */
  readonly each: readonly Move<State>[];
}

export interface HandoverEnd {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Epoch ms. */
  readonly fromMs: number;
  /** From then on it is handed over again (epoch ms). Absent: never. */
  readonly untilMs?: number | undefined;
}

/** When what was handed over is handed over no longer, or again, as somebody said or did not (epoch ms). */
export function turnsOfEnds(moves: Moves<unknown> | undefined): readonly number[] {
  return (moves?.each ?? []).flatMap(({ ends }) =>
    ends.flatMap(({ fromMs, untilMs }) => (untilMs === undefined ? fromMs : [fromMs, untilMs])),
  );
}

export interface Moving {
  readonly attributes: object;
}

export interface Change<State> {
  readonly atMs: number;
  readonly state: State;
  readonly factId: string | undefined;
}

/**
 * With the move that a change is.
 *
 * @param earlier those of the employment so far
 * @param lasting what it was until then, for however short a time; undefined: nothing of this employment
 */
export function movesAfter<State extends Moving>(
  earlier: readonly Move<State>[],
  lasting: Change<State> | undefined,
  { atMs, state, factId }: Change<State>,
  endsOf: (factId: string) => readonly HandoverEnd[],
): readonly Move<State>[] {
  const isKnown = earlier.at(-1)?.atMs === atMs;
  if (factId === undefined || lasting === undefined || isKnown) return earlier;
  if (hasSameAttributes(lasting.state.attributes, state.attributes)) return earlier;
  return [...earlier, { before: lasting.state, factId, atMs, ends: endsOf(factId) }];
}

/** As they are looked at at an instant. Undefined: none counts any more. */
export function remembered<State>(moves: readonly Move<State>[], seenMs: number): Moves<State> | undefined {
  const each = moves.filter(({ atMs }) => seenMs - atMs < REMEMBERED_MS).slice(-MAXIMUM_MOVES);
  return each.length === 0 ? undefined : { seenMs, each };
}

export function hasSameAttributes(one: object, other: object): boolean {
  const isSame = (name: string) => Reflect.get(one, name) === Reflect.get(other, name);
  return Object.keys(one).every(isSame) && Object.keys(other).every(isSame);
}
