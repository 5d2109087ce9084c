import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../../lambdas/core/errors.ts';
import { sweep } from '../../../lambdas/handlers/identity/sweep.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { StageEvent } from '../../../lambdas/stores/event-bus.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { type Fate, World } from '../../simulation/world.ts';
import { joiner, leaver, rescind } from '../../support/facts.ts';
import { IDLE } from '../../support/idle-executions.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

describe('the sweep', () => {
  it('starts no second leaver while one waits for people, however long they take', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const started: string[] = [];
      const onExecution = (name: string) => started.push(name);
      const world = new World({ model: MODEL, retryPolicy, onExecution });
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      for (let minute = 0; minute < 120; minute += 1) {
        await time.runUntil(time.nowMs + MINUTE_MS);
        world.sweep();
      }
      const record = await world.stores.directory.load('E1');
      const task = record?.tasks.find(({ status }) => status === 'open');
      if (task === undefined) throw new Error('no task is open');
      await world.attest(task, 'it-1');
      await time.runUntil(time.nowMs + MINUTE_MS);
      expect((await world.stores.directory.load('E1'))?.header.removal?.provenMs).toBeDefined();
      expect(started.filter((name) => name === 'leaver')).toEqual(['leaver']);
    } finally {
      time.uninstall();
    }
  });

  it('looks hourly at a leaver who waits for people, since they wake it', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const world = new World({ model: MODEL, retryPolicy });
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      let looks = 0;
      for (let minute = 0; minute < 12 * 60; minute += 1) {
        if (world.isAnythingDue()) looks += 1;
        world.sweep();
        await time.runUntil(time.nowMs + MINUTE_MS);
      }
      expect(looks).toBeGreaterThanOrEqual(11);
      expect(looks).toBeLessThanOrEqual(16);
    } finally {
      time.uninstall();
    }
  });

  it('looks into what a call that died may have done, although another system still waits for people', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const world = new World({ model: MODEL, retryPolicy });
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      const account = world.systems.get('chat')?.accountOf('E1');
      const load = () => world.stores.directory.load('E1');
      const known = (await load())?.accounts.find(({ applicationId }) => applicationId === 'chat');
      if (account === undefined || known === undefined) throw new Error('there is no account');
      expect(account.enabled).toBe(false);
      const called = { ...known, revision: known.revision + 1, openCallId: 'died' };
      expect(await world.stores.accounts.saveAccount({ identityId: 'E1', account: called, audit: [] })).toBe(true);
      account.enabled = true;
      for (let minute = 0; minute < 80; minute += 10) {
        world.sweep();
        await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      }
      expect(account.enabled).toBe(false);
      expect((await load())?.tasks.map(({ status }) => status)).toContain('open');
    } finally {
      time.uninstall();
    }
  });

  it('has an account deleted when its time is over, although another system still waits for people', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const applications = MODEL.applications.map((application) =>
        application.id === 'chat' ? { ...application, retention: { deleteAfterDays: 2 } } : application,
      );
      const world = new World({ model: { ...MODEL, applications }, retryPolicy });
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      const lookIn = async (minutes: number) => {
        for (let minute = 0; minute < minutes; minute += 10) {
          await time.runUntil(time.nowMs + 10 * MINUTE_MS);
          world.sweep();
        }
        return world.systems.get('chat')?.accountOf('E1');
      };
      expect(await lookIn(36 * 60)).toMatchObject({ enabled: false });
      expect(await lookIn(14 * 60)).toBeUndefined();
      const record = await world.stores.directory.load('E1');
      expect(record?.tasks.map(({ status }) => status)).toContain('open');
      expect(record?.header.removal?.provenMs).toBeUndefined();
    } finally {
      time.uninstall();
    }
  });

  it('has what a rescinded joiner had given taken back and proven, although the event of that was lost', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const lost: string[] = [];
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: () => Date.now() }),
        deliver: (label, deliver) => void (label === 'bus leaver' && lost.push(label) === 1 ? undefined : deliver()),
        nowMs: () => Date.now(),
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      const joins = joiner('2026-11-01', { department: 'Engineering' });
      await world.record(joins);
      await time.runUntil(time.nowMs + MINUTE_MS);
      expect(world.systems.get('cloud')?.accountOf('E1')).toMatchObject({ enabled: true });
      await world.record(rescind(joins, '2026-11-23T09:01:00Z'));
      for (let minute = 0; minute < 30; minute += 1) {
        await time.runUntil(time.nowMs + MINUTE_MS);
        world.sweep();
      }
      expect(lost).toEqual(['bus leaver', 'bus leaver']);
      const removal = (await world.stores.directory.load('E1'))?.header.removal;
      expect(removal?.provenMs).toBeDefined();
      const certificate = await world.stores.accounts.findCertificate(`E1.${removal?.version}`);
      expect(certificate?.applications).toContainEqual(expect.objectContaining({ applicationId: 'cloud' }));
    } finally {
      time.uninstall();
    }
  });

  it.each([
    { what: 'starts no second leaver beside one that has no room to lock down for three minutes', dies: false },
    { what: 'starts another for one that died after its fence, five minutes after that', dies: true },
  ])('$what', async ({ dies }) => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const fencedMs: number[] = [];
      const isHindered = (name: string) => name !== 'fence-off' && name !== 'sweep' && fencedMs.length === 1;
      const fate: Fate = {
        invoke: async (name, run) => {
          if (name === 'fence-off') fencedMs.push(Date.now());
          const [firstMs = 0] = fencedMs;
          if (isHindered(name) && dies) return new Promise(() => {});
          if (isHindered(name) && Date.now() < firstMs + 3 * MINUTE_MS) throw tooManyRequests();
          return run({ name, act: (_label, effect) => effect(), clock: Date.now });
        },
        deliver: (_label, deliver) => void deliver(),
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      await world.record(joiner('2026-11-01', { location: 'Berlin' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      for (let minute = 0; minute < 20; minute += 1) {
        await time.runUntil(time.nowMs + MINUTE_MS);
        world.sweep();
      }
      const [firstMs = 0, secondMs, ...more] = fencedMs;
      expect(more).toEqual([]);
      if (dies) expect((secondMs ?? 0) - firstMs).toBeOneOf([5 * MINUTE_MS, 6 * MINUTE_MS]);
      else expect(secondMs).toBeUndefined();
      expect(world.systems.get('chat')?.accountOf('E1')).toMatchObject({ enabled: false });
    } finally {
      time.uninstall();
    }
  });
});

