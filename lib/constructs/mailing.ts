// Mailing as one address, and as nobody else.
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * As an identity that SES has verified: the address itself, or its domain.
 *
 * @param configurationSet the name of the one that mails go out under. @default none
 */
export function mailingAs(stack: Stack, sender: string, configurationSet?: string): PolicyStatement {
  const identities = [sender, sender.slice(sender.lastIndexOf('@') + 1)];
  const named = (resource: string, resourceName: string) => stack.formatArn({ service: 'ses', resource, resourceName });
  return new PolicyStatement({
    actions: ['ses:SendEmail'],
    resources: [
      ...identities.map((identity) => named('identity', identity)),
      ...(configurationSet === undefined ? [] : [named('configuration-set', configurationSet)]),
    ],
    conditions: { StringEquals: { 'ses:FromAddress': sender } },
  });
}
