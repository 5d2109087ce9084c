// When a removal counts as proven, where the function that certifies has a clock that is behind those of the others.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { type Fate, World } from '../../simulation/world.ts';
import { joiner, leaver, rescind } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const BEHIND_MS = 2_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };

/** With the members of every object in order, as in canonical JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

describe('the proof of a removal', () => {
  it('ends neither before the removal began nor before the last reading it rests on, whatever the clocks say', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const fate: Fate = {
        invoke: (name, run) => {
          const clock = () => Date.now() - (name === 'certify-removal' ? BEHIND_MS : 0);
          return run({ name, act: (_label, effect) => effect(), clock });
        },
        deliver: (_label, deliver) => void deliver(),
        nowMs: () => Date.now(),
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      await world.record(joiner('2026-11-01', { department: 'Engineering' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      await world.record(leaver('2026-11-22'));
      await time.runUntil(time.nowMs + 5 * MINUTE_MS);
      const removal = (await world.stores.directory.load('E1'))?.header.removal;
      const certificate = await world.stores.accounts.findCertificate(`E1.${removal?.version}`);
      if (certificate === undefined) throw new Error('the removal is not certified');
      const { startedAt, provenAt, lastAccessAt = '', applications } = certificate;
      expect(applications.length).toBeGreaterThan(0);
      const last = [startedAt, lastAccessAt, ...applications.map(({ verifiedAt }) => verifiedAt)].sort().at(-1) ?? '';
      expect(provenAt >= last).toBe(true);
      expect(removal?.provenMs).toBe(Date.parse(provenAt));
      const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
      const proven = items.find(({ event }) => event.type === 'removal-proven');
      expect(proven?.at).toBe(provenAt);
      // As anybody works it out from the certificate that they were given.
      const given = sorted(JSON.parse(JSON.stringify(certificate)));
      const certificateHash = createHash('sha256').update(JSON.stringify(given)).digest('hex');
      expect(proven?.event).toMatchObject({ certificateHash });
    } finally {
      time.uninstall();
    }
  });

  it('that was repeated covers no departure of which it becomes known later, and which the certificate does not tell of', async () => {
    const time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
    try {
      const fate: Fate = {
        invoke: (name, run) => run({ name, act: (_label, effect) => effect(), clock: () => Date.now() }),
        deliver: (_label, deliver) => void deliver(),
        nowMs: () => Date.now(),
      };
      const world = new World({ model: MODEL, retryPolicy, fate });
      const removalNow = async () => (await world.stores.directory.load('E1'))?.header.removal;
      await world.record(joiner('2026-11-01', { department: 'Engineering' }));
      await time.runUntil(time.nowMs + MINUTE_MS);
      const left = leaver('2026-11-22');
      await world.record(left);
      await time.runUntil(time.nowMs + 19 * MINUTE_MS);
      const first = await removalNow();
      // The bus delivers it again.
      void world.start('leaver', { identityId: 'E1', version: first?.version, trigger: left.factId });
      await time.runUntil(time.nowMs + 10 * MINUTE_MS);
      const again = await removalNow();
      expect(again).toMatchObject({ version: first?.version, provenMs: expect.any(Number) });
      expect(again?.startedMs).toBeGreaterThan(first?.startedMs ?? 0);
      await world.record(leaver('2026-11-23T09:10:00Z'));
      await world.record(rescind(left, '2026-11-23T09:30:00Z'));
      await time.runUntil(time.nowMs + 20 * MINUTE_MS);
      const last = await removalNow();
      expect(await world.stores.accounts.findCertificate(`E1.${last?.version}`)).toMatchObject({
        departedAt: '2026-11-23T09:10:00.000Z',
        startedAt: expect.stringMatching(/^2026-11-23T09:3/),
      });
    } finally {
      time.uninstall();
    }
  });
});
