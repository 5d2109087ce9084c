// Whether what a review took away is gone from the system itself, as it was read back.
import type { DesiredAccess } from '../access/desired-access.ts';
import { endOfAccess } from '../access/gone-grants.ts';
import { heldGrants } from '../access/granted-access.ts';
import type { IdentityRecord } from '../access/identity-record.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { findEntitlement } from '../access-model/find-entitlement.ts';

/** `pending`: not yet. `held`: something else holds it up, so it stays. `gone`: since when it is known to be. */
export type ReadBack =
  | { readonly is: 'pending' }
  | { readonly is: 'held' }
  | { readonly is: 'gone'; readonly atMs: number };

export interface ReadingBack {
  /** What is due by now. */
  readonly desired: DesiredAccess;
  readonly accounts: IdentityRecord['accounts'];
  readonly model: AccessModel;
}

/** @param takenMs since when it is taken away */
export function readBackOf({ desired, accounts, model }: ReadingBack, entitlement: string, takenMs: number): ReadBack {
  const found = findEntitlement(model, entitlement);
  // What the model has no longer is nobody's to hold: it goes with the application's report.
  if (found === undefined) return { is: 'gone', atMs: takenMs };
  if (isDesired(desired, entitlement)) return { is: 'held' };
  const account = accounts.find((one) => one.applicationId === found.application.id);
  // Nobody ever had an account there.
  if (account === undefined) return { is: 'gone', atMs: takenMs };
  const end = endOfAccess(account, found.entitlement.grant, takenMs);
  return end === undefined ? { is: 'pending' } : { is: 'gone', atMs: end.readBackMs };
}

/** Whether they have it, by any reason or by the account as it was last read. */
export function isTheirs({ desired, accounts, model }: ReadingBack, entitlement: string): boolean {
  const found = findEntitlement(model, entitlement);
  if (found === undefined) return false;
  const account = accounts.find(({ applicationId }) => applicationId === found.application.id)?.account;
  const isHeld = account !== undefined && heldGrants(account).some(({ grant }) => grant === found.entitlement.grant);
  return isHeld || isDesired(desired, entitlement);
}

function isDesired({ accounts }: DesiredAccess, reference: string): boolean {
  return accounts.some(({ applicationId, entitlements }) =>
    entitlements.some(({ entitlement }) => `${applicationId}:${entitlement}` === reference),
  );
}
