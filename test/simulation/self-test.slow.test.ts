import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTS } from './plants.ts';
import { describeCaught, MAXIMUM_HISTORIES, selfTest } from './self-test.ts';
import { WorkerPool } from './worker-pool.ts';

let pool: WorkerPool;
beforeAll(async () => {
  pool = await WorkerPool.start();
});
afterAll(() => pool.close());

it(`catches each of ${PLANTS.length} planted faults within ${MAXIMUM_HISTORIES} histories`, {
  timeout: 1_200_000,
}, async () => {
  const results = await selfTest(pool);
  console.log(results.map(describeCaught).join('\n'));
  expect(results.filter(({ histories }) => histories === undefined)).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(50);
});
