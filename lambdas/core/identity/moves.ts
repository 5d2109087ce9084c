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
  /** How long ago it is, at the instant of the state. */
  readonly agoMs: number;
}

export interface Moving<State> {
  readonly attributes: object;
  readonly moves?: readonly Move<State>[] | undefined;
}

interface Change<State> {
  readonly atMs: number;
  readonly state: State;
  readonly factId: string | undefined;
}

/** With the move that a change is from the state before it. @param before undefined: another employment, or none */
export function movesAfter<State extends Moving<State>>(
  before: Change<State> | undefined,
  { atMs, state, factId }: Change<State>,
): readonly Move<State>[] | undefined {
  if (before === undefined) return undefined;
  const { moves: earlier = [], ...was } = before.state;
  const isMove =
    factId !== undefined && before.atMs < atMs && !hasSameAttributes(before.state.attributes, state.attributes);
  const last = isMove ? [{ before: was as State, factId, atMs, agoMs: 0 }] : [];
  return remembered([...earlier, ...last], atMs);
}

/** As they are looked at at an instant. Undefined: none counts any more. */
export function remembered<State>(moves: readonly Move<State>[], nowMs: number): readonly Move<State>[] | undefined {
  const counting = moves
    .map((move) => ({ ...move, agoMs: nowMs - move.atMs }))
    .filter(({ agoMs }) => agoMs < REMEMBERED_MS)
    .slice(-MAXIMUM_MOVES);
  return counting.length === 0 ? undefined : counting;
}

export function hasSameAttributes(one: object, other: object): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => Reflect.get(one, name) === Reflect.get(other, name));
}
