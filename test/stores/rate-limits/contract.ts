// What every store of rate limits promises.
import { expect, it } from 'vitest';
import { delay, EMPTY_QUEUE, type Queue, reserve } from '../../../lambdas/core/systems/queue.ts';
import { admit, DEFAULT_RATE_LIMIT, newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import type { RateLimitStore } from '../../../lambdas/stores/rate-limits/rate-limit-store.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const FRESH = newRateLimitState(DEFAULT_RATE_LIMIT, NOW);
const WORKING = admit(FRESH, DEFAULT_RATE_LIMIT, { holder: 'call-1', urgent: false }, NOW).state;

export function describeRateLimits(open: () => Promise<RateLimitStore>): void {
  it('is read as it was written', async () => {
    const store = await open();
    expect(await store.load('chat')).toBeUndefined();
    expect(
      await store.save({ applicationId: 'chat', state: WORKING, expectedRevision: 0, nowMs: NOW }),
    ).toBeUndefined();
    expect(await store.load('chat')).toEqual({ state: WORKING, revision: 1, queue: EMPTY_QUEUE });
  });

  it('is written by one of those who read the same, whether or not there was one', async () => {
    const store = await open();
    for (const expectedRevision of [0, 1, 2]) {
      const writes = Array.from({ length: 10 }, () =>
        store.save({ applicationId: 'crm', state: FRESH, expectedRevision, nowMs: NOW }),
      );
      expect((await Promise.all(writes)).filter((found) => found === undefined)).toHaveLength(1);
    }
    expect((await store.load('crm'))?.revision).toBe(3);
  });

  it('tells whoever is refused what there is now', async () => {
    const store = await open();
    const applicationId = 'told';
    await store.save({ applicationId, state: WORKING, expectedRevision: 0, nowMs: NOW });
    for (const expectedRevision of [0, 2]) {
      const found = await store.save({ applicationId, state: FRESH, expectedRevision, nowMs: NOW });
      expect(found).toEqual({ state: WORKING, revision: 1, queue: EMPTY_QUEUE });
    }
    const unknown = await store.save({ applicationId: 'unknown', state: FRESH, expectedRevision: 3, nowMs: NOW });
    expect(unknown).toEqual({ state: undefined, revision: 0, queue: EMPTY_QUEUE });
  });

  it('is not written once somebody queues, where that matters', async () => {
    const store = await open();
    const applicationId = 'passed';
    const save = { applicationId, state: WORKING, nowMs: NOW };
    expect(await store.save({ ...save, expectedRevision: 0, expectedQueue: EMPTY_QUEUE })).toBeUndefined();
    await store.reserve({ applicationId, lane: 'others', costMs: 100, fromMs: NOW, nowMs: NOW });
    const found = await store.save({ ...save, expectedRevision: 1, expectedQueue: EMPTY_QUEUE });
    expect(found).toMatchObject({ revision: 1, queue: { others: { untilMs: NOW + 100 } } });
    expect(await store.save({ ...save, expectedRevision: 1, expectedQueue: found?.queue })).toBeUndefined();
    await store.reserve({ applicationId, lane: 'leavers', costMs: 100, fromMs: NOW, nowMs: NOW });
    expect(await store.save({ ...save, expectedRevision: 2, expectedQueue: found?.queue })).toMatchObject({
      revision: 2,
    });
    expect(await store.save({ ...save, expectedRevision: 2 })).toBeUndefined();
  });

  it('is each application its own', async () => {
    const store = await open();
    await store.save({ applicationId: 'wiki', state: WORKING, expectedRevision: 0, nowMs: NOW });
    expect(await store.load('code')).toBeUndefined();
  });

  it('gives each who asks a turn of their own, however many ask at once, and keeps the state as it is', async () => {
    const store = await open();
    const applicationId = 'crowd';
    await store.save({ applicationId, state: WORKING, expectedRevision: 0, nowMs: NOW });
    const asking = { applicationId, lane: 'others', costMs: 250, fromMs: NOW, nowMs: NOW } as const;
    const turns = await Promise.all(Array.from({ length: 20 }, () => store.reserve(asking)));
    const starts = turns.map(({ startsMs }) => startsMs).sort((a, b) => a - b);
    expect(starts).toEqual(Array.from({ length: 20 }, (_, index) => NOW + (index + 1) * 250));
    expect(await store.load(applicationId)).toMatchObject({ state: WORKING, revision: 1 });
    await store.save({ applicationId, state: FRESH, expectedRevision: 1, nowMs: NOW });
    expect((await store.load(applicationId))?.queue.others).toEqual({ untilMs: NOW + 5_000, shiftMs: 0 });
  });

  it('keeps the queue by the rules of the queue', async () => {
    const store = await open();
    const applicationId = 'ruled';
    let queue: Queue = EMPTY_QUEUE;
    const ask = async (lane: 'leavers' | 'others', costMs: number, fromMs: number) => {
      const expected = reserve(queue, { lane, costMs, fromMs });
      queue = expected.queue;
      expect(await store.reserve({ applicationId, lane, costMs, fromMs, nowMs: NOW })).toEqual(expected.turn);
      expect((await store.load(applicationId))?.queue).toEqual(queue);
    };
    await ask('others', 1_000, NOW);
    await ask('others', 500, NOW);
    await ask('leavers', 200, NOW);
    await ask('leavers', 200, NOW);
    await ask('others', 1_000, NOW);
    await store.delay({ applicationId, byMs: 30_000, nowMs: NOW });
    queue = delay(queue, 30_000);
    await ask('leavers', 100, NOW);
    // All that was given away is over by then.
    await ask('others', 1_000, NOW + 3_600_000);
    await ask('leavers', 1_000, NOW + 3_600_000);
  });

  it('is saved for the first time though somebody queues already', async () => {
    const store = await open();
    await store.reserve({ applicationId: 'first', lane: 'others', costMs: 100, fromMs: NOW, nowMs: NOW });
    const before = await store.load('first');
    expect([before?.state, before?.revision]).toEqual([undefined, 0]);
    expect(await store.save({ applicationId: 'first', state: FRESH, expectedRevision: 0, nowMs: NOW })).toBeUndefined();
    expect(await store.load('first')).toMatchObject({ state: FRESH, revision: 1 });
  });
}
