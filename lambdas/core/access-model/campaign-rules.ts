// What a review campaign is: whose access it looks at, who answers, by when, and what comes of no answer. A part of the
// access model (access-model/reviews.yaml); the API takes the same.
import * as z from 'zod';
import { IDENTITY_KINDS, identityIdSchema } from '../identity/attributes.ts';

/**
 * Who answers for an item. `manager`: of the identity, or its owner's where it is no person. `owner`: of an identity that is no
 * person. `entitlement-owner`: the application's where the entitlement has none of its own. `security`: whoever has that role.
 */
export const CAMPAIGN_REVIEWERS = ['manager', 'entitlement-owner', 'application-owner', 'owner', 'security'] as const;
export type CampaignReviewer = (typeof CAMPAIGN_REVIEWERS)[number];

export const CAMPAIGN_INTERVALS = ['month', 'quarter', 'half-year', 'year'] as const;
export type CampaignInterval = (typeof CAMPAIGN_INTERVALS)[number];

/** What comes of an item that nobody answers: it is never kept. */
export const NO_ANSWERS = ['remove', 'suspend'] as const;
export type NoAnswer = (typeof NO_ANSWERS)[number];

/** What is known of the last use of nothing is neither use nor the lack of it. */
export const UNKNOWN_USES = ['ask', 'settle'] as const;

const MAXIMUM_LISTED = 500;
const MAXIMUM_STAGES = 5;
const MAXIMUM_STAGE_DAYS = 90;
const MAXIMUM_UNDO_DAYS = 90;
const MAXIMUM_ESCALATE_HOURS = 30 * 24;
const MAXIMUM_REMOVAL_HOURS = 30 * 24;
const MAXIMUM_USED_DAYS = 730;
const MAXIMUM_EXCLUDED = 200;
const MAXIMUM_PLANTED = 1_000;
/** More of it would be a review of what is not there. */
const MAXIMUM_PLANTED_SHARE = 0.2;
const PLANTED_EXPECTED = `expected a share above 0, up to ${MAXIMUM_PLANTED_SHARE}`;
export const MAXIMUM_PER_REVIEWER = 10_000;

const DAYS_EXPECTED = `expected 1 to ${MAXIMUM_STAGE_DAYS} days`;

const applicationId = z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected the id of an application');
const entitlementReference = z
  .string()
  .max(100)
  .regex(/^[a-z0-9-]+:[a-z0-9-]+$/, 'expected an entitlement written application:entitlement');

function listOf<Item extends z.ZodType>(item: Item) {
  return z.array(item).min(1, 'expected at least one').max(MAXIMUM_LISTED);
}

/** An item is in the scope if everything that is said here holds of it. */
export const campaignScopeSchema = z.strictObject({
  applications: listOf(applicationId).optional(),
  entitlements: listOf(entitlementReference).optional(),
  managers: listOf(identityIdSchema)
    .optional()
    .meta({ description: 'Identities below any of these in the management chain.' }),
  owners: listOf(identityIdSchema)
    .optional()
    .meta({ description: 'What any of these answers for: entitlements, and identities that are no people.' }),
  privileged: z.boolean().optional(),
  kinds: listOf(z.enum(IDENTITY_KINDS)).optional(),
  dutyExceptions: z
    .literal(true)
    .optional()
    .meta({ description: 'What an exception from the segregation of duties lets somebody hold.' }),
  unexplained: z.literal(true).optional().meta({ description: 'What accounts hold and no reason holds up.' }),
  disconnected: z.literal(true).optional().meta({ description: 'In systems without a connector.' }),
});
export type CampaignScope = z.infer<typeof campaignScopeSchema>;

export const campaignStageSchema = z.strictObject({
  reviewers: z.enum(CAMPAIGN_REVIEWERS),
  days: z.int().min(1, DAYS_EXPECTED).max(MAXIMUM_STAGE_DAYS, DAYS_EXPECTED),
});
export type CampaignStage = z.infer<typeof campaignStageSchema>;

