// What became of an item of a campaign, as the operators' API shows it: the answer, and what became of taking it away.
import type { CampaignItemBody } from '../../api/review-campaigns.ts';
import { type CampaignDefinition, removalDueMs } from '../../core/access-model/campaign-rules.ts';
import type { ReviewItemState } from '../../core/identity/access-reviews.ts';
import { toIso } from '../../core/moment.ts';
import type { CampaignItemState } from '../../core/reviews/campaign-answers.ts';
import type { OutcomeRemoval } from '../../core/reviews/campaign-outcomes.ts';
import type { Proofs } from './find-proofs.ts';

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

export interface RemovalContext {
  readonly definition: Pick<CampaignDefinition, 'removeWithinHours'>;
  readonly nowMs: number;
  /** Undefined: nothing was looked for. */
  readonly proofs: Proofs | undefined;
}

/** From when it was taken away to when the system itself was seen without it, and where the sealed log has both. */
export function presentRemoval(
  { askedAt, readBackAt, stillHeld }: OutcomeRemoval,
  { definition, nowMs, proofs = {} }: RemovalContext,
): NonNullable<CampaignItemBody['removal']> {
  const { decided: decision, readBack: proof } = proofs;
  const askedMs = Date.parse(askedAt);
  const goneMs = readBackAt === undefined ? undefined : Date.parse(readBackAt);
  const told = { askedAt, ...(decision && { decision }) };
  // What something else holds up is not to be gone.
  if (stillHeld) return told;
  const dueMs = removalDueMs(definition, askedMs);
  return {
    ...told,
    dueAt: toIso(dueMs),
    ...((goneMs ?? nowMs) > dueMs && { late: true }),
    ...(goneMs !== undefined && { readBackAt, inSeconds: Math.max(0, goneMs - askedMs) / 1_000 }),
    ...(proof && { proof }),
  };
}
