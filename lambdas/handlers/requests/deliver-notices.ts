// Sends what is due, by mail and in chats: what is urgent by itself, all else of a recipient as one digest. Whether it still
// is so is found anew before each; what is not is dropped. Each goes out in each way at most once: whoever takes it sends it,
// and only what was surely not taken by the other side is put back. What may be lost so is followed by the next reminder.
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { formatToken, secretHashOf } from '../../core/requests/decision-token.ts';
import { CHAT_ITEMS, chatMessage, mailOf } from '../../core/requests/notice-formats.ts';
import { type NoticeSettings, WAYS, type Way } from '../../core/requests/notice-settings.ts';
import {
  digestText,
  type NoticeAction,
  type NoticeItem,
  type NoticeText,
  urgentText,
} from '../../core/requests/notice-text.ts';
import { NEWS_MS, type Recipient, recipientKey, type Waiting } from '../../core/requests/notices.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import type { Posted } from '../../outbound/post-to-webhook.ts';
import type { ChatAddress, Chats } from '../../stores/chats.ts';
import type { SendMail } from '../../stores/mailbox.ts';
import type { KeptNotice, NoticeStore } from '../../stores/notices/notice-store.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { addressIn } from '../shared/mail-address.ts';
import { type RequestDependencies, requestIn } from './load-request.ts';
import { waitingFor, waitsFor } from './waiting-request.ts';
import { owedIn } from './watched-owed.ts';

/** Named at once. */
const PAGE_SIZE = 100;
/** In one mail; a longer one nobody reads. */
export const DIGEST_ITEMS = 50;
/** Of one notice, each a longer while after the one before. */
export const MAXIMUM_TRIES = 5;
const FIRST_RETRY_MS = 5 * 60_000;
/** Nobody who asks for more patience is given it. */
const LONGEST_RETRY_MS = 3_600_000;
/** After this a run sends no further in that way: all three, and one last call of each, fit into a minute. */
const RUN_MS: Readonly<Record<Way, number>> = { mail: 20_000, slack: 8_000, teams: 8_000 };

export interface DeliveringDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'listDue' | 'listDueOf' | 'putBack' | 'saveLink' | 'take'>;
  readonly settings: NoticeSettings;
  readonly sendMail: SendMail;
  readonly chats: Chats;
  /** 32 random bytes in base64url. */
  readonly newSecret: () => string;
  /** Where links to decide by, and the API, are: without a trailing slash. */
  readonly decisionsUrl: string;
}

export interface Delivered {
  readonly mails: number;
  /** Messages in chats. */
  readonly posts: number;
  /** What the other side refused: it is tried again, but not for ever. */
  readonly refused: number;
  /** What nobody knows of: it is not tried again. */
  readonly unknown: number;
  readonly failures: readonly unknown[];
}

export async function deliverNotices(dependencies: DeliveringDependencies): Promise<Delivered> {
  const counts = { mails: 0, posts: 0, refused: 0, unknown: 0 };
  const failures: unknown[] = [];
  for (const way of WAYS.filter((one) => isSetUp(one, dependencies.settings))) {
    for await (const outcome of deliverBy(way, dependencies)) {
      if (outcome === 'sent') counts[way === 'mail' ? 'mails' : 'posts'] += 1;
      else if (typeof outcome === 'string') counts[outcome] += 1;
      else failures.push(outcome.failure);
    }
  }
  return { ...counts, failures };
}

/** What is not set up stays noted, for when it is. */
function isSetUp(way: Way, settings: NoticeSettings): boolean {
  return (way === 'mail' ? settings.sender : settings[way]) !== undefined;
}

async function* deliverBy(
  way: Way,
  dependencies: DeliveringDependencies,
): AsyncGenerator<Posted['outcome'] | { readonly failure: unknown }> {
  const { notices, clock } = dependencies;
  const startedMs = clock();
  const due = await notices.listDue(way, startedMs, PAGE_SIZE);
  const recipients = new Map(due.map(({ recipient }) => [recipientKey(recipient), recipient]));
  for (const recipient of recipients.values()) {
    // All of theirs, so that they get one digest.
    for (const bundle of bundlesOf(await notices.listDueOf(way, recipient, startedMs))) {
      if (clock() - startedMs > RUN_MS[way]) return;
      try {
        const outcome = await deliver(way, dependencies, recipient, bundle);
        if (outcome !== undefined) yield outcome;
        // A webhook that takes nothing now takes nothing else either.
        if (way !== 'mail' && outcome !== undefined && outcome !== 'sent') break;
      } catch (failure) {
        yield { failure };
      }
    }
  }
}

/** What goes out together. */
function bundlesOf(theirs: readonly KeptNotice[]): readonly (readonly KeptNotice[])[] {
  const daily = theirs.filter(({ urgent }) => !urgent);
  return [...theirs.filter(({ urgent }) => urgent).map((one) => [one]), ...(daily.length > 0 ? [daily] : [])];
}

/** Undefined: there was nothing to say. */
async function deliver(
  way: Way,
  dependencies: DeliveringDependencies,
  recipient: Recipient,
  bundle: readonly KeptNotice[],
): Promise<Posted['outcome'] | undefined> {
  const { notices } = dependencies;
  const taken: KeptNotice[] = [];
  for (const notice of bundle) if (await notices.take(notice)) taken.push(notice);
  let mailbox: Mailbox | undefined;
  try {
    mailbox = await mailboxOf(way, dependencies, recipient);
  } catch (error) {
    // A secret that cannot be read, or does not hold what it should: nothing has gone out.
    await putBack(dependencies, taken, undefined);
    throw error;
  }
  if (mailbox === undefined) return undefined;
  const items: NoticeItem[] = [];
  for (const notice of taken) {
    const item = items.length < mailbox.size ? await itemOf(dependencies, notice, mailbox) : undefined;
    if (item !== undefined) items.push(item);
  }
  const [first] = items;
  if (first === undefined) return undefined;
  const isUrgent = taken.some(({ urgent }) => urgent);
  const { outcome, retryAfterMs } = await mailbox.send(
    isUrgent ? urgentText(first) : digestText(items, taken.length > mailbox.size),
  );
  if (outcome !== 'refused') return outcome;
  await putBack(dependencies, taken, retryAfterMs);
  return outcome;
}

