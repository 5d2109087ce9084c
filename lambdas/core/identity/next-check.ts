// When the sweep must look at an identity again: whatever should have happened by then is overdue. The normal path
// (stream, schedule, state machine) is always faster; this is what finds the one that got lost.
import { turnsOfEnds } from './moves.ts';
import { isLimited } from './ownership.ts';
import {
  type IdentityState,
  identityAt,
  isEmployed,
  lastTransitionMs,
  nextTransitionMs,
  type Timeline,
} from './timeline.ts';

/** Longer than a stream and a bus take on a bad day, shorter than anybody should wait for what they lost. */
export const NEXT_CHECK_GRACE_MS = 60_000;

/** In a burst a pass begins minutes after its fact: all that wait before it come first. */
const BEHIND_OTHERS_MS = 900_000;

/** After a fact: by then it is settled if it is effective, and scheduled if it is yet to come. */
export function nextCheckAfterFact(nowMs: number): number {
  return nowMs + NEXT_CHECK_GRACE_MS;
}

/**
 * Until when, of somebody for whom no pass has begun since the last fact, that may be since many others come before (epoch ms):
 * whom the sweep takes for lost then gets a second execution, which makes the others wait longer still. Undefined: a pass has begun
 * or failed, nothing is to be done, or it takes so long, or the fact was recorded by a clock so far ahead, that it may be lost.
 */
export function waitsBehindOthersUntilMs(
  {
    version,
    settledVersion,
    failedPasses,
    lease,
    clockMs,
  }: {
    readonly version: number;
    readonly settledVersion?: number | undefined;
    readonly failedPasses: number;
    readonly lease?: object | undefined;
    readonly clockMs: number;
  },
  nowMs: number,
): number | undefined {
  if (version === settledVersion || failedPasses > 0 || lease !== undefined) return undefined;
  return Math.abs(nowMs - clockMs) < BEHIND_OTHERS_MS ? clockMs + BEHIND_OTHERS_MS : undefined;
}

/**
 * After facts that change nothing by now, recorded about somebody of whom everything was settled. Undefined: nobody need look
 * again.
 *
 * @param knownMs when it was to be looked at before
 */
export function nextCheckAfterQuietFact(
  timeline: Timeline,
  knownMs: number | undefined,
  nowMs: number,
): number | undefined {
  const state = identityAt(timeline, nowMs);
  // What was handed over and is asked about is no part of the state: nothing is scheduled for it.
  const turns = isEmployed(state) ? turnsOfEnds(state.moves).filter((atMs) => atMs > nowMs) : [];
  const dues = [knownMs, nextCheckWhenSettled(timeline, nowMs), ...turns.map((atMs) => atMs + NEXT_CHECK_GRACE_MS)];
  const known = dues.filter((dueMs) => dueMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** When all is settled: only the passing of time can change anything. Undefined: nothing is to come. */
export function nextCheckWhenSettled(timeline: Timeline, nowMs: number): number | undefined {
  const transitionMs = nextTransitionMs(timeline, nowMs);
  return transitionMs === undefined ? undefined : transitionMs + NEXT_CHECK_GRACE_MS;
}

/**
 * An instant whose schedule has not fired, or never does (epoch ms). What was recorded after it knew of it, and is routed like
 * any fact; who has only settled after it has told nobody else of it.
 */
export function missedInstantMs(
  {
    header: { clockMs },
    effects,
  }: { readonly header: { readonly clockMs: number }; readonly effects: readonly number[] },
  timeline: Timeline,
  nowMs: number,
): number | undefined {
  const reachedMs = lastTransitionMs(timeline, nowMs);
  return reachedMs === undefined || reachedMs <= clockMs || effects.includes(reachedMs) ? undefined : reachedMs;
}

/** What its owner may hold changes elsewhere, and should the word of that get lost, nothing else tells of it. */
const OWNER_CHECK_MS = 86_400_000;

/** Undefined: what it may hold depends on nobody. */
export function nextOwnerCheckMs(state: IdentityState, nowMs: number): number | undefined {
  return isLimited(state) ? nowMs + OWNER_CHECK_MS : undefined;
}
