// One convergence's calls on a clock of their own: how long it waits for its turn, and what it tells the others.
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { EMPTY_QUEUE, type Lane, type Turn } from '../../../lambdas/core/systems/queue.ts';
import { type Experience, newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import { PostponedError, RateLimitedCalls } from '../../../lambdas/handlers/systems/rate-limited-calls.ts';
import type { KeptRateLimit, RateLimitStore } from '../../../lambdas/stores/rate-limits/rate-limit-store.ts';
import { memoryRateLimits } from '../../support/memory-rate-limits.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const LIMIT = { callsPerSecond: 100, concurrentCalls: 1 };

function calling(
  patienceMs: number,
  rateLimits: RateLimitStore = memoryRateLimits(),
  limit = LIMIT,
  lastKnown?: Map<string, KeptRateLimit>,
) {
  let nowMs = NOW;
  const waits: number[] = [];
  const calls = new RateLimitedCalls({
    rateLimits,
    applicationId: 'chat',
    limit,
    holder: 'call-1',
    urgent: false,
    patienceMs,
    clock: () => nowMs,
    lastKnown,
    pause: async (durationMs) => {
      waits.push(durationMs);
      if (waits.length > 1_000) throw new Error('it waits for ever');
      nowMs += durationMs;
    },
  });
  const advance = (durationMs: number) => {
    nowMs += durationMs;
  };
  return { calls, rateLimits, waits, advance };
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
  expect((await rateLimits.load('chat'))?.state?.breaker.state).toBe('open');
});

it('reads what it has written itself only where somebody else has written since', async () => {
  const asked: string[] = [];
  const rateLimits = memoryRateLimits(async (method) => asked.push(method));
  const { calls } = calling(0, rateLimits);
  await calls.run(async () => {});
  await calls.end();
  expect(asked).toEqual(['load', 'save', 'save']);
  const second = calling(0, rateLimits);
  await second.calls.run(async () => {});
  const { state, revision } = (await rateLimits.load('chat')) ?? {};
  const paused = { ...(state ?? newRateLimitState(LIMIT, NOW)), pausedUntilMs: NOW + 60_000 };
  await rateLimits.save({ applicationId: 'chat', state: paused, expectedRevision: revision ?? 0, nowMs: NOW });
  await second.calls.end();
  expect((await rateLimits.load('chat'))?.state).toMatchObject({ pausedUntilMs: NOW + 60_000, places: {} });
});

it('is refused by what is kept, not by what it knew', async () => {
  const rateLimits = memoryRateLimits();
  const { calls, advance } = calling(0, rateLimits, { callsPerSecond: 0.1, concurrentCalls: 1 });
  await calls.run(async () => advance(3_000));
  const { state, revision } = (await rateLimits.load('chat')) ?? {};
  const givenBack = { ...(state ?? newRateLimitState(LIMIT, NOW)), calls: 1, filledMs: NOW + 3_000 };
  await rateLimits.save({ applicationId: 'chat', state: givenBack, expectedRevision: revision ?? 0, nowMs: NOW });
  await expect(calls.run(async () => 'called')).resolves.toBe('called');
});

