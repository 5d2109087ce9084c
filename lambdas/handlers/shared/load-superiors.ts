// The management chain above an identity, as the stores know it now.
import { delegateAt } from '../../core/identity/delegations.ts';
import { type Superior, superiorsFrom } from '../../core/identity/management-chain.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { comesBack } from '../../core/identity/undelivered-mail.ts';
import { findIdentity, findWhereItCounts, type LoadedIdentity, type LoadingDependencies } from './load-identity.ts';

export type ChainDependencies = LoadingDependencies;

/** Nearest first, departed ones included. */
export function loadSuperiors(
  dependencies: ChainDependencies,
  nearest: string | undefined,
): Promise<readonly Superior[]> {
  return superiorsFrom(nearest, (identityId) => loadSuperior(dependencies, identityId));
}

/** Undefined: nobody of that id is known. */
export async function loadSuperior(dependencies: ChainDependencies, identityId: string): Promise<Superior | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return undefined;
  const { record, timeline, state } = loaded;
  const { ownerId, managerId } = record.header.summary;
  const above = timeline.mergedInto ?? ownerId ?? managerId;
  const delegate = await delegateOf(dependencies, loaded);
  const unreached = [loaded, delegate].flatMap((one) => (one !== undefined && isUnreached(one) ? [idOf(one)] : []));
  return {
    identityId,
    employed: isEmployed(state),
    takesOver: mayTakeOver(state),
    delegate: delegate && idOf(delegate),
    unreached,
    above,
  };
}

function isUnreached({ record, state, nowMs }: LoadedIdentity): boolean {
  return comesBack(record.header.undelivered, state, nowMs);
}

function idOf({ record }: LoadedIdentity): string {
  return record.header.identityId;
}

/** Whom they delegated their decisions to in this employment, if that person is at work and another one. */
async function delegateOf(
  dependencies: ChainDependencies,
  { record, timeline, state, nowMs }: LoadedIdentity,
): Promise<LoadedIdentity | undefined> {
  const to = isEmployed(state) ? delegateAt(timeline.facts, nowMs, state.joinedMs) : undefined;
  const delegate = to === undefined ? undefined : await findWhereItCounts(dependencies, to);
  if (delegate === undefined || !mayTakeOver(delegate.state)) return undefined;
  return idOf(delegate) === record.header.identityId ? undefined : delegate;
}
