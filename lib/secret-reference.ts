// A secret of Secrets Manager that is there already, as settings name it.
import { ArnFormat, type Stack } from 'aws-cdk-lib';
import * as z from 'zod';

const NAME = /^[\w/+=.@-]{1,512}$/;
const ARN = /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/;
/** Secrets Manager ends every ARN with six characters of its own, which a name does not tell. */
const COMPLETE = /-[A-Za-z0-9]{6}$/;

export const secretReferenceSchema = z
  .string()
  .refine((text) => NAME.test(text) || ARN.test(text), "expected a secret's ARN or name");

/** As a policy names it. */
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
