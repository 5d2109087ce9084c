// Mails what is due: what is urgent by itself, all else of a person as one digest. Whether it still is so is found anew
// before each mail; what is not is dropped. Each is mailed at most once: whoever takes it mails it, and only what SES surely
// did not take is put back. What may be lost so is followed by the next reminder.
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { formatToken, secretHashOf } from '../../core/requests/decision-token.ts';
import { digestMail, type Mail, type MailItem, urgentMail } from '../../core/requests/mails.ts';
import type { NoticeSettings } from '../../core/requests/notice-settings.ts';
import { NEWS_MS, type Recipient, recipientKey, type Waiting } from '../../core/requests/notices.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import type { SendMail } from '../../stores/mailbox.ts';
import type { KeptNotice, NoticeStore } from '../../stores/notices/notice-store.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { type RequestDependencies, requestIn } from './load-request.ts';
import { waitingFor, waitsFor } from './waiting-request.ts';

/** Named at once. */
const PAGE_SIZE = 100;
/** In one digest; a longer one nobody reads. */
export const DIGEST_ITEMS = 50;
/** Of one notice, each a longer while after the one before. */
export const MAXIMUM_TRIES = 5;
const FIRST_RETRY_MS = 5 * 60_000;
/** After this a run mails no further. */
const RUN_MS = 20_000;

export interface MailingDependencies extends RequestDependencies {
  readonly notices: Pick<NoticeStore, 'listDue' | 'listDueOf' | 'putBack' | 'saveLink' | 'take'>;
  readonly settings: NoticeSettings;
  readonly sendMail: SendMail;
  /** 32 random bytes in base64url. */
  readonly newSecret: () => string;
  /** Without a trailing slash. */
  readonly decisionsUrl: string;
}

export interface Mailed {
  readonly mails: number;
  /** Mails that SES refused: they are tried again, but not for ever. */
  readonly refused: number;
  /** Mails of which nobody knows: they are not tried again. */
  readonly unknown: number;
  readonly failures: readonly unknown[];
}

export async function mailNotices(dependencies: MailingDependencies): Promise<Mailed> {
  const { notices, clock, settings } = dependencies;
  const counts = { sent: 0, refused: 0, unknown: 0 };
  const failures: unknown[] = [];
  const startedMs = clock();
  const due = settings.sender === undefined ? [] : await notices.listDue(startedMs, PAGE_SIZE);
  const recipients = new Map(due.map(({ recipient }) => [recipientKey(recipient), recipient]));
  for (const recipient of recipients.values()) {
    // All of theirs, so that they get one digest.
    const theirs = await notices.listDueOf(recipient, startedMs);
    for (const bundle of bundlesOf(theirs)) {
      if (clock() - startedMs > RUN_MS) break;
      try {
        const outcome = await mail(dependencies, recipient, bundle);
        if (outcome !== undefined) counts[outcome] += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  return { mails: counts.sent, refused: counts.refused, unknown: counts.unknown, failures };
}

/** What is mailed together. */
function bundlesOf(theirs: readonly KeptNotice[]): readonly (readonly KeptNotice[])[] {
  const daily = theirs.filter(({ urgent }) => !urgent);
  return [...theirs.filter(({ urgent }) => urgent).map((one) => [one]), ...(daily.length > 0 ? [daily] : [])];
}

type Outcome = Awaited<ReturnType<SendMail>>;

/** Undefined: there was nothing to mail. */
async function mail(
  dependencies: MailingDependencies,
  recipient: Recipient,
  bundle: readonly KeptNotice[],
): Promise<Outcome | undefined> {
  const { notices, clock, settings, sendMail } = dependencies;
  const taken: KeptNotice[] = [];
  for (const notice of bundle) if (await notices.take(notice)) taken.push(notice);
  const to = await addressOf(dependencies, recipient);
  if (to === undefined || settings.sender === undefined) return undefined;
  const items: MailItem[] = [];
  for (const notice of taken) {
    const item = items.length < DIGEST_ITEMS ? await itemOf(dependencies, notice) : undefined;
    if (item !== undefined) items.push(item);
  }
  const [first] = items;
  if (first === undefined) return undefined;
  const isUrgent = taken.some(({ urgent }) => urgent);
  const text: Mail = isUrgent ? urgentMail(first) : digestMail(items, taken.length > DIGEST_ITEMS);
  const outcome = await sendMail({ ...text, from: settings.sender, to });
  if (outcome !== 'refused') return outcome;
  for (const notice of taken) {
    const { tries } = notice;
    if (tries + 1 < MAXIMUM_TRIES) await notices.putBack(notice, clock() + FIRST_RETRY_MS * 2 ** tries);
  }
  return outcome;
}

/** Undefined: there is nobody to tell, or no address. */
async function addressOf(dependencies: MailingDependencies, recipient: Recipient): Promise<string | undefined> {
  if ('role' in recipient) return dependencies.settings.securityAddress;
  const loaded = await findWhereItCounts(dependencies, recipient.person);
  return loaded !== undefined && isEmployed(loaded.state) ? loaded.state.attributes.email : undefined;
}

/** Undefined: it is no longer so. */
async function itemOf(dependencies: MailingDependencies, notice: KeptNotice): Promise<MailItem | undefined> {
  const { kind, requestId, recipient } = notice;
  const loaded = await findWhereItCounts(dependencies, notice.identityId);
  if (loaded === undefined) return undefined;
  const { identityId } = loaded.record.header;
  if (kind === 'ending') return endingItem(loaded, notice);
  const request = requestIn(loaded, requestId);
  if (request === undefined) return undefined;
  const { entitlement, expiresMs } = request.asked;
  // What waited for an address to be mailed from is no news any more.
  if (kind === 'decided' && dependencies.clock() - notice.dueMs > NEWS_MS) return undefined;
  if (kind === 'decided') return { kind, requestId, identityId, entitlement, status: request.status };
  const waiting = await waitingFor(dependencies, loaded, request);
  if (waiting === undefined || waiting.stage !== notice.stage || !waitsFor(waiting, recipient)) return undefined;
  const link =
    'person' in recipient ? await linkFor(dependencies, { request, identityId, waiting }, recipient.person) : undefined;
  const privileged = findEntitlement(dependencies.model(), entitlement)?.entitlement.privileged === true;
  return { kind, requestId, identityId, entitlement, privileged, expiresMs, link };
}

function endingItem({ record, state }: LoadedIdentity, { factId, requestId }: KeptNotice): MailItem | undefined {
  const grant = isEmployed(state) ? state.grants?.find((one) => one.factId === factId) : undefined;
  if (grant?.untilMs === undefined) return undefined;
  const { identityId } = record.header;
  return { kind: 'ending', requestId, identityId, entitlement: grant.entitlement, untilMs: grant.untilMs };
}

async function linkFor(
  { notices, newId, newSecret, decisionsUrl }: MailingDependencies,
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