async function putBack(
  { notices, clock }: DeliveringDependencies,
  taken: readonly KeptNotice[],
  retryAfterMs = 0,
): Promise<void> {
  for (const notice of taken) {
    const { tries } = notice;
    const waitMs = Math.max(FIRST_RETRY_MS * 2 ** tries, Math.min(retryAfterMs, LONGEST_RETRY_MS));
    if (tries + 1 < MAXIMUM_TRIES) await notices.putBack(notice, clock() + waitMs);
  }
}

/** Where a recipient is told something. */
interface Mailbox {
  /** How many notices go into one message. */
  readonly size: number;
  /** Whether nobody else reads it: a link that decides is shown there and nowhere else. */
  readonly isPersonal: boolean;
  send(text: NoticeText): Promise<Posted>;
}

/** Undefined: there is nobody to tell, or no address. */
async function mailboxOf(
  way: Way,
  dependencies: DeliveringDependencies,
  recipient: Recipient,
): Promise<Mailbox | undefined> {
  const { settings, sendMail, chats } = dependencies;
  const person = 'person' in recipient ? await findWhereItCounts(dependencies, recipient.person) : undefined;
  if ('person' in recipient && (person === undefined || !isEmployed(person.state))) return undefined;
  if (way !== 'mail') {
    const address: ChatAddress | undefined = await chats.addressOf(way, recipient);
    return (
      address && {
        size: CHAT_ITEMS,
        isPersonal: address.isPersonal,
        send: (text) => chats.post(way, address.url, chatMessage[way](text)),
      }
    );
  }
  const { sender } = settings;
  const to = person === undefined ? settings.securityAddress : addressIn(person);
  const recipientId = person?.record.header.identityId;
  if (sender === undefined || to === undefined) return undefined;
  return {
    size: DIGEST_ITEMS,
    isPersonal: 'person' in recipient,
    send: async (text) => ({ outcome: await sendMail({ ...mailOf(text), from: sender, to, person: recipientId }) }),
  };
}

/** Undefined: it is no longer so. */
async function itemOf(
  dependencies: DeliveringDependencies,
  notice: KeptNotice,
  { isPersonal }: Mailbox,
): Promise<NoticeItem | undefined> {
  const { kind, recipient } = notice;
  const loaded = await findWhereItCounts(dependencies, notice.identityId);
  if (loaded === undefined) return undefined;
  const { identityId } = loaded.record.header;
  if (kind === 'ending') return endingItem(loaded, notice);
  if (kind === 'owed' || kind === 'owed-reminder') {
    const theirs = (await owedIn(dependencies, loaded)).find(({ owed, recipients }) => {
      return owed.owedId === notice.owedId && recipients.some((one) => recipientKey(one) === recipientKey(recipient));
    });
    return theirs && { kind, identityId, owed: theirs.owed };
  }
  const request = requestIn(loaded, notice.requestId);
  if (request === undefined) return undefined;
  const { requestId, entitlement, expiresMs } = request.asked;
  // What waited for an address to be sent from is no news any more.
  if (kind === 'decided' && dependencies.clock() - notice.dueMs > NEWS_MS) return undefined;
  if (kind === 'decided') return { kind, requestId, identityId, entitlement, status: request.status };
  const waiting = await waitingFor(dependencies, loaded, request);
  if (waiting === undefined || waiting.stage !== notice.stage || !waitsFor(waiting, recipient)) return undefined;
  const action: NoticeAction =
    isPersonal && 'person' in recipient
      ? { kind: 'own-link', url: await linkFor(dependencies, { request, identityId, waiting }, recipient.person) }
      : { kind: 'sign-in', url: `${dependencies.decisionsUrl}/requests/${requestId}`, requestId };
  const privileged = findEntitlement(dependencies.model(), entitlement)?.entitlement.privileged === true;
  return { kind, requestId, identityId, entitlement, privileged, expiresMs, action };
}

function endingItem({ record, state }: LoadedIdentity, { factId }: KeptNotice): NoticeItem | undefined {
  const grant = isEmployed(state) ? state.grants?.find((one) => one.factId === factId) : undefined;
  if (grant?.untilMs === undefined) return undefined;
  const { identityId } = record.header;
  const { requestId, entitlement, untilMs } = grant;
  return { kind: 'ending', requestId, identityId, entitlement, untilMs };
}

async function linkFor(
  { notices, newId, newSecret, decisionsUrl }: DeliveringDependencies,
  {
    request,
    identityId,
    waiting,
  }: { readonly request: RequestState; readonly identityId: string; readonly waiting: Waiting },
  approver: string,
): Promise<string> {
  const token = { linkId: newId(), secret: newSecret() };
  const { requestId, expiresMs } = request.asked;
  await notices.saveLink({
    linkId: token.linkId,
    secretHash: secretHashOf(token),
    identityId,
    requestId,
    stage: waiting.stage,
    approver,
    expiresMs,
  });
  return `${decisionsUrl}/decisions/${formatToken(token)}`;
}
