// What whoever queues can be sure of, however many others do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  delay,
  EMPTY_QUEUE,
  isWaitedFor,
  type Lane,
  type Queue,
  reserve,
  startOf,
  type Turn,
} from '../../../lambdas/core/systems/queue.ts';

const NOW = 1_000_000;

const asked = fc.array(
  fc.record({
    lane: fc.constantFrom<Lane>('leavers', 'others', 'others'),
    costMs: fc.integer({ min: 1, max: 5_000 }),
    afterMs: fc.integer({ min: 0, max: 2_000 }),
    pauseMs: fc.constantFrom(0, 0, 0, 10_000),
  }),
  { maxLength: 60 },
);

/** When each one's turn comes in the end, in the order in which they asked, and what it cost. */
function play(moves: typeof asked extends fc.Arbitrary<infer Value> ? Value : never) {
  let queue: Queue = EMPTY_QUEUE;
  let nowMs = NOW;
  const given: { turn: Turn; costMs: number; askedMs: number }[] = [];
  for (const { lane, costMs, afterMs, pauseMs } of moves) {
    nowMs += afterMs;
    if (pauseMs > 0) queue = delay(queue, pauseMs);
    const { queue: after, turn } = reserve(queue, { lane, costMs, fromMs: nowMs });
    queue = after;
    given.push({ turn, costMs, askedMs: nowMs });
  }
  return given.map(({ turn, ...rest }) => ({ ...rest, lane: turn.lane, startsMs: startOf(turn, queue) }));
}

describe('the turns of a queue', () => {
  it('come in the order in which they were asked for, each after what the one before costs', () => {
    fc.assert(
      fc.property(asked, (moves) => {
        for (const lane of ['leavers', 'others'] as const) {
          const own = play(moves).filter((one) => one.lane === lane);
          for (const [index, { startsMs, costMs, askedMs }] of own.entries()) {
            expect(startsMs).toBeGreaterThanOrEqual(askedMs + costMs);
            expect(startsMs).toBeGreaterThanOrEqual((own[index - 1]?.startsMs ?? 0) + costMs);
          }
        }
      }),
    );
  });

  it('of both lanes together cost no more than there is time for, once somebody waits', () => {
    let queue: Queue = EMPTY_QUEUE;
    const ask = (lane: Lane) => {
      const { queue: after, turn } = reserve(queue, { lane, costMs: 1_000, fromMs: NOW });
      queue = after;
      return turn;
    };
    const turns = [ask('others'), ask('others'), ask('leavers'), ask('others'), ask('leavers')];
    const starts = turns.map((turn) => startOf(turn, queue) - NOW).sort((a, b) => a - b);
    expect(starts).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  it('of a leaver come before those of all others, and put them off', () => {
    const { queue: busy, turn: other } = reserve(EMPTY_QUEUE, { lane: 'others', costMs: 600_000, fromMs: NOW });
    const { queue, turn } = reserve(busy, { lane: 'leavers', costMs: 1_000, fromMs: NOW });
    expect(startOf(turn, queue)).toBe(NOW + 1_000);
    expect(startOf(other, queue)).toBe(NOW + 601_000);
  });

  it('are put off for everybody while the system asks for time', () => {
    const { queue, turn } = reserve(EMPTY_QUEUE, { lane: 'others', costMs: 1_000, fromMs: NOW });
    expect(startOf(turn, delay(queue, 30_000))).toBe(NOW + 31_000);
  });
});

it('nobody waits once the last turn has come', () => {
  expect(isWaitedFor(EMPTY_QUEUE, NOW)).toBe(false);
  const { queue } = reserve(EMPTY_QUEUE, { lane: 'others', costMs: 1_000, fromMs: NOW });
  expect(isWaitedFor(queue, NOW + 999)).toBe(true);
  expect(isWaitedFor(queue, NOW + 1_000)).toBe(false);
});