describe('what nobody waits for', () => {
  const ROOMY = { callsPerSecond: 10, concurrentCalls: 4 };

  /** The convergences of one function, one after the other. */
  function oneFunction(limit = ROOMY, rateLimits = memoryRateLimits()) {
    let nowMs = NOW;
    let holders = 0;
    const [lastKnown, untold] = [new Map<string, KeptRateLimit>(), new Map<string, readonly Experience[]>()];
    const visit = async (
      calls: number,
      answer: () => Promise<unknown> = async () => {},
      { expected = calls, urgent = false } = {},
    ) => {
      holders += 1;
      const limited = new RateLimitedCalls({
        rateLimits,
        applicationId: 'chat',
        limit,
        holder: `call-${holders}`,
        urgent,
        queuing: urgent ? undefined : { lane: 'others', calls: expected, comesBack: true },
        patienceMs: 0,
        clock: () => nowMs,
        lastKnown,
        untold,
      });
      for (let call = 0; call < calls; call += 1) await limited.run(answer).catch(() => {});
      nowMs += 100;
      await limited.end();
    };
    const kept = async () => (await rateLimits.load('chat'))?.state;
    const wait = (durationMs: number) => {
      nowMs += durationMs;
    };
    return { visit, kept, wait, rateLimits };
  }

  it('is told with the next question, in one write', async () => {
    const { visit, kept, rateLimits } = oneFunction();
    for (let times = 1; times <= 3; times += 1) {
      await visit(5);
      expect(rateLimits.writes()).toBe(times);
      expect(Object.keys((await kept())?.places ?? {})).toEqual([`call-${times}`]);
    }
    // 15 calls were made. At first there was no room for what flowed in, then 1 has.
    expect(await kept()).toMatchObject({ calls: 20 - 15 + 1, visitMs: 100 });
  });

  it('is told with it though the question is refused', async () => {
    const { visit, kept } = oneFunction();
    for (let times = 1; times <= 4; times += 1) await visit(5);
    await visit(5);
    expect(await kept()).toMatchObject({ places: {}, calls: 3 });
  });

  it('is read before it is written while others write it as well, since a write that is refused costs more', async () => {
    const asked: string[] = [];
    const rateLimits = memoryRateLimits(async (method) => asked.push(method));
    const [one, other] = [oneFunction(ROOMY, rateLimits), oneFunction(ROOMY, rateLimits)];
    const askedIn = async ({ visit }: typeof one) => {
      asked.length = 0;
      await visit(1);
      return asked.join();
    };
    expect([await askedIn(one), await askedIn(other)]).toEqual(['load,save', 'load,save']);
    // The first is refused, and tells what there is.
    expect([await askedIn(one), await askedIn(other)]).toEqual(['save,save', 'save,save']);
    expect([await askedIn(one), await askedIn(other)]).toEqual(['load,save', 'load,save']);
    expect([await askedIn(one), await askedIn(one), await askedIn(one)]).toEqual(['load,save', 'load,save', 'save']);
  });

  it('is not what was called beyond the rate, until others wait for that as it is', async () => {
    const { visit, kept, rateLimits } = oneFunction();
    for (let times = 1; times <= 8; times += 1) await visit(3, undefined, { urgent: true });
    // 1 flows in meanwhile, but not into a full bucket.
    expect([rateLimits.writes(), (await kept())?.calls]).toEqual([8, 20 - 24 + 7]);
  });

  it('is what was called beyond the rate where it is overdrawn, until that is as much as is reserved at once', async () => {
    const { visit, kept, wait, rateLimits } = oneFunction();
    await visit(30, undefined, { urgent: true });
    expect([rateLimits.writes(), (await kept())?.calls]).toEqual([1, -10]);
    for (let times = 1; times <= 3; times += 1) await visit(3, undefined, { urgent: true });
    expect(rateLimits.writes()).toBe(1);
    await visit(3, undefined, { urgent: true });
    expect([rateLimits.writes(), (await kept())?.calls]).toEqual([2, -10 - 12 + 4]);
    await visit(3, undefined, { urgent: true });
    wait(2_000);
    // It is overdrawn no more, and what is told now is told with what was not.
    await visit(1, undefined, { urgent: true });
    expect([rateLimits.writes(), (await kept())?.calls]).toEqual([3, -18 + 1 + 20 + 1 - 4]);
  });

  it('is told at once where a lock-down learns anything else, with what was called beyond the rate', async () => {
    const { visit, kept, rateLimits } = oneFunction();
    await visit(30, undefined, { urgent: true });
    await visit(3, undefined, { urgent: true });
    expect(rateLimits.writes()).toBe(1);
    await visit(1, () => Promise.reject(new RetryableError('no answer')), { urgent: true });
    expect(await kept()).toMatchObject({ calls: -10 + 2 - 4, breaker: { failures: 1 } });
  });

  it('runs out by itself where there is no next question', async () => {
    const { visit, rateLimits } = oneFunction();
    await visit(5);
    const other = oneFunction(ROOMY, rateLimits);
    other.wait(65_000);
    await other.visit(1);
    expect(Object.keys((await other.kept())?.places ?? {})).toEqual(['call-1']);
    expect((await other.kept())?.calls).toBe(19);
  });

  it.each<[string, (of: ReturnType<typeof oneFunction>) => Promise<void>]>([
    ['more than half of the places are taken', ({ visit }) => visit(1)],
    [
      'calls are given back that are few',
      async ({ visit }) => {
        await visit(10);
        await visit(1, undefined, { expected: 5 });
      },
    ],
    [
      'the system asks for time',
      ({ visit }) => visit(1, () => Promise.reject(new RetryableError('429', { retryAfterMs: 9 }))),
    ],
    ['the system does not answer', ({ visit }) => visit(1, () => Promise.reject(new RetryableError('no answer')))],
    [
      'the system has not answered before',
      async ({ visit, wait }) => {
        await visit(1, () => Promise.reject(new RetryableError('no answer')));
        wait(1_000);
        await visit(1);
      },
    ],
  ])('is something else where %s', async (what, happens) => {
    const isNarrow = what.startsWith('more than half');
    const of = oneFunction(isNarrow ? { ...ROOMY, concurrentCalls: 1 } : ROOMY);
    await happens(of);
    expect((await of.kept())?.places).toEqual({});
  });
});

