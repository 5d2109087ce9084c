// What every store of leases promises: one pass at a time, and nobody under an old right.
import { describe, expect, it } from 'vitest';
import type { SettleLease } from '../../../lambdas/stores/leases/lease-store.ts';
import {
  type AuditedStores,
  entryOf,
  factOf,
  kept,
  know,
  LEASED,
  lease,
  NOW_MS,
  type OpenStores,
  recording,
  SUMMARY,
} from './examples.ts';

const { expiresMs } = LEASED;
const REMOVAL = { version: 1, startedMs: NOW_MS };

function settling(epoch: number, changes: Partial<SettleLease> = {}): SettleLease {
  const outcome = { nowMs: NOW_MS + 7, summary: SUMMARY, applications: ['chat', 'crm'], nextCheckMs: undefined };
  return { identityId: 'E1', epoch, version: 1, ...outcome, audit: [], ...changes };
}

async function headerOf({ directory }: AuditedStores) {
  return (await directory.load('E1'))?.header;
}

export function describeLeases(open: OpenStores): void {
  it('remembers the access model under which it settled, until it settles under one that is not known', async () => {
    const stores = await open();
    await know(stores, 'E1');
    expect((await headerOf(stores))?.modelHash).toBeUndefined();
    for (const modelHash of ['one', 'two', undefined]) {
      const epoch = await lease(stores, 'E1');
      expect(await stores.leases.settleLease(settling(epoch, { modelHash }))).toBe(true);
      expect((await headerOf(stores))?.modelHash).toBe(modelHash);
    }
  });

  describe('what is in doubt about an identity', () => {
    const conflicts = [{ attribute: 'email', with: 'E2' }] as const;

    it('is kept with its entry, is not touched by settling, and can be taken back', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const doubt = { identityId: 'E1', epoch, conflicts, audit: [entryOf('E1')] };
      expect(await stores.leases.saveConflicts(doubt)).toBe(true);
      expect(await stores.leases.settleLease(settling(epoch))).toBe(true);
      expect((await headerOf(stores))?.conflicts).toEqual(conflicts);
      expect((await stores.audit.list('E1', { limit: 10 })).items).toEqual([entryOf('E1')]);
      expect(await stores.leases.saveConflicts({ ...doubt, conflicts: [], audit: [] })).toBe(true);
      expect((await headerOf(stores))?.conflicts).toEqual([]);
    });

    it.each([
      ['under an old epoch', -1, []],
      ['with an entry that is there already', 0, [entryOf('E1')]],
    ])('is not written %s', async (_, older, audit) => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = (await lease(stores, 'E1')) + older;
      await stores.audit.append([entryOf('E1')]);
      const before = await kept(stores, 'E1');
      expect(await stores.leases.saveConflicts({ identityId: 'E1', epoch, conflicts, audit })).toBe(false);
      expect(await kept(stores, 'E1')).toEqual(before);
    });
  });

  describe('a lease', () => {
    it('is taken when it is free: the epoch rises, and the sweep looks again once it has run out', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const taken = await stores.leases.acquireLease({ identityId: 'E1', holder: 'a', ...LEASED });
      expect(taken).toMatchObject({ epoch: 1, version: 1, lease: { holder: 'a', expiresMs } });
      expect(taken?.nextCheckMs).toBe(LEASED.nextCheckMs);
      expect(await headerOf(stores)).toEqual(taken);
    });

    it.each([
      ['not before it expires', expiresMs - 1, false],
      ['not as it expires', expiresMs, false],
      ['once it has expired', expiresMs + 1, true],
    ])('is taken from another %s', async (_, nowMs, isTaken) => {
      const stores = await open();
      await know(stores, 'E1');
      await lease(stores, 'E1', 'a');
      const before = await headerOf(stores);
      const times = { nowMs, expiresMs: nowMs + 90_000, nextCheckMs: nowMs + 100_000 };
      const taken = await stores.leases.acquireLease({ identityId: 'E1', holder: 'b', ...times });
      expect(taken?.lease?.holder).toBe(isTaken ? 'b' : undefined);
      if (!isTaken) expect(await headerOf(stores)).toEqual(before);
      else
        expect(await headerOf(stores)).toMatchObject({ epoch: 2, lease: { holder: 'b', expiresMs: nowMs + 90_000 } });
    });

    it('is taken again by its own holder, under a new epoch', async () => {
      const stores = await open();
      await know(stores, 'E1');
      expect([await lease(stores, 'E1', 'a'), await lease(stores, 'E1', 'a')]).toEqual([1, 2]);
    });

    describe('that is asked for unless all was settled from some time on', () => {
      const settledMs = LEASED.nowMs + 5_000;
      const askAgain = async (
        unlessSettledFromMs: number | undefined,
        prepare?: (stores: AuditedStores) => Promise<unknown>,
      ) => {
        const stores = await open();
        await know(stores, 'E1');
        const epoch = await lease(stores, 'E1');
        expect(await stores.leases.settleLease(settling(epoch, { nowMs: settledMs }))).toBe(true);
        await prepare?.(stores);
        const before = await headerOf(stores);
        const again = { identityId: 'E1', holder: 'b', ...LEASED, unlessSettledFromMs };
        const isTaken = (await stores.leases.acquireLease(again)) !== undefined;
        if (!isTaken) expect(await headerOf(stores)).toEqual(before);
        return isTaken;
      };

      it.each([
        ['is taken where nobody asks', undefined, true],
        ['is taken where it was settled before', settledMs + 1, true],
        ['is not taken where it was settled then', settledMs, false],
        ['is not taken where it was settled since', settledMs - 1, false],
      ])('%s', async (_, fromMs, isTaken) => {
        expect(await askAgain(fromMs)).toBe(isTaken);
      });

      it('is taken where a removal was begun: it is done once it is proven, not once it is settled', async () => {
        const begin = ({ leases }: AuditedStores) =>
          leases.fenceOff({ identityId: 'E1', epoch: 1, removal: REMOVAL, audit: [] });
        expect(await askAgain(settledMs, begin)).toBe(true);
      });

      it('is taken where a fact has come in since', async () => {
        const move = { ...factOf('E1'), factId: 'acme-hr:move', sourceEventId: 'move' };
        const record = ({ facts }: AuditedStores) => facts.recordFact(recording(move, { expectedVersion: 1 }));
        expect(await askAgain(settledMs, record)).toBe(true);
      });

      it('is taken where nothing was ever settled', async () => {
        const stores = await open();
        await know(stores, 'E1');
        const asked = { identityId: 'E1', holder: 'a', ...LEASED, unlessSettledFromMs: 0 };
        expect(await stores.leases.acquireLease(asked)).toBeDefined();
      });
    });

    it('is taken by one of those who ask at the same time', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const asking = ['a', 'b', 'c', 'd', 'e'].map((holder) =>
        stores.leases.acquireLease({ identityId: 'E1', holder, ...LEASED }),
      );
      expect((await Promise.all(asking)).filter((taken) => taken !== undefined)).toHaveLength(1);
      expect(await headerOf(stores)).toMatchObject({ epoch: 1 });
    });

    it('is renewed under its epoch alone', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const renew = (under: number) => stores.leases.renewLease({ identityId: 'E1', epoch: under, expiresMs: 5 });
      expect([await renew(epoch - 1), await renew(epoch + 1)]).toEqual([false, false]);
      expect((await headerOf(stores))?.lease).toEqual({ holder: 'pass', expiresMs });
      expect(await renew(epoch)).toBe(true);
      expect((await headerOf(stores))?.lease).toEqual({ holder: 'pass', expiresMs: 5 });
      // It has run out by now, but nobody has taken it.
      expect(await renew(epoch)).toBe(true);
    });

    it('is not renewed once it was given back', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      await stores.leases.releaseLease({ identityId: 'E1', epoch, failedPasses: 1, nextCheckMs: 9, audit: [] });
      expect(await stores.leases.renewLease({ identityId: 'E1', epoch, expiresMs: 5 })).toBe(false);
      expect((await headerOf(stores))?.lease).toBeUndefined();
    });

    it('is nobody’s where there is no identity', async () => {
      const stores = await open();
      const { leases } = stores;
      expect(await leases.acquireLease({ identityId: 'E1', holder: 'a', ...LEASED })).toBeUndefined();
      expect(await leases.renewLease({ identityId: 'E1', epoch: 0, expiresMs })).toBe(false);
      expect(await leases.readMark('E1')).toBeUndefined();
      expect(await leases.fenceOff({ identityId: 'E1', epoch: 0, removal: REMOVAL, audit: [] })).toBe('epoch-changed');
      expect(await leases.settleLease(settling(0, { version: 0 }))).toBe(false);
      const released = { identityId: 'E1', epoch: 0, failedPasses: 0, nextCheckMs: 0, audit: [] };
      expect(await leases.releaseLease(released)).toBe(false);
      expect(await stores.directory.load('E1')).toBeUndefined();
    });
  });

  it('the mark is the version and the epoch as they are now', async () => {
    const stores = await open();
    await know(stores, 'E1');
    expect(await stores.leases.readMark('E1')).toEqual({ epoch: 0, version: 1 });
    await lease(stores, 'E1');
    await stores.facts.recordFact(recording(factOf('E1'), { expectedVersion: 1 }));
    expect(await stores.leases.readMark('E1')).toEqual({ epoch: 1, version: 2 });
  });

  describe('fencing off', () => {
    it('takes the right from whoever has it, and begins the removal', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const { lease: _lease, ...before } = (await headerOf(stores)) ?? {};
      const fence = { identityId: 'E1', epoch, removal: REMOVAL, audit: [entryOf('E1')] };
      expect(await stores.leases.fenceOff(fence)).toBe('fenced');
      expect(await headerOf(stores)).toEqual({ ...before, epoch: epoch + 1, removal: REMOVAL });
      expect(await stores.leases.renewLease({ identityId: 'E1', epoch, expiresMs })).toBe(false);
      expect(await stores.leases.settleLease(settling(epoch))).toBe(false);
      expect((await stores.audit.list('E1', { limit: 10 })).items).toEqual([entryOf('E1')]);
    });

    it.each([[-1], [1]])('is refused when the epoch is %i off', async (off) => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const before = await kept(stores, 'E1');
      const fence = { identityId: 'E1', epoch: epoch + off, removal: REMOVAL, audit: [entryOf('E1')] };
      expect(await stores.leases.fenceOff(fence)).toBe('epoch-changed');
      expect(await kept(stores, 'E1')).toEqual(before);
    });
  });

  describe('settling', () => {
    it('gives the lease back with what was settled, and ends an escalation', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const escalation = { atMs: NOW_MS, failed: [] };
      const failed = { failedPasses: 2, nextCheckMs: NOW_MS, escalation, audit: [] };
      await stores.leases.releaseLease({ identityId: 'E1', epoch: await lease(stores, 'E1'), ...failed });
      const epoch = await lease(stores, 'E1');
      const summary = { ...SUMMARY, title: 'Lead', managerId: 'E7' };
      const settled = settling(epoch, { summary, audit: [entryOf('E1')] });
      expect(await stores.leases.settleLease(settled)).toBe(true);
      expect(await headerOf(stores)).toEqual({
        identityId: 'E1',
        version: 1,
        epoch,
        clockMs: NOW_MS,
        settledVersion: 1,
        settledMs: NOW_MS + 7,
        failedPasses: 0,
        applications: ['chat', 'crm'],
        summary,
      });
      expect((await stores.audit.list('E1', { limit: 10 })).items).toHaveLength(1);
    });

    it('says when to look again, or takes the identity off the sweep’s list', async () => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.leases.settleLease(settling(await lease(stores, 'E1'), { nextCheckMs: NOW_MS + 5 }));
      expect((await stores.directory.listDue(NOW_MS + 5, 10)).map(({ identityId }) => identityId)).toEqual(['E1']);
      await stores.leases.settleLease(settling(await lease(stores, 'E1')));
      expect(await stores.directory.listDue(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    });

    it.each([
      ['a fact came in', 0, -1],
      ['it planned for a version that is not there', 0, 1],
      ['its lease was taken', -1, 0],
      ['its epoch is to come', 1, 0],
    ])('is refused when %s', async (_, epochOff, versionOff) => {
      const stores = await open();
      await know(stores, 'E1');
      await stores.facts.recordFact(recording(factOf('E1'), { expectedVersion: 1 }));
      const epoch = await lease(stores, 'E1');
      const before = await kept(stores, 'E1');
      const stale = settling(epoch + epochOff, { version: 2 + versionOff, audit: [entryOf('E1')] });
      expect(await stores.leases.settleLease(stale)).toBe(false);
      expect(await kept(stores, 'E1')).toEqual(before);
      expect(await stores.leases.settleLease(settling(epoch, { version: 2 }))).toBe(true);
    });
  });

  describe('releasing', () => {
    it('gives the lease back unsettled, and keeps an escalation until it is settled', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const escalation = { atMs: NOW_MS, failed: [{ applicationId: 'chat', error: '503' }] };
      const release = async (changes: object) => {
        const epoch = await lease(stores, 'E1');
        const failed = { identityId: 'E1', epoch, failedPasses: 3, nextCheckMs: NOW_MS + 9, audit: [], ...changes };
        return stores.leases.releaseLease(failed);
      };
      expect(await release({ escalation, audit: [entryOf('E1')] })).toBe(true);
      const released = { failedPasses: 3, nextCheckMs: NOW_MS + 9, escalation };
      expect(await headerOf(stores)).toMatchObject({ ...released, epoch: 1, version: 1 });
      expect(await headerOf(stores)).not.toHaveProperty('lease.holder');
      expect(await release({ failedPasses: 4 })).toBe(true);
      expect(await headerOf(stores)).toMatchObject({ ...released, failedPasses: 4 });
      expect((await headerOf(stores))?.settledVersion).toBeUndefined();
    });

    it.each([[-1], [1]])('is refused when the epoch is %i off', async (off) => {
      const stores = await open();
      await know(stores, 'E1');
      const epoch = await lease(stores, 'E1');
      const before = await kept(stores, 'E1');
      const late = { failedPasses: 9, nextCheckMs: 1, escalation: { atMs: 1, failed: [] }, audit: [entryOf('E1')] };
      expect(await stores.leases.releaseLease({ identityId: 'E1', epoch: epoch + off, ...late })).toBe(false);
      expect(await kept(stores, 'E1')).toEqual(before);
    });
  });

  it.each([
    [
      'fencing off',
      'epoch-changed',
      ({ leases }: AuditedStores, right: { identityId: string; epoch: number }) =>
        leases.fenceOff({ ...right, removal: REMOVAL, audit: [entryOf('E1')] }),
    ],
    [
      'settling',
      false,
      ({ leases }: AuditedStores, { epoch }: { epoch: number }) =>
        leases.settleLease(settling(epoch, { audit: [entryOf('E1')] })),
    ],
    [
      'releasing',
      false,
      ({ leases }: AuditedStores, right: { identityId: string; epoch: number }) =>
        leases.releaseLease({ ...right, failedPasses: 1, nextCheckMs: 1, audit: [entryOf('E1')] }),
    ],
  ] as const)('%s is refused with an audit entry that is there already', async (_, refused, write) => {
    const stores = await open();
    await know(stores, 'E1', { audit: [entryOf('E1')] });
    const epoch = await lease(stores, 'E1');
    const before = await kept(stores, 'E1');
    expect(await write(stores, { identityId: 'E1', epoch })).toBe(refused);
    expect(await kept(stores, 'E1')).toEqual(before);
  });
}
