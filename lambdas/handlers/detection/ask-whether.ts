// Asks somebody whether what an alert is about was meant, by a mail with a link that is theirs alone.
import type { Alert, Question, TakenResponse } from '../../core/detection/alert.ts';
import { QUESTION_MS } from '../../core/detection/question.ts';
import { toIso } from '../../core/moment.ts';
import { formatToken, secretHashOf } from '../../core/requests/decision-token.ts';
import { mailOf } from '../../core/requests/notice-formats.ts';
import type { NoticeSettings } from '../../core/requests/notice-settings.ts';
import type { SendMail } from '../../stores/mailbox.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import type { ChainDependencies } from '../shared/load-superiors.ts';
import { addressIn } from '../shared/mail-address.ts';
import { whoIsAsked } from './who-is-asked.ts';

export interface AskingDependencies extends ChainDependencies {
  readonly notices: Pick<NoticeSettings, 'sender'>;
  readonly sendMail: SendMail;
  readonly newId: () => string;
  /** 32 random bytes in base64url. */
  readonly newSecret: () => string;
  /** Where links lead to, without a trailing slash. */
  readonly decisionsUrl: string;
}

export interface Asked {
  readonly taken: TakenResponse;
  /** Absent: nobody was asked. */
  readonly question?: Question | undefined;
}

export async function askWhether(dependencies: AskingDependencies, alert: Alert): Promise<Asked> {
  const { notices, sendMail, newId, newSecret, decisionsUrl, clock } = dependencies;
  const askedMs = clock();
  const not = (detail: string): Asked => ({ taken: { kind: 'not-asked', atMs: askedMs, detail } });
  const { sender } = notices;
  if (sender === undefined) return not('Nothing is mailed: there is no sender in the settings.');
  const recipient = await findRecipient(dependencies, alert);
  if (recipient === undefined) return not('Nobody who could be asked is at work and has an address.');
  const { person, to } = recipient;
  const token = { linkId: newId(), secret: newSecret() };
  const expiresMs = askedMs + QUESTION_MS;
  const url = `${decisionsUrl}/alerts/${encodeURIComponent(alert.alertId)}/question/${formatToken(token)}`;
  const mail = mailOf({
    title: 'Was this meant?',
    items: [{ text: textOf(alert, expiresMs), action: { kind: 'own-link', url } }],
    isMore: false,
  });
  const outcome = await sendMail({ ...mail, from: sender, to, person });
  if (outcome === 'refused') return not('The mail was refused.');
  const { linkId } = token;
  return {
    taken: { kind: 'asked', atMs: askedMs, detail: person },
    question: { linkId, secretHash: secretHashOf(token), person, raised: alert.raised, askedMs, expiresMs },
  };
}

async function findRecipient(
  dependencies: AskingDependencies,
  alert: Alert,
): Promise<{ readonly person: string; readonly to: string } | undefined> {
  for (const person of await whoIsAsked(dependencies, alert)) {
    const loaded = await findWhereItCounts(dependencies, person);
    const to = loaded && addressIn(loaded);
    if (to !== undefined) return { person, to };
  }
  return undefined;
}

/** Ids, times and numbers: mail is no place for personal data. */
function textOf({ title, subjectId, because, count }: Alert, expiresMs: number): string {
  const found = `${title} (${subjectId}). ${because}`;
  const records = count === 1 ? '' : ` ${count} records say so.`;
  return `${found}${records} You answer for ${subjectId}: was that meant? It can be answered until ${toIso(expiresMs)}.`;
}
