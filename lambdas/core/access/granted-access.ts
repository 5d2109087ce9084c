// What reasons have held up in an application is remembered by the grant's own id, so that it goes when its last reason
// does: whatever the access model calls it by then, if it still knows it, and whatever the system renames it to.
import type { Application, Entitlement } from '../access-model/access-model.ts';
import { groupBy } from '../group-by.ts';
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

/** Those of a list that are the same grant as another (`isSameGrant`), in the list's order: thousands are asked of thousands. */
export interface GrantLookup<Grant extends HeldGrant> {
  all(one: HeldGrant): readonly Grant[];
  /** The first. */
  find(one: HeldGrant): Grant | undefined;
  has(one: HeldGrant): boolean;
  /** The first that is the same as any of those. */
  findAny(those: readonly HeldGrant[]): Grant | undefined;
}

export function lookUpGrants<Grant extends HeldGrant>(grants: readonly Grant[]): GrantLookup<Grant> {
  const places = [...grants.keys()];
  const grantAt = (place: number) => grants[place] as Grant;
  const ofId = groupBy(places, (place) => grantAt(place).grantId);
  const ofName = groupBy(places, (place) => grantAt(place).grant);
  const withoutId = groupBy(places, (place) =>
    grantAt(place).grantId === undefined ? grantAt(place).grant : undefined,
  );
  const placesOf = ({ grant, grantId }: HeldGrant): readonly number[] => {
    if (grantId === undefined) return ofName.get(grant) ?? [];
    return [...(ofId.get(grantId) ?? []), ...(withoutId.get(grant) ?? [])].sort((a, b) => a - b);
  };
  const find = (one: HeldGrant) => grants[placesOf(one)[0] ?? grants.length];
  return {
    all: (one) => placesOf(one).map(grantAt),
    find,
    has: (one) => find(one) !== undefined,
    findAny: (those) => grants[Math.min(grants.length, ...those.flatMap((one) => placesOf(one)[0] ?? []))],
  };
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
  /** Held → the word that it stands for. */
  const standing = new Map<HeldGrant, string>();
  const isFree = (one: HeldGrant) => !standing.has(one);
  const match = (word: string, one: HeldGrant) => {
    const before = matched.get(word);
    if (before !== undefined) standing.delete(before);
    matched.set(word, one);
    standing.set(one, word);
  };
  const remembered = groupBy(granted, ({ grant }) => grant);
  const among = lookUpGrants(held);
  const placeOf = new Map(held.map((one, place) => [one, place]));
  for (const grant of due) {
    const free = (remembered.get(grant) ?? []).flatMap((each) => among.all(each).find(isFree) ?? []);
    const [found] = free.sort((one, other) => (placeOf.get(one) ?? 0) - (placeOf.get(other) ?? 0));
    if (found !== undefined) match(grant, found);
  }
  const shownAs = groupBy(held, ({ grant }) => grant);
  const left = due.filter((grant) => !matched.has(grant));
  // Whatever is matched by its name stays so: who it is taken from is looked at once more, by its own name.
  for (const word of left) {
    const shown = matched.has(word) ? [] : (shownAs.get(word) ?? []);
    const found = shown.find(isFree) ?? shown[0];
    if (found === undefined) continue;
    const other = standing.get(found);
    if (other !== undefined) {
      matched.delete(other);
      left.push(other);
    }
    match(word, found);
  }
  return matched;
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
  const before = lookUpGrants(granted);
  const standing = due.flatMap((entitlement): GrantedAccess[] => {
    const one = matched.get(entitlement.grant);
    return one === undefined ? [] : [describeGranted(entitlement, one, before.find(one)?.sinceMs ?? nowMs)];
  });
  const [stand, among] = [lookUpGrants(standing), lookUpGrants(held)];
  const lapsed = granted.flatMap((each): GrantedAccess[] => {
    if (stand.has(each)) return [];
    const one = among.find(each);
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
