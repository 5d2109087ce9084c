// What is mailed: ids, names of entitlements and links, no personal data and nothing that anybody typed. What was asked and
// why is behind the link.
import { toIso } from '../moment.ts';
import type { RequestStatus } from './request-state.ts';

export interface Mail {
  /** ASCII. */
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

export type MailItem =
  | {
      readonly kind: 'asked' | 'reminder';
      readonly requestId: string;
      readonly identityId: string;
      readonly entitlement: string;
      readonly privileged: boolean;
      /** Until when it can be decided on (epoch ms). */
      readonly expiresMs: number;
      /** Where to decide; undefined: where operators do. */
      readonly link: string | undefined;
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
    };

const SUBJECTS = {
  asked: 'A request for access waits for your decision',
  reminder: 'Reminder: a request for access waits for your decision',
  decided: 'A request for access has been decided on',
  ending: 'Access for a time is about to end',
} as const satisfies Readonly<Record<MailItem['kind'], string>>;

/** What is urgent, by itself. */
export function urgentMail(item: MailItem): Mail {
  return { subject: SUBJECTS[item.kind], text: `${textOf(item)}\n\n${FOOTER}\n` };
}

/** All that is not, of a day. @param isMore whether there is more than fits */
export function digestMail(items: readonly MailItem[], isMore: boolean): Mail {
  const waiting = items.filter(({ kind }) => kind === 'asked' || kind === 'reminder').length;
  const of = `${items.length} ${items.length === 1 ? 'matter' : 'matters'} of access`;
  const subject = waiting === 0 ? `Your day: ${of}` : `Your day: ${of}, ${waiting} to be decided`;
  const more = isMore ? ['There is more: GET /requests?for=me.'] : [];
  return { subject, text: `${[...items.map(textOf), ...more, FOOTER].join('\n\n')}\n` };
}

const FOOTER =
  'A link is yours alone, works once, and decides nothing until you click on its page. Do not pass it on. ' +
  'Whoever can decide is found anew when you do.';

function textOf(item: MailItem): string {
  const { kind, requestId, identityId, entitlement } = item;
  switch (kind) {
    case 'asked':
    case 'reminder': {
      const what = `${identityId} is to get ${entitlement}${item.privileged ? ' (privileged)' : ''}.`;
      const until = `It can be decided until ${toIso(item.expiresMs)}.`;
      return `${what} ${until}\n${item.link ?? `Decide in the operators' API: request ${requestId}.`}`;
    }
    case 'decided':
      return `The request ${requestId} for ${entitlement} (${identityId}) ${OUTCOMES[item.status]}.`;
    case 'ending': {
      const ends = `${entitlement} of ${identityId} ends on ${toIso(item.untilMs)} (request ${requestId}).`;
      return `${ends} Whoever needs it for longer asks again.`;
    }
    default:
      return item satisfies never;
  }
}

const OUTCOMES: Readonly<Record<RequestStatus, string>> = {
  open: 'is open',
  approved: 'was approved',
  rejected: 'was rejected',
  withdrawn: 'was taken back',
  expired: 'has expired: nobody decided in time',
};
