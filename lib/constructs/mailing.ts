// Mailing as one address, and as nobody else.
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** As an identity that SES has verified: the address itself, or its domain. */
export function mailingAs(stack: Stack, sender: string): PolicyStatement {
  const identities = [sender, sender.slice(sender.lastIndexOf('@') + 1)];
  return new PolicyStatement({
    actions: ['ses:SendEmail'],
    resources: identities.map((resourceName) =>
      stack.formatArn({ service: 'ses', resource: 'identity', resourceName }),
    ),
    conditions: { StringEquals: { 'ses:FromAddress': sender } },
  });
}
