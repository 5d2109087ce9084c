// What detections find in one record.
import type { ActivityRecord } from './activity.ts';
import type { DetectionContext } from './context.ts';
import type { Detection, Verdict } from './detection.ts';
import type { Finding } from './finding.ts';
import { accountsApplication, DAY_MS, identityIn, isMachine } from './judging.ts';
import { shortHash } from './short-hash.ts';

/** In the order of the detections; none of most records. */
export function judgeRecord(
  record: ActivityRecord,
  context: DetectionContext,
  detections: readonly Detection[],
): readonly Finding[] {
  return detections.flatMap((detection) => {
    const verdict = detection.judge(record, context);
    return verdict === undefined ? [] : [toFinding(detection, verdict, record, context)];
  });
}

function toFinding(detection: Detection, verdict: Verdict, record: ActivityRecord, context: DetectionContext): Finding {
  const { about, severity = detection.severity, because, evidence, subject, anywhere } = verdict;
  const identity = identityIn(about === 'target' ? context.target : context.actor);
  const party = about === 'target' ? (record.target ?? record.who) : record.who;
  const nonHuman = identity === undefined ? party.kind !== 'person' : isMachine(identity);
  const applicationId = record.application?.applicationId ?? accountsApplication(record, about);
  const { source, recordId, timeMs, operation } = record;
  const whom = identity?.identityId ?? party.clues[0]?.value ?? '';
  const day = Math.floor(timeMs / DAY_MS);
  return {
    detection: detection.id,
    title: detection.title,
    severity,
    key: shortHash(JSON.stringify([detection.id, whom, anywhere ? '' : (applicationId ?? ''), subject ?? '', day]), 32),
    ...(identity !== undefined && { identityId: identity.identityId }),
    ...(applicationId !== undefined && { applicationId }),
    because,
    evidence,
    response: nonHuman ? detection.response.nonHuman : detection.response.people,
    runbook: detection.runbook,
    record: { source, recordId, timeMs, operation },
  };
}