function tooManyRequests() {
  return Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
}

describe('a backlog', () => {
  const LOOK_MS = 100;
  const START_MS = Date.parse('2026-11-23T09:00:00Z');

  /** Identities whose checks came due one second after the other, and a clock that each look moves on. */
  async function backlogOf(count: number, unreadable: readonly string[] = []) {
    let nowMs = START_MS - count * 1_000 - MINUTE_MS;
    const looks: { readonly identityId: string; readonly atMs: number }[] = [];
    const backlogsMs: number[] = [];
    const stores = memoryStores();
    const dependencies = { ...stores, clock: () => nowMs, newId: () => 'id', model: () => MODEL };
    for (let index = 0; index < count; index += 1) {
      nowMs += 1_000;
      await record(dependencies, `E${index}`);
    }
    nowMs = START_MS;
    const directory = {
      ...stores.directory,
      load: async (identityId: string) => {
        nowMs += LOOK_MS;
        looks.push({ identityId, atMs: nowMs });
        if (unreadable.includes(identityId)) throw new PermanentError(`the record of ${identityId} cannot be read`);
        return stores.directory.load(identityId);
      },
    };
    const published: string[] = [];
    const bus = { publish: async (_: string, event: StageEvent) => void published.push(event.identityId) };
    const publishBacklog = (oldestDueMs: number) => void backlogsMs.push(oldestDueMs);
    const run = sweep({ ...dependencies, directory, bus, running: IDLE, publishBacklog, alert: async () => {} });
    const waitUntilMs = (untilMs: number) => {
      nowMs = Math.max(nowMs, untilMs);
    };
    return { run, looks, published, backlogsMs, stores, waitUntilMs, nowMs: () => nowMs };
  }

  async function record(dependencies: Parameters<typeof appendFact>[0], identityId: string) {
    const fact = { ...joiner('2027-01-01T09:00:00Z', {}, { id: `joiner-of-${identityId}` }), identityId };
    await appendFact(dependencies, fact, { payloadHash: 'x', actor: { type: 'hr-source', id: 'acme-hr' } });
  }

  it('of 2,000 is looked through from the longest due on, none later than twice their share', async () => {
    const { run, looks, waitUntilMs } = await backlogOf(2_000);
    for (let minute = 0; minute < 20 && looks.length < 2_000; minute += 1) {
      waitUntilMs(START_MS + minute * MINUTE_MS);
      await run();
    }
    const firsts = [...new Map(looks.toReversed().map((look) => [look.identityId, look])).values()];
    expect(firsts).toHaveLength(2_000);
    for (const { identityId, atMs } of firsts) {
      const before = Number(identityId.slice(1)) + 1;
      expect(atMs - START_MS).toBeLessThanOrEqual(2 * before * LOOK_MS + MINUTE_MS);
    }
  });

  it('is looked through until the time of a run is over, and says for how long the first was due', async () => {
    const { run, looks, backlogsMs, nowMs } = await backlogOf(1_000);
    const { looked } = await run();
    expect(looked).toBe(looks.length);
    expect(nowMs() - START_MS).toBeGreaterThanOrEqual(45_000);
    expect(nowMs() - START_MS).toBeLessThan(60_000);
    expect(backlogsMs).toEqual([1_000_000 - 1_000]);
  });

  it('is looked through although one of it cannot be read, and the run says so', async () => {
    const { run, published, looks } = await backlogOf(300, ['E0', 'E7']);
    await expect(run()).rejects.toThrow('2 of 300 identities could not be looked at');
    expect(looks).toHaveLength(300);
    expect(new Set(published).size).toBe(298);
  });

  it('is looked through once by two runs at the same time', async () => {
    const { run, looks } = await backlogOf(300);
    const [one, other] = await Promise.all([run(), run()]);
    expect(one.looked + other.looked).toBe(300);
    expect(new Set(looks.map(({ identityId }) => identityId)).size).toBe(300);
  });

  it('of nobody is reported as none', async () => {
    const { run, backlogsMs } = await backlogOf(0);
    expect(await run()).toEqual({ looked: 0 });
    expect(backlogsMs).toEqual([0]);
  });
});
