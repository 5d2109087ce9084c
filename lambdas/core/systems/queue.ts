// Whose turn it is in an application that more want to call than it can take. Each is told once when its turn comes, and
// waits for that outside of any function. Leavers have a lane of their own: what they take is pushed in before all others.

export type Lane = 'leavers' | 'others';

/** What a lane is given away up to, in epoch ms, and by how much its turns were put off, ever, in ms. */
export interface LaneState {
  readonly untilMs: number;
  readonly shiftMs: number;
}

export type Queue = Readonly<Record<Lane, LaneState>>;

/** A place in the queue of one application. */
export interface Turn {
  readonly lane: Lane;
  /** When it was to come as it was given (epoch ms). */
  readonly startsMs: number;
  /** The lane's shift then: what was added since puts the turn off. */
  readonly shiftMs: number;
}

export interface Reservation {
  readonly lane: Lane;
  /** How long the application needs for the calls that the turn is for. */
  readonly costMs: number;
  /** The turn is over no earlier than `costMs` after that (epoch ms). */
  readonly fromMs: number;
}

export const EMPTY_QUEUE: Queue = { leavers: { untilMs: 0, shiftMs: 0 }, others: { untilMs: 0, shiftMs: 0 } };

/** The next turn: it comes once the application has been left the time that its calls cost. */
export function reserve(before: Queue, { lane, costMs, fromMs }: Reservation): { queue: Queue; turn: Turn } {
  const { shiftMs, untilMs } = before[lane];
  const startsMs = Math.max(untilMs, fromMs) + costMs;
  const turn = { lane, startsMs, shiftMs };
  if (lane === 'others') return { queue: { ...before, others: { shiftMs, untilMs: startsMs } }, turn };
  return { queue: { leavers: { shiftMs, untilMs: startsMs }, others: putOff(before.others, costMs) }, turn };
}

/** Everybody waits for that much longer, in the same order. */
export function delay(before: Queue, byMs: number): Queue {
  return { leavers: putOff(before.leavers, byMs), others: putOff(before.others, byMs) };
}

/** When a turn comes, by what is known now (epoch ms). */
export function startOf({ lane, startsMs, shiftMs }: Turn, queue: Queue): number {
  return startsMs + Math.max(0, queue[lane].shiftMs - shiftMs);
}

/** Whether somebody waits whose turn is yet to come. */
export function isWaitedFor({ leavers, others }: Queue, nowMs: number): boolean {
  return leavers.untilMs > nowMs || others.untilMs > nowMs;
}

function putOff({ untilMs, shiftMs }: LaneState, byMs: number): LaneState {
  return { untilMs: untilMs + byMs, shiftMs: shiftMs + byMs };
}
