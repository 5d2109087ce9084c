// What was held counts after all: each held fact takes effect as it would have, from the instant it names; a merge is
// carried out.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import type { Hold } from '../../stores/holds/hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { requireErasable } from '../shared/judge-erasure.ts';
import { deployedGuardSettings, type JudgeDependencies } from '../shared/judge-losses.ts';
import { type DecideDependencies, decideHold } from './decide-hold.ts';
import { judgeMerge } from './judge-merge.ts';

const ROUTE = holdRoutes['release-hold'];

export type ReleaseDependencies = DecideDependencies & JudgeDependencies;

export const releaseHold = answerOperator(ROUTE, decideHold<ReleaseDependencies>('releasing', judge));

async function judge(
  dependencies: ReleaseDependencies,
  { holdId, merge, erasure }: Hold,
  decidedBy: string,
): Promise<void> {
  if (merge !== undefined) {
    const { proposedBy, reason } = merge;
    await judgeMerge(dependencies, merge, { decidedBy, proposedBy, reason, hold: holdId });
  }
  if (erasure?.identityId !== undefined) await requireErasable(dependencies, erasure.identityId);
}

export const handler = serveApi(ROUTE, () => {
  const holds = dynamoHoldStore();
  return releaseHold({ ...liveApiDependencies(), holds, guard: { settings: deployedGuardSettings(), holds } });
});
