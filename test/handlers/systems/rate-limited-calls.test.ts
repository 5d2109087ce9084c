// One convergence's calls on a clock of their own: how long it waits for its turn, and what it tells the others.
import { expect, it } from 'vitest';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import { PostponedError, RateLimitedCalls } from '../../../lambdas/handlers/systems/rate-limited-calls.ts';
import { memoryRateLimits } from '../../support/memory-rate-limits.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const LIMIT = { callsPerSecond: 100, concurrentCalls: 1 };

function calling(patienceMs: number, rateLimits = memoryRateLimits()) {
  let nowMs = NOW;
  const waits: number[] = [];
  const calls = new RateLimitedCalls({
    rateLimits,
    applicationId: 'chat',
    limit: LIMIT,
    holder: 'call-1',
    urgent: false,
    patienceMs,
    clock: () => nowMs,
    pause: async (durationMs) => {
      waits.push(durationMs);
      if (waits.length > 1_000) throw new Error('it waits for ever');
      nowMs += durationMs;
    },
  });
  return { calls, rateLimits, waits };
}

/** Somebody else has the only place, and keeps it. */
async function occupied() {
  const rateLimits = memoryRateLimits();
  const places = { other: { expiresMs: NOW + 3_600_000, calls: 0, callsExpireMs: NOW } };
  const state = { ...newRateLimitState(LIMIT, NOW), places };
  await rateLimits.save({ applicationId: 'chat', state, expectedRevision: 0, nowMs: NOW });
  return rateLimits;
}

it('waits for its turn no longer than its patience in all, and then was not called', async () => {
  const { calls, waits } = calling(3_000, await occupied());
  let called = false;
  const run = calls.run(async () => {
    called = true;
  });
  await expect(run).rejects.toBeInstanceOf(PostponedError);
  expect(called).toBe(false);
  const waited = waits.reduce((sum, each) => sum + each, 0);
  expect(waited).toBeGreaterThan(1_000);
  expect(waited).toBeLessThanOrEqual(3_000);
});

it('tells the others that a system which asks for patience has answered, and how long it asked for', async () => {
  const { calls, rateLimits } = calling(0);
  const throttled = new RetryableError('429', { retryAfterMs: 60_000 });
  await expect(calls.run(() => Promise.reject(throttled))).rejects.toBe(throttled);
  await calls.end();
  expect((await rateLimits.load('chat'))?.state).toMatchObject({
    breaker: { state: 'closed', failures: 0 },
    pausedUntilMs: NOW + 60_000,
  });
});

it('tells the others after five convergences without an answer that the system is down', async () => {
  const rateLimits = memoryRateLimits();
  for (let call = 1; call <= 5; call += 1) {
    const { calls } = calling(0, rateLimits);
    await calls.run(() => Promise.reject(new RetryableError('no answer'))).catch(() => {});
    await calls.end();
  }
  expect((await rateLimits.load('chat'))?.state.breaker.state).toBe('open');
});
