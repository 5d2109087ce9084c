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
});
