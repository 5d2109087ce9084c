// Telling a person, by the topic that escalations go to. Ids and counts only: mail is no place for personal data.
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { fromEnvironment } from './environment.ts';

export interface Alert {
  /** SNS takes at most 100 ASCII characters. */
  readonly subject: string;
  readonly message: string;
}

export type SendAlert = (alert: Alert) => Promise<void>;

export function snsAlerts(): SendAlert {
  const client = new SNSClient({ maxAttempts: 4, requestHandler: { requestTimeout: 5_000 } });
  return async ({ subject, message }) => {
    const TopicArn = fromEnvironment('escalationTopicArn');
    await client.send(new PublishCommand({ TopicArn, Subject: subject, Message: message }));
  };
}
