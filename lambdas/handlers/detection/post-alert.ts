// Posts one alert in one chat, as the bus of alerts brings it: apart from whatever else follows from an alert, so that a chat that is
// slow or broken holds up none of it. Each raising is posted at most once: whoever takes it posts it, and only what was surely
// not taken by the other side is put back, and tried again by the bus.
import * as z from 'zod';
import type { Alert } from '../../core/detection/alert.ts';
import { alertNotice } from '../../core/detection/alert-text.ts';
import { SEVERITY_NAMES } from '../../core/detection/detection.ts';
import type { DetectionPolicy } from '../../core/detection/detection-settings.ts';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { chatMessage } from '../../core/requests/notice-formats.ts';
import { CHATS, type Chat } from '../../core/requests/notice-settings.ts';
import { webhookIn } from '../../core/requests/webhooks.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type PostToWebhook, postToWebhook } from '../../outbound/post-to-webhook.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { deployedDetection } from '../../stores/deployed-detection.ts';
import { readSecret } from '../../stores/secrets.ts';

/** What the rule of a chat makes of a finding (lib/constructs/detection/alert-posting.ts). */
const eventSchema = z.strictObject({ chat: z.enum(CHATS), alertId: z.string().max(100) });
const MAXIMUM_TRIES = 5;

export interface PostingDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts' | 'saveAlert'>;
  readonly policy: Pick<DetectionPolicy, Chat>;
  readonly readSecret: (secret: string) => Promise<string>;
  readonly post: PostToWebhook;
}

export interface PostedAlert {
  /** `none`: there was nothing to say. `unknown`: it may be there, and is not posted again. */
  readonly outcome: 'sent' | 'unknown' | 'none';
}

export const postAlert =
  (dependencies: PostingDependencies) =>
  async ({ chat, alertId }: z.infer<typeof eventSchema>): Promise<PostedAlert> => {
    const settings = dependencies.policy[chat];
    if (settings === undefined) throw new PermanentError(`${chat} is not set up`);
    const url = webhookIn(await dependencies.readSecret(settings.channel));
    const isDue = (alert: Alert) =>
      alert.response !== 'record' &&
      (alert.status === 'open' || alert.status === 'acknowledged') &&
      SEVERITY_NAMES.indexOf(alert.severity) >= SEVERITY_NAMES.indexOf(settings.atLeast) &&
      (alert.posted?.[chat] ?? 0) < alert.raised;
    const taken = await change(dependencies, alertId, (alert) => (isDue(alert) ? alert.raised : undefined), chat);
    if (taken === undefined) return { outcome: 'none' };
    const { outcome } = await dependencies.post(chat, url, chatMessage[chat](alertNotice(taken)));
    if (outcome !== 'refused') return { outcome };
    const isLast = (alert: Alert) => alert.posted?.[chat] === taken.raised;
    await change(dependencies, alertId, (alert) => (isLast(alert) ? taken.raised - 1 : undefined), chat);
    throw new RetryableError(`${chat} did not take an alert`);
  };

/** The alert as it is with another raising as the last one posted; undefined: `next` says that nothing is to be changed. */
async function change(
  { activity }: PostingDependencies,
  alertId: string,
  next: (alert: Alert) => number | undefined,
  chat: Chat,
): Promise<Alert | undefined> {
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const [alert] = await activity.findAlerts([alertId]);
    const raised = alert && next(alert);
    if (alert === undefined || raised === undefined) return undefined;
    const changed = { ...alert, posted: { ...alert.posted, [chat]: raised }, revision: alert.revision + 1 };
    if (await activity.saveAlert(changed, [])) return changed;
  }
  throw new RetryableError(`the alert changed ${MAXIMUM_TRIES} times in a row`);
}

let live: ReturnType<typeof postAlert> | undefined;

export const handler = serveTask('post-alert', eventSchema, (input) => {
  live ??= postAlert({
    activity: dynamoActivityStore(),
    policy: deployedDetection(),
    readSecret,
    post: postToWebhook,
  });
  return live(input);
});
