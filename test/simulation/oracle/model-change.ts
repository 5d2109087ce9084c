// A deployed access model that takes something from many is put to a person, and by it nobody loses anything before they
// agree: from docs/decisions/model-changes.md and docs/reference/settings.md.
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { referenceAccess } from '../../reference/access.ts';
import type { ReferenceState } from '../../reference/state.ts';
import type { World } from '../world.ts';
import type { Witness } from './witness.ts';

/** `massErrorGuard.neverHeld`, when it is left out: shares say little about a small company. */
const NEVER_HELD = 5;
const UNAGREED = ['open', 'releasing', 'dropping', 'dropped'] as const;

export interface Unagreed {
  /** What was deployed before: what it gives is still held. */
  readonly models: readonly AccessModel[];
  /** Why nobody should have been asked. */
  readonly fault: string | undefined;
}

/** Undefined: everybody has what the model gives that is deployed. */
export async function unagreedModel({ holds, model, models }: World, witness: Witness): Promise<Unagreed | undefined> {
  const pages = await Promise.all(UNAGREED.map((status) => holds.listHolds({ status, limit: 100 })));
  const hold = pages.flatMap(({ items }) => items).find(({ modelChange }) => modelChange?.modelHash === model.hash);
  if (hold === undefined) return undefined;
  const before = models.filter(({ hash }) => hash !== model.hash);
  const losing = witness.identities().filter((identityId) => {
    const state = witness.stateAt(identityId, hold.openedMs);
    const due = grantsBy(model, state);
    return before.some((each) => grantsBy(each, state).some((grant) => !due.includes(grant)));
  });
  const isFew = losing.length <= NEVER_HELD;
  return { models: before, fault: isFew ? `${hold.holdId}: of ${losing.length} it takes something` : undefined };
}

/** By what the system calls them: an entitlement that names another group from now on is another grant. */
function grantsBy(model: AccessModel, state: ReferenceState): readonly string[] {
  return referenceAccess(state, model).flatMap(({ applicationId, entitlements }) => {
    const known = model.applications.find(({ id }) => id === applicationId)?.entitlements ?? [];
    const words = entitlements.map((entitlement) => known.find(({ id }) => id === entitlement)?.grant ?? entitlement);
    return ['', ...words].map((word) => `${applicationId}:${word}`);
  });
}
