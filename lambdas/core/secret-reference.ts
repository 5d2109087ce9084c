// A secret of Secrets Manager that is there already, as settings name it.
import * as z from 'zod';

const NAME = /^[\w/+=.@-]{1,512}$/;
const ARN = /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/;

export const secretReferenceSchema = z
  .string()
  .refine((text) => NAME.test(text) || ARN.test(text), "expected a secret's ARN or name");
