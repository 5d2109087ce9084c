// Who can decide on a request now. Nobody is noted when it is asked: who left, is away, asked or is to get it does not
// decide, and whoever is above them does in their place.
import type { ApprovalStage, Approver } from '../access-model/request-rules.ts';
import type { Superior } from '../identity/management-chain.ts';

/** Everybody who might decide, as they are now. */
export interface People {
  /** Above whom it is for, nearest first. */
  readonly superiors: readonly Superior[];
  /** The owner of the application, and those above them, nearest first. */
  readonly owners: readonly Superior[];
  /** The same of the entitlement. */
  readonly entitlementOwners: readonly Superior[];
  /** Who may not, since it is theirs: whoever asked, and whom it is for. */
  readonly involved: ReadonlySet<string>;
}

export interface Approvers {
  /** Identities. */
  readonly people: readonly string[];
  /** Whoever has the role `security` and is not involved. */
  readonly security: boolean;
}

/**
 * Who can decide on a stage; undefined: fewer than have to. Whom nothing can be mailed to still can, and so can whoever would
 * were they not there.
 */
export function approversOf(stage: ApprovalStage, people: People): Approvers | undefined {
  const found = amongThose(stage, people);
  if (found === undefined) return undefined;
  const chains = [...people.superiors, ...people.owners, ...people.entitlementOwners];
  const unreached = new Set(chains.flatMap((one) => one.unreached ?? []));
  const passedOver = new Set(people.involved);
  let all = found;
  for (;;) {
    const returned = all.people.filter((person) => unreached.has(person) && !passedOver.has(person));
    for (const person of returned) passedOver.add(person);
    const more = returned.length === 0 ? undefined : amongThose(stage, { ...people, involved: passedOver });
    if (more === undefined) return all;
    all = { people: [...new Set([...all.people, ...more.people])], security: all.security || more.security };
  }
}

function amongThose({ anyOf, quorum, fallback }: ApprovalStage, people: People): Approvers | undefined {
  const first = resolve(anyOf, people);
  if (isEnough(first, quorum)) return first;
  const all = resolve([...anyOf, ...fallback], people);
  return isEnough(all, quorum) ? all : undefined;
}

function isEnough({ people, security }: Approvers, quorum: number): boolean {
  return security || people.length >= quorum;
}

function resolve(approvers: readonly Approver[], people: People): Approvers {
  const { superiors, owners, entitlementOwners, involved } = people;
  // Whose own it is decides by nobody, not by whom they delegated to either. Who is on leave is not there to decide.
  const decider = ({ identityId, takesOver, delegate }: Superior) => {
    if (involved.has(identityId)) return undefined;
    if (delegate !== undefined && !involved.has(delegate)) return delegate;
    return takesOver === true ? identityId : undefined;
  };
  const nearest = (chain: readonly Superior[]) => chain.map(decider).find((one) => one !== undefined);
  const found = [
    approvers.includes('manager') ? nearest(superiors) : undefined,
    approvers.includes('application-owner') ? nearest(owners) : undefined,
    approvers.includes('entitlement-owner') ? nearest(entitlementOwners) : undefined,
  ];
  const named = [...new Set(found.filter((one) => one !== undefined))];
  return { people: named, security: approvers.includes('security') };
}

/** Whether this person decides on the stage. @param hasRole whether they have the role `security` */
export function mayDecide(
  { people, security }: Approvers,
  { involved }: Pick<People, 'involved'>,
  person: string,
  hasRole: boolean,
): boolean {
  return !involved.has(person) && (people.includes(person) || (security && hasRole));
}
