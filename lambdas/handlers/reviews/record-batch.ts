// What was decided of several items as one gets recorded, identity by identity. It was judged already, and counts as said when it
// was: so nothing is judged again, and whoever records the rest after somebody died records the same.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type DecisionBatch, decidedFact } from '../../core/reviews/campaign-decisions.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import { appendFact } from '../shared/append-fact.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import { recountPerson } from './recount-person.ts';

const CONCURRENT_IDENTITIES = 10;
const BATCHES_AT_ONCE = 20;

export type RecordingDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock' | 'model'> & {
  readonly campaigns: Pick<CampaignStore, 'beginBatch' | 'endBatch' | 'countRow' | 'findPerson'>;
};

/**
 * DynamoDB writes 100 items at once, which are some twenty identities: so what was decided of many is one item first, and
 * from then on all of it comes to be. Of one that died before, that one is recorded, also where a single one was left of it.
 */
export async function recordBatch(dependencies: RecordingDependencies, decided: DecisionBatch): Promise<void> {
  await finishBatch(dependencies, await dependencies.campaigns.beginBatch(decided));
}

/** What was decided in time of somebody among others, and is not recorded yet: whoever answers late answers after it. */
export async function finishBatchesAbout(
  dependencies: RecordingDependencies & { readonly campaigns: Pick<CampaignStore, 'listBatches'> },
  campaignId: string,
  identityIds: readonly string[],
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await dependencies.campaigns.listBatches({ campaignId, limit: BATCHES_AT_ONCE, after });
    const about = page.items.filter(({ items }) => items.some(({ identityId }) => identityIds.includes(identityId)));
    for (const batch of about) await finishBatch(dependencies, batch);
    after = page.next;
  } while (after !== undefined);
}

/** Once begun: what is recorded already stays as it is. */
export async function finishBatch(dependencies: RecordingDependencies, batch: DecisionBatch): Promise<void> {
  const { campaignId, items, batchId, operator, decidedMs } = batch;
  await mapBounded(items, CONCURRENT_IDENTITIES, async (item) => {
    const fact = decidedFact(item, batch, { decidedMs, batchId, size: items.length });
    const { identityId: _identityId, receivedMs: _receivedMs, ...content } = fact;
    const payloadHash = sha256Hex(canonicalJson(content));
    const told = { ...fact, receivedMs: Math.max(decidedMs, dependencies.clock()) };
    await appendFact(dependencies, told, { payloadHash, actor: { type: 'operator', id: operator } });
    const loaded = await findWhereItCounts(dependencies, item.identityId);
    if (loaded !== undefined) await recountPerson(dependencies, { campaignId }, loaded);
  });
  await dependencies.campaigns.endBatch(batch);
}
