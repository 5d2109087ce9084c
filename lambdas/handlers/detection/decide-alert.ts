// Somebody says what an alert is. Whoever it is about, or who answers for what it is about, does not.
import { alertRoutes } from '../../api/alerts.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type Alert, type AlertDecision, decided, isUnknownSubject, type Mute } from '../../core/detection/alert.ts';
import { auditKeyOfAlert } from '../../core/detection/alert-entries.ts';
import { ConflictError, InvalidInputError, RetryableError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { type Asked, answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireUninvolved } from '../shared/require-uninvolved.ts';
import { requireAlert } from './get-alert.ts';
import { presentAlertDetail, shownBy } from './present-alert.ts';

const ROUTE = alertRoutes['decide-alert'];
const MAXIMUM_MUTE_DAYS = 90;
const DAY_MS = 86_400_000;
const MAXIMUM_TRIES = 5;

type Said = Asked<typeof ROUTE>['body'];

export interface DecideAlertDependencies extends ApiDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts' | 'saveAlert'>;
}

export const decideAlert = answerOperator(
  ROUTE,
  async (dependencies: DecideAlertDependencies, { operator, parameters, body }) => {
    for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
      const alert = await requireAlert(dependencies, parameters.id);
      await requireUninvolved(dependencies, operator, await concernedBy(dependencies, alert));
      const nowMs = dependencies.clock();
      const decision = decisionOf(body, alert, { by: operator.id, nowMs, newId: dependencies.newId });
      const next = decided(alert, decision, operator.id, nowMs);
      const log = { alertId: alert.alertId, decision: body.decision };
      const answer = (now: Alert) =>
        ({ status: 200, shows: shownBy(now), body: presentAlertDetail(now), log }) as const;
      if (next === undefined) {
        requireSame(alert, decision);
        return answer(alert);
      }
      const saved = { ...next, revision: alert.revision + 1 };
      const entry = entryOf(saved, decision, operator.id, nowMs);
      const mute = decision.decision === 'mute' ? decision.mute : undefined;
      if (await dependencies.activity.saveAlert(saved, [entry], mute)) return answer(saved);
    }
    throw new RetryableError(`the alert changed ${MAXIMUM_TRIES} times in a row`);
  },
);

/** Whom it is about, and who answers for it. */
async function concernedBy(
  { directory }: Pick<ApiDependencies, 'directory'>,
  { subjectId }: Alert,
): Promise<readonly string[]> {
  if (isUnknownSubject(subjectId)) return [];
  const ownerId = (await directory.load(subjectId))?.header.summary.ownerId;
  return [subjectId, ...(ownerId === undefined ? [] : [ownerId])];
}

function decisionOf(
  said: Said,
  { detection, subjectId }: Alert,
  { by, nowMs, newId }: { readonly by: string; readonly nowMs: number; readonly newId: () => string },
): AlertDecision {
  if (said.decision !== 'mute') return said;
  const untilMs = Date.parse(said.until);
  if (untilMs <= nowMs || untilMs > nowMs + MAXIMUM_MUTE_DAYS * DAY_MS) {
    const detail = `expected an instant to come, within ${MAXIMUM_MUTE_DAYS} days`;
    throw new InvalidInputError('The body does not hold to the contract.', [{ pointer: '/until', detail }]);
  }
  const about = said.everybody ? {} : { subjectId };
  const mute: Mute = { muteId: newId(), detection, ...about, by, reason: said.reason, sinceMs: nowMs, untilMs };
  return { decision: 'mute', mute };
}

/** What is said again is answered as the first time; something else is not. Throws ConflictError. */
function requireSame({ status, closed }: Alert, decision: AlertDecision): void {
  const isSame =
    (decision.decision === 'acknowledge' && status === 'acknowledged') ||
    decision.decision === 'assign' ||
    (decision.decision === 'close' && closed?.outcome === decision.outcome);
  if (!isSame) throw new ConflictError(`The alert is ${status}.`);
}

function entryOf(alert: Alert, decision: AlertDecision, operatorId: string, nowMs: number): AuditEntry {
  const { alertId, detection, revision } = alert;
  return {
    identityId: auditKeyOfAlert(alert),
    entryId: `alert-decided:${alertId}:${revision}`,
    at: toIso(nowMs),
    actor: { type: 'operator', id: operatorId },
    event: { type: 'alert-decided', alertId, detection, decision: decision.decision, ...saidBy(decision) },
  };
}

function saidBy(decision: AlertDecision) {
  switch (decision.decision) {
    case 'acknowledge':
      return {};
    case 'assign':
      return { assignee: decision.assignee };
    case 'close':
      return { outcome: decision.outcome, reason: decision.reason };
    case 'mute': {
      const { muteId, reason, untilMs, subjectId } = decision.mute;
      return { muteId, reason, until: toIso(untilMs), everybody: subjectId === undefined };
    }
  }
}

export const handler = serveApi(ROUTE, () =>
  decideAlert({ ...liveApiDependencies(), activity: dynamoActivityStore() }),
);
