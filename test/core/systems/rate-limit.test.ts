// What a target system can be sure of, whatever the functions that share its rate limit do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  callsAtOnce,
  type Experience,
  emptySinceMs,
  learn,
  MAXIMUM_PAUSE_MS,
  newRateLimitState,
  type RateLimit,
  type RateLimitState,
  visitCostMs,
} from '../../../lambdas/core/systems/rate-limit.ts';

const LIMIT: RateLimit = { callsPerSecond: 5, concurrentCalls: 2 };
const NOW = 1_000_000;
const ask = (state: RateLimitState, holder: string, nowMs = NOW) =>
  admit(state, LIMIT, { holder, urgent: false }, nowMs);
const lockDown = (state: RateLimitState, nowMs = NOW) => admit(state, LIMIT, { holder: 'leaver', urgent: true }, nowMs);
const quiet = { probe: false, unspent: 0, overdrawn: 0, target: 'answered' } as const;
const end = (state: RateLimitState, experience: Partial<Experience>, nowMs = NOW) =>
  learn(state, LIMIT, { holder: 'a', ...quiet, ...experience }, nowMs);
const failing = (state: RateLimitState, times: number, nowMs = NOW): RateLimitState =>
  times === 0 ? state : failing(end(state, { target: 'down' }, nowMs), times - 1, nowMs);

/** One thing a holder does, some time after the one before. */
const move = fc.record({
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_100 })),
  holder: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  does: fc.constantFrom('call', 'call', 'call', 'call', 'end', 'die'),
  times: fc.constantFrom(1, 1, 30),
});
type Move = typeof move extends fc.Arbitrary<infer Value> ? Value : never;
const limit = fc.record({
  callsPerSecond: fc.double({ min: 0.1, max: 30, noNaN: true }),
  concurrentCalls: fc.integer({ min: 1, max: 4 }),
});

interface Held {
  readonly left: number;
  readonly untilMs: number;
}

/** When calls were made, and how many holders there were at once at most. */
function play(moves: readonly Move[], limit: RateLimit) {
  let state = newRateLimitState(limit, NOW);
  let nowMs = NOW;
  const held = new Map<string, Held>();
  const calledMs: number[] = [];
  let together = 0;
  const call = (holder: string) => {
    const own = held.get(holder);
    if (own !== undefined && own.left > 0 && nowMs < own.untilMs) {
      held.set(holder, { ...own, left: own.left - 1 });
      calledMs.push(nowMs);
      return;
    }
    const asked = admit(state, limit, { holder, urgent: false, unspent: own?.left ?? 0 }, nowMs);
    state = asked.state;
    if (!asked.admission.admitted) return;
    held.set(holder, { left: asked.admission.calls - 1, untilMs: asked.admission.untilMs });
    calledMs.push(nowMs);
    together = Math.max(together, held.size);
  };
  for (const { afterMs, holder, does, times } of moves) {
    nowMs += afterMs;
    const own = held.get(holder);
    if (does === 'end' && own !== undefined)
      state = learn(state, limit, { holder, ...quiet, unspent: own.left }, nowMs);
    if (does !== 'call') held.delete(holder);
    else for (let time = 0; time < times; time += 1) call(holder);
  }
  return { calledMs, together };
}

