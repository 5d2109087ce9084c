// Somebody says by a mailed link whether it was meant. What they say is in the alert with the link, on the alert that it was
// judged by: sent twice at the same time, it counts once.
import { alertQuestionRoutes, questionFormSchema } from '../../api/alert-questions.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Alert } from '../../core/detection/alert.ts';
import { auditKeyOfAlert, raisedEntry } from '../../core/detection/alert-entries.ts';
import type { DetectionPolicy } from '../../core/detection/detection-settings.ts';
import { answeredQuestion } from '../../core/detection/question.ts';
import { RetryableError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { deployedDetection } from '../../stores/deployed-detection.ts';
import { recordedPage } from '../shared/decision-page.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { readForm } from '../shared/link-pages.ts';
import { answerQuestionLink, type QuestionDependencies, requireAnswerable, requireQuestion } from './open-question.ts';

const ROUTE = alertQuestionRoutes['answer-question'];
const EXPECTED = 'Expected meant or not-meant, and a reason of at most 500 characters.';
const MAXIMUM_TRIES = 5;

export interface AnsweringDependencies extends QuestionDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts' | 'saveAlert'>;
  readonly policy: Pick<DetectionPolicy, 'whenDenied'>;
}

export const answerQuestion = answerQuestionLink<AnsweringDependencies>(
  ROUTE.name,
  async (dependencies, found, request) => {
    const { activity, policy, clock } = dependencies;
    const { decision, reason = '' } = readForm(request.body, questionFormSchema, EXPECTED);
    let opened = found;
    for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
      const by = await requireAnswerable(dependencies, opened);
      const { alert, question } = opened;
      const said = {
        linkId: question.linkId,
        meant: decision === 'meant',
        by,
        reason: reason === '' ? undefined : reason,
        nowMs: clock(),
        whenDenied: policy.whenDenied,
      };
      const saved = { ...answeredQuestion(alert, said), revision: alert.revision + 1 };
      const raised = raisedEntry(alert, saved, said.nowMs, 'answer-question');
      const entries = [entryOf(saved, said, decision), ...(raised === undefined ? [] : [raised])];
      if (await activity.saveAlert(saved, entries)) {
        const { alertId, subjectId } = saved;
        return { page: pageOf(said.meant, policy), shows: [subjectId], log: { alertId, answer: decision } };
      }
      opened = await requireQuestion(dependencies, request);
    }
    throw new RetryableError(`the alert changed ${MAXIMUM_TRIES} times in a row`);
  },
);

interface Said {
  readonly by: string;
  readonly reason: string | undefined;
  readonly nowMs: number;
}

function entryOf(alert: Alert, { by, reason, nowMs }: Said, decision: 'meant' | 'not-meant'): AuditEntry {
  const { alertId, detection, revision, closed } = alert;
  const outcome = decision === 'meant' ? closed?.outcome : undefined;
  return {
    identityId: auditKeyOfAlert(alert),
    entryId: `alert-decided:${alertId}:${revision}`,
    at: toIso(nowMs),
    actor: { type: 'operator', id: by },
    event: {
      type: 'alert-decided',
      alertId,
      detection,
      decision,
      ...(outcome !== undefined && { outcome }),
      ...(reason !== undefined && { reason }),
    },
  };
}

function pageOf(meant: boolean, { whenDenied }: Pick<DetectionPolicy, 'whenDenied'>): string {
  if (meant)
    return recordedPage('Your yes is recorded', 'The alert is closed, with you as who said that it was meant.');
  const follows = whenDenied === 'suspend' ? 'Access is being suspended, and somebody' : 'Somebody';
  return recordedPage('Your no is recorded', `${follows} who looks after alerts is being told at once.`);
}

export const handler = serveApi(ROUTE, () =>
  answerQuestion({ ...liveDependencies(), activity: dynamoActivityStore(), policy: deployedDetection() }),
);
