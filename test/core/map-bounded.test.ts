import { expect, it } from 'vitest';
import { mapBounded } from '../../lambdas/core/map-bounded.ts';

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));

it('gives results in the order of the items, never running more than it may at a time', async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([5, 4, 3, 2, 1], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let round = 0; round < item; round += 1) await pause();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([50, 40, 30, 20, 10]);
  expect(most).toBe(2);
});

it('begins nothing further after a failure, and throws it when what was begun has ended', async () => {
  const ended: number[] = [];
  const outcome = mapBounded([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('the first');
    await pause();
    ended.push(item);
  });
  await expect(outcome).rejects.toThrow('the first');
  expect(ended).toEqual([2]);
});
