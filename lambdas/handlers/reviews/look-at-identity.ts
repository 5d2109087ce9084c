// What somebody has that is in the scope of a campaign, and who would be asked about each of it: for the population of one that
// opens, and for the preview of one that does not.

import type { IdentityHeader } from '../../core/access/identity-record.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Superior } from '../../core/identity/management-chain.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import {
  type FoundItem,
  itemsOf,
  type PopulationItem,
  type PopulationLine,
  peersOf,
} from '../../core/reviews/campaign-population.ts';
import { candidatesFor } from '../../core/reviews/campaign-reviewers.ts';
import { mayConcern } from '../../core/reviews/campaign-scope.ts';
import { findIdentity, type LoadedIdentity, type LoadingDependencies } from '../shared/load-identity.ts';
import type { Chains } from './campaign-chains.ts';

export interface Looking {
  readonly dependencies: LoadingDependencies;
  readonly campaign: Pick<Campaign, 'definition' | 'begunMs' | 'hash'>;
  readonly model: AccessModel;
  readonly chains: Chains;
}

/** A line of the population, with ids in place of pseudonyms. */
export interface Found extends Omit<PopulationLine, 'subject'> {
  readonly identityId: string;
}

/** Undefined: nothing of theirs is in the scope. */
export async function lookAtIdentity(looking: Looking, header: IdentityHeader): Promise<Found | undefined> {
  const { dependencies, campaign, model, chains } = looking;
  const { definition, begunMs, hash } = campaign;
  const { identityId, summary, removal } = header;
  // Everything of theirs was read back as gone.
  if (summary.status === 'departed' && removal?.provenMs !== undefined) return undefined;
  const superiors = await chains.above(summary.ownerId ?? summary.managerId);
  const above = superiors.map((one) => one.identityId);
  if (!mayConcern(definition, { kind: summary.kind, superiors: above })) return undefined;
  const loaded = await findIdentity(dependencies, identityId, { judgedMs: begunMs });
  if (loaded === undefined || loaded.timeline.mergedInto !== undefined) return undefined;
  const { record, timeline, state, nowMs } = loaded;
  const whose = { identityId, timeline, state, accounts: record.accounts, superiors: above, model, nowMs };
  const found = itemsOf(definition, whose);
  if (found.length === 0) return undefined;
  const items: PopulationItem[] = [];
  for (const item of found) items.push({ ...item, reviewers: await reviewersOf(looking, loaded, superiors, item) });
  return { identityId, peers: peersOf(state, hash), ...(isEmployed(state) ? {} : { left: true }), items };
}

/** Whoever approved it, or has it themselves, is asked about it by nobody. */
async function reviewersOf(
  { campaign, chains }: Looking,
  { record, timeline }: LoadedIdentity,
  superiors: readonly Superior[],
  { entitlement, reasons }: FoundItem,
): Promise<readonly string[]> {
  const { reviewers = 'manager' } = campaign.definition.stages[0] ?? {};
  const gave = reasons.flatMap(({ fact }) => {
    const known = timeline.facts.find(({ factId }) => factId === fact);
    return known?.type === 'access-granted' ? known.approvedBy : [];
  });
  const involved = new Set([record.header.identityId, ...gave]);
  const owners = await chains.ownersOf(entitlement);
  return candidatesFor(reviewers, { superiors, ...owners }, involved);
}
