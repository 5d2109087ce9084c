// What somebody should have, by brute force: every entitlement of every profile whose condition holds, asked one by one.
// Written from the glossary and the sample models, with nothing from lambdas/core but its types.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import type { ReferenceState } from './state.ts';

export interface ReferenceAccount {
  readonly applicationId: string;
  /** On leave an account is kept, and cannot be used. */
  readonly enabled: boolean;
  /** Sorted. */
  readonly entitlements: readonly string[];
}

export function referenceAccess(
  { status, attributes }: ReferenceState,
  model: AccessModel,
): readonly ReferenceAccount[] {
  if (status !== 'active' && status !== 'suspended') return [];
  const held = model.profiles
    .filter(({ when }) => Object.entries(when).every(([name, wanted]) => holds(attributes, name, wanted)))
    .flatMap(({ entitlements }) => entitlements);
  return model.applications
    .map(({ id, entitlements }) => ({
      applicationId: id,
      enabled: status === 'active',
      entitlements: entitlements
        .map((entitlement) => entitlement.id)
        .filter((entitlementId) => held.includes(`${id}:${entitlementId}`))
        .sort(),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
}

/** One of the values asked for, or any. The simulated models ask for nothing else. */
function holds(attributes: Partial<Attributes>, name: string, wanted: unknown): boolean {
  if (!Array.isArray(wanted)) throw new Error(`the reference does not know the condition ${JSON.stringify(wanted)}`);
  const value = attributes[name as keyof Attributes];
  return wanted.some((one: unknown) => {
    if (typeof one === 'string') return one === value;
    if (JSON.stringify(one) === '{"exists":true}') return value !== undefined;
    throw new Error(`the reference does not know the condition ${JSON.stringify(one)}`);
  });
}
