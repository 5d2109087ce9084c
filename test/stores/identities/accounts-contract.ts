// What every store of accounts promises: a write that was overtaken is refused, and a removal is certified once.
import { describe, expect, it } from 'vitest';
import {
  type AuditedStores,
  accountOf,
  certificateOf,
  entryOf,
  kept,
  know,
  NOW_MS,
  namesOf,
  type OpenStores,
  pagesOf,
} from './examples.ts';

const ENTRIES = 250;

function idAt(index: number): string {
  return `E${String(index).padStart(2, '0')}`;
}

async function beginRemoval(stores: AuditedStores, identityId: string): Promise<void> {
  await know(stores, identityId);
  const removal = { version: 1, startedMs: NOW_MS };
  await stores.leases.fenceOff({ identityId, epoch: 0, removal, audit: [] });
}

export function describeAccounts(open: OpenStores): void {
  describe('an account', () => {
    it('is kept as it was read, each application its own', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const credential = { credentialId: 'k-1', kind: 'access-key', setMs: 3 } as const;
      const chat = accountOf({
        account: { ...accountOf().account, credentials: [credential], owns: ['x'] } as never,
        closedMs: 4,
        residual: { what: 'tokens', untilMs: 5 },
        openCallId: 'call',
        doubtUntilMs: 6,
        unreviewed: ['everyone'],
        exposed: { changedMs: 1, noticedMs: 2, dueMs: 3, credentials: ['k-1'] },
      });
      const crm = accountOf({ applicationId: 'crm', account: undefined, lastError: 'Refused' });
      for (const account of [crm, chat]) {
        expect(await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] })).toBe(true);
      }
      expect((await stores.directory.load('E1'))?.accounts).toEqual([chat, crm]);
    });

    it.each([
      [0, 2, false],
      [0, 1, true],
      [1, 1, false],
      [1, 3, false],
      [1, 2, true],
      [2, 1, false],
      [2, 2, false],
      [2, 3, true],
    ])('at revision %i is written at revision %i: %s', async (known, revision, isWritten) => {
      const stores = await open();
      await know(stores, 'E1');
      for (let earlier = 1; earlier <= known; earlier += 1) {
        await stores.accounts.saveAccount({ identityId: 'E1', account: accountOf({ revision: earlier }), audit: [] });
      }
      const before = await kept(stores, 'E1');
      const account = accountOf({ revision, readMs: NOW_MS + 1 });
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [entryOf('E1')] })).toBe(isWritten);
      if (!isWritten) expect(await kept(stores, 'E1')).toEqual(before);
      else {
        expect((await stores.directory.load('E1'))?.accounts).toEqual([account]);
        expect((await stores.audit.list('E1', { limit: 10 })).items).toEqual([entryOf('E1')]);
      }
    });

    it('is kept though it holds thousands of grants, with what is remembered of each', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const grants = namesOf(5_000);
      const granted = grants.map((grant, sinceMs) => ({
        grant,
        entitlement: `g-${sinceMs}`,
        privileged: false,
        sinceMs,
      }));
      const account = accountOf({
        account: { ...accountOf().account, grants } as never,
        unreviewed: grants,
        granted,
      });
      const steps = grants.map((grant) => ({ action: 'revoke', grant, reasons: [] })) as never;
      const audit = Array.from({ length: 20 }, (_, part) => ({
        ...entryOf('E1', `part ${part}`),
        event: { type: 'access-intended', applicationId: 'chat', callId: 'call', steps } as const,
      }));
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account, audit })).toBe(true);
      const record = await stores.directory.load('E1');
      expect(record?.accounts).toEqual([account]);
      expect((await stores.directory.glimpse('E1', account.applicationId))?.accounts).toEqual([account]);
      const { accountId = '' } = account.account ?? {};
      expect(await stores.accounts.findLinked(account.applicationId, accountId)).toEqual(['E1']);
      const told = (await pagesOf((after) => stores.audit.list('E1', { limit: 10, after }))).flat();
      expect(told.map(({ entryId }) => entryId).sort()).toEqual(audit.map(({ entryId }) => entryId).sort());
      // Who is behind is refused as with any other.
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] })).toBe(false);
      const less = accountOf({ revision: account.revision + 1 });
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account: less, audit: [] })).toBe(true);
      expect((await stores.directory.load('E1'))?.accounts).toEqual([less]);
    });

    it('is written by one of those who read the same', async () => {
      const stores = await open();
      await know(stores, 'E1');
      for (const revision of [1, 2]) {
        const rivals = [1, 2, 3, 4, 5].map((readMs) =>
          stores.accounts.saveAccount({ identityId: 'E1', account: accountOf({ revision, readMs }), audit: [] }),
        );
        expect((await Promise.all(rivals)).filter((written) => written)).toHaveLength(1);
      }
    });

    describe('and others with it', () => {
      const inputs = (revisions: readonly number[], entries = 1) =>
        revisions.map((revision, index) => ({
          identityId: 'E1',
          account: accountOf({ applicationId: `application-${index}`, revision }),
          audit: Array.from({ length: entries }, (_, nth) => entryOf('E1', `entry-${index}-${nth}`)),
        }));
      const saved = async (revisions: readonly number[], entries?: number) => {
        const stores = await open();
        await know(stores, 'E1');
        const all = inputs(revisions, entries);
        const isSaved = await stores.accounts.saveAccounts(all);
        const told = (await stores.audit.list('E1', { limit: 1_000 })).items.map(({ entryId }) => entryId);
        return { all, isSaved, told, kept: (await stores.directory.load('E1'))?.accounts };
      };

      it('are written, each with its entries', async () => {
        const { all, isSaved, told, kept: accounts } = await saved([1, 1, 1]);
        expect(isSaved).toEqual([true, true, true]);
        expect(accounts).toEqual(all.map(({ account }) => account));
        expect(told.toSorted()).toEqual(['entry-0-0', 'entry-1-0', 'entry-2-0']);
      });

      it('are written though one of them is refused, which is told of that alone', async () => {
        const { all, isSaved, told, kept: accounts } = await saved([1, 2, 1]);
        expect(isSaved).toEqual([true, false, true]);
        expect(accounts).toEqual([all[0]?.account, all[2]?.account]);
        expect(told.toSorted()).toEqual(['entry-0-0', 'entry-2-0']);
      });

      it.each([49, 50])(
        'are written with %i entries each, of which one write takes a hundred items',
        async (entries) => {
          const { isSaved, told } = await saved([1, 1], entries);
          expect(isSaved).toEqual([true, true]);
          expect(told).toHaveLength(2 * entries);
        },
      );

      it('may be nobody', async () => {
        expect((await saved([])).isSaved).toEqual([]);
      });
    });

    it('is refused with an audit entry that is there already', async () => {
      const stores = await open();
      await know(stores, 'E1', { audit: [entryOf('E1')] });
      const before = await kept(stores, 'E1');
      const again = { identityId: 'E1', account: accountOf(), audit: [entryOf('E1', 'new'), entryOf('E1')] };
      expect(await stores.accounts.saveAccount(again)).toBe(false);
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('brings all of its entries, however many', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const audit = Array.from({ length: ENTRIES }, (_, index) => entryOf('E1', `entry-${index}`));
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(), audit })).toBe(true);
      expect((await stores.audit.list('E1', { limit: 2 * ENTRIES })).items).toHaveLength(ENTRIES);
    });

    it('leads to whose it is, for as long as it is theirs', async () => {
      const stores = await open();
      await know(stores, 'E1');
      const { findLinked } = stores.accounts;
      // Longer than any key may be.
      const accountId = `cn=${'x'.repeat(3_000)}`;
      const account = { accountId, userName: 'ada', enabled: true, grants: [] };
      const save = (changes: object) =>
        stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(changes), audit: [] });
      await save({ account });
      expect(await findLinked('chat', accountId)).toEqual(['E1']);
      expect(await findLinked('crm', accountId)).toEqual([]);
      expect(await findLinked('chat', accountId.toUpperCase())).toEqual([]);
      await save({ revision: 2, account: { ...account, accountId: 'u-2' } });
      expect(await findLinked('chat', accountId)).toEqual([]);
      expect(await findLinked('chat', 'u-2')).toEqual(['E1']);
      await save({ revision: 3, account: undefined });
      expect(await findLinked('chat', 'u-2')).toEqual([]);
    });

    it('leads to ten at most', async () => {
      const stores = await open();
      for (const identityId of Array.from({ length: 11 }, (_, index) => idAt(index))) {
        await know(stores, identityId);
        await stores.accounts.saveAccount({ identityId, account: accountOf(), audit: [] });
        const found = await stores.accounts.findLinked('chat', 'u-1');
        expect(found).toHaveLength(Math.min(10, Number(identityId.slice(1)) + 1));
      }
    });

    it('makes nobody known', async () => {
      const stores = await open();
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account: accountOf(), audit: [] })).toBe(true);
      expect(await stores.directory.load('E1')).toBeUndefined();
      expect((await stores.directory.listIdentities({ limit: 10 })).items).toEqual([]);
      await know(stores, 'E1');
      expect((await stores.directory.load('E1'))?.accounts).toEqual([accountOf()]);
    });
  });

  describe('a removal', () => {
    it('goes on under the version with which it was begun, and no other', async () => {
      const stores = await open();
      await beginRemoval(stores, 'E1');
      const waiting = { version: 1, startedMs: NOW_MS, waitsUntilMs: NOW_MS + 5 };
      expect(await stores.accounts.saveRemoval({ identityId: 'E1', removal: waiting, audit: [entryOf('E1')] })).toBe(
        true,
      );
      expect((await stores.directory.load('E1'))?.header.removal).toEqual(waiting);
      const before = await kept(stores, 'E1');
      for (const version of [0, 2]) {
        const removal = { version, startedMs: NOW_MS, provenMs: NOW_MS };
        const audit = [entryOf('E1', 'other')];
        const certificate = certificateOf('E1', '2026-11-23T12:00:00.000Z', version);
        expect(await stores.accounts.saveRemoval({ identityId: 'E1', removal, audit, certificate })).toBe(false);
        expect(await stores.accounts.findCertificate(certificate.certificateId)).toBeUndefined();
      }
      expect(await kept(stores, 'E1')).toEqual(before);
    });

    it('is not proven by what was known before a further fact', async () => {
      const stores = await open();
      await beginRemoval(stores, 'E1');
      const removal = { version: 1, startedMs: NOW_MS, provenMs: NOW_MS };
      const { version = 0 } = (await stores.directory.load('E1'))?.header ?? {};
      const certificate = certificateOf('E1', '2026-11-23T12:00:00.000Z');
      const proof = { identityId: 'E1', removal, certificate, audit: [] };
      expect(await stores.accounts.saveRemoval({ ...proof, judgedVersion: version - 1 })).toBe(false);
      expect(await stores.accounts.findCertificate('E1.1')).toBeUndefined();
      expect(await stores.accounts.saveRemoval({ ...proof, judgedVersion: version })).toBe(true);
    });

    it('is not there until it was begun', async () => {
      const stores = await open();
      await know(stores, 'E1');
      for (const identityId of ['E1', 'E2']) {
        const removal = { version: 1, startedMs: NOW_MS };
        expect(await stores.accounts.saveRemoval({ identityId, removal, audit: [] })).toBe(false);
      }
      expect((await stores.directory.load('E1'))?.header.removal).toBeUndefined();
      expect(await stores.directory.load('E2')).toBeUndefined();
    });

    it('is certified once: what was certified first stands', async () => {
      const stores = await open();
      await beginRemoval(stores, 'E1');
      const removal = { version: 1, startedMs: NOW_MS, provenMs: NOW_MS };
      const certificate = certificateOf('E1', '2026-11-23T12:00:00.000Z');
      expect(await stores.accounts.saveRemoval({ identityId: 'E1', removal, certificate, audit: [] })).toBe(true);
      expect(await stores.accounts.findCertificate('E1.1')).toEqual(certificate);
      const before = await kept(stores, 'E1');
      const again = { ...certificate, provenAt: '2026-11-23T13:00:00.000Z' };
      const late = { identityId: 'E1', removal: { ...removal, provenMs: 1 }, audit: [entryOf('E1')] };
      expect(await stores.accounts.saveRemoval({ ...late, certificate: again })).toBe(false);
      expect(await stores.accounts.findCertificate('E1.1')).toEqual(certificate);
      expect(await kept(stores, 'E1')).toEqual(before);
      expect(await stores.accounts.findCertificate('E1.2')).toBeUndefined();
    });

    it('is refused with an audit entry that is there already, and its certificate with it', async () => {
      const stores = await open();
      await beginRemoval(stores, 'E1');
      await stores.audit.append([entryOf('E1')]);
      const removal = { version: 1, startedMs: NOW_MS, provenMs: NOW_MS };
      const certificate = certificateOf('E1', '2026-11-23T12:00:00.000Z');
      const audit = [entryOf('E1')];
      expect(await stores.accounts.saveRemoval({ identityId: 'E1', removal, certificate, audit })).toBe(false);
      expect(await stores.accounts.findCertificate('E1.1')).toBeUndefined();
    });
  });

  it('certificates are listed by the month they were proven in, the latest first, each once', async () => {
    const stores = await open();
    const provenAt = ['2026-11-02', '2026-10-31', '2026-11-30', '2026-12-01', '2026-11-15'];
    for (const [index, day] of provenAt.entries()) {
      const identityId = idAt(index);
      await beginRemoval(stores, identityId);
      const certificate = certificateOf(identityId, `${day}T23:59:59.999Z`);
      const removal = { version: 1, startedMs: NOW_MS, provenMs: NOW_MS };
      await stores.accounts.saveRemoval({ identityId, removal, certificate, audit: [] });
    }
    for (const limit of [1, 2, 3, 10]) {
      const list = (after: string | undefined) => stores.accounts.listCertificates({ month: '2026-11', limit, after });
      const pages = await pagesOf(list);
      expect(Math.max(...pages.map((page) => page.length))).toBe(Math.min(limit, 3));
      expect(pages.flat().map(({ provenAt: at }) => at.slice(0, 10))).toEqual([
        '2026-11-30',
        '2026-11-15',
        '2026-11-02',
      ]);
    }
    expect((await stores.accounts.listCertificates({ month: '2027-01', limit: 10 })).items).toEqual([]);
  });
}
