// How an application asks to be reconciled: `reconciliation:` in its file of the access model.
import * as z from 'zod';

export const MATCH_ATTRIBUTES = ['userName', 'email', 'identityId'] as const;
export type MatchAttribute = (typeof MATCH_ATTRIBUTES)[number];
export const ANSWERS = ['report', 'repair'] as const;
export type Answer = (typeof ANSWERS)[number];

/** An application's `reconciliation:`. */
export const reconciliationSettingsSchema = z.strictObject({
  /** How often its accounts are listed. */
  everyHours: z.int().min(1).max(720).default(24),
  /** `repair`: who has missing or additional access is converged at the end of each run. */
  answer: z.enum(ANSWERS).default('report'),
  /** By which of an account's attributes, in this order, its identity is found while no link says so. */
  matchBy: z
    .array(z.enum(MATCH_ATTRIBUTES))
    .max(MATCH_ATTRIBUTES.length)
    .refine((names) => new Set(names).size === names.length, 'expected each attribute once')
    .default(['userName', 'email', 'identityId']),
  /** An enabled account unused for longer is dormant. FedRAMP High (AC-2(3)) asks for 35. */
  dormantDays: z.int().min(1).max(3_650).default(35),
});
export type ReconciliationSettings = z.output<typeof reconciliationSettingsSchema>;

export function reconciliationOf({
  reconciliation,
}: {
  readonly reconciliation?: ReconciliationSettings | undefined;
}): ReconciliationSettings {
  return reconciliation ?? reconciliationSettingsSchema.parse({});
}
