// What every store of rate limits promises.
import { expect, it } from 'vitest';
import { admit, DEFAULT_RATE_LIMIT, newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import type { RateLimitStore } from '../../../lambdas/stores/rate-limits/rate-limit-store.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const FRESH = newRateLimitState(DEFAULT_RATE_LIMIT, NOW);
const WORKING = admit(FRESH, DEFAULT_RATE_LIMIT, { holder: 'call-1', urgent: false }, NOW).state;

export function describeRateLimits(open: () => Promise<RateLimitStore>): void {
  it('is read as it was written', async () => {
    const store = await open();
    expect(await store.load('chat')).toBeUndefined();
    expect(await store.save({ applicationId: 'chat', state: WORKING, expectedRevision: 0, nowMs: NOW })).toBe(true);
    expect(await store.load('chat')).toEqual({ state: WORKING, revision: 1 });
  });

  it('is written by one of those who read the same, whether or not there was one', async () => {
    const store = await open();
    for (const expectedRevision of [0, 1, 2]) {
      const writes = Array.from({ length: 10 }, () =>
        store.save({ applicationId: 'crm', state: FRESH, expectedRevision, nowMs: NOW }),
      );
      expect((await Promise.all(writes)).filter((written) => written)).toEqual([true]);
    }
    expect((await store.load('crm'))?.revision).toBe(3);
  });

  it('is each application its own', async () => {
    const store = await open();
    await store.save({ applicationId: 'wiki', state: WORKING, expectedRevision: 0, nowMs: NOW });
    expect(await store.load('code')).toBeUndefined();
  });
}
