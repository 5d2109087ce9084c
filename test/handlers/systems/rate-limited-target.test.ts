// Systems within the rate limit that all functions share: real waiting, real concurrency, many functions over one store.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import { NotFoundError, PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { RateLimit } from '../../../lambdas/core/systems/rate-limit.ts';
import type { Connected, Purpose } from '../../../lambdas/handlers/systems/connect-application.ts';
import { PostponedError } from '../../../lambdas/handlers/systems/rate-limited-calls.ts';
import { rateLimitedConnect } from '../../../lambdas/handlers/systems/rate-limited-target.ts';
import { memoryRateLimits } from '../../support/memory-rate-limits.ts';

const KEY = { identityId: 'E1', userName: 'ada' };
const ACCOUNT: ObservedAccount = { accountId: 'a', userName: 'ada', enabled: true, grants: [], attributes: {} };
const unused = async () => {
  throw new Error('not asked for');
};
const MINIMAL: Target = { findAccount: async () => ACCOUNT, createAccount: unused, grant: unused, revoke: unused };

/** Functions that share one store; each connection is a convergence of its own. */
function functions(target: Target, limit?: RateLimit, rateLimits = memoryRateLimits(() => sleep(Math.random() * 3))) {
  let connections = 0;
  const connect = rateLimitedConnect({
    connect: async () => ({ kind: 'api', target }),
    rateLimits,
    clock: Date.now,
    newId: () => {
      connections += 1;
      return `call-${connections}`;
    },
  });
  const application: Application = {
    ...{ id: 'chat', name: 'Chat', connector: 'scim', owner: 'E0', settings: {}, entitlements: [] },
    rateLimit: limit,
  };
  const open = async (purpose: Purpose = 'change') => api(await connect(application, purpose));
  return { open, rateLimits };
}

function api(connected: Connected): { readonly target: Target; readonly release: () => Promise<void> } {
  if (connected.kind !== 'api') throw new Error('it has an API');
  return { target: connected.target, release: connected.release ?? (async () => {}) };
}

/** A system that counts who calls it at once, and when. */
function watched(tookMs: number) {
  const calledMs: number[] = [];
  let now = 0;
  const seen = { together: 0, calledMs };
  const target: Target = {
    ...MINIMAL,
    findAccount: async () => {
      calledMs.push(Date.now());
      now += 1;
      seen.together = Math.max(seen.together, now);
      await sleep(tookMs);
      now -= 1;
      return ACCOUNT;
    },
  };
  return { target, seen };
}

const failingWith = (error: () => Error): Target => ({ ...MINIMAL, findAccount: async () => Promise.reject(error()) });

