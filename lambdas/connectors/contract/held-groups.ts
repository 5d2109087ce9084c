// The groups that an account is in, as every connector tells them: by name, and by the id that stays when they are renamed.
import type { ObservedAccount } from '../../core/systems/account.ts';

export interface HeldGroup {
  readonly name: string;
  /** Undefined: the name is the id, or the system does not tell. */
  readonly id: string | undefined;
}

export function grantsOf(groups: readonly HeldGroup[]): Pick<ObservedAccount, 'grants' | 'grantIds'> {
  const byId = new Map(groups.flatMap(({ name, id }) => (id === undefined ? [] : [[id, name] as const])));
  const ids = [...byId].map(([grantId, grant]) => ({ grant, grantId }));
  return {
    grants: [...new Set(groups.map(({ name }) => name))].sort(),
    grantIds: ids.sort((one, other) => (one.grantId < other.grantId ? -1 : 1)),
  };
}

/** Which groups were meant by a name when the account was read: one may have been renamed since. Empty: it is not told. */
export function idsBehind({ grantIds = [] }: Pick<ObservedAccount, 'grantIds'>, grant: string): readonly string[] {
  return grantIds.filter((each) => each.grant === grant).map(({ grantId }) => grantId);
}
