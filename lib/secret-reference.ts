// A secret that is there already (core/secret-reference.ts), as a policy names it.
import { ArnFormat, type Stack } from 'aws-cdk-lib';

/** Secrets Manager ends every ARN with six characters of its own, which a name does not tell. */
const COMPLETE = /-[A-Za-z0-9]{6}$/;

export function secretResource(stack: Stack, reference: string): string {
  if (reference.startsWith('arn:')) return COMPLETE.test(reference) ? reference : `${reference}-??????`;
  const resource = 'secret';
  const resourceName = `${reference}-??????`;
  return stack.formatArn({
    service: 'secretsmanager',
    resource,
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
