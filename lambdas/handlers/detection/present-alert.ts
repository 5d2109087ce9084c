// An alert as operators are shown it.
import type { AlertAnswer, AlertDetailAnswer, MuteAnswer } from '../../api/alerts.ts';
import { type Alert, isUnknownSubject, type Mute, type Question } from '../../core/detection/alert.ts';
import { detectionFinding } from '../../core/detection/alert-finding.ts';
import { toIso } from '../../core/moment.ts';

export function presentAlert(alert: Alert): AlertAnswer {
  const { alertId, applicationId, detection, title, severity, status, because, count } = alert;
  const { firstMs, lastMs, raisedMs, foundMs, assignee, acknowledgedBy, closed } = alert;
  return {
    alertId,
    ...whom(alert.subjectId),
    applicationId,
    detection,
    title,
    severity,
    status,
    because,
    count,
    firstAt: toIso(firstMs),
    lastAt: toIso(lastMs),
    raisedAt: toIso(raisedMs),
    foundAt: toIso(foundMs),
    assignee,
    acknowledgedBy,
    closed: closed && { by: closed.by, at: toIso(closed.atMs), outcome: closed.outcome, reason: closed.reason },
  };
}

export function presentAlertDetail(alert: Alert): AlertDetailAnswer {
  const { response, taken, questions, evidence, records, mute, runbook } = alert;
  return {
    ...presentAlert(alert),
    response,
    taken: taken.map(({ kind, atMs, detail }) => ({ kind, at: toIso(atMs), detail })),
    questions: questions?.map(presentQuestion),
    evidence: { ...evidence },
    records: records.map(({ source, recordId, timeMs, operation }) => {
      return { source, recordId, at: toIso(timeMs), operation };
    }),
    mute,
    runbook,
    finding: detectionFinding(alert),
  };
}

function presentQuestion({ person, askedMs, expiresMs, answer }: Question) {
  return {
    person,
    askedAt: toIso(askedMs),
    until: toIso(expiresMs),
    answer: answer && (answer.meant ? ('meant' as const) : ('not-meant' as const)),
    answeredBy: answer?.by,
    answeredAt: answer && toIso(answer.atMs),
  };
}

export function presentMute({ muteId, detection, subjectId, by, reason, sinceMs, untilMs }: Mute): MuteAnswer {
  const about = subjectId === undefined ? {} : whom(subjectId);
  return { muteId, detection, ...about, by, reason, since: toIso(sinceMs), until: toIso(untilMs) };
}

/** Whom an answer shows. */
export function shownBy({ subjectId }: Alert): readonly string[] {
  return isUnknownSubject(subjectId) ? [] : [subjectId];
}

function whom(subjectId: string): { readonly identityId?: string; readonly source?: string } {
  return isUnknownSubject(subjectId) ? { source: subjectId.slice(1) } : { identityId: subjectId };
}
