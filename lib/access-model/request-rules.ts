// `requests.yaml`: what may be asked for, by whom, for how long, and who decides. What it compiles to:
// lambdas/core/access-model/request-rules.ts.
import * as z from 'zod';
import type { Application } from '../../lambdas/core/access-model/access-model.ts';
import {
  APPROVERS,
  type ApprovalStage,
  REQUESTERS,
  type RequestRule,
} from '../../lambdas/core/access-model/request-rules.ts';
import { didYouMean } from './did-you-mean.ts';
import { emergencyRulesSchema } from './emergency-rules.ts';
import { idSchema, referencesSchema } from './file-schemas.ts';
import type { ValuePath } from './yaml-file.ts';

const MAXIMUM_RULES = 500;
const MAXIMUM_STAGES = 5;
const MAXIMUM_QUORUM = 5;
const LONGEST_DAYS = 366;
const MAXIMUM_EXPIRY_DAYS = 30;

const approvers = z.array(z.enum(APPROVERS)).min(1).max(APPROVERS.length);
const within = (maximum: number, of: string) => {
  const message = `expected 1 to ${maximum} ${of}`;
  return z.int().min(1, message).max(maximum, message);
};

export const requestsFileSchema = z.strictObject({
  requests: z
    .array(
      z.strictObject({
        id: idSchema,
        entitlements: referencesSchema,
        by: z
          .array(z.enum(REQUESTERS))
          .min(1)
          .default([...REQUESTERS]),
        longestDays: within(LONGEST_DAYS, 'days').optional(),
        expiresDays: within(MAXIMUM_EXPIRY_DAYS, 'days').default(7),
        stages: z
          .array(
            z.strictObject({
              anyOf: approvers,
              quorum: within(MAXIMUM_QUORUM, 'people').default(1),
              fallback: approvers.default([]),
            }),
          )
          .min(1, 'expected at least one stage: somebody decides')
          .max(MAXIMUM_STAGES),
      }),
    )
    .min(1)
    .max(MAXIMUM_RULES),
  emergency: emergencyRulesSchema.optional(),
});

export interface RuleFault {
  readonly path: ValuePath;
  readonly message: string;
}

/** What is wrong with rules among themselves and with the entitlements that they name. */
export function faultsOfRules(
  rules: readonly RequestRule[],
  applications: readonly Application[],
  isJudged: (applicationId: string) => boolean,
): readonly RuleFault[] {
  const known = new Map(
    applications.flatMap(({ id, retired, entitlements }) =>
      entitlements.map((one) => [`${id}:${one.id}`, { isRetired: retired === true, isPrivileged: one.privileged }]),
    ),
  );
  const ownedApart = new Set(
    applications.flatMap(({ id, owner, entitlements }) =>
      entitlements.flatMap((one) => ((one.owner ?? owner) === owner ? [] : [`${id}:${one.id}`])),
    ),
  );
  const seen = new Map<string, string>();
  return rules.flatMap((rule, index) => {
    const path = ['requests', index] as const;
    const named = rule.entitlements.flatMap((reference, place): readonly RuleFault[] => {
      const at = [...path, 'entitlements', place];
      const [applicationId = ''] = reference.split(':');
      const found = known.get(reference);
      const before = seen.get(reference);
      seen.set(reference, rule.id);
      if (before !== undefined)
        return [{ path: at, message: `"${reference}" may be asked for by "${before}" already` }];
      if (found === undefined) {
        if (!isJudged(applicationId)) return [];
        return [{ path: at, message: `unknown entitlement "${reference}"${didYouMean(reference, [...known.keys()])}` }];
      }
      if (found.isRetired) {
        return [{ path: at, message: `"${reference}": the application "${applicationId}" is retired` }];
      }
      return found.isPrivileged ? faultsOfPrivileged(rule, reference, at) : [];
    });
    const owns = rule.entitlements.every((reference) => ownedApart.has(reference));
    return [...named, ...rule.stages.flatMap((stage, place) => faultsOfStage(stage, owns, [...path, 'stages', place]))];
  });
}

function faultsOfPrivileged(
  { stages, longestDays }: RequestRule,
  reference: string,
  path: ValuePath,
): readonly RuleFault[] {
  const isSeen = stages.some(({ anyOf }) => anyOf.length === 1 && anyOf[0] === 'security');
  return [
    ...(isSeen
      ? []
      : [{ path, message: `"${reference}" is privileged: expected a stage that security alone decides` }]),
    ...(longestDays === undefined ? [{ path, message: `"${reference}" is privileged: expected longestDays` }] : []),
  ];
}

/**
 * A manager and an owner are one person each; of security there are as many as there are.
 *
 * @param owns whether each entitlement has an owner who is not the application's
 */
function faultsOfStage(
  { anyOf, fallback, quorum }: ApprovalStage,
  owns: boolean,
  path: ValuePath,
): readonly RuleFault[] {
  const all = new Set([...anyOf, ...fallback]);
  if (!owns && all.has('application-owner')) all.delete('entitlement-owner');
  if (all.has('security') || quorum <= all.size) return [];
  return [{ path: [...path, 'quorum'], message: `${quorum} of ${all.size}: expected no more than there are` }];
}

/** Sorted, so that the order in which they are written does not change the model's hash. */
export function compileRules(rules: readonly RequestRule[]): readonly RequestRule[] {
  const sorted = rules.map((rule) => ({ ...rule, entitlements: [...rule.entitlements].sort() }));
  return sorted.sort((one, other) => (one.id < other.id ? -1 : 1));
}
