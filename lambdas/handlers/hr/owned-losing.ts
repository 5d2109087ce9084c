// What somebody owns loses with them: it is suspended where they leave and nobody takes it over, and an agent holds no more than
// its owner. So an error about owners is one about all they own, and the mass-error guard counts both.
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { lossInState } from '../../core/hr/mass-error-guard.ts';
import { stampAuthority } from '../../core/identity/authority.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { duplicatesAmong, redirect, withAbsorbed } from '../../core/identity/merged-identities.ts';
import { isLimited, mayOwn, needsOwner } from '../../core/identity/ownership.ts';
import type { HrSourcePrecedence } from '../../core/identity/source-precedence.ts';
import {
  buildTimeline,
  type IdentityState,
  identityAt,
  isEmployed,
  type Timeline,
} from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findSuccessor } from '../shared/find-successor.ts';
import type { Losing } from '../shared/judge-losses.ts';
import { findWhereItCounts, type LoadedIdentity, readRecord } from '../shared/load-identity.ts';

type OwnedDependencies = Pick<Dependencies, 'directory' | 'clock' | 'model'>;

const CONCURRENT_OWNED = 10;

export interface Told {
  /** Who was told of → what was said of them, under whichever of their ids. */
  readonly byIdentity: ReadonlyMap<string, readonly Fact[]>;
  readonly precedence: HrSourcePrecedence;
}

/** What is new of what was told of somebody under these ids, as it counts where their record is. */
export function newOf(
  { header: { identityId }, facts }: IdentityRecord,
  ids: Iterable<string>,
  { byIdentity, precedence }: Told,
): readonly Fact[] {
  const known = new Set(withAbsorbed(facts).map(({ factId }) => factId));
  return [...ids].flatMap((id) =>
    (byIdentity.get(id) ?? [])
      .filter(({ factId }) => !known.has(factId))
      .map((fact) => stampAuthority(fact, precedence))
      .map((fact) => (identityId === id ? fact : redirect(fact, identityId))),
  );
}

/** Everybody as they are once all of a delivery is told: who leaves by it takes nothing over. */
export function onceTold<Known extends OwnedDependencies>(dependencies: Known, told: Told): Known {
  const { directory, clock } = dependencies;
  const load: typeof directory.load = async (identityId) => {
    const record = await directory.load(identityId);
    if (record === undefined) return undefined;
    const duplicates = duplicatesAmong(withAbsorbed(record.facts)).keys();
    const said = newOf(record, [identityId, ...duplicates], told);
    if (said.length === 0) return record;
    const facts = [...record.facts, ...said];
    const summary = summaryAt(identityId, buildTimeline(facts), clock());
    return { ...record, facts, header: { ...record.header, summary } };
  };
  return { ...dependencies, directory: { ...directory, load } };
}

/** Those who limit what an agent may hold, once this is said of it. Undefined: nobody does. */
export async function ownersThen(
  dependencies: OwnedDependencies,
  { timeline, state }: LoadedIdentity,
  told: readonly Fact[],
): Promise<Timeline['owners']> {
  if (!isLimited(state)) return undefined;
  const owners = new Map(timeline.owners);
  const named = told.flatMap((fact) =>
    fact.type === 'joiner' || fact.type === 'mover' ? (fact.attributes.owner ?? []) : [],
  );
  for (const ownerId of new Set(named)) {
    const owner = owners.has(ownerId) ? undefined : await findWhereItCounts(dependencies, ownerId);
    if (owner !== undefined)
      owners.set(ownerId, { identityId: owner.record.header.identityId, timeline: owner.timeline });
  }
  return owners;
}

/** @param dependencies as once told. @param after the owner's timeline with what is told of them */
export async function ownedLosing(
  dependencies: OwnedDependencies,
  { record, timeline: before, nowMs }: LoadedIdentity,
  after: Timeline,
): Promise<readonly Losing[]> {
  const ownerId = record.header.identityId;
  const owned = await dependencies.directory.listOwnedBy(ownerId);
  if (owned.length === 0) return [];
  const instants = [nowMs, ...after.changes.map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs)];
  const found = await mapBounded(instants, 1, async (atMs) => {
    const [was, is] = [identityAt(before, atMs), identityAt(after, atMs)];
    // What nobody answers for anyway, by what was known, is not the doing of what is told.
    if (!mayOwn(was)) return [];
    return [
      {
        atMs,
        was,
        is: mayOwn(is) ? { ownerId, state: is } : await takingOver({ ...dependencies, clock: () => atMs }, after, is),
      },
    ];
  });
  const states = found.flat();
  const losing = await mapBounded(owned, CONCURRENT_OWNED, async ({ identityId }): Promise<readonly Losing[]> => {
    const known = await dependencies.directory.load(identityId);
    if (known === undefined) return [];
    const { timeline } = readRecord(known, dependencies.clock());
    const losses = states.flatMap(({ atMs, was, is }) => {
      const state = identityAt(timeline, atMs);
      // What is somebody else's by then loses nothing with this one.
      const isOwned = isEmployed(state) && state.attributes.owner === ownerId;
      if (!isOwned || !needsOwner(state.attributes.kind)) return [];
      const had: IdentityState = isLimited(state) ? { ...state, ownedBy: { identityId: ownerId, state: was } } : state;
      const has: IdentityState =
        is === undefined
          ? { ...state, status: 'suspended' }
          : isLimited(state)
            ? { ...state, ownedBy: { identityId: is.ownerId, state: is.state } }
            : state;
      return lossInState(had, has, dependencies.model()) ?? [];
    });
    const extent = losses.some((loss) => loss.extent === 'all') ? 'all' : 'some';
    const applications = [...new Set(losses.flatMap((loss) => loss.applications))].sort();
    return losses.length === 0 ? [] : [{ identityId, extent, applications, facts: [] }];
  });
  return losing.flat();
}

interface TakingOver {
  readonly ownerId: string;
  readonly state: IdentityState;
}

/** Undefined: nobody is left to. */
async function takingOver(
  dependencies: OwnedDependencies,
  timeline: Timeline,
  state: IdentityState,
): Promise<TakingOver | undefined> {
  const ownerId = await findSuccessor(dependencies, timeline, state);
  const successor = ownerId === undefined ? undefined : await findWhereItCounts(dependencies, ownerId);
  return ownerId === undefined || successor === undefined ? undefined : { ownerId, state: successor.state };
}
