// What an identity should be able to access now, and every reason that holds it up. The heart of Tenure: the same
// function answers "make it so", "why does she have this?" and "what would this policy change do?".
import type { AccessModel } from '../access-model/access-model.ts';
import { matches } from '../access-model/event-pattern.ts';
import {
  type IdentityState,
  type IdentityStatus,
  identityAt,
  isEmployed,
  type Timeline,
} from '../identity/timeline.ts';

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
  const reasons = new Map<string, Reason[]>();
  for (const profile of model.profiles) {
    if (!matches(profile.when, state.attributes)) continue;
    for (const reference of profile.entitlements) {
      const held = reasons.get(reference) ?? [];
      reasons.set(reference, [...held, { type: 'birthright', profile: profile.id, fact: state.joinedBy }]);
    }
  }
  const accounts = model.applications.flatMap((application): DesiredAccount[] => {
    // Whatever still names it, and whenever that was said.
    if (application.retired) return [];
    const entitlements = application.entitlements
      .flatMap(({ id }) => {
        const holding = reasons.get(`${application.id}:${id}`);
        return holding === undefined ? [] : [{ entitlement: id, reasons: holding }];
      })
      .sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1));
    if (entitlements.length === 0) return [];
    return [{ applicationId: application.id, enabled: state.status === 'active', entitlements }];
  });
  return { status: state.status, accounts };
}
