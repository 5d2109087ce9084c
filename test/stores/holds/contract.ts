// What every store of the mass-error guard promises: the first to decide does, and what was held is never forgotten.
import { describe, expect, it } from 'vitest';
import type { Disabling } from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { Hold, HoldStore } from '../../../lambdas/stores/holds/hold-store.ts';
import { NOW_MS, pagesOf } from '../identities/examples.ts';

const DECISION = { decidedBy: 'E9', reason: 'it was meant', decidedMs: NOW_MS + 1 } as const;

function holdOf(holdId: string, changes: Partial<Hold> = {}): Hold {
  const reason = { rule: 'number', count: 26, threshold: 26 } as const;
  return { holdId, source: 'acme-hr', openedMs: NOW_MS, reason, status: 'open', alerted: false, ...changes };
}

function disablingOf(deliveryId: string, atMs: number, identities = 1): Disabling {
  return { deliveryId, atMs, identities, reduced: 0, applications: { chat: identities } };
}

export function describeHolds(open: () => Promise<HoldStore>): void {
  describe('a hold', () => {
    it('is there once, as it was first opened', async () => {
      const store = await open();
      expect(await store.findHold('a')).toBeUndefined();
      expect(await store.openHold(holdOf('a'), [])).toEqual(holdOf('a'));
      expect(await store.openHold(holdOf('a', { source: 'other', openedMs: 1 }), [])).toEqual(holdOf('a'));
      expect(await store.findHold('a')).toEqual(holdOf('a'));
    });

    it('is decided by the first who does, and closed as it was decided', async () => {
      const store = await open();
      await store.openHold(holdOf('a'), []);
      expect(await store.decideHold('b', 'releasing', DECISION, [])).toBe(false);
      // Not decided yet, so there is nothing to close.
      await store.closeHold('a', 'released');
      expect(await store.findHold('a')).toEqual(holdOf('a'));
      const deciding = [
        store.decideHold('a', 'releasing', DECISION, []),
        store.decideHold('a', 'releasing', DECISION, []),
      ];
      expect((await Promise.all(deciding)).filter(Boolean)).toHaveLength(1);
      expect(await store.decideHold('a', 'dropping', { ...DECISION, decidedBy: 'E8' }, [])).toBe(false);
      expect(await store.findHold('a')).toEqual(holdOf('a', { status: 'releasing', decision: DECISION }));
      await store.closeHold('a', 'dropped');
      expect(await store.findHold('a')).toMatchObject({ status: 'releasing' });
      await store.closeHold('a', 'released');
      expect(await store.findHold('a')).toEqual(holdOf('a', { status: 'released', decision: DECISION }));
    });

    it('notes that somebody was told, whatever its status', async () => {
      const store = await open();
      await store.openHold(holdOf('a'), []);
      await store.markAlerted('a');
      await store.decideHold('a', 'dropping', DECISION, []);
      expect(await store.findHold('a')).toMatchObject({ alerted: true, status: 'dropping' });
      await store.markAlerted('b');
      expect(await store.findHold('b')).toBeUndefined();
    });

    it('is listed by its status, the newest first, each once', async () => {
      const store = await open();
      for (const id of ['1', '3', '2', '4']) await store.openHold(holdOf(id), []);
      await store.decideHold('3', 'dropping', DECISION, []);
      for (const limit of [1, 2, 10]) {
        const ids = async (status: Hold['status']) =>
          (await pagesOf((after) => store.listHolds({ status, limit, after }))).flat().map(({ holdId }) => holdId);
        expect(await ids('open')).toEqual(['4', '2', '1']);
        expect(await ids('dropping')).toEqual(['3']);
        expect(await ids('released')).toEqual([]);
      }
    });
  });

  describe('who is in a hold', () => {
    it('is listed once however often they are added, until they are done', async () => {
      const store = await open();
      for (const id of ['a', 'b']) await store.openHold(holdOf(id), []);
      expect(await store.addHeld('a', ['E3', 'E1'])).toBe(true);
      expect(await store.addHeld('a', ['E1', 'E2'])).toBe(true);
      expect(await store.addHeld('b', ['E9'])).toBe(true);
      const held = async (limit: number) =>
        (await pagesOf((after) => store.listHeld({ holdId: 'a', limit, after }))).flat();
      for (const limit of [1, 2, 3, 10]) expect(await held(limit)).toEqual(['E1', 'E2', 'E3']);
      const isHeld = () => Promise.all(['E1', 'E2', 'E9'].map((id) => store.isHeld('a', id)));
      expect(await isHeld()).toEqual([true, true, false]);
      await store.removeHeld('a', 'E2');
      expect(await isHeld()).toEqual([true, false, false]);
      await store.removeHeld('a', 'E9');
      expect(await held(10)).toEqual(['E1', 'E3']);
      expect((await store.listHeld({ holdId: 'b', limit: 10 })).items).toEqual(['E9']);
    });

    it('is not added to one that is decided, or is not there: another takes them', async () => {
      const store = await open();
      await store.openHold(holdOf('a'), []);
      await store.decideHold('a', 'releasing', DECISION, []);
      expect(await store.addHeld('a', ['E1'])).toBe(false);
      expect(await store.addHeld('b', ['E1'])).toBe(false);
      for (const holdId of ['a', 'b']) expect((await store.listHeld({ holdId, limit: 10 })).items).toEqual([]);
    });

    it('is added by fifty at once', async () => {
      const store = await open();
      await store.openHold(holdOf('a'), []);
      const ids = Array.from({ length: 50 }, (_, index) => `E${100 + index}`);
      expect(await store.addHeld('a', ids)).toBe(true);
      expect((await store.listHeld({ holdId: 'a', limit: 100 })).items).toEqual(ids);
    });
  });

  describe('an erasure', () => {
    const erasure = { identityId: 'E1', proposerId: 'E2', proposedBy: 'o', delayMs: 1_000 };
    const released = async () => {
      const store = await open();
      await store.openHold(holdOf('a', { erasure }), []);
      expect(await store.noteErasure('a', erasure, undefined)).toBe(false);
      expect(await store.callOff('a', DECISION, [])).toBe(false);
      await store.decideHold('a', 'releasing', DECISION, []);
      return store;
    };

    it('is called off until it is begun, and not after that', async () => {
      const store = await released();
      expect(await store.callOff('a', { ...DECISION, decidedBy: 'E8' }, [])).toBe(true);
      expect(await store.findHold('a')).toMatchObject({ status: 'dropped', decision: { decidedBy: 'E8' } });
      expect(await store.noteErasure('a', erasure, undefined)).toBe(false);
      const begun = { atMs: 1, salt: 's' };
      const other = await released();
      expect(await other.noteErasure('a', { ...erasure, begun }, undefined)).toBe(true);
      expect(await other.callOff('a', DECISION, [])).toBe(false);
      // Whoever read it before it was begun does not write over that.
      expect(await other.noteErasure('a', erasure, undefined)).toBe(false);
      expect(await other.noteErasure('a', erasure, { ...begun, salt: 'another' })).toBe(false);
      expect(await other.noteErasure('a', { ...erasure, begun, forgottenMs: 2 }, begun)).toBe(true);
      expect((await other.findHold('a'))?.erasure).toEqual({ ...erasure, begun, forgottenMs: 2 });
    });

    it('leaves what it is closed with, and nothing else', async () => {
      const store = await released();
      const done = { proposedBy: 'o', delayMs: 1_000, erasedMs: 3 };
      await store.closeErasure('a', done, { ...DECISION, reason: 'not kept' });
      const decision = { ...DECISION, reason: 'not kept' };
      expect(await store.findHold('a')).toEqual(holdOf('a', { status: 'released', erasure: done, decision }));
    });
  });

  describe('what took access away', () => {
    it('is read from an instant on, the newest first, as many as are asked for', async () => {
      const store = await open();
      for (const [id, atMs] of [
        ['b', 2_000],
        ['c', 3_000],
        ['a', 1_000],
      ] as const) {
        await store.noteDisabling(disablingOf(id, atMs), atMs + 60_000);
      }
      const since = async (sinceMs: number, limit: number) => (await store.listDisabling(sinceMs, limit)).items;
      const all = [disablingOf('c', 3_000), disablingOf('b', 2_000), disablingOf('a', 1_000)];
      expect(await since(1_000, 10)).toEqual(all);
      expect(await since(1_001, 10)).toEqual(all.slice(0, 2));
      expect(await since(0, 2)).toEqual(all.slice(0, 2));
      expect(await since(3_001, 10)).toEqual([]);
      const isWhole = async (limit: number) => (await store.listDisabling(1_000, limit)).isWhole;
      expect(await Promise.all([isWhole(3), isWhole(4)])).toEqual([false, true]);
    });

    it('is of each delivery what was noted last, so that one that is tried again hides no other', async () => {
      const store = await open();
      await store.noteDisabling(disablingOf('other', 1_000), 61_000);
      for (const atMs of [2_000, 3_000, 4_000]) await store.noteDisabling(disablingOf('again', atMs), atMs + 60_000);
      const expected = { items: [disablingOf('again', 4_000), disablingOf('other', 1_000)], isWhole: true };
      expect(await store.listDisabling(0, 3)).toEqual(expected);
      expect(await store.listDisabling(0, 1)).toEqual({ items: expected.items.slice(0, 1), isWhole: false });
    });

    it('is not mixed up with the count of the population', async () => {
      const store = await open();
      expect(await store.findPopulation()).toBeUndefined();
      const first = { employed: 100, applications: { chat: 90 }, countedMs: NOW_MS };
      await store.savePopulation(first);
      expect(await store.findPopulation()).toEqual(first);
      await store.savePopulation({ ...first, employed: 99 });
      expect(await store.findPopulation()).toEqual({ ...first, employed: 99 });
      const going = { employed: 7, applications: { chat: 3 }, after: 'E7' };
      await store.savePopulation({ ...first, going });
      expect(await store.findPopulation()).toEqual({ ...first, going });
      expect(await store.listDisabling(0, 10)).toEqual({ items: [], isWhole: true });
    });
  });
}