describe('the rate', () => {
  it('is never exceeded by more than the bucket holds, over any stretch of time', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 100 }), limit, (moves, limit) => {
        const { calledMs } = play(moves, limit);
        const burst = Math.max(1, 2 * limit.callsPerSecond);
        for (const [first, fromMs] of calledMs.entries()) {
          // What was called since, less what flowed in since: one comparison for each stretch that begins here.
          const excess = calledMs.slice(first).map((toMs, index) => {
            return index + 1 - ((toMs - fromMs) / 1_000) * limit.callsPerSecond;
          });
          expect(Math.max(...excess)).toBeLessThanOrEqual(burst + 1e-6);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is reached by those who never stop asking', () => {
    let state = newRateLimitState(LIMIT, NOW);
    let made = 0;
    for (let nowMs = NOW; nowMs < NOW + 60_000; nowMs += 50) {
      const { state: next, admission } = ask(state, 'a', nowMs);
      state = next;
      if (admission.admitted) made += admission.calls;
    }
    expect(made).toBeGreaterThan(5 * 60 * 0.9);
  });

  it('lets several calls go for one write, and takes back those that were not made', () => {
    const { state, admission } = ask(newRateLimitState(LIMIT, NOW), 'a');
    expect(admission).toMatchObject({ admitted: true, calls: 5 });
    expect(end(state, { unspent: 4 }).calls).toBe(9);
    // What was not made in time is forfeit, and only from then on flows in again like any other.
    expect(end(state, { unspent: 4 }, NOW + 2_000).calls).toBe(5);
    expect(end(state, { unspent: 4 }, NOW + 2_400).calls).toBe(7);
  });

  it('says how long it takes until there is a call again', () => {
    const empty = { ...newRateLimitState(LIMIT, NOW), calls: 0.5 };
    expect(ask(empty, 'a').admission).toEqual({ admitted: false, because: 'busy', waitMs: 100 });
    expect(ask(empty, 'a', NOW + 100).admission).toMatchObject({ admitted: true, calls: 1 });
  });

  it('is not upset by a clock that is behind', () => {
    const { state } = ask(newRateLimitState(LIMIT, NOW), 'a');
    const behind = ask(state, 'b', NOW - 5_000);
    expect(behind.admission).toMatchObject({ admitted: true, calls: 5 });
    expect(behind.state).toMatchObject({ filledMs: NOW, calls: 0 });
  });
});

describe('calls that are wanted together', () => {
  const wanting = (state: RateLimitState, wanted: number, nowMs = NOW) =>
    admit(state, LIMIT, { holder: 'a', urgent: false, wanted }, nowMs);

  it('are had all at once or not at all, so that whoever begins can go on', () => {
    const scarce = { ...newRateLimitState(LIMIT, NOW), calls: 3 };
    expect(wanting(scarce, 5).admission).toEqual({ admitted: false, because: 'busy', waitMs: 400 });
    expect(wanting(scarce, 5, NOW + 400).admission).toMatchObject({ admitted: true, calls: 5 });
    expect(wanting(scarce, 2).admission).toMatchObject({ admitted: true, calls: 2 });
  });

  it('are no more than keep the bucket flowing', () => {
    expect(wanting(newRateLimitState(LIMIT, NOW), 100).admission).toMatchObject({ admitted: true, calls: 5 });
    const slow = { callsPerSecond: 0.1, concurrentCalls: 1 };
    expect(callsAtOnce(slow, 5)).toBe(1);
    expect(callsAtOnce({ callsPerSecond: 1_000, concurrentCalls: 1 }, 50)).toBe(10);
  });

  it('cost time at the rate, or of a place where the system is slow', () => {
    const state = newRateLimitState(LIMIT, NOW);
    expect(visitCostMs(state, LIMIT, 5)).toBe(1_000);
    expect(visitCostMs({ ...state, visitMs: 6_000 }, LIMIT, 5)).toBe(3_000);
    const learned = end(end(state, { visitMs: 6_000 }), { visitMs: 1_000 });
    expect(learned.visitMs).toBe(5_000);
  });

  it('that are in the bucket now need no time', () => {
    expect(emptySinceMs({ ...newRateLimitState(LIMIT, NOW), calls: 5 }, LIMIT, NOW)).toBe(NOW - 1_000);
    expect(emptySinceMs({ ...newRateLimitState(LIMIT, NOW), calls: -5 }, LIMIT, NOW)).toBe(NOW);
  });
});

describe('places', () => {
  it('are never more than the application allows', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 100 }), limit, (moves, limit) => {
        const alive = moves.filter(({ does }) => does !== 'die');
        expect(play(alive, limit).together).toBeLessThanOrEqual(limit.concurrentCalls);
      }),
    );
  });

  it('of functions that died are free again after a minute or so', () => {
    const full = ask(ask(newRateLimitState(LIMIT, NOW), 'a').state, 'b').state;
    expect(ask(full, 'c', NOW + 60_000).admission).toMatchObject({ admitted: false, because: 'busy' });
    const later = ask(full, 'c', NOW + 65_000);
    expect(later.admission.admitted).toBe(true);
    expect(Object.keys(later.state.places)).toEqual(['c']);
  });

  it('are kept by who asks for more calls', () => {
    const full = ask(ask(newRateLimitState(LIMIT, NOW), 'a').state, 'b').state;
    expect(ask(full, 'a', NOW + 3_000).admission.admitted).toBe(true);
  });
});

