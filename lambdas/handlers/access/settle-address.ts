// Whose an e-mail address is, before a pass acts on it: of two employed identities with one address the first to claim it
// keeps it, and the other is in conflict. Whoever no longer needs it is asked nothing and gives nothing back: that is read
// when somebody else wants it, so that no leaver depends on it.
import { correlationAt } from '../../core/audit/correlation.ts';
import { RetryableError } from '../../core/errors.ts';
import { addressInUse, type IdentityConflict } from '../../core/identity/shared-address.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { AddressClaim } from '../../stores/directory/directory-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';

/** Each try but the first means that somebody else claimed it within milliseconds. */
const MAXIMUM_TRIES = 5;

interface Pass {
  readonly epoch: number;
  readonly trigger: string;
}

/** False when a newer pass has the right to act. Of one who is not employed nothing is read or written. */
export async function settleAddress(
  dependencies: Dependencies,
  { record, timeline, state, nowMs }: LoadedIdentity,
  { epoch, trigger }: Pass,
): Promise<boolean> {
  const { identityId, version, conflicts: before = [] } = record.header;
  if (!isEmployed(state)) return true;
  const address = addressInUse(state);
  const holder = address === undefined ? undefined : await claim(dependencies, { address, identityId, epoch, nowMs });
  const conflicts: IdentityConflict[] = holder === undefined ? [] : [{ attribute: 'email', with: holder }];
  const fresh = conflicts.filter((one) => !before.some((known) => known.with === one.with));
  if (fresh.length === 0 && conflicts.length === before.length) return true;
  const audit = fresh.map((conflict) => ({
    identityId,
    entryId: `identity-conflict:${conflict.attribute}:${conflict.with}:${epoch}`,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: 'plan-access' } as const,
    trigger,
    correlation: correlationAt(timeline, nowMs),
    version,
    epoch,
    event: { type: 'identity-conflict', ...conflict } as const,
  }));
  return await dependencies.leases.saveConflicts({ identityId, epoch, conflicts, audit });
}

interface Claiming extends AddressClaim {
  readonly address: string;
  readonly nowMs: number;
}

/** @returns who else has it */
async function claim(dependencies: Dependencies, { nowMs, ...own }: Claiming): Promise<string | undefined> {
  let insteadOf: AddressClaim | undefined;
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const holder = await dependencies.directory.claimAddress({ ...own, insteadOf });
    if (holder === undefined) return undefined;
    // As it was before it is looked into: whoever claims it anew meanwhile keeps it.
    const loaded = await findIdentity(dependencies, holder.identityId, { judgedMs: nowMs });
    if (loaded !== undefined && addressInUse(loaded.state) === own.address) return holder.identityId;
    insteadOf = holder;
  }
  throw new RetryableError(`whose the e-mail address of ${own.identityId} is changed ${MAXIMUM_TRIES} times in a row`);
}
