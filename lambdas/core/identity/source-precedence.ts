// Whose word counts more, as a deployment's settings say it (authority.ts). Functions get it as it was checked when the app
// was synthesised, and so do without this file.
import * as z from 'zod';
import { attributesSchema, IDENTITY_KINDS, identityIdSchema } from './attributes.ts';
import { MAXIMUM_AUTHORITY } from './facts.ts';

const authoritySchema = z.int().min(0).max(MAXIMUM_AUTHORITY);

/**
 * HR source id → its authority on who is employed and on every attribute, and on those for which it differs. Not listed:
 * 0, and of everybody.
 */
export const hrSourcePrecedenceSchema = z.record(
  z.string(),
  z.strictObject({
    authority: authoritySchema.default(0),
    attributes: z.partialRecord(attributesSchema.keyof(), authoritySchema).default({}),
    /** The kinds of identity it may speak of. @default all */
    kinds: z.array(z.enum(IDENTITY_KINDS)).min(1).optional(),
    /** How the ids begin of which it may speak. @default all */
    idPrefixes: z.array(identityIdSchema).min(1).max(20).optional(),
  }),
);
export type HrSourcePrecedence = z.infer<typeof hrSourcePrecedenceSchema>;
