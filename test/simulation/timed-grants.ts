// What people decide on for a time in the course of a history, whoever it is by then, and what they end early. It draws from
// a stream of its own, so that the histories of old seeds say what they said.
import type { AccessGrantedFact, Fact, GrantBasis } from '../../lambdas/core/identity/facts.ts';
import { ownFactBase } from '../../lambdas/core/identity/facts.ts';
import type { Coverage } from './coverage.ts';
import { type History, MINUTE_MS } from './history.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export const GRANTS_STREAM = 1_700_000_003;
/** Some that profiles give as well, and one that nothing has. */
const ENTITLEMENTS = ['cloud:production-admin', 'cloud:billing', 'chat:sales-room', 'badge:office', 'gone:developer'];
/** Most of it starts at once. */
const STARTS: readonly number[] = [0, 0, 1, 10];
const BASES: readonly GrantBasis[] = ['request', 'temporary', 'break-glass', 'cover'];
const MOST = 4;
const FAR_MS = 60 * 24 * 60 * MINUTE_MS;
const APPROVER = 'E901';

interface Deciding {
  readonly random: Random;
  readonly coverage: Coverage;
}

/** All of it ends before the history does, or long after it. */
export function decideForATime(world: World, { arrivals, merges, startMs, endsMs }: History, deciding: Deciding): void {
  const { random } = deciding;
  const people = [...arrivals.map(({ fact }) => fact.identityId), ...merges.map(({ duplicate }) => duplicate)];
  const known = [...new Set(people)].sort();
  for (let index = 0; index < random.between(1, MOST); index += 1) {
    const atMs = startMs + random.below(endsMs - startMs);
    const identityId = random.pick(known);
    setTimeout(
      () => decide(world, granted(random, { identityId, index, atMs, endsMs }), { ...deciding, endsMs }),
      atMs - startMs,
    );
  }
}

interface Place {
  readonly identityId: string;
  readonly index: number;
  readonly atMs: number;
  readonly endsMs: number;
}

function granted(random: Random, { identityId, index, atMs, endsMs }: Place): AccessGrantedFact {
  const startsMs = atMs + random.pick(STARTS) * MINUTE_MS;
  const leftMs = Math.max(1, endsMs - startsMs);
  const isShort = random.chance(0.7);
  const basis = random.pick(BASES);
  const isOpen = !isShort && basis === 'request' && random.chance(0.5);
  return {
    ...ownFactBase(identityId, `granted/${identityId}/${index}`, atMs),
    type: 'access-granted',
    entitlement: random.pick(ENTITLEMENTS),
    basis,
    requestId: `request-${index}`,
    requestedBy: identityId,
    approvedBy: [APPROVER],
    startsMs,
    ...(!isOpen && { endsMs: isShort ? startsMs + 1 + random.below(leftMs) : endsMs + FAR_MS }),
  };
}

function decide(world: World, fact: AccessGrantedFact, deciding: Deciding & { readonly endsMs: number }): void {
  const { random, coverage, endsMs } = deciding;
  const endsInMs = random.chance(0.3) ? random.below(Math.max(1, endsMs - fact.recordedMs)) : undefined;
  tellDecided(world, { fact, by: APPROVER, random }, () => {
    coverage.happened.add('access decided on for a time');
    if ((fact.endsMs ?? Number.POSITIVE_INFINITY) <= endsMs) coverage.happened.add('access for a time ran out');
  });
  if (endsInMs === undefined) return;
  setTimeout(() => {
    const nowMs = fact.recordedMs + endsInMs;
    const base = ownFactBase(fact.identityId, `ended/${fact.sourceEventId}`, nowMs);
    const ended = { ...base, type: 'access-ended' as const, ends: fact.factId, endsMs: nowMs, endedBy: APPROVER };
    tellDecided(world, { fact: ended, by: APPROVER, random }, () =>
      coverage.happened.add('access for a time ended early'),
    );
  }, endsInMs);
}

interface Decided {
  readonly fact: Fact;
  /** Undefined: it follows from what is known. */
  readonly by: string | undefined;
  readonly random: Random;
}

/** As HR does: until it is accepted. */
export function tellDecided(world: World, decided: Decided, onTold: () => void): void {
  const { fact, by, random } = decided;
  world.decide(fact, by).then(onTold, () => {
    setTimeout(() => tellDecided(world, decided, onTold), random.below(MINUTE_MS));
  });
}
