// What the settings of sources have in common: of which application of the access model the accounts in their records are,
// and which applications they call how.
import * as z from 'zod';

const applicationSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected the id of an application of the access model');

export const accountsSettings = {
  /** The application of the access model whose accounts its records name. */
  application: applicationSchema,
};

export const signOnSettings = {
  ...accountsSettings,
  /** What the source calls an application that people sign in to, by its id or name, and which one of the access model it is. */
  applications: z.record(z.string().min(1).max(200), applicationSchema).default({}),
};

/** Undefined: the settings do not say. */
export function applicationCalled(
  applications: Readonly<Record<string, string>>,
  ...names: readonly (string | undefined)[]
): string | undefined {
  for (const name of names) if (name !== undefined && Object.hasOwn(applications, name)) return applications[name];
  return undefined;
}
