// The notices in memory, on the same conditions as in DynamoDB: test/stores/notices holds both to one contract.
import { recipientKey } from '../../lambdas/core/requests/notices.ts';
import type { DecisionLink, KeptNotice, NoticeStore, Watch } from '../../lambdas/stores/notices/notice-store.ts';
import { keep, pageOf } from './memory-table.ts';

export function memoryNotices(): NoticeStore {
  const watches = new Map<string, Watch>();
  const notices = new Map<string, KeptNotice & { readonly isWaiting: boolean }>();
  const links = new Map<string, DecisionLink>();
  const keyOf = ({ way, recipient, key }: Pick<KeptNotice, 'way' | 'recipient' | 'key'>) =>
    `${way} ${recipientKey(recipient)} ${key}`;
  const byDue = (one: { readonly dueMs: number | undefined }, other: { readonly dueMs: number | undefined }) =>
    (one.dueMs ?? 0) - (other.dueMs ?? 0);
  return {
    async wake(identityId, atMs) {
      const { told = [], wakes = 0 } = watches.get(identityId) ?? {};
      watches.set(identityId, keep({ identityId, told, dueMs: atMs, wakes: wakes + 1 }));
    },
    async listWatched(nowMs, limit) {
      const due = [...watches.values()].filter(({ dueMs }) => dueMs !== undefined && dueMs <= nowMs);
      return due.sort(byDue).slice(0, limit);
    },
    async saveWatch(watch) {
      if (watches.get(watch.identityId)?.wakes !== watch.wakes) return false;
      watches.set(watch.identityId, keep(watch));
      return true;
    },
    async note(notice) {
      if (!notices.has(keyOf(notice))) notices.set(keyOf(notice), keep({ ...notice, isWaiting: true }));
    },
    async listAsked(recipient, page) {
      const ofRecipient = recipientKey(recipient);
      const asked = [...notices.values()]
        .filter(
          ({ way, kind, recipient: to }) => way === 'mail' && kind === 'asked' && recipientKey(to) === ofRecipient,
        )
        .map(({ isWaiting: _isWaiting, ...notice }) => notice);
      return pageOf(`asked ${ofRecipient}`, asked, ({ key }) => key, page);
    },
    async listDue(way, nowMs, limit) {
      const due = [...notices.values()].filter((one) => one.way === way && one.isWaiting && one.dueMs <= nowMs);
      return due
        .sort(byDue)
        .slice(0, limit)
        .map(({ isWaiting: _isWaiting, ...notice }) => notice);
    },
    async listDueOf(way, recipient, nowMs) {
      const ofRecipient = recipientKey(recipient);
      return [...notices.values()]
        .filter((one) => one.way === way && one.isWaiting && one.dueMs <= nowMs)
        .filter((one) => recipientKey(one.recipient) === ofRecipient)
        .sort((one, other) => (one.key < other.key ? -1 : 1))
        .map(({ isWaiting: _isWaiting, ...notice }) => notice);
    },
    async take(notice) {
      const { dueMs, tries } = notice;
      const known = notices.get(keyOf(notice));
      if (!known?.isWaiting || known.dueMs !== dueMs || known.tries !== tries) return false;
      notices.set(keyOf(notice), keep({ ...known, tries: tries + 1, isWaiting: false }));
      return true;
    },
    async putBack(notice, dueMs) {
      const known = notices.get(keyOf(notice));
      if (known === undefined || known.isWaiting || known.tries !== notice.tries + 1) return;
      notices.set(keyOf(notice), keep({ ...known, dueMs, isWaiting: true }));
    },
    async saveLink(link) {
      links.set(link.linkId, keep(link));
    },
    async findLink(linkId) {
      return links.get(linkId);
    },
  };
}
