// A move has taken effect: whoever answers for the identity now is asked whether it is to keep what it has beside the job.
import { sha256Hex } from '../../core/canonical-json.ts';
import { moverReviewToOpen } from '../../core/reviews/mover-reviews.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';

export type OpeningDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock' | 'model'>;

/** Once for each move, however often it is routed. */
export async function openMoverReview(dependencies: OpeningDependencies, loaded: LoadedIdentity): Promise<void> {
  const { identityId } = loaded.record.header;
  const model = dependencies.model();
  const toOpen = ({ record, timeline, nowMs }: LoadedIdentity) =>
    record.header.identityId === identityId && timeline.mergedInto === undefined
      ? moverReviewToOpen({ identityId, timeline, model, nowMs })
      : undefined;
  if (toOpen(loaded) === undefined) return;
  await recordOnVersion(dependencies, identityId, async (now) => {
    const fact = toOpen(now);
    return fact === undefined
      ? []
      : [{ fact, payloadHash: sha256Hex(fact.factId), actor: { type: 'tenure', id: 'route-facts' } }];
  });
}
