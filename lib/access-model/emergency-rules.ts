// `emergency` in `requests.yaml`: what may be taken at once, by whom, for how long, and who looks at it afterwards. What it
// compiles to: lambdas/core/access-model/emergency-rule.ts.
import * as z from 'zod';
import type { AccessProfile, Application } from '../../lambdas/core/access-model/access-model.ts';
import { type EmergencyRule, LONGEST_EMERGENCY_HOURS } from '../../lambdas/core/access-model/emergency-rule.ts';
import { APPROVERS } from '../../lambdas/core/access-model/request-rules.ts';
import { didYouMean } from './did-you-mean.ts';
import { idSchema, referencesSchema } from './file-schemas.ts';
import type { ValuePath } from './yaml-file.ts';

const MAXIMUM_RULES = 100;
const MAXIMUM_PROFILES = 50;
const LATEST_REVIEW_HOURS = 336;

const approvers = z.array(z.enum(APPROVERS)).min(1).max(APPROVERS.length);
const hours = (maximum: number) => {
  const message = `expected 1 to ${maximum} hours`;
  return z.int().min(1, message).max(maximum, message);
};

export const emergencyRulesSchema = z
  .array(
    z.strictObject({
      id: idSchema,
      entitlements: referencesSchema,
      who: z.array(idSchema).min(1, 'expected at least one access profile').max(MAXIMUM_PROFILES),
      longestHours: hours(LONGEST_EMERGENCY_HOURS),
      tell: approvers.default(['manager', 'application-owner', 'security']),
      reviewedBy: approvers.default(['security']),
      reviewWithinHours: hours(LATEST_REVIEW_HOURS).default(72),
    }),
  )
  .min(1)
  .max(MAXIMUM_RULES);

interface Known {
  readonly applications: readonly Application[];
  readonly profiles: readonly Pick<AccessProfile, 'id'>[];
  readonly isJudged: (applicationId: string) => boolean;
}

/** What is wrong with rules among themselves, and with the entitlements and profiles that they name. */
export function faultsOfEmergencies(
  rules: readonly EmergencyRule[],
  { applications, profiles, isJudged }: Known,
): readonly { readonly path: ValuePath; readonly message: string }[] {
  const known = new Map(
    applications.flatMap(({ id, retired, entitlements }) =>
      entitlements.map((one) => [`${id}:${one.id}`, retired === true]),
    ),
  );
  const profileIds = profiles.map(({ id }) => id);
  const seen = new Map<string, string>();
  return rules.flatMap((rule, index) => {
    const path = ['emergency', index] as const;
    const entitlements = rule.entitlements.flatMap((reference, place) => {
      const before = seen.get(reference);
      seen.set(reference, rule.id);
      const message = faultOf(reference, before);
      return message === undefined ? [] : [{ path: [...path, 'entitlements', place], message }];
    });
    const who = rule.who.flatMap((id, place) =>
      profileIds.includes(id)
        ? []
        : [{ path: [...path, 'who', place], message: `unknown profile "${id}"${didYouMean(id, profileIds)}` }],
    );
    return [...entitlements, ...who];
  });

  function faultOf(reference: string, before: string | undefined): string | undefined {
    const [applicationId = ''] = reference.split(':');
    const isRetired = known.get(reference);
    if (before !== undefined) return `"${reference}" may be taken by "${before}" already`;
    if (isRetired === true) return `"${reference}": the application "${applicationId}" is retired`;
    if (isRetired === false || !isJudged(applicationId)) return undefined;
    return `unknown entitlement "${reference}"${didYouMean(reference, [...known.keys()])}`;
  }
}

/** Sorted, so that the order in which they are written does not change the model's hash. */
export function compileEmergencies(rules: readonly EmergencyRule[]): readonly EmergencyRule[] {
  const sorted = rules.map((rule) => ({
    ...rule,
    entitlements: [...rule.entitlements].sort(),
    who: [...rule.who].sort(),
  }));
  return sorted.sort((one, other) => (one.id < other.id ? -1 : 1));
}
