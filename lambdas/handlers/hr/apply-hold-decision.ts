// Carries out what a person decided about a hold: one fact per identity, each with its audit entry in the same write.
// The decision is durable before it begins, each identity is crossed off when its fact is written, and writing it twice
// is writing it once: so it can stop anywhere and be taken up by anybody.

import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { type HoldDecisionFact, ownFactBase } from '../../core/identity/facts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Hold, HoldDecision, HoldStore, ProposedMerge } from '../../stores/holds/hold-store.ts';
import { type AppendDependencies, appendFact } from '../shared/append-fact.ts';
import { carryOutMerge } from './carry-out-merge.ts';

const CONCURRENT_IDENTITIES = 10;
const PAGE = 100;

export type DecisionDependencies = AppendDependencies & { readonly holds: HoldStore };

/** `more`: time was up; the hold stays in `releasing` or `dropping` until it is taken up again. */
export async function applyHoldDecision(
  dependencies: DecisionDependencies,
  hold: Hold,
  deadlineMs: number,
): Promise<'done' | 'more'> {
  const { holdId, status, decision, merge, modelChange, erasure } = hold;
  if (decision === undefined || (status !== 'releasing' && status !== 'dropping')) return 'done';
  // The walk over the population sees to it.
  if (modelChange !== undefined) return 'more';
  // Not before its delay is over, and by nobody but erase-personal-data.
  if (erasure !== undefined && status === 'releasing') return 'more';
  if (merge !== undefined && status === 'releasing') return await applyMerge(dependencies, holdId, merge, decision);
  const { holds, clock } = dependencies;
  const type = status === 'releasing' ? 'hold-released' : 'hold-dropped';
  while (clock() < deadlineMs) {
    const { items } = await holds.listHeld({ holdId, limit: PAGE });
    if (items.length === 0) {
      await holds.closeHold(holdId, status === 'releasing' ? 'released' : 'dropped');
      return 'done';
    }
    await mapBounded(items, CONCURRENT_IDENTITIES, async (identityId) => {
      const fact = decisionFact(type, holdId, identityId, decision);
      await appendFact(dependencies, fact, {
        payloadHash: sha256Hex(canonicalJson({ type, holdId, identityId, decision: { ...decision } })),
        actor: { type: 'operator', id: decision.decidedBy },
      });
      await holds.removeHeld(holdId, identityId);
    });
  }
  return 'more';
}

/** The facts of a merge name the hold, and so do their audit entries: no fact of the decision need be beside them. */
async function applyMerge(
  dependencies: DecisionDependencies,
  holdId: string,
  merge: ProposedMerge,
  { decidedBy }: HoldDecision,
): Promise<'done'> {
  const { holds } = dependencies;
  const { identityId, duplicate, reason, proposedBy } = merge;
  const outcome = await carryOutMerge(dependencies, merge, { decidedBy, proposedBy, reason, hold: holdId });
  for (const one of [identityId, duplicate]) await holds.removeHeld(holdId, one);
  await holds.closeHold(holdId, outcome === 'done' ? 'released' : 'dropped', 'releasing');
  return 'done';
}

function decisionFact(
  type: HoldDecisionFact['type'],
  holdId: string,
  identityId: string,
  { decidedBy, reason, decidedMs }: HoldDecision,
): HoldDecisionFact {
  return {
    ...ownFactBase(identityId, `${type}/${holdId}/${identityId}`, decidedMs),
    type,
    hold: holdId,
    decidedBy,
    reason,
  };
}
