// A group that Tenure grants is called otherwise in the middle of a history, by an administrator of its system who tells
// nobody. Whoever is in it stays in it; whether anybody can be given it by its old name is another matter.
import type { AccessModel, Entitlement } from '../../lambdas/core/access-model/access-model.ts';
import type { Coverage } from './coverage.ts';
import { type History, MINUTE_MS } from './history.ts';
import type { Invariants } from './invariants.ts';
import type { MemorySystem } from './memory-system.ts';
import type { Random } from './random.ts';
import type { Setting } from './setting.ts';
import type { World } from './world.ts';

export const RENAMING_STREAM = 2_000_000_011;
/** What a new name ends in. */
export const RENAMED = '-emea';
const MAXIMUM_TRIES = 4;
/** With the two who may be there to approve, so many would lose a grant by a model that calls it otherwise that a person has to agree. Here nobody does. */
const PUT_TO_A_PERSON = 4;

export interface Rename {
  readonly applicationId: string;
  /** When it is done, or a little later: as soon as somebody is in any. */
  readonly atMs: number;
  /**
   * What becomes of the old name. `gone`: no group has it, so that nobody can be given it. `reused`: another group has it.
   * `followed`: no group has it, and the access model calls the grant by its new name some time later.
   */
  readonly then: 'gone' | 'reused' | 'followed';
  readonly followedMs: number;
}

/** Undefined: nothing is renamed. */
export function randomRename(
  random: Random,
  { startMs, endsMs, arrivals }: History,
  { earlier, deployment }: Setting,
): Rename | undefined {
  if (!random.chance(0.12) || earlier.length > 0) return undefined;
  const applicationId = random.pick(['chat', 'cloud']);
  // Mostly while something is under way.
  const nearMs = random.pick(arrivals).atMs + random.below(random.pick([2_000, MINUTE_MS]));
  const atMs = random.chance(0.7) ? nearMs : startMs + random.below(endsMs - startMs);
  const identities = new Set(arrivals.map(({ fact }) => fact.identityId));
  const isFollowed = deployment === undefined && identities.size < PUT_TO_A_PERSON;
  const then = random.pick(isFollowed ? (['gone', 'reused', 'followed'] as const) : (['gone', 'reused'] as const));
  const followedMs = atMs + random.below(Math.max(MINUTE_MS, endsMs - atMs));
  return { applicationId, atMs, then, followedMs };
}

interface Surroundings {
  readonly random: Random;
  readonly invariants: Invariants;
  readonly coverage: Coverage;
  /** Looks from now on whether everybody has what a deployed model gives. */
  readonly walk: () => void;
}

export function renameGroup(world: World, rename: Rename, startMs: number, surroundings: Surroundings): void {
  const { applicationId, atMs, then, followedMs } = rename;
  const { random, invariants, coverage, walk } = surroundings;
  const system = world.systems.get(applicationId);
  if (system === undefined) return;
  system.tellsIds = true;
  const doIt = (grant: string): void => {
    system.rename(grant, `${grant}${RENAMED}`);
    coverage.happened.add('group renamed');
    if (then === 'reused') system.makeGroup(grant);
    invariants.onRenamed(applicationId, system);
    if (then !== 'followed') return;
    const follow = () => {
      coverage.happened.add('renamed in the model');
      world.deploy(followed(world.model, applicationId, grant));
      walk();
    };
    setTimeout(follow, followedMs - atMs);
  };
  const attempt = async (tries: number): Promise<void> => {
    const held = await groupsReadBack(world, applicationId, system);
    if (held.length > 0) doIt(random.pick(held));
    else if (tries < MAXIMUM_TRIES) setTimeout(() => void attempt(tries + 1), random.below(MINUTE_MS));
  };
  setTimeout(() => void attempt(1), atMs - startMs);
}

/**
 * Those that Tenure has seen in whoever is in them: by what a group is called between the answer to a grant and the reading
 * after it nobody could tell that it is the one.
 */
async function groupsReadBack(world: World, applicationId: string, system: MemorySystem): Promise<readonly string[]> {
  const held = new Map<string, boolean>();
  for (const { identityId, grants } of system.accounts.values()) {
    const record = await world.stores.directory.load(identityId);
    const known = record?.accounts.find((account) => account.applicationId === applicationId);
    const read = new Set(known?.account?.grants);
    const isSettled = known?.openCallId === undefined && known?.lastError === undefined;
    for (const grant of grants) {
      const isSeen = isSettled && read.has(grant);
      held.set(grant, isSeen && held.get(grant) !== false);
    }
  }
  return [...held].flatMap(([grant, isSeen]) => (isSeen ? [grant] : [])).sort();
}

function followed({ hash, applications, ...model }: AccessModel, applicationId: string, grant: string): AccessModel {
  const to = `${grant}${RENAMED}`;
  const called = (one: Entitlement): Entitlement => (one.grant === grant ? { ...one, grant: to } : one);
  const renamed = applications.map((application) =>
    application.id === applicationId
      ? { ...application, entitlements: application.entitlements.map(called) }
      : application,
  );
  return { ...model, hash: `${hash}, ${grant} called ${to}`, applications: renamed };
}
