// What a connection may lose to a system that limps, so that the function around it ends in time.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { RetryBudget } from '../../lambdas/outbound/retry.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Fails as it is told to, each time after so long; how often it was called, and how long all of it took. */
async function run(budget: RetryBudget, failures: readonly Error[], { callMs = 0, repeatable = true } = {}) {
  const startedMs = performance.now();
  let calls = 0;
  const call = async () => {
    const failure = failures[calls];
    calls += 1;
    await new Promise((resolve) => setTimeout(resolve, callMs));
    if (failure !== undefined) throw failure;
    return 'done';
  };
  const outcome = budget.run(call, () => repeatable).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return { outcome: await outcome, calls, tookMs: performance.now() - startedMs };
}

const failure = (retryAfterMs?: number) => new RetryableError('busy', { retryAfterMs });

it('tries three times, with a growing wait between', async () => {
  const [first, second, third] = [failure(), failure(), failure()];
  expect(await run(new RetryBudget(), [first, second])).toMatchObject({ outcome: 'done', calls: 3 });
  const { outcome, calls, tookMs } = await run(new RetryBudget(), [first, second, third]);
  expect(outcome).toBe(third);
  expect(calls).toBe(3);
  expect(tookMs).toBeGreaterThanOrEqual(100 + 200);
  expect(tookMs).toBeLessThanOrEqual(200 + 400);
});

it('tries once what cannot help, or may have been carried out', async () => {
  const refused = new PermanentError('no');
  expect(await run(new RetryBudget(), [refused])).toMatchObject({ outcome: refused, calls: 1 });
  expect(await run(new RetryBudget(), [failure()], { repeatable: false })).toMatchObject({ calls: 1 });
});

it('waits as long as the system asks for, up to 5 s', async () => {
  expect(await run(new RetryBudget(), [failure(5_000)])).toMatchObject({ outcome: 'done', calls: 2, tookMs: 5_000 });
  expect(await run(new RetryBudget(), [failure(5_001)])).toMatchObject({ calls: 1, tookMs: 0 });
});

it('loses no more to waiting than its budget, over all calls of a connection', async () => {
  const budget = new RetryBudget(12_000);
  expect(await run(budget, [failure(5_000)])).toMatchObject({ outcome: 'done' });
  expect(await run(budget, [failure(5_000)])).toMatchObject({ outcome: 'done' });
  expect(await run(budget, [failure(2_000)])).toMatchObject({ calls: 1 });
  expect(await run(budget, [failure(1_000)])).toMatchObject({ outcome: 'done' });
});

it('counts the time that failed calls took', async () => {
  const budget = new RetryBudget(20_000);
  expect(await run(budget, [failure()], { callMs: 9_000 })).toMatchObject({ outcome: 'done', calls: 2 });
  const { calls } = await run(budget, [failure(), failure()], { callMs: 9_000 });
  expect(calls).toBe(2);
  // What works costs nothing, however long it takes.
  const fresh = new RetryBudget(1_000);
  await run(fresh, [], { callMs: 9_000 });
  expect(await run(fresh, [failure(500)])).toMatchObject({ outcome: 'done' });
});
