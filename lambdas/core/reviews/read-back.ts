// Whether what a review took away is gone from the system itself, as it was read back.
import type { DesiredAccess } from '../access/desired-access.ts';
import { endOfAccess } from '../access/gone-grants.ts';
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
  const { id: applicationId } = found.application;
  const isDesired = desired.accounts.some(
    (one) =>
      one.applicationId === applicationId &&
      one.entitlements.some(({ entitlement: id }) => id === found.entitlement.id),
  );
  if (isDesired) return { is: 'held' };
  const account = accounts.find((one) => one.applicationId === applicationId);
  // Nobody ever had an account there.
  if (account === undefined) return { is: 'gone', atMs: takenMs };
  const end = endOfAccess(account, found.entitlement.grant, takenMs);
  return end === undefined ? { is: 'pending' } : { is: 'gone', atMs: end.readBackMs };
}
