// Random but plausible histories: what HR systems say about one or two people, when it takes effect, and when, how
// often and in which order it arrives.
import type { MassErrorGuardSettings } from '../../lambdas/core/hr/mass-error-guard.ts';
import { type Fact, type FactBase, factIdOf } from '../../lambdas/core/identity/facts.ts';
import type { HrSourcePrecedence } from '../../lambdas/core/identity/source-precedence.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import type { Random } from './random.ts';

export interface Arrival {
  /** When HR first sends it (epoch ms). */
  readonly atMs: number;
  readonly fact: Fact;
  /** What is sent together with it has the same. @default it is sent alone */
  readonly batch?: string | undefined;
}

/** HR states who is who: that two ids are one person. */
export interface Merge {
  readonly atMs: number;
  readonly identityId: string;
  readonly duplicate: string;
  /** That they are two after all. @default that they are one */
  readonly change?: 'merge' | 'undo-merge' | undefined;
}

export interface History {
  readonly startMs: number;
  readonly arrivals: readonly Arrival[];
  readonly merges: readonly Merge[];
  /** When the last fact has arrived and the last of them has taken effect. */
  readonly endsMs: number;
  /** HR posts it to the real intake, which notes itself whose word counts how much. @default it is recorded as it is */
  readonly isPosted?: boolean | undefined;
  readonly precedence?: HrSourcePrecedence | undefined;
  /** @default as deployed */
  readonly guard?: MassErrorGuardSettings | undefined;
}

export const START_MS = Date.parse('2026-11-23T09:00:00Z');
export const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** Facts arrive and take effect within one of these: on top of one another, close together, or over the day. */
export const SPANS_MS = [2 * SECOND_MS, 20 * SECOND_MS, 3 * MINUTE_MS, 90 * MINUTE_MS];
export const LONGEST_MS = 90 * MINUTE_MS;

export const DEPARTMENTS = ['Sales', 'Engineering', 'Finance'];
const LOCATIONS = ['Berlin', 'Hamburg'];
const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Tokyo'];
export const SOURCES = ['acme-hr', 'beta-hr'];
const TYPES = [
  'joiner',
  'mover',
  'mover',
  'mover',
  'leaver',
  'leaver',
  'leaver',
  'suspension',
  'return',
  'rescind',
] as const;

export interface HistoryOptions {
  /** Within what time facts arrive and take effect. @default any of SPANS_MS */
  readonly spanMs?: number;
}

export function randomHistory(random: Random, options: HistoryOptions = {}): History {
  const identities = Array.from({ length: random.between(1, 2) }, (_, index) => `E${index + 1}`);
  const spanMs = options.spanMs ?? random.pick(SPANS_MS);
  const arrivals = identities.flatMap((identityId) =>
    arrivalsOf(random, randomLife(random, identityId, spanMs), spanMs),
  );
  return { startMs: START_MS, arrivals, merges: [], endsMs: endOf(arrivals, spanMs) };
}

export function endOf(arrivals: readonly Arrival[], spanMs: number): number {
  const lastArrivalMs = Math.max(...arrivals.map(({ atMs }) => atMs));
  return Math.max(lastArrivalMs, START_MS + spanMs) + MINUTE_MS;
}

interface Place {
  readonly identityId: string;
  readonly index: number;
  readonly spanMs: number;
}

/** What HR says about one person. */
export function randomLife(random: Random, identityId: string, spanMs: number): readonly Fact[] {
  const count = random.between(1, 5);
  const facts: Fact[] = [];
  for (let index = 0; index < count; index += 1) facts.push(randomFact(random, { identityId, index, spanMs }, facts));
  return facts;
}

/** Each once, or once more. */
export function arrivalsOf(random: Random, facts: readonly Fact[], spanMs: number): readonly Arrival[] {
  return facts.flatMap((fact) => {
    const first = START_MS + random.below(spanMs);
    const again = random.chance(0.2) ? [{ atMs: first + random.below(spanMs), fact }] : [];
    return [{ atMs: first, fact }, ...again];
  });
}

function randomFact(random: Random, { identityId, index, spanMs }: Place, earlier: readonly Fact[]): Fact {
  const source = random.pick(SOURCES);
  const base = factBase(source, identityId, index);
  const joinsFirst = index === 0 && random.chance(0.85);
  const effectiveAt = joinsFirst ? toIso(START_MS - random.below(LONGEST_MS)) : randomMoment(random, spanMs);
  const type = joinsFirst ? 'joiner' : random.pick(TYPES);
  switch (type) {
    case 'joiner':
      return { ...base, type, effectiveAt, attributes: { kind: 'employee', ...randomAttributes(random) } };
    case 'mover':
      return { ...base, type, effectiveAt, attributes: randomAttributes(random) };
    case 'leaver':
      return { ...base, type, effectiveAt, immediate: random.chance(0.2) };
    case 'suspension':
    case 'return':
      return { ...base, type, effectiveAt };
    case 'rescind': {
      // Mostly something said before, by this source or the other; sometimes what has not been said yet.
      const rescinds =
        earlier.length > 0 ? random.pick(earlier).factId : factIdOf(source, `${identityId}-${index + 1}`);
      return { ...base, type, rescinds };
    }
    default:
      return type satisfies never;
  }
}

/** What a source says first, it also recorded first. */
export function factBase(source: string, identityId: string, index: number): FactBase {
  const sourceEventId = `${identityId}-${index}`;
  return {
    factId: factIdOf(source, sourceEventId),
    identityId,
    source,
    sourceEventId,
    recordedMs: START_MS - LONGEST_MS + index * MINUTE_MS,
    receivedMs: START_MS,
  };
}

export function randomMoment(random: Random, spanMs: number): string {
  if (random.chance(0.15)) return random.pick(['2026-11-22', '2026-11-23']);
  const past = random.chance(0.4);
  return toIso(START_MS + (past ? -random.below(LONGEST_MS) : random.below(spanMs)));
}

function randomAttributes(random: Random) {
  return {
    department: random.pick(DEPARTMENTS),
    ...(random.chance(0.3) ? { location: random.pick(LOCATIONS) } : {}),
    ...(random.chance(0.2) ? { timeZone: random.pick(ZONES) } : {}),
    ...(random.chance(0.3) ? { title: random.pick(['Clerk', 'Lead']) } : {}),
  };
}
