// What somebody has that is in the scope of a campaign, and who would be asked about each of it: for the population of one that
// opens, and for the preview of one that does not.

import type { IdentityHeader } from '../../core/access/identity-record.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Superior } from '../../core/identity/management-chain.ts';
import { needsOwner } from '../../core/identity/ownership.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import {
  type FoundItem,
  itemsOf,
  type Plant,
  type PopulationItem,
  type PopulationLine,
  peersOf,
  plantableFor,
} from '../../core/reviews/campaign-population.ts';
import { candidatesFor } from '../../core/reviews/campaign-reviewers.ts';
import { mayConcern } from '../../core/reviews/campaign-scope.ts';
import { involvedIn } from '../../core/reviews/reviewers.ts';
import { findIdentity, type LoadedIdentity, type LoadingDependencies } from '../shared/load-identity.ts';
import type { Chains } from './campaign-chains.ts';

export interface Looking {
  readonly dependencies: LoadingDependencies;
  readonly campaign: Pick<Campaign, 'definition' | 'begunMs' | 'hash'>;
  readonly model: AccessModel;
  readonly chains: Chains;
}

/** A line of the population, with ids in place of pseudonyms. */
export interface Found extends Omit<PopulationLine, 'subject' | 'plant'> {
  readonly identityId: string;
  /** What may be planted about them. */
  readonly plantable: readonly Plantable[];
}

export interface Plantable extends Omit<Plant, 'reviewers'> {
  readonly reviewers: () => Promise<Plant['reviewers']>;
}

/** Undefined: nothing of theirs is in the scope. */
export async function lookAtIdentity(looking: Looking, header: IdentityHeader): Promise<Found | undefined> {
  const { dependencies, campaign, model, chains } = looking;
  const { definition, begunMs, hash } = campaign;
  const { identityId, summary, removal } = header;
  // Everything of theirs was read back as gone.
  if (summary.status === 'departed' && removal?.provenMs !== undefined) return undefined;
  const { ownerId, managerId } = summary;
  // People may name an owner, a sponsor say: whoever is above them answers all the same.
  const superiors = await chains.above(needsOwner(summary.kind) ? (ownerId ?? managerId) : (managerId ?? ownerId));
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
  const candidates = definition.planted === undefined ? [] : plantableFor(definition, whose);
  const plantable = candidates.map(
    (one): Plantable => ({
      ...one,
      reviewers: () => reviewersOf(looking, loaded, superiors, { entitlement: one.entitlement, reasons: [] }),
    }),
  );
  return { identityId, peers: peersOf(state, hash), ...(isEmployed(state) ? {} : { left: true }), items, plantable };
}

/** Nobody is asked about what they gave, or have themselves. */
async function reviewersOf(
  { campaign, chains, model }: Looking,
  { record, timeline }: LoadedIdentity,
  superiors: readonly Superior[],
  { entitlement, reasons }: Pick<FoundItem, 'entitlement' | 'reasons'>,
): Promise<readonly string[]> {
  const { reviewers = 'manager' } = campaign.definition.stages[0] ?? {};
  const item = { entitlement, facts: reasons.map(({ fact }) => fact) };
  const { people } = involvedIn(record.header.identityId, timeline.standing, item, model);
  const owners = await chains.ownersOf(entitlement);
  return candidatesFor(reviewers, { superiors, ...owners }, new Set(people));
}
