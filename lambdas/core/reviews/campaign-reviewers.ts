// Who would be asked about an item when a campaign opens, in order: those whom the stage names; then whoever is above the
// person, then who owns the entitlement, then security. Who can answer once it is open is found anew with each answer.
import type { CampaignReviewer } from '../access-model/campaign-rules.ts';
import type { Superior } from '../identity/management-chain.ts';
import { SECURITY } from './campaign.ts';

export interface ReviewerChains {
  /** Nearest first: of a person, or of the owner of what is no person with that owner first. */
  readonly superiors: readonly Superior[];
  readonly entitlementOwners: readonly Superior[];
  readonly applicationOwners: readonly Superior[];
}

/** Enough that each has somebody above them to take over. */
const MAXIMUM_CANDIDATES = 6;

/** @param involved who never may: whose it is, and who gave it */
export function candidatesFor(
  reviewers: CampaignReviewer,
  { superiors, entitlementOwners, applicationOwners }: ReviewerChains,
  involved: ReadonlySet<string>,
): readonly string[] {
  const first: Readonly<Record<CampaignReviewer, readonly Superior[]>> = {
    manager: superiors,
    owner: superiors,
    'entitlement-owner': entitlementOwners,
    'application-owner': applicationOwners,
    security: [],
  };
  if (reviewers === 'security') return [SECURITY];
  const chain = [...first[reviewers], ...superiors, ...entitlementOwners];
  const people = chain.flatMap(({ identityId, delegate, takesOver }): readonly string[] => {
    if (involved.has(identityId)) return [];
    if (delegate !== undefined && !involved.has(delegate)) return [delegate];
    return takesOver ? [identityId] : [];
  });
  return [...new Set(people)].slice(0, MAXIMUM_CANDIDATES).concat(SECURITY);
}
