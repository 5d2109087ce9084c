// What became of an item of a campaign, as the operators' API shows it: the answer, and what became of taking it away.
import type { CampaignItemBody } from '../../api/review-campaigns.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { ReviewItemState } from '../../core/identity/access-reviews.ts';
import { toIso } from '../../core/moment.ts';
import type { CampaignItemState } from '../../core/reviews/campaign-answers.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { readingBack } from './recount-person.ts';

/** A question is shown as long as nothing else was said. */
export function presentAnswer({ answer, answers }: ReviewItemState): CampaignItemBody['answer'] {
  const said = answer ?? answers.at(-1);
  if (said === undefined) return undefined;
  return {
    decision: said.answer === 'undo' ? 'keep' : said.answer,
    by: said.answeredBy,
    at: toIso(said.recordedMs),
    reason: said.reason,
    ...(said.endsMs !== undefined && { until: toIso(said.endsMs) }),
  };
}

export function presentUndoUntil({ taken }: CampaignItemState): string | undefined {
  return taken?.undoUntilMs === undefined ? undefined : toIso(taken.undoUntilMs);
}

/** From when it was taken away to when the system itself was seen without. Of what somebody gave back there is none. */
export function presentRemoval(
  loaded: LoadedIdentity,
  state: CampaignItemState,
  model: AccessModel,
): CampaignItemBody['removal'] {
  const { taken, item } = state;
  if (taken === undefined || item.planted) return undefined;
  const back = readingBack(loaded, model)(state, taken.fromMs);
  const askedAt = toIso(taken.fromMs);
  if (back.is !== 'gone') return { askedAt };
  return { askedAt, readBackAt: toIso(back.atMs), inSeconds: Math.max(0, back.atMs - taken.fromMs) / 1_000 };
}
