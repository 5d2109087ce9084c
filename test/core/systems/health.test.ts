import { describe, expect, it } from 'vitest';
import { healthOf } from '../../../lambdas/core/systems/health.ts';
import { EMPTY_QUEUE, reserve } from '../../../lambdas/core/systems/queue.ts';
import {
  DEFAULT_RATE_LIMIT,
  newRateLimitState,
  type RateLimitState,
} from '../../../lambdas/core/systems/rate-limit.ts';

const NOW = 1_000_000;
const state = (changes: Partial<RateLimitState> = {}): RateLimitState => ({
  ...newRateLimitState(DEFAULT_RATE_LIMIT, NOW),
  ...changes,
});
const waiting = reserve(EMPTY_QUEUE, { lane: 'others', costMs: 30_000, fromMs: NOW }).queue;
const open = { state: 'open', openings: 3, probeAtMs: NOW + 40_000 } as const;

describe('a target system', () => {
  it.each([
    ['that nobody called for a day is quiet', undefined, EMPTY_QUEUE, 'quiet'],
    ['that answers answers', state(), EMPTY_QUEUE, 'answering'],
    [
      'that did not answer the last time fails',
      state({ breaker: { state: 'closed', failures: 1 } }),
      waiting,
      'failing',
    ],
    ['that more want than it takes is waited for', state(), waiting, 'waited-for'],
    ['that asked for it is paused', state({ pausedUntilMs: NOW + 1 }), waiting, 'paused'],
    ['whose pause is over is not', state({ pausedUntilMs: NOW }), EMPTY_QUEUE, 'answering'],
    ['that answers nothing is down, whatever else', state({ breaker: open, pausedUntilMs: NOW + 1 }), waiting, 'down'],
  ] as const)('%s', (_, given, queue, expected) => {
    expect(healthOf(given, queue, NOW).state).toBe(expected);
  });

  it('tells when it is tried again, and how often it was', () => {
    expect(healthOf(state({ breaker: open }), EMPTY_QUEUE, NOW)).toMatchObject({ againMs: NOW + 40_000, openings: 3 });
    const paused = state({ breaker: open, pausedUntilMs: NOW + 90_000 });
    expect(healthOf(paused, EMPTY_QUEUE, NOW).againMs).toBe(NOW + 90_000);
  });

  it('tells how long each lane waits, and never less than nothing', () => {
    expect(healthOf(undefined, waiting, NOW).waitMs).toEqual({ leavers: 0, others: 30_000 });
    expect(healthOf(undefined, waiting, NOW + 31_000).waitMs).toEqual({ leavers: 0, others: 0 });
  });

  it('counts whom it works on, and nobody whose function died', () => {
    const place = (expiresMs: number) => ({ expiresMs, calls: 0, callsExpireMs: 0 });
    const busy = state({ places: { a: place(NOW + 1), b: place(NOW) } });
    expect(healthOf(busy, EMPTY_QUEUE, NOW).working).toBe(1);
  });
});
