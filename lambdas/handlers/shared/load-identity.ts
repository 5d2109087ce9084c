// What nearly every decision about an identity begins with: all that is known of it, and how it stands now.
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { NotFoundError } from '../../core/errors.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import { ownersThatLimit } from '../../core/identity/ownership.ts';
import {
  buildTimeline,
  type IdentityState,
  identityAt,
  type OwnerTimeline,
  type Timeline,
} from '../../core/identity/timeline.ts';
import type { Dependencies } from './dependencies.ts';

export type LoadingDependencies = Pick<Dependencies, 'directory' | 'clock'>;

export interface LoadedIdentity {
  readonly record: IdentityRecord;
  readonly timeline: Timeline;
  /** The time by which the identity is judged (epoch ms): never before anything that was recorded about it. */
  readonly nowMs: number;
  readonly state: IdentityState;
}

export interface LoadOptions {
  /** The time by which an earlier step of the same work judged (epoch ms): this one judges by none before it. */
  readonly judgedMs?: number | undefined;
}

/** Undefined when there is no such identity. */
export async function findIdentity(
  { directory, clock }: LoadingDependencies,
  identityId: string,
  { judgedMs }: LoadOptions = {},
): Promise<LoadedIdentity | undefined> {
  const record = await directory.load(identityId);
  if (record === undefined) return undefined;
  const loaded = readRecord(record, clock(), judgedMs);
  const owners = await loadOwners(directory, loaded.timeline);
  if (owners === undefined) return loaded;
  const timeline = { ...loaded.timeline, owners };
  return { ...loaded, timeline, state: identityAt(timeline, loaded.nowMs) };
}

/** Undefined: what it may hold depends on nobody. */
async function loadOwners(
  directory: LoadingDependencies['directory'],
  timeline: Timeline,
): Promise<Timeline['owners']> {
  const named = ownersThatLimit(timeline);
  if (named.length === 0) return undefined;
  const owners = new Map<string, OwnerTimeline>();
  for (const ownerId of named) {
    const owner = await loadOwner(directory, ownerId);
    if (owner !== undefined) owners.set(ownerId, owner);
  }
  return owners;
}

/** More merges in a row than one person has been through. */
const MAXIMUM_MERGES = 20;

async function loadOwner(
  directory: LoadingDependencies['directory'],
  ownerId: string,
): Promise<OwnerTimeline | undefined> {
  let identityId = ownerId;
  for (let merges = 0; merges <= MAXIMUM_MERGES; merges += 1) {
    const record = await directory.load(identityId);
    if (record === undefined) return undefined;
    const timeline = buildTimeline(record.facts);
    if (timeline.mergedInto === undefined) return { identityId, timeline };
    identityId = timeline.mergedInto;
  }
  return undefined;
}

/** As it stands at the time by which it is judged, and without its owner: of an agent it is not known what it may hold. */
export function readRecord(record: IdentityRecord, clockMs: number, judgedMs?: number): LoadedIdentity {
  const timeline = buildTimeline(record.facts);
  const nowMs = judgingTimeMs(clockMs, record.header, judgedMs);
  return { record, timeline, nowMs, state: identityAt(timeline, nowMs) };
}

/** As findIdentity; of one that was merged into another, that other, where all that is said about it counts. */
export async function findWhereItCounts(
  dependencies: LoadingDependencies,
  identityId: string,
): Promise<LoadedIdentity | undefined> {
  const loaded = await findIdentity(dependencies, identityId);
  const survivorId = loaded?.timeline.mergedInto;
  return survivorId === undefined ? loaded : await findWhereItCounts(dependencies, survivorId);
}

/** Throws NotFoundError. */
export async function loadIdentity(
  dependencies: LoadingDependencies,
  identityId: string,
  options?: LoadOptions,
): Promise<LoadedIdentity> {
  const loaded = await findIdentity(dependencies, identityId, options);
  if (loaded === undefined) throw new NotFoundError(`identity ${identityId} is not known`);
  return loaded;
}
