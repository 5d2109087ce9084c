// What people are told: ids, names of entitlements and links, no personal data and nothing that anybody typed. What was
// asked and why is behind the link.
import { toIso } from '../moment.ts';
import type { Owed } from './owed.ts';
import type { RequestStatus } from './request-state.ts';

export interface NoticeText {
  /** ASCII. */
  readonly title: string;
  readonly items: readonly NoticeLine[];
  /** Whether there is more than fits. */
  readonly isMore: boolean;
  /** @default what is to be known of its links */
  readonly footer?: string | undefined;
}

export interface NoticeLine {
  readonly text: string;
  /** Where it is decided. */
  readonly action?: NoticeAction | undefined;
}

/** By a link of one person's own; or by whoever signs in and may. */
export type NoticeAction =
  | { readonly kind: 'own-link'; readonly url: string }
  | { readonly kind: 'sign-in'; readonly url: string; readonly requestId: string };

export type NoticeItem =
  | {
      readonly kind: 'asked' | 'reminder';
      readonly requestId: string;
      readonly identityId: string;
      readonly entitlement: string;
      readonly privileged: boolean;
      /** Until when it can be decided on (epoch ms). */
      readonly expiresMs: number;
      readonly action: NoticeAction;
    }
  | {
      readonly kind: 'decided';
      readonly requestId: string;
      readonly identityId: string;
      readonly entitlement: string;
      readonly status: RequestStatus;
    }
  | {
      readonly kind: 'ending';
      readonly requestId: string;
      readonly identityId: string;
      readonly entitlement: string;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'owed' | 'owed-reminder';
      readonly identityId: string;
      readonly owed: Owed;
    };

const TITLES = {
  asked: 'A request for access waits for your decision',
  reminder: 'Reminder: a request for access waits for your decision',
  decided: 'A request for access has been decided on',
  ending: 'Access for a time is about to end',
} as const satisfies Readonly<Record<Exclude<NoticeItem, { readonly owed: Owed }>['kind'], string>>;

/** What is no task of whoever is told. */
const NEWS_TITLES = {
  lapsed: 'Suspended: nobody answered for an identity in time',
  'campaign-late': 'Late: somebody below you has not said who is to keep what they have',
} as const;

const OWED_TITLES: Readonly<Record<Exclude<Owed['what'], keyof typeof NEWS_TITLES>, string>> = {
  campaign: 'who is to keep what they have',
  answer: 'answer for what you own',
  credentials: 'replace credentials of what you own',
  review: 'answer a review of access',
};

/** What is urgent, by itself. */
export function urgentText(item: NoticeItem): NoticeText {
  return { title: titleOf(item), items: [lineOf(item)], isMore: false };
}

function titleOf(item: NoticeItem): string {
  if (!('owed' in item)) return TITLES[item.kind];
  if (item.owed.what === 'lapsed' || item.owed.what === 'campaign-late') return NEWS_TITLES[item.owed.what];
  return `${item.kind === 'owed' ? 'To do' : 'Reminder'}: ${OWED_TITLES[item.owed.what]}`;
}

/** All that is not, of a day. @param isMore whether there is more than fits */
export function digestText(items: readonly NoticeItem[], isMore: boolean): NoticeText {
  const waiting = items.filter(({ kind }) => kind === 'asked' || kind === 'reminder').length;
  const of = `${items.length} ${items.length === 1 ? 'matter' : 'matters'} of access`;
  const title = waiting === 0 ? `Your day: ${of}` : `Your day: ${of}, ${waiting} to be decided`;
  return { title, items: items.map(lineOf), isMore };
}

export const MORE = 'There is more: GET /requests?for=me. What you own: GET /owned. Reviews: GET /reviews.';

/** What is to be known of links, by whether there are any. */
export function footerOf({ items, footer }: NoticeText): string {
  if (footer !== undefined) return footer;
  const own =
    'A link is yours alone, works once, and decides nothing until you click on its page. Do not pass it on. ' +
    'Whoever can decide is found anew when you do.';
  const isShared = items.some(({ action }) => action?.kind === 'sign-in');
  return isShared ? 'Who can decide is found when they sign in and do.' : own;
}

function lineOf(item: NoticeItem): NoticeLine {
  switch (item.kind) {
    case 'asked':
    case 'reminder': {
      const { identityId, entitlement } = item;
      const what = `${identityId} is to get ${entitlement}${item.privileged ? ' (privileged)' : ''}.`;
      return { text: `${what} It can be decided until ${toIso(item.expiresMs)}.`, action: item.action };
    }
    case 'decided': {
      const { requestId, identityId, entitlement } = item;
      return { text: `The request ${requestId} for ${entitlement} (${identityId}) ${OUTCOMES[item.status]}.` };
    }
    case 'ending': {
      const { requestId, identityId, entitlement } = item;
      const ends = `${entitlement} of ${identityId} ends on ${toIso(item.untilMs)} (request ${requestId}).`;
      return { text: `${ends} Whoever needs it for longer asks again.` };
    }
    case 'owed':
    case 'owed-reminder':
      return { text: owedText(item.identityId, item.owed) };
    default:
      return item satisfies never;
  }
}

function owedText(identityId: string, owed: Owed): string {
  const until = toIso(owed.dueMs);
  if (owed.what === 'answer') {
    const say = `Say by ${until} that you answer for ${identityId}: POST /identities/${identityId}/acceptance.`;
    return `${say} It is suspended from then on until you do.`;
  }
  if (owed.what === 'review') {
    const { reviewId } = owed.standing.review.opened;
    const say = `Say by ${until} what ${identityId}, who has moved, is to keep: GET /reviews/${reviewId}.`;
    return `${say} What nobody answers ends then.`;
  }
  if (owed.what === 'campaign') {
    const { campaignId, name } = owed;
    const say = `Say by ${until} who is to keep what (${name}): GET /review-campaigns/${campaignId}/queue.`;
    return `${say} What nobody answers is taken away.`;
  }
  if (owed.what === 'campaign-late') {
    const { campaignId, name } = owed;
    const say = `${identityId} is to say by ${until} who is to keep what (${name}), and has not. What nobody answers is taken away.`;
    return `${say} To have somebody else answer: POST /review-campaigns/${campaignId}/reassignments.`;
  }
  if (owed.what === 'lapsed') {
    const since = `${identityId} is suspended since ${toIso(owed.fromMs)}: its owner did not say in time that they answer for it.`;
    return `${since} They let it in again by POST /identities/${identityId}/acceptance; where it is somebody else's by now, HR names the new owner first.`;
  }
  const { applicationId, credentials } = owed;
  const what = `${credentials} ${credentials === 1 ? 'credential' : 'credentials'} of ${identityId} in ${applicationId}`;
  return `A former owner may know ${what}: replace by ${until} what GET /owned names. What is left then is revoked.`;
}

const OUTCOMES: Readonly<Record<RequestStatus, string>> = {
  open: 'is open',
  approved: 'was approved',
  rejected: 'was rejected',
  withdrawn: 'was taken back',
  expired: 'has expired: nobody decided in time',
};
