// What reasons have held up in an application is remembered by the grant's own id, so that it goes when its last reason
// does: whatever the access model calls it by then, if it still knows it, and whatever the system renames it to.
import type { Application, Entitlement } from '../access-model/access-model.ts';
import type { ObservedAccount } from '../systems/account.ts';
import type { GivenEntitlement } from './compiled-model.ts';

/** A grant that an account holds. */
export interface HeldGrant {
  /** What the system calls it now. */
  readonly grant: string;
  /** Absent where the name is the id. */
  readonly grantId?: string | undefined;
}

/** A grant that a reason has held up, whether or not one still does. */
export interface GrantedAccess extends HeldGrant {
  /** What the access model called it when it was last due: the system may call it otherwise by now. */
  readonly grant: string;
  /** The entitlement it was granted for. */
  readonly entitlement: string;
  readonly privileged: boolean;
  /** Since when it has been remembered (epoch ms). */
  readonly sinceMs: number;
}

/** What is held, each with its id where the system tells one. */
export function heldGrants({ grants, grantIds = [] }: Pick<ObservedAccount, 'grants' | 'grantIds'>): HeldGrant[] {
  const told = new Set(grantIds.map(({ grant }) => grant));
  return [...grantIds, ...grants.filter((grant) => !told.has(grant)).map((grant) => ({ grant }))];
}

/** By the id where both have one, else by the name. */
export function isSameGrant(one: HeldGrant, other: HeldGrant): boolean {
  if (one.grantId === undefined || other.grantId === undefined) return one.grant === other.grant;
  return one.grantId === other.grantId;
}

/** The entitlements that reasons hold up, as the access model describes them. */
export function dueEntitlements(
  { id, entitlements }: Application,
  due: readonly Pick<GivenEntitlement, 'entitlement'>[],
): readonly Entitlement[] {
  const byId = new Map(entitlements.map((entitlement) => [entitlement.id, entitlement]));
  return due.map(({ entitlement }) => {
    const known = byId.get(entitlement);
    if (known !== undefined) return known;
    throw new Error(`application ${id} has no entitlement ${entitlement}: the model was not validated`);
  });
}

/**
 * Which of the grants held stands for which that is due, by what the access model calls it. What was granted under that
 * word stands for it whatever the system calls it now: renaming a group takes nobody out of it. Else the name tells. A
 * grant that is shown under a name which is due as well stands for that name, since it is what a newcomer would be given.
 */
export function matchGrants(
  due: readonly string[],
  held: readonly HeldGrant[],
  granted: readonly GrantedAccess[] = [],
): ReadonlyMap<string, HeldGrant> {
  const matched = new Map<string, HeldGrant>();
  const isFree = (one: HeldGrant) => [...matched.values()].every((each) => each !== one);
  for (const grant of due) {
    const remembered = granted.filter((each) => each.grant === grant);
    const found = held.find((one) => isFree(one) && remembered.some((each) => isSameGrant(each, one)));
    if (found !== undefined) matched.set(grant, found);
  }
  // Whatever is matched by its name stays so: each round matches one more in this way, until there is none.
  for (let word = unmatched(); word !== undefined; word = unmatched()) {
    const shown = held.filter(({ grant }) => grant === word);
    const found = shown.find(isFree) ?? shown[0];
    if (found === undefined) break;
    for (const [other, each] of matched) if (each === found) matched.delete(other);
    matched.set(word, found);
  }
  return matched;

  function unmatched(): string | undefined {
    return due.find((grant) => !matched.has(grant) && held.some((one) => one.grant === grant));
  }
}

export interface RememberInput {
  /** What was remembered before; undefined: nothing, or the account was last seen before anything was. */
  readonly granted: readonly GrantedAccess[] | undefined;
  readonly due: readonly Entitlement[];
  readonly held: readonly HeldGrant[];
  /** A call may still take effect, so that what is not held now may be in a moment. */
  readonly inDoubt: boolean;
  readonly nowMs: number;
}

/** What is to be remembered by what was just read. Undefined: nothing. */
export function rememberGranted(input: RememberInput): readonly GrantedAccess[] | undefined {
  const { granted = [], due, held, inDoubt, nowMs } = input;
  const words = due.map(({ grant }) => grant);
  const matched = matchGrants(words, held, granted);
  const standing = due.flatMap((entitlement): GrantedAccess[] => {
    const one = matched.get(entitlement.grant);
    if (one === undefined) return [];
    const before = granted.find((each) => isSameGrant(each, one));
    return [describeGranted(entitlement, one, before?.sinceMs ?? nowMs)];
  });
  const lapsed = granted.flatMap((each): GrantedAccess[] => {
    if (standing.some((one) => isSameGrant(one, each))) return [];
    const one = held.find((candidate) => isSameGrant(candidate, each));
    if (one === undefined) return inDoubt ? [each] : [];
    return [{ ...each, grantId: one.grantId ?? each.grantId }];
  });
  const all = [...standing, ...lapsed];
  return all.length === 0 ? undefined : all;
}

/** With what is about to be granted: the answer to that call may be lost, and its effect not. */
export function rememberIntended(
  granted: readonly GrantedAccess[] | undefined,
  intended: readonly Entitlement[],
  nowMs: number,
): readonly GrantedAccess[] | undefined {
  if (intended.length === 0) return granted;
  return [...(granted ?? []), ...intended.map((entitlement) => describeGranted(entitlement, undefined, nowMs))];
}

function describeGranted(
  { id, grant, privileged }: Entitlement,
  held: HeldGrant | undefined,
  sinceMs: number,
): GrantedAccess {
  return { grantId: held?.grantId, grant, entitlement: id, privileged, sinceMs };
}
