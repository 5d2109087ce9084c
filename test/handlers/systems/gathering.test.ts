// What visits of one call ask for at about the same time is asked for once, and nobody is told what was read before they asked.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sharing, together } from '../../../lambdas/handlers/systems/gathering.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
});
afterEach(() => time.uninstall());

it('reads once for all who ask for the same, and only what is so once they have asked', async () => {
  let version = 1;
  const reads: string[] = [];
  const read = sharing(async (id) => {
    reads.push(id);
    return `${id} at ${version}`;
  });
  const told: string[] = [];
  const ask = (id: string) => void read(id).then((answer) => told.push(answer));
  ask('E1');
  ask('E2');
  await time.runUntil(time.nowMs + 1);
  version = 2;
  ask('E1');
  await time.runUntil(time.nowMs + 10);
  version = 3;
  ask('E1');
  await time.runUntil(time.nowMs + 10);
  expect(reads).toEqual(['E1', 'E2', 'E1']);
  expect(told.toSorted()).toEqual(['E1 at 2', 'E1 at 2', 'E1 at 3', 'E2 at 2']);
});

it('tells all who share a read that it failed, and reads anew for whoever asks then', async () => {
  let fails = true;
  const read = sharing(async () => {
    if (fails) throw new Error('503');
    return 'well';
  });
  const both = Promise.allSettled([read('E1'), read('E1')]);
  await time.runUntil(time.nowMs + 10);
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  const again = read('E1');
  await time.runUntil(time.nowMs + 10);
  expect(await again).toBe('well');
});

it('writes once what is asked for meanwhile, and tells each what became of its own', async () => {
  const writes: (readonly number[])[] = [];
  const write = together(async (asked: readonly number[]) => {
    writes.push(asked);
    if (asked.includes(13)) throw new Error('503');
    return asked.map((one) => one % 2 === 0);
  });
  const answers = Promise.all([write(1), write(2)]);
  await time.runUntil(time.nowMs + 10);
  const failed = Promise.allSettled([write(13), write(4)]);
  await time.runUntil(time.nowMs + 10);
  expect(await answers).toEqual([false, true]);
  expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(writes).toEqual([
    [1, 2],
    [13, 4],
  ]);
});
