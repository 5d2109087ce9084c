// Mailing somebody, by Amazon SES.
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { tagOf } from '../core/identity/undelivered-mail.ts';
import type { Mail } from '../core/requests/notice-formats.ts';
import { errorOfNetworkCode, NotCarriedOutError } from '../outbound/network-failure.ts';

/** What SES says back of a mail that does not arrive (note-undelivered.ts). */
export const PERSON_TAG = 'tenure-person';
export const CONFIGURATION_SET_TAG = 'ses:configuration-set';

export interface Mailing extends Mail {
  readonly from: string;
  readonly to: string;
  /** Whose address it is: an identity. Absent: a role's. */
  readonly person?: string | undefined;
}

/**
 * `refused`: it was surely not taken, and can be sent again. `unknown`: there was no answer; it may be on its way.
 */
export type SendMail = (mailing: Mailing) => Promise<'sent' | 'refused' | 'unknown'>;

/** @param configurationSet under which mails are sent; undefined: nobody is told which come back */
export function sesMailbox(configurationSet: string | undefined): SendMail {
  // Tried once: what was sent twice is read twice.
  const client = new SESv2Client({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
  });
  return async ({ from, to, person, subject, text }) => {
    try {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
          ...(person !== undefined && { EmailTags: [{ Name: PERSON_TAG, Value: tagOf(person) }] }),
          Content: {
            Simple: { Subject: { Data: subject }, Body: { Text: { Data: text, Charset: 'UTF-8' } } },
          },
        }),
      );
      return 'sent';
    } catch (error) {
      return isRefusal(error) ? 'refused' : 'unknown';
    }
  };
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status = (metadata as { readonly httpStatusCode?: number } | undefined)?.httpStatusCode ?? 0;
  const code = String(Reflect.get(error, 'code'));
  return (status >= 400 && status < 500) || errorOfNetworkCode(code, 'SES') instanceof NotCarriedOutError;
}
