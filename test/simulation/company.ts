// Histories of a small company, told as HR systems really tell them: in batches, again and again, by mistake for everybody
// at once. What would take access from too many waits until somebody has decided.
import { type MassErrorGuardSettings, massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { type Fact, factIdOf } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { type Arrival, DEPARTMENTS, type History, MINUTE_MS, START_MS } from './history.ts';
import type { Random } from './random.ts';

const SOURCE = 'acme-hr';
const HOUR_MS = 60 * MINUTE_MS;
const SPANS_MS = [20 * MINUTE_MS, 90 * MINUTE_MS, 4 * HOUR_MS];
/** By then whoever was there from the beginning has converged. */
const SETTLED_MS = 15 * MINUTE_MS;
const LEAST = 4;
const MOST = 6;

const SAID = [
  ...(['reorganised', 'reorganised', 'closed', 'closed', 'closed', 'cut off', 'one leaves', 'one leaves'] as const),
  ...(['on leave', 'back', 'taken back', 'taken back', 'hired again', 'moved'] as const),
] as const;
type Said = (typeof SAID)[number];

interface Telling {
  readonly random: Random;
  readonly people: readonly string[];
  readonly spanMs: number;
  /** All that was said so far. */
  readonly told: Fact[];
}

export function companyHistory(random: Random): History {
  const people = Array.from({ length: random.between(LEAST, MOST) }, (_, index) => `E${index + 1}`);
  const telling: Telling = { random, people, spanMs: random.pick(SPANS_MS), told: [] };
  const count = random.between(2, 6);
  const arrivals = batch(telling, 0, START_MS, [joinersOf(telling)]);
  for (let index = 1; index <= count; index += 1) {
    const atMs = START_MS + SETTLED_MS + random.below(telling.spanMs);
    const sayings = Array.from({ length: random.chance(0.3) ? 2 : 1 }, () => saidOf(telling, random.pick(SAID)));
    arrivals.push(...batch(telling, index, atMs, sayings));
  }
  const lastMs = Math.max(...arrivals.map(({ atMs }) => atMs));
  const endsMs = Math.max(lastMs, START_MS + SETTLED_MS + telling.spanMs) + MINUTE_MS;
  return { startMs: START_MS, arrivals, merges: [], endsMs, isPosted: true, guard: guardOf(random) };
}

/** So low that a company of this size reaches it. */
function guardOf(random: Random): MassErrorGuardSettings {
  return massErrorGuardSchema.parse({
    maximumIdentities: random.pick([2, 3]),
    maximumShare: random.pick([0.3, 1]),
    applicationShare: random.pick([0.5, 1]),
    neverHeld: random.pick([1, 2]),
  });
}

type Saying = Partial<Fact> & Pick<Fact, 'type'>;
/** One for each of the people, in their order; undefined: nothing is said of them. */
type Sayings = readonly (Saying | undefined)[];

function joinersOf({ random, people }: Telling): readonly Saying[] {
  return people.map(() => ({
    type: 'joiner',
    effectiveAt: toIso(START_MS - random.below(HOUR_MS)),
    attributes: { kind: 'employee', department: random.pick(DEPARTMENTS) },
  }));
}

/** Now and then once more, some time later: as a whole, or a part of it. */
function batch(telling: Telling, index: number, atMs: number, sayings: readonly Sayings[]): Arrival[] {
  const { random, people, spanMs, told } = telling;
  const facts = sayings.flat().flatMap((said, position): readonly Fact[] => {
    const identityId = people[position % people.length] as string;
    if (said === undefined) return [];
    const which = position < people.length ? '' : '-as-well';
    const sourceEventId = `${identityId}-${index}${which}`;
    const recordedMs = atMs - random.below(MINUTE_MS);
    const base = { factId: factIdOf(SOURCE, sourceEventId), identityId, source: SOURCE, sourceEventId };
    return [{ ...base, recordedMs, receivedMs: atMs, ...said } as Fact];
  });
  told.push(...facts);
  const name = `batch-${index}`;
  const arrivals = facts.map((fact): Arrival => ({ atMs, fact, batch: name }));
  if (!random.chance(0.25)) return arrivals;
  const againMs = atMs + random.below(spanMs);
  const again = facts.filter(() => random.chance(0.8)).map((fact) => ({ atMs: againMs, fact, batch: `${name} again` }));
  return [...arrivals, ...again];
}

function saidOf(telling: Telling, said: Said): Sayings {
  const { random, people, spanMs } = telling;
  const some = random.between(2, people.length);
  const momentMs = START_MS + random.between(-10 * MINUTE_MS, random.pick([10 * MINUTE_MS, spanMs]));
  const effectiveAt = random.chance(0.1) ? '2026-11-23' : toIso(momentMs);
  const one = random.below(people.length);
  const department = random.pick(DEPARTMENTS);
  return people.map((_, index): Saying | undefined => {
    const isMeant = index < some;
    switch (said) {
      case 'reorganised':
        return isMeant ? { type: 'mover', effectiveAt, attributes: { department } } : undefined;
      case 'closed':
        return isMeant ? { type: 'leaver', effectiveAt, immediate: false } : undefined;
      case 'cut off':
        return isMeant ? { type: 'leaver', effectiveAt, immediate: true } : undefined;
      case 'one leaves':
        return index === one ? { type: 'leaver', effectiveAt, immediate: false } : undefined;
      case 'moved':
        return index === one ? { type: 'mover', effectiveAt, attributes: { department } } : undefined;
      case 'on leave':
        return isMeant ? { type: 'suspension', effectiveAt } : undefined;
      case 'back':
        return isMeant ? { type: 'return', effectiveAt } : undefined;
      case 'hired again':
        return isMeant ? { type: 'joiner', effectiveAt, attributes: { kind: 'employee', department } } : undefined;
      case 'taken back':
        return isMeant ? takenBack(telling, index) : undefined;
      default:
        return said satisfies never;
    }
  });
}

function takenBack({ random, told, people }: Telling, index: number): Saying | undefined {
  const own = told.filter(({ identityId }) => identityId === people[index]);
  return own.length === 0 ? undefined : { type: 'rescind', rescinds: random.pick(own).factId };
}
