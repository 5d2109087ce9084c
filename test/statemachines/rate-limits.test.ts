// A target system that is down or asks for patience, seen from outside: real state machines and handlers, virtual time.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetryableError } from '../../lambdas/core/errors.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { MODEL } from '../simulation/access-model.ts';
import { VirtualTime } from '../simulation/virtual-time.ts';
import { type Fate, World } from '../simulation/world.ts';
import { joiner, leaver } from '../support/facts.ts';

const START = Date.parse('2026-11-23T09:00:00Z');
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 8, firstWaitSeconds: 5, maximumWaitSeconds: 300, afterEscalationSeconds: 1_800 };
const API_ONLY = { ...MODEL, applications: MODEL.applications.filter(({ connector }) => connector !== 'manual') };
const IDENTITIES = Array.from({ length: 12 }, (_, index) => `E${index + 1}`);

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(START);
});
afterEach(() => time.uninstall());

/** The chat answers every call with `fault` while there is one. */
function createWorld() {
  const chat: { fault: RetryableError | undefined; calls: number } = { fault: undefined, calls: 0 };
  const fate: Fate = {
    invoke: (name, run) =>
      run({
        name,
        clock: Date.now,
        act: async (label, effect) => {
          if (!label.startsWith('chat.')) return effect();
          chat.calls += 1;
          await time.sleep(20);
          if (chat.fault !== undefined) throw chat.fault;
          return effect();
        },
      }),
    deliver: (_label, deliver) => void deliver(),
    nowMs: () => time.nowMs,
  };
  const world = new World({ model: API_ONLY, retryPolicy, fate });
  const pass = async (durationMs: number) => {
    const untilMs = time.nowMs + durationMs;
    while (time.nowMs < untilMs) {
      await time.runUntil(Math.min(untilMs, time.nowMs + MINUTE_MS));
      world.sweep();
    }
  };
  const tell = async (facts: readonly Fact[]) => {
    await Promise.all(facts.map((fact) => world.record(fact)));
  };
  const holding = (applicationId: string) =>
    IDENTITIES.filter((identityId) => {
      const account = world.systems.get(applicationId)?.accountOf(identityId);
      return account?.enabled && account.grants.size > 0;
    });
  const callsDuring = async (durationMs: number) => {
    const before = chat.calls;
    await pass(durationMs);
    return chat.calls - before;
  };
  return { world, chat, pass, tell, holding, callsDuring };
}

const joins = (identityId: string): Fact => ({
  ...joiner('2026-11-01', { email: `${identityId}@acme.example`, department: 'Sales' }),
  identityId,
});

describe('while a target is down', () => {
  it('the others converge at once, calls to it stop, and it converges when it is back', async () => {
    const { chat, tell, pass, holding, callsDuring } = createWorld();
    chat.fault = new RetryableError('ECONNREFUSED');
    await tell(IDENTITIES.map(joins));
    await pass(SECOND_MS);
    expect(holding('cloud')).toEqual(IDENTITIES);
    // Those that were under way when the fifth failed: as many as have places.
    expect(chat.calls).toBeLessThanOrEqual(15);
    // From here on only probes, after 10, 20, 40, 80, 160, 300, 300 ... seconds.
    expect(await callsDuring(20 * MINUTE_MS)).toBeLessThanOrEqual(8);
    expect(holding('chat')).toEqual([]);
    chat.fault = undefined;
    await pass(40 * MINUTE_MS);
    expect(holding('chat')).toEqual(IDENTITIES);
  });

  it('a person is told of each identity that waits for it, after as many passes as for any other failure', async () => {
    const { world, chat, tell, pass } = createWorld();
    chat.fault = new RetryableError('ECONNREFUSED');
    await tell([joins('E1')]);
    await pass(40 * MINUTE_MS);
    expect(world.escalations.length).toBeGreaterThan(0);
    expect(world.escalations[0]).toContain('chat is left alone');
  });

  it('a leaver is locked out of the others at once, and of it when it is back', async () => {
    const { chat, tell, pass, holding } = createWorld();
    await tell(IDENTITIES.map(joins));
    await pass(5 * MINUTE_MS);
    expect(holding('chat')).toEqual(IDENTITIES);
    chat.fault = new RetryableError('ECONNREFUSED');
    await tell([{ ...leaver('2026-11-22'), identityId: 'E1' }]);
    await pass(MINUTE_MS);
    expect(holding('cloud')).not.toContain('E1');
    expect(holding('chat')).toContain('E1');
    chat.fault = undefined;
    await pass(40 * MINUTE_MS);
    expect(holding('chat')).toEqual(IDENTITIES.slice(1));
  });
});

describe('a target that asks for patience', () => {
  it('gets it from everybody, and is called again when the time is over', async () => {
    const { chat, tell, holding, callsDuring } = createWorld();
    chat.fault = new RetryableError('429', { retryAfterMs: 120_000 });
    await tell([joins('E1')]);
    expect(await callsDuring(SECOND_MS)).toBe(1);
    chat.fault = undefined;
    await tell([joins('E2')]);
    expect(await callsDuring(118 * SECOND_MS)).toBe(0);
    expect(holding('cloud')).toEqual(['E1', 'E2']);
    await callsDuring(MINUTE_MS);
    expect(holding('chat')).toEqual(['E1', 'E2']);
  });
});