describe('one that queues', () => {
  const SLOW = { callsPerSecond: 5, concurrentCalls: 10 };
  function queuing(rateLimits = memoryRateLimits(), turn?: Turn, lane: Lane = 'others', atMs = NOW) {
    let nowMs = atMs;
    const calls = new RateLimitedCalls({
      rateLimits,
      applicationId: 'chat',
      limit: SLOW,
      holder: `${lane} ${atMs} ${turn?.startsMs}`,
      urgent: false,
      queuing: { lane, calls: 5, turn, comesBack: true },
      patienceMs: 5_000,
      clock: () => nowMs,
      pause: async (durationMs) => {
        nowMs += durationMs;
      },
    });
    const visit = async () => {
      for (let call = 0; call < 5; call += 1) await calls.run(async () => {});
      await calls.end();
      return nowMs - atMs;
    };
    const postponed = async () => {
      const error = await visit().catch((thrown: unknown) => thrown);
      if (!(error instanceof PostponedError)) throw new Error('it was not postponed');
      return error;
    };
    return { calls, visit, postponed };
  }
  const reserved = async (rateLimits: RateLimitStore) => (await rateLimits.load('chat'))?.queue.others.untilMs;

  it('begins at once while nobody waits and there are calls, and then waits for its turn outside', async () => {
    const rateLimits = memoryRateLimits();
    expect(await queuing(rateLimits).visit()).toBe(0);
    expect(await queuing(rateLimits).visit()).toBe(0);
    // It comes within two seconds: that is waited for here.
    expect(await queuing(rateLimits).visit()).toBeLessThan(1_100);
    await queuing(rateLimits).visit();
    const late = await queuing(rateLimits).postponed();
    expect(late.because).toBe('busy');
    expect(late.retryAfterMs).toBe(3_000);
    expect(late.turn).toEqual({ lane: 'others', startsMs: NOW + 3_000, shiftMs: 0 });
  });

  it('goes behind those who wait, though calls have flowed in', async () => {
    const rateLimits = memoryRateLimits();
    await rateLimits.reserve({ applicationId: 'chat', lane: 'others', costMs: 60_000, fromMs: NOW, nowMs: NOW });
    expect((await queuing(rateLimits).postponed()).turn?.startsMs).toBe(NOW + 61_000);
  });

  it('comes back with its turn, and is not asked to queue again', async () => {
    const rateLimits = memoryRateLimits();
    await rateLimits.reserve({ applicationId: 'chat', lane: 'others', costMs: 60_000, fromMs: NOW, nowMs: NOW });
    const { turn } = await queuing(rateLimits).postponed();
    const untilMs = await reserved(rateLimits);
    // Before it is due it is told so once more, and loses nothing.
    expect((await queuing(rateLimits, turn, 'others', NOW + 30_000).postponed()).retryAfterMs).toBe(31_000);
    await queuing(rateLimits).postponed();
    expect(await queuing(rateLimits, turn, 'others', NOW + 61_000).visit()).toBe(0);
    expect(await reserved(rateLimits)).toBe((untilMs ?? 0) + 1_000);
  });

  it('waits for longer by as much as the system asks for, and as leavers take', async () => {
    const rateLimits = memoryRateLimits();
    await rateLimits.reserve({ applicationId: 'chat', lane: 'others', costMs: 60_000, fromMs: NOW, nowMs: NOW });
    const { turn } = await queuing(rateLimits).postponed();
    const throttled = queuing(rateLimits, { lane: 'others', startsMs: NOW, shiftMs: 0 });
    const answer = new RetryableError('429', { retryAfterMs: 10_000 });
    await expect(throttled.calls.run(() => Promise.reject(answer))).rejects.toBe(answer);
    await throttled.calls.end();
    // Whoever was told so is the first of those who come after it.
    expect(throttled.calls.turnIn(0)).toMatchObject({ startsMs: NOW, shiftMs: 0 });
    expect((await queuing(rateLimits, turn).postponed()).retryAfterMs).toBe(71_000);
    const leaver = { applicationId: 'chat', lane: 'leavers', costMs: 5_000, fromMs: NOW, nowMs: NOW } as const;
    await rateLimits.reserve(leaver);
    expect((await queuing(rateLimits, turn).postponed()).retryAfterMs).toBe(76_000);
    // Of a leaver who has access still it is told that the system asks for time.
    expect(await queuing(rateLimits, undefined, 'leavers').postponed()).toMatchObject({
      because: 'closed',
      retryAfterMs: 10_000,
    });
  });
});

