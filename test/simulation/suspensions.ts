// Who is kept out in an emergency in the course of a history, whatever HR tells meanwhile, and let in again. It draws from a
// stream of its own, so that the histories of old seeds say what they said.
import { type AccessSuspendedFact, ownFactBase } from '../../lambdas/core/identity/facts.ts';
import type { Coverage } from './coverage.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';
import { tellDecided } from './timed-grants.ts';
import type { World } from './world.ts';

export const SUSPENSIONS_STREAM = 1_900_000_009;
const MOST = 3;
const DESK = 'E902';

export function suspendInEmergencies(
  world: World,
  { arrivals, startMs, endsMs }: History,
  { random, coverage }: { readonly random: Random; readonly coverage: Coverage },
): void {
  const known = [...new Set(arrivals.map(({ fact }) => fact.identityId))].sort();
  for (let index = 0; index < random.between(1, MOST); index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    const identityId = random.pick(known);
    const resumesInMs = random.chance(0.7) ? random.below(Math.max(1, endsMs - atMs)) : undefined;
    const fact: AccessSuspendedFact = {
      ...ownFactBase(identityId, `suspended/${identityId}/${index}`, atMs),
      type: 'access-suspended',
      suspendedBy: DESK,
      suspendedAs: 'operations',
      reason: 'the laptop was stolen',
    };
    setTimeout(() => {
      tellDecided(world, { fact, by: DESK, random }, () => coverage.happened.add('suspended in an emergency'));
      if (resumesInMs !== undefined) setTimeout(() => resume(fact, atMs + resumesInMs), resumesInMs);
    }, atMs - startMs);
  }

  function resume({ identityId, factId, sourceEventId }: AccessSuspendedFact, nowMs: number): void {
    const base = ownFactBase(identityId, `resumed/${sourceEventId}`, nowMs);
    const resumed = { ...base, type: 'access-resumed' as const, resumes: factId, resumedBy: DESK };
    tellDecided(world, { fact: resumed, by: DESK, random }, () => coverage.happened.add('let in after an emergency'));
  }
}
