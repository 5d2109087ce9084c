// Review campaigns without DynamoDB, on the same conditions as dynamo-campaign-store.ts.
import type { Campaign, CampaignPerson, QueueRow } from '../../lambdas/core/reviews/campaign.ts';
import type { DecisionBatch } from '../../lambdas/core/reviews/campaign-decisions.ts';
import type { CampaignPart } from '../../lambdas/core/reviews/campaign-parts.ts';
import type { CampaignStore, QueueKey } from '../../lambdas/stores/campaigns/campaign-store.ts';
import type { Page, PageRequest } from '../../lambdas/stores/page.ts';
import { MemoryTable } from './memory-table.ts';

export interface MemoryCampaigns extends CampaignStore {
  /** Whether the clock of campaigns finds one that is not over, or of which more was said since. */
  isAnyGoingOn(): boolean;
}

/** `table` takes the entries; `before` is awaited before each call takes effect. */
export function memoryCampaigns(
  table = new MemoryTable(),
  before: (method: string) => Promise<unknown> = async () => {},
): MemoryCampaigns {
  const campaigns = new Map<string, Campaign>();
  const parts = new Map<string, CampaignPart>();
  const people = new Map<string, CampaignPerson>();
  const rows = new Map<string, QueueRow>();
  const batches = new Map<string, DecisionBatch>();
  const store: CampaignStore = {
    async beginCampaign(campaign, audit) {
      return table.transact(!campaigns.has(campaign.campaignId), audit, () =>
        campaigns.set(campaign.campaignId, structuredClone(campaign)),
      );
    },
    async findCampaign(campaignId) {
      return structuredClone(campaigns.get(campaignId));
    },
    async saveCampaign(campaign, expectedRevision, audit) {
      return table.transact(campaigns.get(campaign.campaignId)?.revision === expectedRevision, audit, () =>
        campaigns.set(campaign.campaignId, structuredClone(campaign)),
      );
    },
    async listCampaigns(page) {
      return pageOf([...campaigns].sort(byKey).reverse(), page);
    },
    async listParts(campaignId) {
      const found = [...parts].filter(([, part]) => part.campaignId === campaignId).sort(byKey);
      return structuredClone(found.map(([, part]) => part));
    },
    async savePart(part, expectedRevision) {
      const key = `${part.campaignId} ${String(part.part).padStart(2, '0')}`;
      if ((parts.get(key)?.revision ?? 0) !== expectedRevision) return false;
      parts.set(key, structuredClone(part));
      return true;
    },
    async savePerson(person, several) {
      people.set(`${person.campaignId} ${person.identityId}`, structuredClone(person));
      for (const row of several) rows.set(keyOf(row), structuredClone(row));
    },
    async findPerson(campaignId, identityId) {
      return structuredClone(people.get(`${campaignId} ${identityId}`));
    },
    async listQueue({ campaignId, stage, reviewer, ...page }) {
      const prefix = `${campaignId} ${stage}#${reviewer}#`;
      return pageOf([...rows].filter(([key]) => key.startsWith(prefix)).sort(byKey), page);
    },
    async listRows({ campaignId, ...page }) {
      return pageOf([...rows].filter(([key]) => key.startsWith(`${campaignId} `)).sort(byKey), page);
    },
    async countRow(row, counts) {
      const known = rows.get(keyOf(row));
      if (known !== undefined) rows.set(keyOf(row), { ...known, counts });
    },
    async moveRows(person, from, to) {
      people.set(`${person.campaignId} ${person.identityId}`, structuredClone(person));
      for (const row of from) rows.delete(keyOf(row));
      for (const row of to) rows.set(keyOf(row), structuredClone(row));
    },
    async beginBatch(batch) {
      const key = `${batch.campaignId} ${batch.contentHash}`;
      const known = batches.get(key) ?? structuredClone(batch);
      batches.set(key, known);
      return structuredClone(known);
    },
    async listBatches({ campaignId, ...page }) {
      return pageOf([...batches].filter(([key]) => key.startsWith(`${campaignId} `)).sort(byKey), page);
    },
    async endBatch({ campaignId, contentHash }) {
      batches.delete(`${campaignId} ${contentHash}`);
    },
  };
  const calls = Object.fromEntries(
    Object.entries(store).map(([method, call]) => [
      method,
      async (...input: unknown[]) => {
        await before(method);
        return (call as (...input: unknown[]) => Promise<unknown>)(...input);
      },
    ]),
  ) as unknown as CampaignStore;
  const isGoingOn = ({ state, changedMs }: Campaign) => state !== 'closed' || changedMs !== undefined;
  return { ...calls, isAnyGoingOn: () => [...campaigns.values()].some(isGoingOn) };
}

function keyOf({ campaignId, stage, reviewer, rank, identityId }: QueueKey): string {
  return `${campaignId} ${stage}#${reviewer}#${rank}#${identityId}`;
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}

function pageOf<Item>(sorted: readonly (readonly [string, Item])[], { limit, after }: PageRequest): Page<Item> {
  const from = after === undefined ? 0 : sorted.findIndex(([key]) => key === after) + 1;
  const page = sorted.slice(from, from + limit);
  const next = from + limit < sorted.length ? page.at(-1)?.[0] : undefined;
  return { items: structuredClone(page.map(([, item]) => item)), next };
}
