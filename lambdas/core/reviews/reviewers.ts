// Who can answer about an item now, whoever was asked when the campaign opened: never whose access it is, nor who gave it; who
// left or is away is replaced by whoever is next, and who handed it over by whom they handed it to.

import type { AccessModel } from '../access-model/access-model.ts';
import type { CampaignReviewer } from '../access-model/campaign-rules.ts';
import { findEntitlement } from '../access-model/find-entitlement.ts';
import type { ReviewItemState } from '../identity/access-reviews.ts';
import type { Fact } from '../identity/facts.ts';
import type { Superior } from '../identity/management-chain.ts';
import type { Approvers } from '../requests/approvers.ts';
import { SECURITY } from './campaign.ts';
import { candidatesFor, type ReviewerChains } from './campaign-reviewers.ts';

export interface Involved {
  /** Identities: whose access it is, and who asked for it or approved it. */
  readonly people: readonly string[];
  /** Operators who gave it in a system by hand, or confirmed that somebody did. */
  readonly operators: readonly string[];
}

/** Who may never say that it stays. @param facts of the identity that count */
export function involvedIn(
  identityId: string,
  facts: readonly Fact[],
  { entitlement, facts: reasons }: Pick<ReviewItemState, 'entitlement' | 'facts'>,
  model: AccessModel,
): Involved {
  const found = findEntitlement(model, entitlement);
  const gave = facts.flatMap((fact) => {
    if (fact.type !== 'access-granted' || !reasons.includes(fact.factId)) return [];
    return [fact.requestedBy, ...fact.approvedBy];
  });
  const provisioned = facts.flatMap((fact) => {
    if (fact.type !== 'task-attested' || fact.applicationId !== found?.application.id) return [];
    const isGranted = fact.steps.some((step) => step.action === 'grant' && step.grant === found.entitlement.grant);
    return isGranted ? [fact.attestedBy, ...(fact.confirmedBy === undefined ? [] : [fact.confirmedBy])] : [];
  });
  return { people: [...new Set([identityId, ...gave])], operators: [...new Set(provisioned)] };
}

export interface Reassignment {
  readonly to: string;
  /** Epoch ms. */
  readonly atMs: number;
}

/**
 * To whom somebody handed over what they had to answer about an identity, after an instant. What was handed back later counts
 * later, so that whoever follows them from one to the next comes to an end.
 *
 * @param facts of the one who had it, that count
 * @param afterMs when it came to them; 0 where it was theirs from the beginning
 */
export function reassignedFrom(
  facts: readonly Fact[],
  asked: { readonly campaignId: string; readonly identityId: string; readonly afterMs: number; readonly nowMs: number },
): Reassignment | undefined {
  const { campaignId, identityId, afterMs, nowMs } = asked;
  for (const fact of facts) {
    if (fact.type !== 'reviews-reassigned' || fact.campaignId !== campaignId) continue;
    const { to, recordedMs, identities, endsMs = Number.POSITIVE_INFINITY } = fact;
    const isAbout = identities === undefined || identities.includes(identityId);
    if (isAbout && recordedMs > afterMs && nowMs < endsMs) return { to, atMs: recordedMs };
  }
  return undefined;
}

export interface Asked {
  /** As the stage says. */
  readonly reviewers: CampaignReviewer;
  readonly chains: ReviewerChains;
  /** In whose queue it is. Undefined: nobody's who is known. */
  readonly assigned: Superior | undefined;
  /** It is in the queue of the role `security`. */
  readonly isSecuritys: boolean;
  /** Whether somebody handed it over to them: it is theirs, whoever else would be asked. */
  readonly isHandedOver: boolean;
}

/** @param involved as the people they are, whatever ids they had */
export function reviewersOf(
  { reviewers, chains, assigned, isSecuritys, isHandedOver }: Asked,
  involved: ReadonlySet<string>,
): Approvers {
  const candidates = candidatesFor(reviewers, chains, involved);
  const own = assigned === undefined ? [] : inPlaceOf(assigned, involved);
  if (isHandedOver && own.length > 0) return { people: own, security: false };
  // Whoever was above somebody before they moved is not asked any more.
  const still = own.filter((one) => candidates.includes(one));
  const [first = SECURITY] = candidates;
  const people = first === SECURITY ? still : [...still, first];
  return { people: [...new Set(people)], security: people.length === 0 || isSecuritys };
}

function inPlaceOf(assigned: Superior, involved: ReadonlySet<string>): readonly string[] {
  const chains = { superiors: [assigned], entitlementOwners: [], applicationOwners: [] };
  return candidatesFor('manager', chains, involved).filter((one) => one !== SECURITY);
}
