// What somebody should have, by brute force: every entitlement of every profile whose condition holds, asked one by one.
// Written from the glossary and the sample models, with nothing from lambdas/core but its types.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Attributes } from '../../lambdas/core/identity/attributes.ts';
import { type Excepted, keptApart } from './duties.ts';
import { plainlyMatches } from './patterns.ts';
import type { ReferenceState } from './state.ts';

export interface ReferenceAccount {
  readonly applicationId: string;
  /** On leave an account is kept, and cannot be used. */
  readonly enabled: boolean;
  /** Sorted. */
  readonly entitlements: readonly string[];
}

export function referenceAccess(
  { status, attributes, granted = [], excepted: letIn = [] }: ReferenceState,
  model: AccessModel,
  excepted?: Excepted,
): readonly ReferenceAccount[] {
  if (status !== 'active' && status !== 'suspended') return [];
  const given = heldAccounts(attributes, model);
  // What is given for a time has no profile.
  const all = model.applications
    .filter(({ retired }) => retired !== true)
    .map(({ id, entitlements }) => ({
      applicationId: id,
      entitlements: entitlements
        .map((entitlement) => {
          const held = given.find(({ applicationId }) => applicationId === id);
          const profiles = held?.entitlements.find((one) => one.entitlement === entitlement.id)?.profiles ?? [];
          const isGranted = granted.includes(`${id}:${entitlement.id}`);
          return { entitlement: entitlement.id, profiles: isGranted ? [...profiles, ''] : profiles };
        })
        .filter(({ profiles }) => profiles.length > 0)
        .sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1)),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
  return keptApart(all, model, excepted, letIn).map(({ applicationId, entitlements }) => ({
    applicationId,
    enabled: status === 'active',
    entitlements: entitlements.map(({ entitlement }) => entitlement),
  }));
}

export interface HeldAccount {
  readonly applicationId: string;
  /** Sorted, each with the profiles that give it, in the order of the model. */
  readonly entitlements: readonly { readonly entitlement: string; readonly profiles: readonly string[] }[];
}

/** What the profiles give whose conditions these attributes meet, in the order of the model; nothing in what is retired. */
export function heldAccounts(attributes: Partial<Attributes>, model: AccessModel): readonly HeldAccount[] {
  const given = model.profiles
    .filter(({ when }) => plainlyMatches(when, attributes))
    .flatMap(({ id, entitlements }) => entitlements.map((reference) => ({ profile: id, reference })));
  return model.applications
    .filter(({ retired }) => retired !== true)
    .map(({ id, entitlements }) => ({
      applicationId: id,
      entitlements: entitlements
        .map((entitlement) => ({
          entitlement: entitlement.id,
          profiles: given
            .filter(({ reference }) => reference === `${id}:${entitlement.id}`)
            .map(({ profile }) => profile),
        }))
        .filter(({ profiles }) => profiles.length > 0)
        .sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1)),
    }))
    .filter(({ entitlements }) => entitlements.length > 0);
}
