// An alert as people are told it, by mail and in chats: ids, times and numbers, since neither is a place for personal data.
import { toIso } from '../moment.ts';
import { CHAT_ITEMS } from '../requests/notice-formats.ts';
import type { NoticeText } from '../requests/notice-text.ts';
import { type Alert, isUnknownSubject } from './alert.ts';
import { deniedBy } from './question.ts';

/** SNS takes at most 100 ASCII characters. */
const MAXIMUM_SUBJECT = 100;
const MAXIMUM_MESSAGE = 8_000;
/** So that Slack's 3,000 characters of a section are never reached, though one may be written as five. */
const MAXIMUM_ITEM = 550;

/** @param withheld why what the policy says was not done */
export function alertMail(alert: Alert, withheld?: string): { readonly subject: string; readonly message: string } {
  const lines = linesOf(alert);
  const message = withheld === undefined ? lines : [`NOT SUSPENDED. ${withheld}`, '', ...lines];
  const subject = `Tenure: ${withheld === undefined ? '' : 'not suspended: '}${titleOf(alert)}`;
  return { subject: subject.slice(0, MAXIMUM_SUBJECT), message: message.join('\n').slice(0, MAXIMUM_MESSAGE) };
}

/** The same as a notice, as it is posted in chats. */
export function alertNotice(alert: Alert): NoticeText {
  const items: { text: string }[] = [];
  for (const line of linesOf(alert).filter((one) => one !== '')) {
    const text = line.slice(0, MAXIMUM_ITEM);
    const last = items.at(-1);
    if (last !== undefined && last.text.length + text.length < MAXIMUM_ITEM) last.text += `\n${text}`;
    else items.push({ text });
  }
  return {
    title: `Tenure: ${titleOf(alert)}`.slice(0, MAXIMUM_SUBJECT),
    items: items.slice(0, CHAT_ITEMS),
    isMore: false,
    footer: `GET /alerts/${alert.alertId} in the operators' API says more.`,
  };
}

/** ASCII. */
function titleOf({ detection, severity }: Alert): string {
  return `${detection} (${severity})`.replaceAll(/[^\x20-\x7e]/g, '?');
}

function linesOf(alert: Alert): readonly string[] {
  const { title, severity, because, evidence, alertId, subjectId, applicationId, count } = alert;
  const denied = deniedBy(alert);
  return [
    ...(denied === undefined ? [] : [`NOT MEANT, says ${denied}, who was asked.`, '']),
    `${title} (${severity})`,
    because,
    '',
    isUnknownSubject(subjectId) ? `Seen by: ${subjectId.slice(1)}` : `Identity: ${subjectId}`,
    ...(applicationId === undefined ? [] : [`Application: ${applicationId}`]),
    `Records: ${count}, from ${toIso(alert.firstMs)} to ${toIso(alert.lastMs)}`,
    ...Object.entries(evidence).map(([name, value]) => `${name}: ${value}`),
    '',
    `Alert: ${alertId}`,
    `Runbook: docs/runbook/${alert.runbook}.md`,
  ];
}
