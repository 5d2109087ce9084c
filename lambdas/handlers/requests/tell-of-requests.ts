// By the clock: finds what is to be told of requests for access, and sends what is due. No access waits for it, and what it
// could not do the next run does.
import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { noticeSettingsSchema } from '../../core/requests/notice-settings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { chatsOf } from '../../stores/chats.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { sesMailbox } from '../../stores/mailbox.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import { readSecret } from '../../stores/secrets.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { type DeliveringDependencies, deliverNotices } from './deliver-notices.ts';
import { type FindingDependencies, findDueNotices } from './find-due-notices.ts';

export interface Told {
  /** Identities whose requests were looked at. */
  readonly looked: number;
  readonly mails: number;
  /** Messages in chats. */
  readonly posts: number;
  /** What may or may not have gone out: it is not sent again. */
  readonly unknown: number;
}

const logger = new Logger({ serviceName: 'tenure' });

export const tellOfRequests =
  (dependencies: FindingDependencies & DeliveringDependencies) => async (): Promise<Told> => {
    const found = await findDueNotices(dependencies);
    const { mails, posts, refused, unknown, failures } = await deliverNotices(dependencies);
    const all = [...found.failures, ...failures];
    for (const error of all) logger.error('somebody could not be told of requests', { error: nameOf(error) });
    if (all.length + refused > 0) {
      throw new RetryableError(
        `${all.length} could not be looked at or told, ${refused} mails or messages were refused`,
      );
    }
    return { looked: found.looked, mails, posts, unknown };
  };

/** A message may quote what it was about. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

let live: ReturnType<typeof tellOfRequests> | undefined;

export const handler = serveTask('tell-of-requests', z.unknown(), () => {
  const settings = noticeSettingsSchema.parse(JSON.parse(fromEnvironment('notices')));
  live ??= tellOfRequests({
    ...liveDependencies(),
    campaigns: dynamoCampaignStore(),
    notices: dynamoNoticeStore(),
    settings,
    chats: chatsOf(settings, readSecret),
    decisionsUrl: fromEnvironment('decisionsUrl'),
    sendMail: sesMailbox(settings.sender === undefined ? undefined : fromEnvironment('mailConfigurationSet')),
    newSecret: () => randomBytes(32).toString('base64url'),
  });
  return live();
});
