// Compares what Tenure says with what the systems hold. Every difference is one too many.

import type { IdentityAnswer } from '../lambdas/api/identities.ts';
import type { AccessModel } from '../lambdas/core/access-model/access-model.ts';
import type { FoundAccount } from './read-targets.ts';

export interface Verification {
  readonly accounts: number;
  readonly grants: number;
  /** In words for people. */
  readonly differences: readonly string[];
}

export function verifyTargets(
  identities: readonly IdentityAnswer[],
  found: readonly FoundAccount[],
  model: AccessModel,
): Verification {
  const differences: string[] = [];
  const unexplained = new Set(found);
  for (const identity of identities) {
    for (const application of model.applications) {
      if (application.connector === 'manual') continue;
      const reasons = identity.entitlements.filter(({ entitlement }) => entitlement.startsWith(`${application.id}:`));
      const account = found.find((one) => {
        return one.applicationId === application.id && one.identityId === identity.identityId;
      });
      if (account !== undefined) unexplained.delete(account);
      // Whoever is suspended before there was an account gets it on the day they return.
      const awaited = account !== undefined || identity.state.status !== 'suspended';
      const due = (awaited ? reasons : [])
        .map(({ entitlement }) => application.entitlements.find(({ id }) => `${application.id}:${id}` === entitlement))
        .map((entitlement) => entitlement?.grant ?? '')
        .sort();
      const held = account?.grants ?? [];
      const where = `${identity.identityId} in ${application.id}`;
      for (const grant of held) if (!due.includes(grant)) differences.push(`${where} holds ${grant} without a reason`);
      for (const grant of due) if (!held.includes(grant)) differences.push(`${where} does not hold ${grant}`);
      const usable = due.length > 0 && identity.state.status === 'active';
      if (account?.enabled && !usable) differences.push(`${where} can be used`);
      if (account !== undefined && !account.enabled && usable) differences.push(`${where} is disabled`);
    }
  }
  for (const { applicationId, userName } of unexplained) {
    differences.push(`${userName} in ${applicationId} belongs to no identity`);
  }
  const usable = found.filter(({ enabled }) => enabled);
  return {
    accounts: usable.length,
    grants: usable.reduce((sum, { grants }) => sum + grants.length, 0),
    differences,
  };
}