describe('what a function knew last', () => {
  const asked = (rateLimits: RateLimitStore) => {
    const requests: string[] = [];
    const noted: RateLimitStore = {
      ...rateLimits,
      load: (applicationId) => {
        requests.push('load');
        return rateLimits.load(applicationId);
      },
      save: (input) => {
        requests.push('save');
        return rateLimits.save(input);
      },
    };
    return { noted, requests };
  };

  it('is not read again while nobody else calls the system', async () => {
    const { noted, requests } = asked(memoryRateLimits());
    const lastKnown = new Map<string, KeptRateLimit>();
    for (let visit = 1; visit <= 3; visit += 1) {
      const { calls } = calling(0, noted, LIMIT, lastKnown);
      await calls.run(async () => {});
      await calls.end();
    }
    expect(requests).toEqual(['load', 'save', 'save', 'save', 'save', 'save', 'save']);
  });

  it('is told by the refusal where somebody else has written since, and its place taken is seen', async () => {
    const rateLimits = await occupied();
    const { noted, requests } = asked(rateLimits);
    // As it was before anybody called.
    const lastKnown = new Map([['chat', { state: newRateLimitState(LIMIT, NOW), revision: 0, queue: EMPTY_QUEUE }]]);
    const { calls } = calling(0, noted, LIMIT, lastKnown);
    let called = false;
    const run = calls.run(async () => {
      called = true;
    });
    await expect(run).rejects.toBeInstanceOf(PostponedError);
    expect(called).toBe(false);
    expect(requests).toEqual(['save']);
  });

  it('refuses nobody: that its only place was taken once is looked at again', async () => {
    const rateLimits = memoryRateLimits();
    const taken = await (await occupied()).load('chat');
    const lastKnown = new Map([['chat', taken as KeptRateLimit]]);
    const { calls } = calling(0, rateLimits, LIMIT, lastKnown);
    expect(await calls.run(async () => 'called')).toBe('called');
  });

  it('passes nobody who has queued since', async () => {
    const rateLimits = memoryRateLimits();
    const lastKnown = new Map<string, KeptRateLimit>();
    const first = calling(0, rateLimits, LIMIT, lastKnown);
    await first.calls.run(async () => {});
    await first.calls.end();
    await rateLimits.reserve({ applicationId: 'chat', lane: 'others', costMs: 60_000, fromMs: NOW, nowMs: NOW });
    const queuing = { lane: 'others', calls: 1, comesBack: true } as const;
    const second = new RateLimitedCalls({
      rateLimits,
      applicationId: 'chat',
      limit: LIMIT,
      holder: 'call-2',
      urgent: false,
      queuing,
      patienceMs: 0,
      clock: () => NOW,
      lastKnown,
    });
    await expect(second.run(async () => {})).rejects.toMatchObject({ because: 'busy', turn: { lane: 'others' } });
  });
});
