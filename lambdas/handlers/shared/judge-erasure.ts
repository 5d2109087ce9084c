// Whether what is known of an identity may be destroyed, as things are now. Asked when it is proposed, when it is released,
// and once more before anything goes.
import { ConflictError } from '../../core/errors.ts';
import { type ErasureRefusal, whyNotErased } from '../../core/removal/erasure.ts';
import type { Hold, HoldStatus, HoldStore } from '../../stores/holds/hold-store.ts';
import type { Dependencies } from './dependencies.ts';
import { findIdentity, type LoadedIdentity } from './load-identity.ts';

export type ErasureDependencies = Pick<Dependencies, 'directory' | 'clock' | 'model'> & {
  readonly holds: Pick<HoldStore, 'isHeld' | 'listHolds'>;
};

const PAGE = 100;
/** More holds than a deployment ever has. */
const MAXIMUM_PAGES = 50;
const UNDECIDED = ['open', 'releasing', 'dropping'] as const;

/** Undefined: it may be. */
export async function judgeErasure(
  { directory, holds, model }: ErasureDependencies,
  loaded: LoadedIdentity,
): Promise<ErasureRefusal | undefined> {
  const { identityId } = loaded.record.header;
  const owned = await directory.listOwnedBy(identityId);
  const isHeld = await waitsInHold(holds, identityId);
  return whyNotErased({ ...loaded, owned: owned.length, isHeld, applications: model().applications });
}

/** Throws ConflictError, with the reason. */
export async function requireErasable(dependencies: ErasureDependencies, identityId: string): Promise<void> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) throw new ConflictError('Nothing is known of it any more.');
  const refusal = await judgeErasure(dependencies, loaded);
  if (refusal !== undefined) throw new ConflictError(`It cannot be erased as things are. ${refusal.reason}`);
}

/** An erasure holds nobody: it is in no list of those held. */
async function waitsInHold(holds: ErasureDependencies['holds'], identityId: string): Promise<boolean> {
  for (const hold of await listHolds(holds, UNDECIDED)) {
    if (await holds.isHeld(hold.holdId, identityId)) return true;
  }
  return false;
}

/** Throws Error when there are more than are read: a part must never pass for the whole. */
export async function listHolds(
  holds: Pick<HoldStore, 'listHolds'>,
  statuses: readonly HoldStatus[],
): Promise<readonly Hold[]> {
  const found: Hold[] = [];
  for (const status of statuses) {
    let after: string | undefined;
    for (let page = 1; ; page += 1) {
      if (page > MAXIMUM_PAGES) throw new Error(`there are more than ${MAXIMUM_PAGES * PAGE} holds`);
      const { items, next } = await holds.listHolds({ status, limit: PAGE, after });
      found.push(...items);
      after = next;
      if (after === undefined) break;
    }
  }
  return found;
}
