// How far one person's part of a campaign has come, where it is listed: counted anew from the facts, so that whatever was missed
// before is in it.
import { desiredAccess } from '../../core/access/desired-access.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { Campaign, CampaignPerson } from '../../core/reviews/campaign.ts';
import { type CampaignItemState, campaignItemStates, countsOf } from '../../core/reviews/campaign-answers.ts';
import { rankOf } from '../../core/reviews/campaign-verdicts.ts';
import { isTheirs, type ReadBack, readBackOf } from '../../core/reviews/read-back.ts';
import type { CampaignStore, QueueKey } from '../../stores/campaigns/campaign-store.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';

export interface RecountDependencies {
  readonly campaigns: Pick<CampaignStore, 'countRow' | 'findPerson'>;
  readonly model: () => AccessModel;
}

/** Their rows in the stage in which they are: one for each reviewer. */
export async function recountPerson(
  { campaigns, model }: RecountDependencies,
  { campaignId }: Pick<Campaign, 'campaignId'>,
  loaded: LoadedIdentity,
): Promise<void> {
  const { identityId } = loaded.record.header;
  const person = await campaigns.findPerson(campaignId, identityId);
  if (person === undefined) return;
  const states = campaignItemStates(loaded.timeline, campaignId, loaded.nowMs);
  const readBack = readingBack(loaded, model());
  for (const reviewer of new Set(person.items.map((one) => one.reviewer))) {
    const own = itemsOf(person, reviewer);
    const asked = states.filter(({ item }) => own.some(({ entitlement }) => entitlement === item.entitlement));
    await campaigns.countRow(queueKeyOf(person, reviewer), countsOf(asked, readBack));
  }
}

export function readingBack(
  { record, timeline, nowMs }: LoadedIdentity,
  model: AccessModel,
): (state: CampaignItemState, takenMs: number) => ReadBack {
  const desired = desiredAccess(timeline, model, nowMs, record.header.identityId);
  return ({ item }, takenMs) => readBackOf({ desired, accounts: record.accounts, model }, item.entitlement, takenMs);
}

/** What is asked about them: of what was planted, what they have not been given since. */
export function askedStates(
  { record, timeline, nowMs }: LoadedIdentity,
  campaignId: string,
  model: AccessModel,
): readonly CampaignItemState[] {
  const states = campaignItemStates(timeline, campaignId, nowMs);
  if (states.every(({ item }) => !item.planted)) return states;
  const desired = desiredAccess(timeline, model, nowMs, record.header.identityId);
  const known = { desired, accounts: record.accounts, model };
  return states.filter(({ item }) => !item.planted || !isTheirs(known, item.entitlement));
}

/** Where they are among those whom a reviewer has to answer about. */
export function queueKeyOf(person: CampaignPerson, reviewer: string): QueueKey {
  const { campaignId, stage, identityId } = person;
  return {
    campaignId,
    stage,
    reviewer,
    rank: rankOf(itemsOf(person, reviewer).map(({ because }) => because)),
    identityId,
  };
}

function itemsOf({ items }: CampaignPerson, reviewer: string): CampaignPerson['items'] {
  return items.filter((one) => one.reviewer === reviewer);
}
