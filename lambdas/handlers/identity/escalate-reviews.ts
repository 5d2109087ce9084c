// Nobody has answered in time whether what was taken in an emergency was justified: people are told, and it is put on record.
import { sha256Hex } from '../../core/canonical-json.ts';
import { type EmergencyReviewedFact, ownFactBase } from '../../core/identity/facts.ts';
import { lapsedReviews } from '../../core/requests/emergency.ts';
import type { SendAlert } from '../../stores/alerts.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';

export type EscalatingDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock'> & {
  readonly alert: SendAlert;
};

/** @returns whether there was anything to tell; told twice rather than never */
export async function escalateReviews(
  dependencies: EscalatingDependencies,
  { record, timeline, nowMs }: LoadedIdentity,
): Promise<boolean> {
  const { identityId } = record.header;
  // Of an id that was merged, the person's record tells.
  const lapsed = timeline.mergedInto === undefined ? lapsedReviews(timeline.facts, nowMs) : [];
  if (lapsed.length === 0) return false;
  const ids = lapsed.map(({ asked }) => asked.requestId);
  await dependencies.alert({
    subject: 'Tenure: nobody has reviewed emergency access',
    message: [
      `${identityId} took access in an emergency, and nobody has answered in time whether that was justified.`,
      ...ids.map((id) => `GET /requests/${id} says who can; POST /requests/${id}/review answers.`),
      'Runbook: docs/runbook/emergency-access.md',
    ].join('\n'),
  });
  await recordOnVersion(dependencies, identityId, async (loaded) =>
    lapsedReviews(loaded.timeline.facts, loaded.nowMs).map(({ asked: { requestId } }) => {
      const base = ownFactBase(identityId, `review-overdue/${requestId}`, loaded.nowMs);
      const fact: EmergencyReviewedFact = { ...base, type: 'emergency-reviewed', requestId, verdict: 'overdue' };
      return { fact, payloadHash: sha256Hex(fact.factId), actor: { type: 'tenure', id: 'sweep' } };
    }),
  );
  return true;
}
