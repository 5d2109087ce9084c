// How it goes with a target system, by what its rate limit and its queue remember.
import { isWaitedFor, type Queue } from './queue.ts';
import type { RateLimitState } from './rate-limit.ts';

/** `quiet`: nobody has called it for a day or so. `down`: it is left alone, since it answered nothing. */
export const HEALTH_STATES = ['quiet', 'answering', 'failing', 'waited-for', 'paused', 'down'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface Health {
  readonly state: HealthState;
  /** Identities that are worked on in it now. */
  readonly working: number;
  /** How long those wait who come now, in ms: leavers have a lane of their own. */
  readonly waitMs: { readonly leavers: number; readonly others: number };
  /** Convergences in a row that it answered nothing of; of one that is down not counted. */
  readonly failures: number;
  /** When it is tried again, or may be called again (epoch ms). */
  readonly againMs: number | undefined;
  /** How often in a row it was tried again and did not answer. */
  readonly openings: number;
  /** What a convergence with it lasts, on the average of the last few, in ms. */
  readonly visitMs: number | undefined;
}

export function healthOf(state: RateLimitState | undefined, queue: Queue, nowMs: number): Health {
  const waitMs = {
    leavers: Math.max(queue.leavers.untilMs - nowMs, 0),
    others: Math.max(queue.others.untilMs - nowMs, 0),
  };
  const common = {
    waitMs,
    working: Object.values(state?.places ?? {}).filter(({ expiresMs }) => expiresMs > nowMs).length,
    visitMs: state?.visitMs,
  };
  const isWaited = isWaitedFor(queue, nowMs);
  if (state?.breaker.state === 'open') {
    const { openings, probeAtMs } = state.breaker;
    return { ...common, state: 'down', failures: 0, openings, againMs: Math.max(probeAtMs, state.pausedUntilMs) };
  }
  const failures = state?.breaker.failures ?? 0;
  const told = { ...common, failures, openings: 0 };
  if (state !== undefined && state.pausedUntilMs > nowMs) {
    return { ...told, state: 'paused', againMs: state.pausedUntilMs };
  }
  const goes = failures > 0 ? 'failing' : isWaited ? 'waited-for' : state === undefined ? 'quiet' : 'answering';
  return { ...told, state: goes, againMs: undefined };
}
