// Histories in which identities depend on one another: managers and successors, service accounts and who owns them, two
// ids of one person, and two HR sources of which one has the last word.
import { stampAuthority } from '../../lambdas/core/identity/authority.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import {
  type Arrival,
  arrivalsOf,
  DEPARTMENTS,
  endOf,
  factBase,
  type History,
  LONGEST_MS,
  type Merge,
  MINUTE_MS,
  randomLife,
  randomMoment,
  SOURCES,
  SPANS_MS,
  START_MS,
} from './history.ts';
import type { Random } from './random.ts';

const PEOPLE = ['E1', 'E2', 'E3'];
const DUPLICATE = 'D1';
const OWNED = ['S1', 'S2'];
const PRECEDENCE: HrSourcePrecedence = {
  'acme-hr': { authority: 10, attributes: {} },
  'beta-hr': { authority: 0, attributes: { title: 20 } },
};

export function intertwinedHistory(random: Random): History {
  const spanMs = random.pick(SPANS_MS);
  const distinct = PEOPLE.slice(0, random.between(1, PEOPLE.length));
  const people = random.chance(0.5) ? [...distinct, DUPLICATE] : distinct;
  const owned = OWNED.slice(0, random.between(1, OWNED.length));
  const facts = [
    ...people.flatMap((id) => randomLife(random, id, spanMs)).map((fact) => withTies(random, fact, people)),
    ...owned.flatMap((id) => randomServiceAccount(random, id, people, spanMs)),
  ].map((fact) => stampAuthority(fact, PRECEDENCE));
  const arrivals = arrivalsOf(random, facts, spanMs);
  const merges = people
    .filter((id) => id === DUPLICATE)
    .map((duplicate): Merge => ({ atMs: START_MS + random.below(spanMs), identityId: 'E1', duplicate }));
  return { startMs: START_MS, arrivals, merges, endsMs: endOf(arrivals, spanMs), precedence: PRECEDENCE };
}

/** Who manages the person, and who takes over from a leaver. */
function withTies(random: Random, fact: Fact, people: readonly string[]): Fact {
  const other = random.pick(people);
  if (other === fact.identityId || random.chance(0.4)) return fact;
  switch (fact.type) {
    case 'leaver':
      return { ...fact, successor: other };
    case 'joiner':
      return { ...fact, attributes: { ...fact.attributes, manager: other } };
    case 'mover':
      return { ...fact, attributes: { ...fact.attributes, manager: other } };
    default:
      return fact;
  }
}

/** Long enough for whatever was said before to be done, or to be said again. */
const QUIET_MS = 15 * MINUTE_MS;

/**
 * The same, and in a quiet hour somebody leaves who owns something and names who takes over. A changed model takes nothing from
 * the three of them: together with others it would be too many to go unasked.
 */
export function withSuccessor({ arrivals, startMs, endsMs, ...history }: History): History {
  const base = (id: string, index = 0) => ({ ...factBase('acme-hr', id, index), effectiveAt: toIso(START_MS) });
  const person = (id: string): Fact => ({
    ...base(id),
    type: 'joiner',
    attributes: { kind: 'employee', department: 'Finance' },
  });
  const owned: Fact = {
    ...base('S8'),
    type: 'joiner',
    attributes: { kind: 'service-account', department: 'Finance', owner: 'E8' },
  };
  const leaves: Fact = { ...base('E8', 1), type: 'leaver', immediate: false, successor: 'E9' };
  const begun = [person('E8'), person('E9'), owned].map((fact) => ({ atMs: startMs, fact }));
  const leftMs = endsMs + QUIET_MS;
  return {
    ...history,
    startMs,
    arrivals: [...arrivals, ...begun, { atMs: leftMs, fact: leaves }],
    endsMs: leftMs + MINUTE_MS,
  };
}

/** The same, and in the hour after that a service account changes hands, again and again, or not after all. */
export function withNewOwners(random: Random, { arrivals, endsMs, ...history }: History): History {
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].filter((id) => PEOPLE.includes(id));
  const { isPosted = false, precedence = {} } = history;
  // Intake weighs what is posted.
  const weighed = (fact: Fact) => (isPosted ? fact : stampAuthority(fact, precedence));
  const told: Arrival[] = [];
  let atMs = endsMs;
  for (let index = 20; index < 20 + random.between(1, 3); index += 1) {
    atMs += random.between(5, 25) * MINUTE_MS;
    const base = { ...factBase('acme-hr', 'S1', index), recordedMs: atMs, receivedMs: atMs };
    const owner = random.pick(people);
    const mover: Fact = { ...base, type: 'mover', effectiveAt: toIso(atMs), attributes: { owner } };
    told.push({ atMs, fact: weighed(mover) });
    if (!random.chance(0.2)) continue;
    atMs += random.between(1, 10) * MINUTE_MS;
    const rescind = { ...factBase('acme-hr', 'S1', index + 10), recordedMs: atMs, receivedMs: atMs };
    told.push({ atMs, fact: { ...rescind, type: 'rescind', rescinds: base.factId } });
  }
  return { ...history, arrivals: [...arrivals, ...told], endsMs: atMs + random.between(1, 40) * MINUTE_MS };
}

/**
 * The same, with mistakes that HR makes: what is no person is named as owner or successor, in a circle too, and somebody
 * as their own.
 */
export function withMistakes(random: Random, history: History): History {
  const owned = history.arrivals.map(({ fact }) => fact.identityId).filter((id) => OWNED.includes(id));
  const mistaken = new Map<string, Fact>();
  const arrivals = history.arrivals.map((arrival) => {
    const known = mistaken.get(arrival.fact.factId) ?? mistake(random, arrival.fact, owned);
    mistaken.set(arrival.fact.factId, known);
    return { ...arrival, fact: known };
  });
  return { ...history, arrivals };
}

function mistake(random: Random, fact: Fact, owned: readonly string[]): Fact {
  if (owned.length === 0 || !random.chance(0.3)) return fact;
  const named = random.chance(0.25) ? fact.identityId : random.pick(owned);
  if (fact.type === 'leaver') return { ...fact, successor: named };
  if (fact.type === 'joiner' && 'owner' in fact.attributes) {
    return { ...fact, attributes: { ...fact.attributes, owner: named } };
  }
  if (fact.type !== 'mover' || !('owner' in fact.attributes)) return fact;
  return { ...fact, attributes: { ...fact.attributes, owner: named } };
}

/** Made, given to another owner now and then, and sometimes taken out of use. */
function randomServiceAccount(random: Random, id: string, owners: readonly string[], spanMs: number): readonly Fact[] {
  const joiner: Fact = {
    ...factBase(random.pick(SOURCES), id, 0),
    type: 'joiner',
    effectiveAt: random.chance(0.7) ? toIso(START_MS - random.below(LONGEST_MS)) : randomMoment(random, spanMs),
    attributes: { kind: 'service-account', department: random.pick(DEPARTMENTS), owner: random.pick(owners) },
  };
  const changes = Array.from({ length: random.below(3) }, (_, index): Fact => {
    const base = { ...factBase(random.pick(SOURCES), id, index + 1), effectiveAt: randomMoment(random, spanMs) };
    if (random.chance(0.2)) return { ...base, type: 'leaver', immediate: false };
    return { ...base, type: 'mover', attributes: { owner: random.pick(owners) } };
  });
  return [joiner, ...changes];
}
