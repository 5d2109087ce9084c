// A departure that was taken back gives back what it handed over, by rescinding the facts that did. Whether these have
// arrived yet does not matter: a rescind counts in any order.

import { sha256Hex } from '../../core/canonical-json.ts';
import { OWN_SOURCE, ownFactBase, type RescindFact } from '../../core/identity/facts.ts';
import { undoneHandovers } from '../../core/identity/ownership.ts';
import type { Timeline } from '../../core/identity/timeline.ts';
import { type AppendDependencies, appendFact } from '../shared/append-fact.ts';

export async function undoHandovers(
  dependencies: AppendDependencies,
  timeline: Timeline,
  { cause, nowMs }: { readonly cause: string; readonly nowMs: number },
): Promise<void> {
  const { facts } = dependencies;
  for (const { identityId, factId } of undoneHandovers(timeline, nowMs).flatMap(({ owned }) => owned)) {
    const sourceEventId = `undo/${factId}`;
    if ((await facts.findAcceptedEvent(OWN_SOURCE, sourceEventId)) !== undefined) continue;
    const fact: RescindFact = {
      ...ownFactBase(identityId, sourceEventId, nowMs),
      type: 'rescind',
      cause,
      rescinds: factId,
      reason: 'its owner has not left after all',
    };
    const actor = { type: 'tenure', id: 'undo-handovers' } as const;
    await appendFact(dependencies, fact, { payloadHash: sha256Hex(fact.factId), actor });
  }
}
