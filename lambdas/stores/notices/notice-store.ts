// What people are to be told of requests for access: whose requests are to be looked at, what is to be told to whom, and the
// links by which they decide. All of it follows from facts and settings; what is lost of it is only not told.
import type { Way } from '../../core/requests/notice-settings.ts';
import type { Notice, Recipient } from '../../core/requests/notices.ts';
import type { Page, PageRequest } from '../page.ts';

/** An identity whose requests are to be looked at. */
export interface Watch {
  readonly identityId: string;
  /** When (epoch ms); undefined: when it is woken. */
  readonly dueMs: number | undefined;
  /** What was told by the last look (core/requests/notices.ts). */
  readonly told: readonly string[];
  /** How often it was woken: a look that was overtaken is not the last. */
  readonly wakes: number;
}

export interface KeptNotice extends Notice {
  /** How it goes out; one that goes out in several ways is kept once for each. */
  readonly way: Way;
  /** Whose request it is about. */
  readonly identityId: string;
  /** When it is to go out (epoch ms). */
  readonly dueMs: number;
  /** How often that was tried. */
  readonly tries: number;
}

/** One person's, for one stage of one request. Whoever has its secret is taken for that person there. */
export interface DecisionLink {
  readonly linkId: string;
  /** SHA-256 of the secret, hex: who reads the table has no link. */
  readonly secretHash: string;
  readonly identityId: string;
  readonly requestId: string;
  readonly stage: number;
  readonly approver: string;
  /** Epoch ms. */
  readonly expiresMs: number;
}

export interface NoticeStore {
  /** Somebody's requests are to be looked at from then on (epoch ms), whatever was planned. */
  wake(identityId: string, atMs: number): Promise<void>;
  /** Those that are due, the longest due first. As of a moment ago. */
  listWatched(nowMs: number, limit: number): Promise<readonly Watch[]>;
  /** False, and nothing is written, when it was woken since `wakes` was read. */
  saveWatch(watch: Watch): Promise<boolean>;

  /** What was noted before stays as it is. @param expiresMs from when on it is of no use */
  note(notice: KeptNotice, expiresMs: number): Promise<void>;
  /** What somebody was asked to decide on, by their keys; some of it is over by now. */
  listAsked(recipient: Recipient, page: PageRequest): Promise<Page<KeptNotice>>;
  /** What is to go out in this way, the longest due first. As of a moment ago. */
  listDue(way: Way, nowMs: number, limit: number): Promise<readonly KeptNotice[]>;
  /** All of one recipient's, at most 1,000. */
  listDueOf(way: Way, recipient: Recipient, nowMs: number): Promise<readonly KeptNotice[]>;
  /** Whoever takes it sends it, and nobody else will. False: somebody else has, or it was put back since it was read. */
  take(notice: KeptNotice): Promise<boolean>;
  /** What was taken and surely not sent is due again then. */
  putBack(notice: KeptNotice, dueMs: number): Promise<void>;

  saveLink(link: DecisionLink): Promise<void>;
  findLink(linkId: string): Promise<DecisionLink | undefined>;
}
