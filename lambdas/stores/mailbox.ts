// Mailing somebody, by Amazon SES.
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { Mail } from '../core/requests/notice-formats.ts';
import { errorOfNetworkCode, NotCarriedOutError } from '../outbound/network-failure.ts';

export interface Mailing extends Mail {
  readonly from: string;
  readonly to: string;
}

/**
 * `refused`: it was surely not taken, and can be sent again. `unknown`: there was no answer; it may be on its way.
 */
export type SendMail = (mailing: Mailing) => Promise<'sent' | 'refused' | 'unknown'>;

export function sesMailbox(): SendMail {
  // Tried once: what was sent twice is read twice.
  const client = new SESv2Client({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
  });
  return async ({ from, to, subject, text }) => {
    try {
      await client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
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
