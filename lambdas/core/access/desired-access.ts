// What an identity should be able to access now, and every reason that holds it up. The heart of Tenure: the same
// function answers "make it so", "why does she have this?" and "what would this policy change do?".
import type { AccessModel } from '../access-model/access-model.ts';
import {
  type EmployedState,
  type IdentityState,
  type IdentityStatus,
  identityAt,
  isEmployed,
  type Timeline,
} from '../identity/timeline.ts';
import { compiled, type Given } from './compiled-model.ts';

/** Why an identity holds an entitlement. When the last reason ends, so does the entitlement. */
export interface Reason {
  readonly type: 'birthright';
  /** The access profile whose condition the identity's attributes match. */
  readonly profile: string;
  /** The fact that began the employment it rests on. */
  readonly fact: string;
}

export interface DesiredEntitlement {
  readonly entitlement: string;
  readonly reasons: readonly Reason[];
}

export interface DesiredAccount {
  readonly applicationId: string;
  /** A suspended identity keeps what it holds but cannot use it. */
  readonly enabled: boolean;
  /** Sorted by entitlement id. */
  readonly entitlements: readonly DesiredEntitlement[];
}

export interface DesiredAccess {
  readonly status: IdentityStatus;
  /** One per application in which the identity should have an account; none of the others is justified. */
  readonly accounts: readonly DesiredAccount[];
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
  if (!isEmployed(state)) return { status: state.status, accounts: [] };
  return { status: state.status, accounts: accountsOf(compiled(model).givenTo(state.attributes), state, model) };
}

function accountsOf(given: Given, { status, joinedBy }: EmployedState, model: AccessModel): readonly DesiredAccount[] {
  const { entitled } = given;
  const reasons = given.profiles.map((index): readonly Reason[] => [
    { type: 'birthright', profile: model.profiles[index]?.id ?? '', fact: joinedBy },
  ]);
  const accounts: DesiredAccount[] = [];
  for (let from = 0, to = 0; from < entitled.length; from = to) {
    const application = entitled[from]?.application;
    while (to < entitled.length && entitled[to]?.application === application) to += 1;
    const entitlements = entitlementsOf(given, from, to, reasons);
    accounts.push({ applicationId: application?.id ?? '', enabled: status === 'active', entitlements });
  }
  return accounts;
}

/** Those in one application. Most have one reason, and whatever a profile gives has the same one. */
function entitlementsOf(
  { entitled, givers }: Given,
  from: number,
  to: number,
  reasonsOf: readonly (readonly Reason[])[],
): readonly DesiredEntitlement[] {
  // Of the right length from the start: a list that grows takes room for sixteen more.
  const held = new Array<DesiredEntitlement>(to - from);
  let count = 0;
  for (let index = from; index < to; index += 1) {
    const entitlement = entitled[index]?.entitlement ?? '';
    const reasons = reasonsOf[givers[index] ?? -1] ?? [];
    const before = index > from && entitled[index] === entitled[index - 1] ? held[count - 1] : undefined;
    if (before === undefined) held[count++] = { entitlement, reasons };
    else held[count - 1] = { entitlement, reasons: before.reasons.concat(reasons) };
  }
  if (count < held.length) held.length = count;
  return held;
}
