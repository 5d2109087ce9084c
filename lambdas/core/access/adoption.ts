// Accounts that were there before Tenure: found at the first contact rather than created by it. Nothing of theirs is
// taken away before a named person has looked at the application's report and decided so.
import type { Application } from '../access-model/access-model.ts';
import { groupBy } from '../group-by.ts';
import type { GrantId, ObservedAccount } from '../systems/account.ts';
import type { AccountRecord } from './account-record.ts';
import type { DesiredAccount } from './desired-access.ts';

export interface AdoptionInput {
  readonly application: Application;
  readonly desired: DesiredAccount | undefined;
  /** What the account holds now; undefined: there is no account. */
  readonly held: readonly string[] | undefined;
  /** True when nothing was known about an account of this identity in the application until now. */
  readonly firstContact: boolean;
  /** What was left to look at when the account was last read; undefined: nothing. */
  readonly unreviewed: readonly string[] | undefined;
  /** Ids of entitlements that somebody has looked at in a review, and took away. @default none */
  readonly takenAway?: readonly string[] | undefined;
}

/**
 * The grants nobody has looked at yet and that no reason holds up, in the system's words. An empty list says that no
 * reason holds up the account itself, though it has no grants; undefined, that there is nothing to look at. What a
 * reason has held up once ends with that reason as any access does, so the list only ever shrinks.
 */
export function unreviewedGrants(input: AdoptionInput): readonly string[] | undefined {
  const { application, desired, held, firstContact, unreviewed, takenAway = [] } = input;
  const candidates = firstContact ? held : unreviewed;
  if (candidates === undefined || held === undefined) return undefined;
  const wanted = new Set(wantedGrants(input));
  const looked = new Set(application.entitlements.filter(({ id }) => takenAway.includes(id)).map(({ grant }) => grant));
  const left = candidates.filter((grant) => held.includes(grant) && !wanted.has(grant) && !looked.has(grant));
  return desired !== undefined && left.length === 0 ? undefined : left;
}

/**
 * The ids that are kept of an account: by them it is known what nobody has looked at, whatever it is called by then, and
 * what was granted under another name than it is called by now, though the account cannot be read.
 */
export function idsToKeep(
  account: Pick<ObservedAccount, 'grantIds'> | undefined,
  { unreviewed, granted = [] }: Pick<AccountRecord, 'unreviewed' | 'granted'>,
): readonly GrantId[] | undefined {
  const left = new Set(unreviewed);
  const ofId = groupBy(granted, ({ grantId }) => grantId);
  const isRenamed = ({ grantId, grant }: GrantId) => ofId.get(grantId)?.some((each) => each.grant !== grant) === true;
  const ids = account?.grantIds?.filter((one) => left.has(one.grant) || isRenamed(one)) ?? [];
  return ids.length === 0 ? undefined : ids;
}

/** What reasons hold up in the application, in the system's words. */
export function wantedGrants({ application, desired }: Pick<AdoptionInput, 'application' | 'desired'>): string[] {
  const wanted = new Set(desired?.entitlements.map(({ entitlement }) => entitlement));
  return application.entitlements.filter(({ id }) => wanted.has(id)).map(({ grant }) => grant);
}
