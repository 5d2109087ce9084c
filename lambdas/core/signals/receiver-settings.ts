// Who is told what Tenure does, and how each knows people.
import * as z from 'zod';
import { addressSchema } from './signal-address.ts';

const subjectSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('email') }),
  z.strictObject({ format: z.literal('opaque') }),
  z.strictObject({
    format: z.literal('iss_sub'),
    /** The `iss` of the subjects. */
    issuer: addressSchema,
    /** The application whose account ids are their `sub`. */
    application: z.string().min(1).max(64),
  }),
]);

export const receiverSchema = z.strictObject({
  /** Its client id. */
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a letter, then up to 30 lower-case letters, digits or hyphens'),
  /** The `aud` of its tokens. */
  audience: z.string().min(1).max(500),
  /** How it knows people: by `email`, by `iss_sub` of an application's accounts, or by the identity's id as `opaque`. */
  subject: subjectSchema,
  /** Where tokens may be pushed to, to the letter. @default nowhere: it polls */
  pushTo: z.array(addressSchema).max(5).default([]),
});
export type Receiver = z.infer<typeof receiverSchema>;
