// What is remembered of how people use their access, of many at once.
import type { RememberedUses } from '../../core/access/last-use.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';

export interface RecallingDependencies {
  readonly activity: Pick<ActivityStore, 'recall'>;
}

/** So many memories are one reading. */
const RECALLED_AT_ONCE = 100;

/** Of those of whom anything is remembered, each read once. */
export async function recallUse(
  { activity }: RecallingDependencies,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, RememberedUses>> {
  const found = new Map<string, RememberedUses>();
  for (let from = 0; from < identityIds.length; from += RECALLED_AT_ONCE) {
    const some = await activity.recall(identityIds.slice(from, from + RECALLED_AT_ONCE));
    for (const [identityId, { memory }] of some) found.set(identityId, memory as RememberedUses);
  }
  return found;
}
