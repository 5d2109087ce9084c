// The shape of each file under access-model/, as people write it. What it compiles to: lambdas/core/access-model/access-model.ts.
import * as z from 'zod';
import { attestationRulesSchema } from '../../lambdas/core/access-model/attestation-rules.ts';
import { DUTY_MODES, DUTY_SEVERITIES } from '../../lambdas/core/access-model/duty-rule.ts';
import { eventPatternSchema } from '../../lambdas/core/access-model/event-pattern-schema.ts';
import { reconciliationSettingsSchema } from '../../lambdas/core/access-model/reconciliation-settings.ts';
import { IDENTITY_KINDS, identityIdSchema, momentSchema } from '../../lambdas/core/identity/attributes.ts';
import { LONGEST_HANDOVER_DAYS } from '../../lambdas/core/identity/moves.ts';
import { DEFAULT_RATE_LIMIT, RATE_LIMIT_BOUNDS } from '../../lambdas/core/systems/rate-limit.ts';

const MAXIMUM_OWNERS = 500;
const MAXIMUM_ENTITLEMENTS = 500;
const MAXIMUM_PROFILES = 500;
const MAXIMUM_DUTIES = 200;
const MAXIMUM_SIDES = 10;
const MAXIMUM_PER_SIDE = 100;
/** A rule with more is not kept by anybody. */
const MAXIMUM_EXCEPTIONS = 200;
const MAXIMUM_REASON = 500;
const MAXIMUM_RETENTION_DAYS = 3_650;
/** Thirty days. */
const MAXIMUM_GRACE_HOURS = 720;
const GRACE_EXPECTED = `expected 0 to ${MAXIMUM_GRACE_HOURS} hours`;

const HANDOVER_EXPECTED = `expected 1 to ${LONGEST_HANDOVER_DAYS} days`;

/** Also part of resource names and of `application:entitlement`, so neither colons nor capitals. */
export const ID_FORM = 'expected lower-case letters, digits and single hyphens, a letter first, at most 40 characters';
export const idSchema = z.string().regex(/^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, ID_FORM);

const nameSchema = z.string().trim().min(1).max(100);

const referenceSchema = z
  .string()
  .regex(/^[a-z0-9-]+:[a-z0-9-]+$/, 'expected an entitlement written application:entitlement, such as crm:sales-user');

export const referencesSchema = z
  .array(referenceSchema)
  .min(1, 'expected at least one entitlement')
  .max(MAXIMUM_ENTITLEMENTS);

/** `owners.yaml`: the people who may own applications. */
export const ownersFileSchema = z.strictObject({
  owners: z
    .array(z.strictObject({ id: identityIdSchema, name: nameSchema, contact: z.email() }))
    .min(1)
    .max(MAXIMUM_OWNERS),
});

const rateLimitSchema = z.strictObject({
  callsPerSecond: within(z.number(), RATE_LIMIT_BOUNDS.callsPerSecond).default(DEFAULT_RATE_LIMIT.callsPerSecond),
  concurrentCalls: within(z.int(), RATE_LIMIT_BOUNDS.concurrentCalls).default(DEFAULT_RATE_LIMIT.concurrentCalls),
});

function within(schema: z.ZodNumber, { minimum, maximum }: { readonly minimum: number; readonly maximum: number }) {
  const message = `expected ${minimum} to ${maximum}`;
  return schema.min(minimum, message).max(maximum, message);
}

/** `applications/<id>.yaml`: the file's name is the application's id. */
export const applicationFileSchema = z.strictObject({
  name: nameSchema,
  connector: z.string(),
  network: z.string().optional(),
  owner: z.string(),
  settings: z.record(z.string(), z.unknown()).default({}),
  rateLimit: rateLimitSchema.optional(),
  entitlements: z
    .array(
      z.strictObject({
        id: idSchema,
        name: nameSchema,
        grant: z.string().min(1).max(256).optional(),
        privileged: z.boolean().default(false),
        handover: z
          .strictObject({ days: z.int().min(1, HANDOVER_EXPECTED).max(LONGEST_HANDOVER_DAYS, HANDOVER_EXPECTED) })
          .optional(),
        owner: z.string().optional(),
        agentMayHold: z.literal(true).optional(),
      }),
    )
    .min(1, 'expected at least one entitlement')
    .max(MAXIMUM_ENTITLEMENTS),
  retired: z.boolean().optional(),
  remoteAccess: z.boolean().optional(),
  retention: z.strictObject({ deleteAfterDays: z.int().min(1).max(MAXIMUM_RETENTION_DAYS).optional() }).optional(),
  credentialGraceHours: z.int().min(0, GRACE_EXPECTED).max(MAXIMUM_GRACE_HOURS, GRACE_EXPECTED).optional(),
  attestation: attestationRulesSchema.optional(),
  reconciliation: reconciliationSettingsSchema.prefault({}),
});

/** `profiles/<any>.yaml`. */
export const profilesFileSchema = z.strictObject({
  profiles: z
    .array(z.strictObject({ id: idSchema, name: nameSchema, when: eventPatternSchema, entitlements: referencesSchema }))
    .min(1)
    .max(MAXIMUM_PROFILES),
});

/** `baseline.yaml`: what everyone holds, and what each kind of identity holds. */
export const baselineFileSchema = z.strictObject({
  everyone: referencesSchema.optional(),
  kinds: z.partialRecord(z.enum(IDENTITY_KINDS), referencesSchema).default({}),
});

/** `duties.yaml`: what nobody may hold together. */
export const dutiesFileSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        id: idSchema,
        name: nameSchema,
        severity: z.enum(DUTY_SEVERITIES),
        mode: z.enum(DUTY_MODES),
        sides: z
          .array(
            z.strictObject({
              name: nameSchema,
              entitlements: z.array(referenceSchema).max(MAXIMUM_PER_SIDE).default([]),
              profiles: z.array(idSchema).max(MAXIMUM_PER_SIDE).default([]),
            }),
          )
          .min(2, 'expected two sides or more')
          .max(MAXIMUM_SIDES),
        exceptions: z
          .array(
            z.strictObject({
              identity: identityIdSchema,
              owner: identityIdSchema,
              reason: z.string().trim().min(1).max(MAXIMUM_REASON),
              until: momentSchema,
            }),
          )
          .max(MAXIMUM_EXCEPTIONS)
          .default([]),
      }),
    )
    .min(1)
    .max(MAXIMUM_DUTIES),
});

export type DutiesFile = z.output<typeof dutiesFileSchema>;
export type ApplicationFile = z.output<typeof applicationFileSchema>;
export type ProfilesFile = z.output<typeof profilesFileSchema>;
export type BaselineFile = z.output<typeof baselineFileSchema>;
export type OwnersFile = z.output<typeof ownersFileSchema>;
