import { describe, expect, it } from 'vitest';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { joiner, leaver } from '../../support/facts.ts';

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
});
