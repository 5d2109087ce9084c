// What was handed over, and to whom, put to the reference when it is written. Whoever decides reads one identity after the
// other, and writes some time later: whatever was right at any time since then may be what they saw.
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { answersFor, heirOf, type KnownThen, toldOf } from '../../reference/heirs.ts';
import { AFTERLIFE_MS, SKEW_MS } from '../fate.ts';
import type { Witness } from './witness.ts';

const OWN_SOURCE = 'tenure';
/** A function decides and writes within this time; what it sent before it died may arrive later. */
const WRITING_MS = 10_000 + AFTERLIFE_MS;
/** The same where nothing goes wrong: as long as it waits for others who write. */
const CALM_WRITING_MS = 4_000;

/**
 * Told before the witness is: it knows what was so until now.
 *
 * @param isCalm nothing goes wrong, and all clocks are right
 */
export function handoverFaults(witness: Witness, fact: Fact, nowMs: number, isCalm: boolean): readonly string[] {
  const isHandover = fact.type === 'mover' && fact.attributes.owner !== undefined;
  const isGivenUp = fact.type === 'suspension';
  if (fact.source !== OWN_SOURCE || fact.cause === undefined || !(isHandover || isGivenUp)) return [];
  const heir = isHandover ? (fact.attributes.owner ?? undefined) : undefined;
  // A clock that runs ahead sees what takes effect a little early, and so is what it writes: a merge, say. One that is behind
  // sees it a little late; and each identity is judged by the latest clock that anything of it was written by.
  const skewsMs = isCalm ? [0] : [-SKEW_MS, 0, SKEW_MS];
  const seen = instantsUntil(witness, nowMs, isCalm ? CALM_WRITING_MS : WRITING_MS).flatMap((heardMs) => {
    const instants = skewsMs.map((skewMs) => heardMs + skewMs);
    const known = instants.map((instantMs) => knownAt(witness, heardMs, instantMs));
    // That of what is yet to begin may go before it begins.
    const owners = new Set(known.map((one) => toldOf(fact.identityId, one).owner ?? undefined));
    return [...owners].flatMap((ownerId) => {
      if (ownerId === undefined) return [{ isAnswered: false, heir: undefined }];
      // The owner may be judged by one clock, and whoever may take over by another.
      return known.flatMap((one) =>
        instants.map((othersMs) => {
          const others = knownAt(witness, heardMs, othersMs);
          const stateOf = (identityId: string) => (identityId === ownerId ? one : others).stateOf(identityId);
          return { isAnswered: answersFor(one.stateOf(ownerId)), heir: heirOf(ownerId, { ...one, stateOf }) };
        }),
      );
    });
  });
  if (seen.every(({ isAnswered }) => isAnswered)) return [`${fact.factId} takes it from an owner who answers for it`];
  const heirs = new Set(seen.filter(({ isAnswered }) => !isAnswered).map((one) => one.heir ?? 'nobody'));
  // Something was said meanwhile: what was read of whom nobody can tell.
  if (heirs.size > 1 || heirs.has(heir ?? 'nobody')) return [];
  return [`${fact.factId} gives ${fact.identityId} to ${heir ?? 'nobody'}, and it is for ${[...heirs]}`];
}

function knownAt(witness: Witness, heardMs: number, instantMs: number): KnownThen {
  return {
    instantMs,
    factsOf: (identityId) => witness.factsAt(identityId, heardMs),
    stateOf: (identityId) => witness.stateAt(identityId, instantMs, heardMs),
  };
}

/** Between two of these nothing is heard, and nothing takes effect. */
function instantsUntil(witness: Witness, nowMs: number, writingMs: number): readonly number[] {
  const sinceMs = nowMs - writingMs;
  const turns = witness.told.all().flatMap(({ fact, fromMs }) => {
    const effectiveAt = 'effectiveAt' in fact ? Date.parse(fact.effectiveAt ?? '') : Number.NaN;
    return [fromMs, effectiveAt];
  });
  const near = turns.filter((atMs) => atMs >= sinceMs && atMs <= nowMs + SKEW_MS);
  return [...new Set([sinceMs, ...near.flatMap((atMs) => [atMs - 1, atMs]), nowMs, nowMs + SKEW_MS])];
}
