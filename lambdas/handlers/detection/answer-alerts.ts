// What follows by itself from an alert, by policy: people are told, and access is suspended where that is what the policy says.
// People are told first: nothing is suspended of which nobody has heard. The table's stream brings each alert that was raised,
// and brings it again until it is answered.
import { randomBytes } from 'node:crypto';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import {
  type Alert,
  answeredWith,
  isUnanswered,
  type Question,
  type TakenResponse,
} from '../../core/detection/alert.ts';
import { answeredEntries } from '../../core/detection/alert-entries.ts';
import { detectionFinding } from '../../core/detection/alert-finding.ts';
import { alertMail } from '../../core/detection/alert-text.ts';
import { withQuestion } from '../../core/detection/question.ts';
import { noticeSettingsSchema } from '../../core/requests/notice-settings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { eventBridgeAlertBus, type PublishFinding } from '../../stores/activity/alert-bus.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { sesMailbox } from '../../stores/mailbox.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { deployedGuardSettings } from '../shared/judge-losses.ts';
import { type AskingDependencies, askWhether } from './ask-whether.ts';
import { type SuspendingDependencies, suspendByPolicy } from './suspend-by-policy.ts';

const eventSchema = z.looseObject({ Records: z.array(z.custom<DynamoDBRecord>()).max(10_000) });
const MAXIMUM_TRIES = 5;

export interface AnswerDependencies extends SuspendingDependencies, AskingDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts' | 'saveAlert'>;
  readonly tell: SendAlert;
  readonly publish: PublishFinding;
}

interface Failures {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export const answerAlerts =
  (dependencies: AnswerDependencies) =>
  async ({ Records }: { readonly Records: readonly DynamoDBRecord[] }): Promise<Failures> => {
    for (const record of Records) {
      const alertId = alertIdIn(record);
      try {
        if (alertId !== undefined) await answerAlert(dependencies, alertId);
      } catch (error) {
        // From this one on everything comes again.
        const itemIdentifier = record.dynamodb?.SequenceNumber;
        if (itemIdentifier === undefined) throw error;
        return { batchItemFailures: [{ itemIdentifier }] };
      }
    }
    return { batchItemFailures: [] };
  };

function alertIdIn({ eventName, dynamodb }: DynamoDBRecord): string | undefined {
  const { pk, sk } = dynamodb?.Keys ?? {};
  const [, hash] = /^ALERT#(.+)$/.exec(sk?.S ?? '') ?? [];
  return eventName === 'REMOVE' || pk?.S === undefined || hash === undefined ? undefined : `${pk.S}~${hash}`;
}

async function answerAlert(dependencies: AnswerDependencies, alertId: string): Promise<void> {
  const { activity } = dependencies;
  const [alert] = await activity.findAlerts([alertId]);
  if (alert === undefined || !isUnanswered(alert)) return;
  const { taken, question } = await takenFor(dependencies, alert);
  let current: Alert | undefined = alert;
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    // More of it may have been found meanwhile, or somebody has looked at it: that it was answered is said all the same.
    if (current === undefined || current.answered >= alert.raised) return;
    const next = answeredWith(current, alert.raised, taken);
    const answered = { ...(question ? withQuestion(next, question) : next), revision: current.revision + 1 };
    if (await activity.saveAlert(answered, answeredEntries(alert, taken))) return;
    [current] = await activity.findAlerts([alertId]);
  }
  throw new Error(`the alert changed ${MAXIMUM_TRIES} times in a row`);
}

interface Taken {
  readonly taken: readonly TakenResponse[];
  readonly question?: Question | undefined;
}

async function takenFor(dependencies: AnswerDependencies, alert: Alert): Promise<Taken> {
  const { publish, tell, clock } = dependencies;
  await publish(detectionFinding(alert));
  if (alert.response === 'record') return { taken: [] };
  await tell(alertMail(alert));
  const told = { kind: 'told', atMs: clock() } as const;
  if (alert.response === 'ask') {
    const { taken, question } = await askWhether(dependencies, alert);
    return { taken: [told, taken], question };
  }
  if (alert.response !== 'suspend') return { taken: [told] };
  const suspended = await suspendByPolicy(dependencies, alert);
  if (suspended.kind === 'not-suspended') await tell(alertMail(alert, suspended.detail));
  return { taken: [told, suspended] };
}

let live: ReturnType<typeof answerAlerts> | undefined;

export const handler = serveTask('answer-alerts', eventSchema, (input) => {
  live ??= answerAlerts({
    ...liveDependencies(),
    activity: dynamoActivityStore(),
    guard: { settings: deployedGuardSettings(), holds: dynamoHoldStore() },
    bus: eventBridgeBus(),
    tell: snsAlerts(),
    publish: eventBridgeAlertBus(),
    notices: noticeSettingsSchema.parse(JSON.parse(fromEnvironment('notices'))),
    sendMail: sesMailbox(undefined),
    newSecret: () => randomBytes(32).toString('base64url'),
    decisionsUrl: fromEnvironment('decisionsUrl'),
  });
  return live(input);
});