describe('a rate-limited target', () => {
  it('has exactly the abilities of the one it stands for', async () => {
    class Suspending implements Target {
      #calls = 0;
      async findAccount() {
        this.#calls += 1;
        return { ...ACCOUNT, openSessions: this.#calls };
      }
      createAccount = unused;
      grant = unused;
      revoke = unused;
      async disableAccount() {}
    }
    const { target } = await functions(new Suspending()).open();
    expect(target.disableAccount).toBeDefined();
    expect(target.enableAccount).toBeUndefined();
    expect(target.listAccounts).toBeUndefined();
    expect('endSessions' in target).toBe(false);
    await target.findAccount(KEY);
    expect(await target.findAccount(KEY)).toMatchObject({ openSessions: 2 });
    const plain = await functions(MINIMAL).open();
    expect(Object.keys(plain.target)).toEqual(Object.keys(MINIMAL));
  });

  it('keeps to the rate and the places, however many functions call', async () => {
    const limit = { callsPerSecond: 20, concurrentCalls: 3 };
    const { target, seen } = watched(5);
    const { open } = functions(target, limit);
    const converge = async () => {
      const { target, release } = await open();
      for (let call = 0; call < 4; call += 1) await target.findAccount(KEY);
      await release();
    };
    await Promise.all(Array.from({ length: 20 }, converge));
    expect(seen.calledMs.length).toBe(80);
    expect(seen.together).toBeLessThanOrEqual(3);
    const [firstMs = 0] = seen.calledMs;
    // 40 in the bucket, the other 40 at 20 a second.
    expect((seen.calledMs.at(-1) ?? 0) - firstMs).toBeGreaterThan(1_900);
    for (const [index, atMs] of seen.calledMs.entries()) {
      expect(index + 1).toBeLessThanOrEqual(40 + ((atMs - firstMs + 20) / 1_000) * 20);
    }
  });

  it('makes one call at a time, and few writes', async () => {
    const { target, seen } = watched(1);
    const { open, rateLimits } = functions(target, { callsPerSecond: 1_000, concurrentCalls: 10 });
    const { target: limited, release } = await open();
    await Promise.all(Array.from({ length: 10 }, () => limited.findAccount(KEY)));
    await release();
    expect(seen.together).toBe(1);
    expect(rateLimits.writes()).toBe(1);
    const next = await open();
    await next.target.findAccount(KEY);
    await next.release();
    expect(rateLimits.writes()).toBe(2);
    expect(Object.keys((await rateLimits.load('chat'))?.state?.places ?? {})).toEqual(['call-2']);
  });

  it('is postponed when its turn does not come in time, without a call', async () => {
    const { target, seen } = watched(0);
    const { open } = functions(target, { callsPerSecond: 0.1, concurrentCalls: 1 });
    const first = await open();
    await first.target.findAccount(KEY);
    await first.release();
    const second = await open();
    const error = await second.target.findAccount(KEY).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PostponedError);
    expect(error).toMatchObject({ name: 'RetryableError', because: 'busy' });
    expect((error as PostponedError).retryAfterMs).toBeGreaterThan(9_000);
    expect(seen.calledMs.length).toBe(1);
  });

  it('waits a little for a place', async () => {
    const { target } = watched(300);
    const { open } = functions(target, { callsPerSecond: 100, concurrentCalls: 1 });
    const converge = async () => {
      const { target, release } = await open();
      await target.findAccount(KEY);
      await release();
    };
    await expect(Promise.all([converge(), converge(), converge()])).resolves.toBeDefined();
  });

  it('is left alone by everybody when it answers with Retry-After', async () => {
    const { open } = functions(failingWith(() => new RetryableError('429', { retryAfterMs: 30_000 })));
    const first = await open();
    await expect(first.target.findAccount(KEY)).rejects.toThrow('429');
    await first.release();
    for (const purpose of ['change', 'prove', 'cut-off', 'list'] as const) {
      const { target } = await open(purpose);
      const error = await target.findAccount(KEY).catch((error: unknown) => error);
      expect(error).toMatchObject({ because: 'closed' });
      expect((error as PostponedError).retryAfterMs).toBeGreaterThan(29_000);
    }
  });

  it('is taken to be down when nobody gets an answer, but not for what it refuses', async () => {
    const attempt = async ({ open }: ReturnType<typeof functions>) => {
      const { target, release } = await open();
      const error = await target.findAccount(KEY).catch((error: unknown) => error);
      await release();
      return error instanceof PostponedError;
    };
    const down = functions(failingWith(() => new RetryableError('ECONNREFUSED')));
    const postponed: boolean[] = [];
    for (let time = 0; time < 7; time += 1) postponed.push(await attempt(down));
    expect(postponed).toEqual([false, false, false, false, false, true, true]);
    for (const error of [new PermanentError('403'), new NotFoundError('404')]) {
      const refusing = functions(failingWith(() => error));
      for (let time = 0; time < 7; time += 1) expect(await attempt(refusing)).toBe(false);
    }
  });

  it('is not taken to be down for one thing that it cannot do', async () => {
    const { open } = functions({ ...MINIMAL, grant: async () => Promise.reject(new RetryableError('500')) });
    for (let time = 0; time < 7; time += 1) {
      const { target, release } = await open();
      await target.findAccount(KEY);
      await expect(target.grant(ACCOUNT, 'g')).rejects.toThrow('500');
      await release();
    }
  });

  it('gives its place back to nobody when its function dies, and the others wait it out', async () => {
    const { open } = functions(MINIMAL, { callsPerSecond: 100, concurrentCalls: 2 });
    await (await open()).target.findAccount(KEY);
    const second = await open();
    await second.target.findAccount(KEY);
    const third = await open('prove');
    setTimeout(() => void second.release(), 400);
    await expect(third.target.findAccount(KEY)).resolves.toBeDefined();
  });
});

describe('a lock-down', () => {
  it('waits for nobody, though the bucket is empty and every place taken', async () => {
    const { open } = functions(MINIMAL, { callsPerSecond: 0.1, concurrentCalls: 1 });
    await (await open()).target.findAccount(KEY);
    const startedMs = Date.now();
    const { target, release } = await open('cut-off');
    for (let call = 0; call < 5; call += 1) await target.findAccount(KEY);
    await release();
    expect(Date.now() - startedMs).toBeLessThan(500);
  });

  it('does not depend on the table that keeps the rate limit', async () => {
    const broken = { load: unused, save: unused, reserve: unused, delay: unused, writes: () => 0 };
    const { target, release } = await functions(MINIMAL, undefined, broken).open('cut-off');
    await expect(target.findAccount(KEY)).resolves.toEqual(ACCOUNT);
    await expect(release()).resolves.toBeUndefined();
    const converging = await functions(MINIMAL, undefined, broken).open();
    await expect(converging.target.findAccount(KEY)).rejects.toThrow('not asked for');
  });

  it('of a crowd at once passes all the same', async () => {
    const { target, seen } = watched(1);
    const { open } = functions(target, { callsPerSecond: 1, concurrentCalls: 1 });
    const lockDown = async () => {
      const { target, release } = await open('cut-off');
      await target.findAccount(KEY);
      await release();
    };
    await Promise.all(Array.from({ length: 50 }, lockDown));
    expect(seen.calledMs.length).toBe(50);
  });
});

describe('listing accounts', () => {
  const listing = async (next: (from: string | undefined) => string | undefined) => {
    const target: Target = { ...MINIMAL, listAccounts: async (from) => ({ accounts: [], next: next(from) }) };
    const { target: limited } = await functions(target, { callsPerSecond: 1_000, concurrentCalls: 1 }).open();
    let from: string | undefined;
    for (let pages = 1; ; pages += 1) {
      const page = await limited.listAccounts?.(from);
      if (page?.next === undefined) return pages;
      from = page.next;
    }
  };

  it('never goes round: a page that names itself or an earlier one is refused', async () => {
    await expect(listing((from) => from ?? 'p1')).rejects.toThrow(PermanentError);
    await expect(listing((from) => (from === 'p1' ? 'p2' : 'p1'))).rejects.toThrow('comes back to a page');
  });

  it('ends with the last page', async () => {
    expect(await listing((from) => (from === undefined ? 'p1' : from === 'p1' ? 'p2' : undefined))).toBe(3);
  });
});
