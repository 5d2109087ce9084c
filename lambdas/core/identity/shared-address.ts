// Two employed identities with one e-mail address. Systems that know people by their address alone would give both one
// account, so whoever comes second gets no account anywhere before somebody has decided: HR corrects an address, the
// two are merged, or the first leaves.
import { type IdentityState, isEmployed } from './timeline.ts';

export interface IdentityConflict {
  readonly attribute: 'email';
  /** Who has it, and keeps it until somebody decides. */
  readonly with: string;
}

/** What systems take for one address; undefined for whoever has none or is not employed: they take it from nobody. */
export function addressInUse(state: IdentityState): string | undefined {
  return isEmployed(state) && state.attributes.email ? comparable(state.attributes.email) : undefined;
}

/** As systems compare addresses. */
export function comparable(email: string): string {
  return email.normalize('NFKC').toLowerCase();
}

/** Undefined: there is none. Of somebody who is not employed nothing is withheld that this could be about. */
export function conflictOf(
  state: IdentityState,
  conflicts: readonly IdentityConflict[] | undefined,
): IdentityConflict | undefined {
  return addressInUse(state) === undefined ? undefined : conflicts?.[0];
}

/** In whole, told to people: with the other's id, never with the address. */
export function describeConflict({ with: other }: IdentityConflict): string {
  return `the e-mail address is also that of identity ${other}: correct one of the two, or merge them`;
}
