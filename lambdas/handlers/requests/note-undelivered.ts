// Notes that a mail came back, or was complained of, as SES says on EventBridge: so that whoever stands in for its recipient is
// asked. It takes what was sent under the deployment's own configuration set and carries its own tag, and nothing else.
import * as z from 'zod';
import { isEmployed } from '../../core/identity/timeline.ts';
import { identityOfTag, isSameAddress, undeliveredAt } from '../../core/identity/undelivered-mail.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import type { DirectoryStore } from '../../stores/directory/directory-store.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { CONFIGURATION_SET_TAG, PERSON_TAG } from '../../stores/mailbox.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { NoticeStore } from '../../stores/notices/notice-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { findWhereItCounts, type LoadingDependencies } from '../shared/load-identity.ts';

/** Of those who wait for them; the others are looked at within the hour. */
const WOKEN_AT_ONCE = 100;
/** SES sends to at most as many. */
const MAXIMUM_RECIPIENTS = 50;

const recipients = z.array(z.object({ emailAddress: z.string().max(320) })).max(MAXIMUM_RECIPIENTS);
/** "Email Bounced" and "Email Complaint Received", as far as they are read. */
export const undeliveredSchema = z.object({
  detail: z.object({
    mail: z.object({ tags: z.record(z.string(), z.array(z.string().max(256)).max(MAXIMUM_RECIPIENTS)) }),
    bounce: z.object({ bounceType: z.string(), bouncedRecipients: recipients }).optional(),
    complaint: z.object({ complainedRecipients: recipients }).optional(),
  }),
});
export type UndeliveredEvent = z.infer<typeof undeliveredSchema>;

export interface UndeliveredDependencies extends LoadingDependencies {
  readonly directory: LoadingDependencies['directory'] & Pick<DirectoryStore, 'saveUndelivered'>;
  readonly notices: Pick<NoticeStore, 'listAsked' | 'wake'>;
  readonly clock: () => number;
  /** The deployment's own. */
  readonly configurationSet: string;
}

export interface Noted {
  readonly outcome: 'noted' | 'not-ours' | 'temporary' | 'other-address';
}

export const noteUndelivered =
  (dependencies: UndeliveredDependencies) =>
  async ({ detail }: UndeliveredEvent): Promise<Noted> => {
    const { directory, notices, clock, configurationSet } = dependencies;
    const { mail, bounce, complaint } = detail;
    const [set] = mail.tags[CONFIGURATION_SET_TAG] ?? [];
    const [tag] = mail.tags[PERSON_TAG] ?? [];
    if (set !== configurationSet || tag === undefined) return { outcome: 'not-ours' };
    // A full mailbox, and whoever answers that they are away, may be reached later.
    if (bounce !== undefined && bounce.bounceType !== 'Permanent') return { outcome: 'temporary' };
    const loaded = await findWhereItCounts(dependencies, identityOfTag(tag));
    const address = loaded && isEmployed(loaded.state) ? loaded.state.attributes.email : undefined;
    const returned = bounce?.bouncedRecipients ?? complaint?.complainedRecipients ?? [];
    const isTheirs = returned.some(({ emailAddress }) => isSameAddress(emailAddress, address ?? ''));
    if (loaded === undefined || address === undefined || !isTheirs) return { outcome: 'other-address' };
    const { identityId } = loaded.record.header;
    await directory.saveUndelivered(identityId, undeliveredAt(address, clock()));
    const { items } = await notices.listAsked({ person: identityId }, { limit: WOKEN_AT_ONCE, after: undefined });
    for (const waiting of new Set(items.map((notice) => notice.identityId))) await notices.wake(waiting, clock());
    return { outcome: 'noted' };
  };

let live: ReturnType<typeof noteUndelivered> | undefined;

export const handler = serveTask('note-undelivered', undeliveredSchema, (event) => {
  live ??= noteUndelivered({
    ...liveDependencies(),
    notices: dynamoNoticeStore(),
    configurationSet: fromEnvironment('mailConfigurationSet'),
  });
  return live(event);
});
