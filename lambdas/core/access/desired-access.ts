// What an identity should be able to access now, and every reason that holds it up. The heart of Tenure: the same
// function answers "make it so", "why does she have this?" and "what would this policy change do?".
import type { AccessModel } from '../access-model/access-model.ts';
import {
  type IdentityState,
  type IdentityStatus,
  identityAt,
  isEmployed,
  type Timeline,
} from '../identity/timeline.ts';
import {
  compiled,
  type GivenAccount,
  type GivenEntitlement,
  type ProfileReason,
  type TimedReason,
} from './compiled-model.ts';

/** Why an identity holds an entitlement. When the last reason ends, so does the entitlement. */
export type Reason = BirthrightReason | TimedReason;

export interface BirthrightReason extends ProfileReason {
  /** The fact that began the employment it rests on. */
  readonly fact: string;
}

export interface DesiredAccess {
  readonly status: IdentityStatus;
  /** A suspended identity keeps what it holds but cannot use it. */
  readonly enabled: boolean;
  /** The fact that began the employment on which all reasons rest. Undefined: it is not employed. */
  readonly joinedBy: string | undefined;
  /**
   * One per application in which the identity should have an account; none of the others is justified. One list for all
   * who have the same profiles, and nothing for a time beside them.
   */
  readonly accounts: readonly GivenAccount[];
}

/** What an identity should have in one application. */
export interface DesiredAccount extends GivenAccount {
  readonly enabled: boolean;
  readonly joinedBy: string;
}

export function desiredAccess(timeline: Timeline, model: AccessModel, nowMs: number): DesiredAccess {
  return desiredAccessInState(identityAt(timeline, nowMs), model);
}

/** So many of its newest states are asked; who changed more often in between was visited for each of them. */
const MAXIMUM_STATES = 100;

/**
 * The applications in which a reason would have held up access at some time until now, by the access model as it is. Who
 * left before Tenure had looked at them may have an account there from before.
 */
export function everDue({ changes }: Timeline, model: AccessModel, nowMs: number): ReadonlySet<string> {
  const employed = changes.filter(({ atMs, state }) => atMs <= nowMs && isEmployed(state)).slice(-MAXIMUM_STATES);
  const accounts = employed.flatMap(({ state }) => desiredAccessInState(state, model).accounts);
  return new Set(accounts.map(({ applicationId }) => applicationId));
}

export function desiredAccessInState(state: IdentityState, model: AccessModel): DesiredAccess {
  if (!isEmployed(state)) return { status: state.status, enabled: false, joinedBy: undefined, accounts: [] };
  const { status, joinedBy, attributes, grants } = state;
  const known = compiled(model);
  const { accounts } = known.givenTo(attributes);
  const all = grants === undefined ? accounts : known.withGrants(accounts, grants);
  return { status, enabled: status === 'active', joinedBy, accounts: all };
}

export function desiredAccountIn(
  applicationId: string,
  state: IdentityState,
  model: AccessModel,
): DesiredAccount | undefined {
  const { enabled, joinedBy, accounts } = desiredAccessInState(state, model);
  const given = accounts.find((account) => account.applicationId === applicationId);
  return given === undefined || joinedBy === undefined ? undefined : { ...given, enabled, joinedBy };
}

/** The reasons of one entitlement as they are recorded and shown. */
export function reasonsFor(
  { joinedBy }: Pick<DesiredAccount, 'joinedBy'>,
  { reasons }: Pick<GivenEntitlement, 'reasons'>,
): readonly Reason[] {
  return reasons.map((reason) => (reason.type === 'birthright' ? { ...reason, fact: joinedBy } : reason));
}
