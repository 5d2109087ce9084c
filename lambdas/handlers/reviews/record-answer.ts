// One answer about one item of a campaign gets recorded, only if nothing was recorded since it was judged: of two who answer at
// once the second is judged again, on what the first has said.
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { decidedFact } from '../../core/reviews/campaign-decisions.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { type Asked, findAsked, type Judged, type Judging, judgeLoaded, requireAll, stateIn } from './judge-answers.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { markChanged } from './mark-changed.ts';
import { finishBatchesAbout } from './record-batch.ts';
import { recountPerson } from './recount-person.ts';

/**
 * Throws what speaks against it. `requireMore`: what else has to be true of what was judged.
 *
 * @returns how many were recorded: none, where they have said the same already
 */
export async function recordAnswer(
  dependencies: CampaignDependencies,
  judging: Judging,
  asked: Asked,
  requireMore: (judged: Judged, batchId: string) => void = () => {},
): Promise<number> {
  const batchId = dependencies.newId();
  const { campaign, decision, operator } = judging;
  const found = await findAsked(dependencies, asked);
  const state = stateIn(found, campaign.campaignId, asked.entitlement);
  if (state !== undefined && found.nowMs >= state.review.dueMs) {
    await finishBatchesAbout(dependencies, campaign.campaignId, [asked.identityId, found.record.header.identityId]);
  }
  await markChanged(dependencies, campaign);
  let recorded = 0;
  const loaded = await recordOnVersion(dependencies, asked.identityId, async (known) => {
    const judged = await judgeLoaded(dependencies, judging, asked, known);
    requireAll([judged]);
    recorded = 0;
    if (judged.why === 'said' || judged.decided === undefined) return [];
    requireMore(judged, batchId);
    recorded = 1;
    const fact = decidedFact(judged.decided, decision, { decidedMs: known.nowMs, batchId, size: 1 });
    const { identityId: _identityId, receivedMs: _receivedMs, ...content } = fact;
    const payloadHash = sha256Hex(canonicalJson(content));
    return [{ fact, payloadHash, actor: { type: 'operator', id: operator.id } }];
  });
  if (recorded === 1) await recountPerson(dependencies, campaign, loaded);
  return recorded;
}
