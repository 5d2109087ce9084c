// What every store of notices promises: what is noted once stays once, what is taken one takes, and a look that was overtaken
// is not the last.
import { describe, expect, it } from 'vitest';
import type { Recipient } from '../../../lambdas/core/requests/notices.ts';
import type { DecisionLink, KeptNotice, NoticeStore, Watch } from '../../../lambdas/stores/notices/notice-store.ts';
import { NOW_MS, pagesOf } from '../identities/examples.ts';

const EXPIRES_MS = NOW_MS + 40 * 86_400_000;
const MANAGER: Recipient = { person: 'E7' };

function noticeOf(key: string, changes: Partial<KeptNotice> = {}): KeptNotice {
  const about = { identityId: 'E1', requestId: 'r1', stage: 0, urgent: false } as const;
  return { way: 'mail', key, kind: 'asked', recipient: MANAGER, dueMs: NOW_MS, tries: 0, ...about, ...changes };
}

async function firstDue(store: NoticeStore, nowMs: number): Promise<Watch> {
  const [first] = await store.listWatched(nowMs, 1);
  if (first === undefined) throw new Error('nobody is due');
  return first;
}

export function describeNotices(open: () => Promise<NoticeStore>): void {
  describe('whose requests are looked at', () => {
    it('is woken, listed by when it is due, and left alone until it is due again', async () => {
      const store = await open();
      await store.wake('E1', NOW_MS + 2);
      await store.wake('E2', NOW_MS + 1);
      await store.wake('E3', NOW_MS + 3);
      expect((await store.listWatched(NOW_MS + 2, 10)).map(({ identityId }) => identityId)).toEqual(['E2', 'E1']);
      const first = await firstDue(store, NOW_MS + 3);
      expect(first).toEqual({ identityId: 'E2', dueMs: NOW_MS + 1, told: [], wakes: 1 });
      expect(await store.saveWatch({ ...first, dueMs: NOW_MS + 9, told: ['a'] })).toBe(true);
      expect((await store.listWatched(NOW_MS + 8, 10)).map(({ identityId }) => identityId)).toEqual(['E1', 'E3']);
      expect((await store.listWatched(NOW_MS + 9, 10)).at(-1)).toEqual({
        identityId: 'E2',
        dueMs: NOW_MS + 9,
        told: ['a'],
        wakes: 1,
      });
    });

    it('is not put off by a look that began before it was woken again', async () => {
      const store = await open();
      await store.wake('E1', NOW_MS);
      const read = await firstDue(store, NOW_MS);
      await store.wake('E1', NOW_MS);
      expect(await store.saveWatch({ ...read, dueMs: undefined, told: ['a'] })).toBe(false);
      expect(await store.listWatched(NOW_MS, 1)).toEqual([{ identityId: 'E1', dueMs: NOW_MS, told: [], wakes: 2 }]);
    });

    it('rests until it is woken once nothing is to come, and remembers what was told', async () => {
      const store = await open();
      await store.wake('E1', NOW_MS);
      const read = await firstDue(store, NOW_MS);
      expect(await store.saveWatch({ ...read, dueMs: undefined, told: ['a'] })).toBe(true);
      expect(await store.listWatched(NOW_MS * 2, 1)).toEqual([]);
      await store.wake('E1', NOW_MS + 5);
      expect(await store.listWatched(NOW_MS + 5, 1)).toMatchObject([{ told: ['a'], wakes: 2 }]);
    });
  });

  describe('a notice', () => {
    it('stays as it was noted first', async () => {
      const store = await open();
      await store.note(noticeOf('asked/r1/0'), EXPIRES_MS);
      await store.note(noticeOf('asked/r1/0', { dueMs: NOW_MS - 1, urgent: true }), EXPIRES_MS);
      expect(await store.listDue('mail', NOW_MS, 10)).toEqual([noticeOf('asked/r1/0')]);
      expect(await store.listDue('mail', NOW_MS - 1, 10)).toEqual([]);
    });

    it('is listed with all that its recipient is due, and nobody else’s', async () => {
      const store = await open();
      const security = noticeOf('asked/r1/1', { recipient: { role: 'security' } });
      const other = noticeOf('asked/r1/0', { recipient: { person: 'E77' } });
      const later = noticeOf('reminder/r1/0/0.5', { kind: 'reminder', dueMs: NOW_MS + 1 });
      for (const notice of [noticeOf('asked/r1/0'), security, other, later]) await store.note(notice, EXPIRES_MS);
      expect(await store.listDueOf('mail', MANAGER, NOW_MS)).toEqual([noticeOf('asked/r1/0')]);
      expect(await store.listDueOf('mail', MANAGER, NOW_MS + 1)).toEqual([noticeOf('asked/r1/0'), later]);
      expect(await store.listDueOf('mail', { role: 'security' }, NOW_MS)).toEqual([security]);
    });

    it('is taken by one, and comes again only when it is put back', async () => {
      const store = await open();
      const notice = noticeOf('asked/r1/0');
      await store.note(notice, EXPIRES_MS);
      expect(await Promise.all([store.take(notice), store.take(notice)])).toContain(false);
      expect(await store.take(notice)).toBe(false);
      expect(await store.listDue('mail', NOW_MS * 2, 10)).toEqual([]);
      await store.putBack(notice, NOW_MS + 5);
      const again = noticeOf('asked/r1/0', { dueMs: NOW_MS + 5, tries: 1 });
      expect(await store.listDue('mail', NOW_MS + 5, 10)).toEqual([again]);
      // Who took it first has nothing more to say.
      await store.putBack(notice, NOW_MS);
      expect(await store.take(notice)).toBe(false);
      expect(await store.take(again)).toBe(true);
    });

    it('goes out in each way by itself', async () => {
      const store = await open();
      const [mail, slack] = [noticeOf('asked/r1/0'), noticeOf('asked/r1/0', { way: 'slack' })];
      for (const notice of [mail, slack]) await store.note(notice, EXPIRES_MS);
      expect(await store.listDueOf('slack', MANAGER, NOW_MS)).toEqual([slack]);
      expect(await store.take(slack)).toBe(true);
      expect(await store.listDue('slack', NOW_MS, 10)).toEqual([]);
      expect(await store.listDue('teams', NOW_MS, 10)).toEqual([]);
      expect(await store.listDue('mail', NOW_MS, 10)).toEqual([mail]);
      await store.putBack(slack, NOW_MS + 1);
      expect(await store.listDue('slack', NOW_MS + 1, 10)).toEqual([{ ...slack, dueMs: NOW_MS + 1, tries: 1 }]);
      expect((await store.listAsked(MANAGER, { limit: 10 })).items).toHaveLength(1);
    });

    it('of what somebody was asked is listed page by page, mailed or not, and nothing else is', async () => {
      const store = await open();
      const asked = ['asked/r1/0', 'asked/r2/0', 'asked/r3/0'].map((key) => noticeOf(key));
      for (const notice of asked) await store.note(notice, EXPIRES_MS);
      await store.note(noticeOf('decided/r9', { kind: 'decided' }), EXPIRES_MS);
      await store.note(noticeOf('asked/r4/0', { recipient: { person: 'E70' } }), EXPIRES_MS);
      await store.take(noticeOf('asked/r2/0'));
      const pages = await pagesOf((after) => store.listAsked(MANAGER, { limit: 2, after }));
      expect(pages.map((page) => page.map(({ key }) => key))).toEqual([['asked/r1/0', 'asked/r2/0'], ['asked/r3/0']]);
    });
  });

  it('a link is found by its id, as it was saved', async () => {
    const store = await open();
    const link: DecisionLink = {
      linkId: 'l1',
      secretHash: 'h'.repeat(64),
      identityId: 'E1',
      requestId: 'r1',
      stage: 0,
      approver: 'E7',
      expiresMs: NOW_MS,
    };
    await store.saveLink(link);
    expect(await store.findLink('l1')).toEqual(link);
    expect(await store.findLink('l2')).toBeUndefined();
  });
}
