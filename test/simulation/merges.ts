// Who is who, as HR states it in the course of a history: that two ids are one person, that they are two after all, and once
// more that they are one. What is taken back draws from a stream of its own, so that the histories of old seeds stay as
// they were up to there.
import { type History, type Merge, MINUTE_MS } from './history.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export const UNDOING_STREAM = 1_500_000_001;
const MAXIMUM_TRIES = 5;
/** It takes that long for a merge to be decided where much goes wrong. */
const MAXIMUM_TRIES_TO_UNDO = 12;

/** HR tries again until it is so, or is told that it cannot be. */
export function stateMerges(world: World, { merges, startMs }: History, random: Random): void {
  const ask = async (merge: Merge, tries: number): Promise<void> => {
    try {
      await world.merge(merge.identityId, merge.duplicate, merge.change);
    } catch (error) {
      // What is to be taken back may not have been decided yet.
      const isUndo = merge.change === 'undo-merge';
      if ((error as Error).name === 'ConflictError' && !isUndo) return;
      if (tries === (isUndo ? MAXIMUM_TRIES_TO_UNDO : MAXIMUM_TRIES)) return;
      setTimeout(() => void ask(merge, tries + 1), random.below(MINUTE_MS));
    }
  };
  for (const merge of merges) setTimeout(() => void ask(merge, 1), merge.atMs - startMs);
}

/** Most of the merges of a history are taken back before it ends, and some of those made again: into the same, or another. */
export function undoingOf({ merges, endsMs, ...history }: History, random: Random): History {
  const others = [...new Set(history.arrivals.map(({ fact }) => fact.identityId))].filter((id) => /^E\d$/.test(id));
  const undone = merges.flatMap((merge): readonly Merge[] => {
    if (!random.chance(0.7)) return [];
    const atMs = merge.atMs + random.below(random.pick([MINUTE_MS, endsMs - merge.atMs]));
    const undo: Merge = { ...merge, atMs, change: 'undo-merge' };
    if (!random.chance(0.4)) return [undo];
    const identityId = random.chance(0.3) ? random.pick(others) : merge.identityId;
    return [undo, { ...merge, identityId, atMs: atMs + random.below(Math.max(MINUTE_MS, endsMs - atMs)) }];
  });
  return { ...history, endsMs, merges: undone };
}
