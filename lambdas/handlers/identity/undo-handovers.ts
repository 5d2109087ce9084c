// A departure that was taken back gives back what it handed over, by rescinding the facts that did, and so does a merge
// into somebody who is there. Whether these have arrived yet does not matter: a rescind counts in any order.

import { sha256Hex } from '../../core/canonical-json.ts';
import { type HandedOverFact, OWN_SOURCE, ownFactBase, type RescindFact } from '../../core/identity/facts.ts';
import { duplicatesAmong } from '../../core/identity/merged-identities.ts';
import { mayOwn, undoneByMerge, undoneHandovers } from '../../core/identity/ownership.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import { type AppendDependencies, appendFact } from '../shared/append-fact.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';

export async function undoHandovers(
  dependencies: AppendDependencies,
  loaded: LoadedIdentity,
  cause: string,
): Promise<void> {
  const { facts } = dependencies;
  const { nowMs } = loaded;
  const undone = await findUndone(dependencies, loaded);
  for (const { identityId, factId } of undone.flatMap(({ owned }) => owned)) {
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

async function findUndone(
  dependencies: AppendDependencies,
  { record, timeline, state, nowMs }: LoadedIdentity,
): Promise<readonly HandedOverFact[]> {
  const { identityId } = record.header;
  if (timeline.mergedInto !== undefined) {
    const survivor = await findWhereItCounts(dependencies, timeline.mergedInto);
    if (survivor === undefined || !mayOwn(survivor.state)) return [];
    return undoneByMerge(timeline, { ...survivor, identityId: survivor.record.header.identityId }, nowMs);
  }
  if (!mayOwn(state)) return [];
  const undone = [...undoneHandovers(timeline, nowMs)];
  // The person may come after their ids were merged.
  for (const duplicate of duplicatesAmong(timeline.facts).keys()) {
    const known = (await dependencies.directory.load(duplicate))?.facts ?? [];
    undone.push(...undoneByMerge(buildTimeline(known), { identityId, timeline }, nowMs));
  }
  return undone;
}