const settledSchema = z.strictObject({
  usedWithinDays: z
    .int()
    .min(1)
    .max(MAXIMUM_USED_DAYS)
    .optional()
    .meta({ description: 'What was used last before that is asked. Absent: use decides nothing.' }),
  unknownUse: z
    .enum(UNKNOWN_USES)
    .default('ask')
    .meta({ description: 'What becomes of access of which the last use is not known. It is said of each such item.' }),
  sampleShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .meta({ description: 'Of what would be settled that share is asked all the same.' }),
});
export type SettledPolicy = z.infer<typeof settledSchema>;

const plantedSchema = z.strictObject({
  share: z
    .number()
    .gt(0, PLANTED_EXPECTED)
    .max(MAXIMUM_PLANTED_SHARE, PLANTED_EXPECTED)
    .meta({ description: 'Of those who are asked about, one item each is planted with that share of them.' }),
  maximum: z
    .int()
    .min(1)
    .max(MAXIMUM_PLANTED)
    .default(100)
    .meta({ description: 'More are not planted in one campaign.' }),
});

const exclusionSchema = z
  .strictObject({
    identity: identityIdSchema.optional(),
    entitlement: entitlementReference.optional(),
    reason: z.string().trim().min(1).max(500),
    by: identityIdSchema,
  })
  .refine(({ identity, entitlement }) => identity !== undefined || entitlement !== undefined, {
    error: 'expected identity, entitlement or both',
  });
export type CampaignExclusion = z.infer<typeof exclusionSchema>;

export const campaignDefinitionSchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scope: campaignScopeSchema.refine((scope) => Object.values(scope).some((one) => one !== undefined), {
    error: 'expected what is looked at: a scope that says nothing would be all access of everybody',
  }),
  stages: z
    .array(campaignStageSchema)
    .min(1, 'expected at least one stage')
    .max(MAXIMUM_STAGES)
    .default([{ reviewers: 'manager', days: 14 }]),
  settled: settledSchema
    .optional()
    .meta({ description: 'What needs no answer: unchanged, with a live reason. Absent: everything needs one.' }),
  escalateHours: z
    .int()
    .min(1)
    .max(MAXIMUM_ESCALATE_HOURS)
    .optional()
    .meta({
      description:
        'So long before a stage closes whoever is above a reviewer who has not answered is told, and security; half way, where the stage ' +
        'is shorter than twice that. Absent: two days.',
    }),
  noAnswer: z
    .strictObject({ privileged: z.enum(NO_ANSWERS).default('remove'), others: z.enum(NO_ANSWERS).default('suspend') })
    .default({ privileged: 'remove', others: 'suspend' }),
  undoDays: z.int().min(1).max(MAXIMUM_UNDO_DAYS).default(14),
  removeWithinHours: z
    .int()
    .min(1)
    .max(MAXIMUM_REMOVAL_HOURS)
    .optional()
    .meta({ description: 'Within which what is removed is to be gone from the system itself. Absent: a day.' }),
  maximumPerReviewer: z
    .int()
    .min(1)
    .max(MAXIMUM_PER_REVIEWER)
    .default(200)
    .meta({ description: 'Items that one person is asked about. Beyond, whoever is above them is asked.' }),
  planted: plantedSchema.optional().meta({
    description:
      'Items that nobody holds, to see whether reviewers look. No answer to them changes access; who answers is not told.',
  }),
  excluded: z.array(exclusionSchema).max(MAXIMUM_EXCLUDED).default([]),
});
export type CampaignDefinition = z.infer<typeof campaignDefinitionSchema>;

const HOUR_MS = 3_600_000;
const REMOVED_WITHIN_HOURS = 24;

/** Until when what is taken away at an instant is to be gone (epoch ms). */
export function removalDueMs(
  { removeWithinHours = REMOVED_WITHIN_HOURS }: Pick<CampaignDefinition, 'removeWithinHours'>,
  takenMs: number,
): number {
  return takenMs + removeWithinHours * HOUR_MS;
}

/** One that the access model opens by itself. */
export interface CampaignRule extends CampaignDefinition {
  readonly id: string;
  /** Absent: by hand alone. */
  readonly every?: CampaignInterval | undefined;
  /** The first day of a period (`2026-01-01`): the others follow from it. */
  readonly firstDay?: string | undefined;
}