describe('the breaker', () => {
  it('opens after five convergences in a row without an answer, and for longer each time', () => {
    expect(ask(failing(newRateLimitState(LIMIT, NOW), 4), 'a').admission.admitted).toBe(true);
    let state = failing(newRateLimitState(LIMIT, NOW), 5);
    let nowMs = NOW;
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const { admission } = ask(state, 'a', nowMs);
      if (admission.admitted) throw new Error('it should be closed to calls');
      waits.push(admission.waitMs / 1_000);
      nowMs += admission.waitMs;
      const probe = ask(state, 'a', nowMs);
      state = end(probe.state, { probe: true, target: 'down' }, nowMs);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('does not open while anything is answered in between', () => {
    const state = failing(end(failing(newRateLimitState(LIMIT, NOW), 4), {}), 4);
    expect(state.breaker).toEqual({ state: 'closed', failures: 4 });
  });

  it('lets one through when half-open, whoever asks and however many', () => {
    const open = failing(newRateLimitState(LIMIT, NOW), 5);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (urgent) => {
        let state = open;
        const through = urgent.filter((isUrgent, index) => {
          const asked = admit(state, LIMIT, { holder: `h${index}`, urgent: isUrgent }, NOW + 10_000 + index);
          state = asked.state;
          return asked.admission.admitted;
        });
        expect(through.length).toBe(1);
      }),
    );
  });

  it('closes with the first answer, and lets another probe through when one has died', () => {
    const probed = ask(failing(newRateLimitState(LIMIT, NOW), 5), 'a', NOW + 10_000);
    expect(probed.admission).toMatchObject({ admitted: true, probe: true });
    const closed = end(probed.state, { probe: true }, NOW + 11_000);
    expect(ask(closed, 'b', NOW + 11_000).admission).toMatchObject({ admitted: true, probe: false });
    expect(ask(probed.state, 'b', NOW + 39_000).admission.admitted).toBe(false);
    expect(ask(probed.state, 'b', NOW + 40_000).admission).toMatchObject({ admitted: true, probe: true });
  });

  it('is not kept open by what was under way when it opened', () => {
    const open = failing(newRateLimitState(LIMIT, NOW), 5);
    expect(end(open, { target: 'down' }, NOW + 5_000).breaker).toEqual(open.breaker);
  });
});

describe('a target that asks for patience', () => {
  it('is left alone by everybody for that long, and no longer than an hour', () => {
    const asked = end(newRateLimitState(LIMIT, NOW), { pauseMs: 20_000 });
    for (const { admission } of [ask(asked, 'b'), lockDown(asked)]) {
      expect(admission).toEqual({ admitted: false, because: 'closed', waitMs: 20_000 });
    }
    expect(ask(asked, 'b', NOW + 20_000).admission.admitted).toBe(true);
    const greedy = end(newRateLimitState(LIMIT, NOW), { pauseMs: 10 * MAXIMUM_PAUSE_MS });
    expect(ask(greedy, 'b', NOW + MAXIMUM_PAUSE_MS).admission.admitted).toBe(true);
  });

  it('is not called sooner because somebody else was asked for less', () => {
    const asked = end(end(newRateLimitState(LIMIT, NOW), { pauseMs: 20_000 }), { pauseMs: 1_000 });
    expect(asked.pausedUntilMs).toBe(NOW + 20_000);
  });
});

describe('a lock-down', () => {
  const exhausted = { ...ask(ask(newRateLimitState(LIMIT, NOW), 'a').state, 'b').state, calls: -3 };

  it('waits for no turn and no place', () => {
    expect(lockDown(exhausted)).toMatchObject({ state: exhausted, admission: { admitted: true } });
  });

  it('is paid for by those who come after it, within a bound', () => {
    const full = newRateLimitState(LIMIT, NOW);
    expect(end(full, { holder: 'leaver', overdrawn: 14 }).calls).toBe(-4);
    expect(end(full, { holder: 'leaver', overdrawn: 1_000 }).calls).toBe(-10);
  });

  it('fails at once while the target is down', () => {
    expect(lockDown(failing(newRateLimitState(LIMIT, NOW), 5)).admission).toMatchObject({
      admitted: false,
      because: 'closed',
    });
  });
});
