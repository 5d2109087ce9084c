// The sweep and the passes that run beside it: whoever is being worked on is left to that.
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { type Fate, World } from '../../simulation/world.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

describe('the sweep', () => {
  describe('while a pass runs', () => {
    /** The schedule of the planned fact never fires, and somebody's pass holds the lease when its instant has come. */
    const missed = async (planned: Fact) => {
      const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
      try {
        const started: string[] = [];
        const fate: Fate = {
          invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
          deliver: (label, deliver) => void (label.startsWith('schedule') ? undefined : deliver()),
          nowMs: Date.now,
        };
        const world = new World({ model: MODEL, retryPolicy, fate, onExecution: (name) => started.push(name) });
        await world.record(joiner('2026-11-01', { department: 'Sales' }));
        await world.record(planned);
        await time.runUntil(time.nowMs + 2 * 60 * MINUTE_MS);
        const nowMs = time.nowMs;
        const held = { identityId: 'E1', holder: 'a pass', nowMs, expiresMs: nowMs + MINUTE_MS, nextCheckMs: nowMs };
        await world.stores.leases.acquireLease(held);
        world.sweep();
        await time.runUntil(time.nowMs + 1_000);
        const { effects = [], header } = (await world.stores.directory.load('E1')) ?? {};
        return { effects, lease: header?.lease, leavers: started.filter((name) => name === 'leaver').length };
      } finally {
        time.uninstall();
      }
    };
    const told = { recorded: '2026-11-23T08:00:00Z' };

    it('leaves the identity to it, since it sees every instant before it settles', async () => {
      const { effects, lease } = await missed(mover('2026-11-23T10:00:00Z', { department: 'Engineering' }, told));
      expect(effects).toEqual([]);
      expect(lease).toBeDefined();
    });

    it('fences it off all the same when the instant is a departure', async () => {
      const { effects } = await missed(leaver('2026-11-23T10:00:00Z', told));
      expect(effects).toEqual([Date.parse('2026-11-23T10:00:00Z')]);
    });
  });

  it('records an instant whose schedule never fires though a pass has settled after it: others hear of it only so', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:59:00Z'));
    try {
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
        deliver: (label, deliver) => void (label.startsWith('schedule') ? undefined : deliver()),
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      await world.record(
        mover('2026-11-23T10:00:00Z', { department: 'Engineering' }, { recorded: '2026-11-23T08:00:00Z' }),
      );
      await time.runUntil(Date.parse('2026-11-23T10:00:01Z'));
      await world.start('converge', { identityId: 'E1', trigger: 'late' });
      await time.runUntil(time.nowMs + 10_000);
      const load = async () => (await world.stores.directory.load('E1')) ?? expect.fail();
      const { header, effects } = await load();
      expect([effects, header.settledVersion === header.version]).toEqual([[], true]);
      await time.runUntil(time.nowMs + 2 * MINUTE_MS);
      world.sweep();
      await time.runUntil(time.nowMs + 10_000);
      expect((await load()).effects).toEqual([Date.parse('2026-11-23T10:00:00Z')]);
    } finally {
      time.uninstall();
    }
  });

  it('has nobody converged twice whose pass takes longer to begin than the sweep takes to look', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const fullUntilMs = time.nowMs + 1.5 * MINUTE_MS;
      let planned = 0;
      const fate: Fate = {
        // As in a burst, which has no room for who plans.
        invoke: async (name, run) => {
          const isFull = name === 'plan-access' && time.nowMs < fullUntilMs;
          if (isFull) throw Object.assign(new Error('busy'), { name: 'Lambda.TooManyRequestsException' });
          if (name === 'plan-access') planned += 1;
          return await run({ name, act: (_label, effect) => effect(), clock: Date.now });
        },
        deliver: (_label, deliver) => void deliver(),
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      await time.runUntil(time.nowMs + MINUTE_MS + 1_000);
      world.sweep();
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      const { items } = await world.stores.audit.list('E1', { limit: 100 });
      const converged = items.filter(({ event }) => event.type === 'converged');
      expect({ planned, converged: converged.length }).toEqual({ planned: 2, converged: 1 });
    } finally {
      time.uninstall();
    }
  });

  it('starts nothing for who waits behind many others, until a quarter of an hour after the fact', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const published: number[] = [];
      const startMs = time.nowMs;
      let isBusy = true;
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
        // What routes facts published is lost, or still waits: the sweep cannot tell.
        deliver: (label, deliver) => {
          if (label.startsWith('bus')) published.push(Date.now() - startMs);
          else deliver();
        },
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate, isBusy: () => isBusy });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      const sweepFor = async (minutes: number) => {
        for (let minute = 0; minute < minutes; minute += 1) {
          await time.runUntil(time.nowMs + MINUTE_MS);
          world.sweep();
        }
        await time.runUntil(time.nowMs + 1_000);
        return published.splice(0).map((atMs) => Math.floor(atMs / MINUTE_MS));
      };
      expect(await sweepFor(20)).toEqual([0, 15, 20]);
      isBusy = false;
      await world.record(mover('2026-11-23', { department: 'Engineering' }));
      expect(await sweepFor(3)).toEqual([20, 21]);
    } finally {
      time.uninstall();
    }
  });

  it('lets nobody wait behind others who has left or is suspended, nor whose pass died', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      let dies = true;
      let planned = 0;
      let fenced = 0;
      const lost = new Set<string>();
      const fate: Fate = {
        invoke: (name, run) => {
          if (name === 'plan-access') planned += 1;
          if (name === 'fence-off') fenced += 1;
          if (dies && (name === 'settle' || name.startsWith('connector-'))) return new Promise(() => {});
          return run({ name, act: (_label, effect) => effect(), clock: Date.now });
        },
        deliver: (label, deliver) => {
          const isLost = ['bus suspension', 'bus leaver'].includes(label) && !lost.has(label);
          if (isLost) lost.add(label);
          else deliver();
        },
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate, isBusy: () => true });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      await time.runUntil(time.nowMs + 10_000);
      expect(planned).toBe(1);
      await time.runUntil(time.nowMs + 3 * MINUTE_MS);
      dies = false;
      world.sweep();
      await time.runUntil(time.nowMs + 1_000);
      expect(planned).toBe(2);
      await world.record(suspension('2026-11-22'));
      await time.runUntil(time.nowMs + MINUTE_MS + 1_000);
      expect(planned).toBe(2);
      world.sweep();
      await time.runUntil(time.nowMs + 10_000);
      expect(planned).toBe(3);
      await world.record(leaver('2026-11-22'));
      await time.runUntil(time.nowMs + MINUTE_MS + 1_000);
      expect(fenced).toBe(0);
      world.sweep();
      await time.runUntil(time.nowMs + 1_000);
      expect(fenced).toBe(1);
    } finally {
      time.uninstall();
    }
  });

  it('starts whoever is due where nobody says how many passes are under way', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      let published = 0;
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
        deliver: (label, deliver) => {
          if (label.startsWith('bus')) published += 1;
          else deliver();
        },
        nowMs: Date.now,
      };
      const isBusy = () => {
        throw new Error('throttled');
      };
      const world = new World({ model: MODEL, retryPolicy, fate, isBusy });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      await time.runUntil(time.nowMs + MINUTE_MS + 1_000);
      world.sweep();
      await time.runUntil(time.nowMs + 1_000);
      expect(published).toBe(2);
    } finally {
      time.uninstall();
    }
  });

  it('raises no version for what was known when it was recorded, however long its pass takes to begin', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: Date.now }),
        deliver: (label, deliver) => void (label.startsWith('stream') ? undefined : deliver()),
        nowMs: Date.now,
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      await world.record(joiner('2026-11-01', { department: 'Sales' }));
      await time.runUntil(time.nowMs + 2 * MINUTE_MS);
      world.sweep();
      await time.runUntil(time.nowMs + MINUTE_MS);
      const { effects, header } = (await world.stores.directory.load('E1')) ?? {};
      expect({ effects, version: header?.version, settled: header?.settledVersion }).toEqual({
        effects: [],
        version: 1,
        settled: 1,
      });
    } finally {
      time.uninstall();
    }
  });
});
