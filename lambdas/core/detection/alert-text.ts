// An alert as people are told it: ids, times and numbers, since mail is no place for personal data.
import { toIso } from '../moment.ts';
import { type Alert, isUnknownSubject } from './alert.ts';
import { deniedBy } from './question.ts';

/** SNS takes at most 100 ASCII characters. */
const MAXIMUM_SUBJECT = 100;
const MAXIMUM_MESSAGE = 8_000;

/** @param withheld why what the policy says was not done */
export function alertMail(alert: Alert, withheld?: string): { readonly subject: string; readonly message: string } {
  const { detection, title, severity, because, evidence, alertId, subjectId, applicationId, count } = alert;
  const denied = deniedBy(alert);
  const lines = [
    denied === undefined ? undefined : `NOT MEANT, says ${denied}, who was asked.\n`,
    withheld === undefined ? undefined : `NOT SUSPENDED. ${withheld}\n`,
    `${title} (${severity})`,
    because,
    '',
    isUnknownSubject(subjectId) ? `Seen by: ${subjectId.slice(1)}` : `Identity: ${subjectId}`,
    applicationId === undefined ? undefined : `Application: ${applicationId}`,
    `Records: ${count}, from ${toIso(alert.firstMs)} to ${toIso(alert.lastMs)}`,
    ...Object.entries(evidence).map(([name, value]) => `${name}: ${value}`),
    '',
    `Alert: ${alertId}`,
    `Runbook: docs/runbook/${alert.runbook}.md`,
  ];
  const subject = `Tenure: ${withheld === undefined ? '' : 'not suspended: '}${detection} (${severity})`;
  return {
    subject: subject.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAXIMUM_SUBJECT),
    message: lines
      .filter((line) => line !== undefined)
      .join('\n')
      .slice(0, MAXIMUM_MESSAGE),
  };
}
