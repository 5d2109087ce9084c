// What every directory promises: who is there, by whom they are found, and who is due.
import { describe, expect, it } from 'vitest';
import type { IdentityHeader } from '../../../lambdas/core/access/identity-record.ts';
import { InvalidInputError } from '../../../lambdas/core/errors.ts';
import type { RecordFact } from '../../../lambdas/stores/facts/fact-store.ts';
import {
  type AuditedStores,
  accountOf,
  certificateOf,
  entryOf,
  factOf,
  know,
  lease,
  NOW_MS,
  type OpenStores,
  pagesOf,
  recording,
  SUMMARY,
  taskOf,
} from './examples.ts';

const idsOf = (headers: readonly IdentityHeader[]) => headers.map(({ identityId }) => identityId);

/** So many that no one shard of the sweep's index holds them all. */
const MANY = 40;
const many = Array.from({ length: MANY }, (_, index) => `E${100 + index}`);

async function change(stores: AuditedStores, identityId: string, changes: Partial<RecordFact>): Promise<void> {
  await stores.facts.recordFact(recording(factOf(identityId), { expectedVersion: 1, ...changes }));
}

export function describeDirectory(open: OpenStores): void {
  it('an identity is loaded with all that is its own', async () => {
    const stores = await open();
    for (const id of ['E1', 'E10']) await know(stores, id);
    await stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(), audit: [] });
    await stores.tasks.openTask({ task: taskOf('E1'), supersedes: [], audit: [] });
    await stores.tasks.saveWaitingToken('E1', 'token');
    const record = await stores.directory.load('E1');
    expect(record).toMatchObject({ accounts: [accountOf()], tasks: [taskOf('E1')], effects: [] });
    expect(record?.facts.map(({ identityId }) => identityId)).toEqual(['E1']);
    expect(await stores.directory.load('E10')).toMatchObject({ accounts: [], tasks: [] });
    expect(await stores.directory.load('E')).toBeUndefined();
    const chat = record?.accounts.filter(({ applicationId }) => applicationId === 'chat');
    expect(chat).toHaveLength(1);
    expect(await stores.directory.glimpse('E1', 'chat')).toEqual({ ...record, accounts: chat, effects: [], tasks: [] });
    expect(await stores.directory.glimpse('E1', 'cha')).toEqual({ ...record, accounts: [], effects: [], tasks: [] });
    expect(await stores.directory.glimpse('E', 'chat')).toBeUndefined();
  });

  describe('an address', () => {
    const address = 'ada@acme.example';
    const E1 = { address, identityId: 'E1', epoch: 3 };
    const E2 = { address, identityId: 'E2', epoch: 1 };

    it('is whose who claims it first, until somebody takes it over from them as they were seen', async () => {
      const { directory } = await open();
      expect(await directory.claimAddress(E1)).toBeUndefined();
      const holder = { identityId: 'E1', epoch: 3 };
      expect(await directory.claimAddress(E2)).toEqual(holder);
      expect(await directory.claimAddress({ ...E2, insteadOf: { identityId: 'E3', epoch: 3 } })).toEqual(holder);
      expect(await directory.claimAddress({ ...E2, insteadOf: holder })).toBeUndefined();
      expect(await directory.claimAddress(E1)).toEqual({ identityId: 'E2', epoch: 1 });
    });

    it('that was claimed anew since is not taken over', async () => {
      const { directory } = await open();
      await directory.claimAddress(E1);
      expect(await directory.claimAddress({ ...E1, epoch: 4 })).toBeUndefined();
      const insteadOf = { identityId: 'E1', epoch: 3 };
      expect(await directory.claimAddress({ ...E2, insteadOf })).toEqual({ identityId: 'E1', epoch: 4 });
    });

    it('keeps the later of its own claims, in whatever order they arrive', async () => {
      const { directory } = await open();
      await directory.claimAddress({ ...E1, epoch: 4 });
      expect(await directory.claimAddress(E1)).toBeUndefined();
      expect(await directory.claimAddress(E2)).toEqual({ identityId: 'E1', epoch: 4 });
    });

    it('is got by one of those who ask at the same time', async () => {
      const { directory } = await open();
      const asking = many.map((identityId) => directory.claimAddress({ address, identityId, epoch: 1 }));
      const refused = (await Promise.all(asking)).filter((holder) => holder !== undefined);
      expect(refused).toHaveLength(MANY - 1);
      expect(new Set(refused.map(({ identityId }) => identityId)).size).toBe(1);
    });

    it('says nothing of another address, nor of an identity that is called so', async () => {
      const { directory } = await open();
      await directory.claimAddress(E1);
      expect(await directory.claimAddress({ ...E2, address: 'ada.2@acme.example' })).toBeUndefined();
      expect(await directory.load('E1')).toBeUndefined();
      expect((await directory.listIdentities({ limit: 10 })).items).toEqual([]);
    });
  });

  describe('a listing', () => {
    it.each([[1], [7], [MANY], [1_000]])('has everybody once, %i a page', async (limit) => {
      const stores = await open();
      for (const id of many) await know(stores, id);
      const pages = await pagesOf((after) => stores.directory.listIdentities({ limit, after }));
      expect(Math.max(...pages.map((page) => page.length))).toBe(Math.min(limit, MANY));
      expect(idsOf(pages.flat()).toSorted()).toEqual(many);
      const first = pages.flat().find(({ identityId }) => identityId === many[0]);
      expect(first).toEqual((await stores.directory.load(many[0] as string))?.header);
    });

    it('has everybody once in all its shares together, a few a page', async () => {
      const stores = await open();
      for (const id of many) await know(stores, id);
      const shares = [0, 1, 2].map((index) =>
        pagesOf((after) => stores.directory.listIdentities({ limit: 3, after, segment: { index, of: 3 } })),
      );
      const found = (await Promise.all(shares)).map((pages) => idsOf(pages.flat()));
      expect(found.flat().toSorted()).toEqual(many);
      expect(Math.max(...found.map((ids) => ids.length))).toBeLessThan(MANY);
    });

    it('of a manager has the reports of now, by id', async () => {
      const stores = await open();
      const summary = { ...SUMMARY, managerId: 'E0' };
      for (const id of ['E3', 'E1', 'E2']) await know(stores, id, { summary });
      await know(stores, 'E4', { summary: { ...SUMMARY, managerId: 'E9' } });
      for (const limit of [1, 2, 3, 10]) {
        const list = (after: string | undefined) => stores.directory.listIdentities({ managerId: 'E0', limit, after });
        expect(idsOf((await pagesOf(list)).flat())).toEqual(['E1', 'E2', 'E3']);
      }
      await change(stores, 'E1', { summary: { ...SUMMARY, managerId: 'E9' } });
      await change(stores, 'E2', { summary: SUMMARY });
      const listed = await stores.directory.listIdentities({ managerId: 'E0', limit: 10 });
      expect(idsOf(listed.items)).toEqual(['E3']);
      expect((await stores.directory.listIdentities({ managerId: 'E8', limit: 10 })).items).toEqual([]);
    });

    const forged = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
    it.each([
      ['is no JSON', 'not-a-cursor'],
      ['is empty', ''],
      ['is a list', forged([])],
      ['is nothing', forged(null)],
      ['has no key', forged({})],
      ['has values that are no key', forged({ pk: {}, sk: {}, directoryId: {} })],
      ['is too long', 'A'.repeat(2_001)],
    ])('refuses a cursor that %s', async (_, after) => {
      const stores = await open();
      await know(stores, 'E1');
      for (const read of [
        stores.directory.listIdentities({ limit: 1, after }),
        stores.directory.listIdentities({ managerId: 'E0', limit: 1, after }),
        stores.tasks.listTasks({ status: 'open', limit: 1, after }),
        stores.accounts.listCertificates({ month: '2026-11', limit: 1, after }),
        stores.audit.list('E1', { limit: 1, after }),
      ]) {
        await expect(read).rejects.toThrow(InvalidInputError);
      }
    });

    it('refuses the cursor of another listing', async () => {
      const stores = await open();
      for (const id of ['E1', 'E2']) {
        await know(stores, id, { summary: { ...SUMMARY, managerId: 'E0' }, audit: [entryOf(id), entryOf(id, 'b')] });
        await stores.tasks.openTask({ task: taskOf(id), supersedes: [], audit: [] });
        const removal = { version: 1, startedMs: NOW_MS };
        await stores.leases.fenceOff({ identityId: id, epoch: 0, removal, audit: [] });
        const certificate = certificateOf(id, '2026-11-23T12:00:00.000Z');
        await stores.accounts.saveRemoval({ identityId: id, removal, certificate, audit: [] });
      }
      const listings = [
        (after?: string) => stores.directory.listIdentities({ limit: 1, after }),
        (after?: string) => stores.directory.listIdentities({ managerId: 'E0', limit: 1, after }),
        (after?: string) => stores.directory.listIdentities({ managerId: 'E5', limit: 1, after }),
        (after?: string) => stores.tasks.listTasks({ status: 'open', limit: 1, after }),
        (after?: string) => stores.tasks.listTasks({ status: 'done', limit: 1, after }),
        (after?: string) => stores.accounts.listCertificates({ month: '2026-11', limit: 1, after }),
        (after?: string) => stores.accounts.listCertificates({ month: '2026-12', limit: 1, after }),
        (after?: string) => stores.audit.list('E1', { limit: 1, after }),
        (after?: string) => stores.audit.list('E2', { limit: 1, after }),
      ];
      let refused = 0;
      for (const list of listings) {
        const { next } = await list();
        for (const other of listings.filter((one) => one !== list && next !== undefined)) {
          await expect(other(next)).rejects.toThrow(InvalidInputError);
          refused += 1;
        }
      }
      // Six of the nine have a second page.
      expect(refused).toBe(6 * 8);
    });
  });

  it('what an identity owns is found for as long as it does', async () => {
    const stores = await open();
    const summary = { ...SUMMARY, ownerId: 'E0' };
    for (const id of ['S2', 'S1', 'S3']) await know(stores, id, { summary });
    expect(idsOf(await stores.directory.listOwnedBy('E0'))).toEqual(['S1', 'S2', 'S3']);
    await change(stores, 'S1', { summary: { ...SUMMARY, ownerId: 'E5' } });
    const settled = { version: 1, nowMs: NOW_MS, applications: [], nextCheckMs: undefined, audit: [] };
    const epoch = await lease(stores, 'S2');
    await stores.leases.settleLease({ identityId: 'S2', epoch, ...settled, summary: SUMMARY });
    expect(idsOf(await stores.directory.listOwnedBy('E0'))).toEqual(['S3']);
    expect(idsOf(await stores.directory.listOwnedBy('E5'))).toEqual(['S1']);
    expect(await stores.directory.listOwnedBy('E9')).toEqual([]);
  });

  describe('an address', () => {
    it('leads to whose it is now, in whatever case', async () => {
      const stores = await open();
      const { findByEmail } = stores.directory;
      await know(stores, 'E1', { summary: { ...SUMMARY, email: 'Ada@Acme.example' } });
      for (const email of ['ada@acme.example', 'ADA@ACME.EXAMPLE']) expect(await findByEmail(email)).toEqual(['E1']);
      await change(stores, 'E1', { summary: { ...SUMMARY, email: 'lovelace@acme.example' } });
      expect(await findByEmail('ada@acme.example')).toEqual([]);
      expect(await findByEmail('lovelace@acme.example')).toEqual(['E1']);
      const epoch = await lease(stores, 'E1');
      const settled = { version: 2, nowMs: NOW_MS, applications: [], nextCheckMs: undefined, audit: [] };
      await stores.leases.settleLease({ identityId: 'E1', epoch, ...settled, summary: SUMMARY });
      expect(await findByEmail('lovelace@acme.example')).toEqual([]);
    });

    it('leads to ten at most', async () => {
      const stores = await open();
      for (const id of many.slice(0, 11)) await know(stores, id, { summary: { ...SUMMARY, email: 'a@b.example' } });
      expect(await stores.directory.findByEmail('a@b.example')).toHaveLength(10);
    });
  });

  describe('who is due', () => {
    it('is so from the instant of the next check on', async () => {
      const stores = await open();
      await know(stores, 'E1', { nextCheckMs: 5_000 });
      expect(await stores.directory.listDue(4_999, 10)).toEqual([]);
      expect(idsOf(await stores.directory.listDue(5_000, 10))).toEqual(['E1']);
      await stores.directory.saveNextCheck('E1', 7_000);
      expect(await stores.directory.listDue(6_999, 10)).toEqual([]);
      expect(await stores.directory.listDue(7_000, 10)).toEqual([(await stores.directory.load('E1'))?.header]);
    });

    it('is listed the longest due first, within the limit', async () => {
      const stores = await open();
      // Not in the order of their ids, nor in that of their shards.
      const dueMs = new Map(many.map((id, index) => [id, 1_000 + ((index * 17) % MANY)]));
      for (const [id, nextCheckMs] of dueMs) await know(stores, id, { nextCheckMs });
      const longestDue = many.toSorted((a, b) => (dueMs.get(a) ?? 0) - (dueMs.get(b) ?? 0));
      for (const limit of [1, 3, MANY - 1, MANY, 1_000]) {
        expect(idsOf(await stores.directory.listDue(9_999, limit))).toEqual(longestDue.slice(0, limit));
      }
      expect(idsOf(await stores.directory.listDue(1_004, 1_000))).toEqual(longestDue.slice(0, 5));
    });

    it('is moved once by several who know the same check', async () => {
      const stores = await open();
      await know(stores, 'E1', { nextCheckMs: 5_000 });
      const moved = await Promise.all([1, 2, 3].map((run) => stores.directory.moveCheck('E1', 5_000, 6_000 + run)));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await stores.directory.listDue(6_000, 10)).toEqual([]);
      expect(idsOf(await stores.directory.listDue(7_000, 10))).toEqual(['E1']);
      expect(await stores.directory.moveCheck('E1', undefined, 1)).toBe(false);
      expect(await stores.directory.moveCheck('E2', 5_000, 1)).toBe(false);
      expect(await stores.directory.moveCheck('E1', 5_000, undefined)).toBe(false);
      expect(await stores.directory.listDue(5_000, 10)).toEqual([]);
    });

    it('that what is mailed to somebody comes back is kept with them, and of nobody who is not known', async () => {
      const stores = await open();
      await know(stores, 'E1', { nextCheckMs: 5_000 });
      const undelivered = { addressHash: 'a'.repeat(64), untilMs: 7_000 };
      await stores.directory.saveUndelivered('E1', undelivered);
      await stores.directory.saveUndelivered('E2', undelivered);
      expect((await stores.directory.load('E1'))?.header).toMatchObject({ undelivered, nextCheckMs: 5_000 });
      expect(await stores.directory.load('E2')).toBeUndefined();
    });

    it('is taken away where nobody need look again', async () => {
      const stores = await open();
      await know(stores, 'E1', { nextCheckMs: 5_000 });
      expect(await stores.directory.moveCheck('E1', 5_000, undefined)).toBe(true);
      expect(await stores.directory.listDue(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
      expect((await stores.directory.load('E1'))?.header.nextCheckMs).toBeUndefined();
    });

    it('is listed in full where many are due at once', async () => {
      const stores = await open();
      for (const id of many) await know(stores, id, { nextCheckMs: 1_000 });
      const found = idsOf(await stores.directory.listDue(1_000, MANY));
      expect(found.toSorted()).toEqual(many.toSorted());
      expect(new Set(idsOf(await stores.directory.listDue(1_000, 3))).size).toBe(3);
    });

    it('is listed in full beside those who are left out, however many they are', async () => {
      const stores = await open();
      const dueMs = new Map(many.map((id, index) => [id, 1_000 + ((index * 17) % MANY)]));
      for (const [id, nextCheckMs] of dueMs) await know(stores, id, { nextCheckMs });
      const longestDue = many.toSorted((a, b) => (dueMs.get(a) ?? 0) - (dueMs.get(b) ?? 0));
      for (const left of [0, 1, MANY - 1, MANY]) {
        const except = new Set(longestDue.slice(0, left));
        expect(idsOf(await stores.directory.listDue(9_999, 3, except))).toEqual(longestDue.slice(left, left + 3));
      }
    });

    it('is nobody who is not known', async () => {
      const stores = await open();
      await stores.directory.saveNextCheck('E1', 1);
      expect(await stores.directory.listDue(NOW_MS, 10)).toEqual([]);
      expect(await stores.directory.load('E1')).toBeUndefined();
    });
  });
}
