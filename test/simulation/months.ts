// Histories of months: contracts that run out and are extended, kinds that change, leave, dates read where somebody works
// (also in the night in which clocks are changed), and sources whose own clocks are wrong.
import type { SaidAttributes } from '../../lambdas/core/identity/attributes.ts';
import { type Fact, type FactBase, factIdOf } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { type Arrival, DEPARTMENTS, type History, MINUTE_MS, SOURCES } from './history.ts';
import type { Random } from './random.ts';

export const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Before the nights in which Europe and America put their clocks back, and forward. */
const STARTS = ['2026-10-12T07:00:00Z', '2026-10-12T07:00:00Z', '2027-03-01T15:00:00Z'].map((text) => Date.parse(text));
/** Nights of 23 or 25 hours, by the zone that has them. */
export const CLOCK_CHANGES: Readonly<Record<string, readonly string[]>> = {
  'Europe/Berlin': ['2026-10-25', '2027-03-28'],
  'America/New_York': ['2026-11-01', '2027-03-14'],
  'Asia/Tokyo': [],
};
const ZONES = Object.keys(CLOCK_CHANGES);
const SHORTEST_DAYS = 20;
const LONGEST_DAYS = 100;
/** As far as intake takes a clock for right, and "now" for news. */
const AHEAD_MS = 290_000;
const IMMEDIATE_BEHIND_MS = 6 * DAY_MS;
const BEHIND_MS = 60 * DAY_MS;

/** One person, and the period that is told. */
interface Life {
  readonly random: Random;
  readonly identityId: string;
  readonly timeZone: string | undefined;
  readonly startMs: number;
  readonly spanMs: number;
}

export function monthsHistory(random: Random): History {
  const startMs = random.pick(STARTS);
  const spanMs = random.between(SHORTEST_DAYS, LONGEST_DAYS) * DAY_MS;
  const people = Array.from({ length: random.between(1, 2) }, (_, index) => `E${index + 1}`);
  const arrivals = people.flatMap((identityId) => {
    const timeZone = random.chance(0.8) ? random.pick(ZONES) : undefined;
    return tellLife({ random, identityId, timeZone, startMs, spanMs });
  });
  const lastMs = Math.max(...arrivals.map(({ atMs }) => atMs));
  return { startMs, arrivals, merges: [], endsMs: Math.max(lastMs, startMs + spanMs) + MINUTE_MS };
}

/** The same, and the first of the people has a second id, which somebody finds out. */
export function withDuplicate(random: Random, { startMs, endsMs, arrivals, ...history }: History): History {
  const spanMs = endsMs - startMs - MINUTE_MS;
  const timeZone = random.chance(0.8) ? random.pick(ZONES) : undefined;
  const more = tellLife({ random, identityId: 'D1', timeZone, startMs, spanMs });
  const lastMs = Math.max(endsMs, ...more.map(({ atMs }) => atMs + MINUTE_MS));
  const merge = { atMs: startMs + random.below(spanMs), identityId: 'E1', duplicate: 'D1' };
  return { ...history, startMs, arrivals: [...arrivals, ...more], merges: [merge], endsMs: lastMs };
}

function tellLife(life: Life): readonly Arrival[] {
  const { random, startMs, spanMs } = life;
  const count = random.between(2, 7);
  const told: Fact[] = [];
  const arrivals: Arrival[] = [];
  for (let index = 0; index < count; index += 1) {
    const atMs = startMs + (index === 0 ? random.below(DAY_MS) : random.below(spanMs));
    const fact = tell(life, index, atMs, told);
    told.push(fact);
    arrivals.push({ atMs, fact });
    if (random.chance(0.1)) arrivals.push({ atMs: atMs + random.below(10 * DAY_MS), fact });
  }
  return arrivals;
}

type Said = 'joiner' | 'mover' | 'extension' | 'kind' | 'leaver' | 'suspension' | 'return' | 'rescind';
const SAID: readonly Said[] = [
  ...(['mover', 'extension', 'extension', 'kind', 'leaver', 'leaver'] as const),
  ...(['suspension', 'return', 'rescind', 'joiner'] as const),
];

function tell(life: Life, index: number, atMs: number, told: readonly Fact[]): Fact {
  const { random } = life;
  const said = index === 0 && random.chance(0.9) ? 'joiner' : random.pick(SAID);
  const immediate = said === 'leaver' && random.chance(0.3);
  const base = { ...baseOf(life, index, atMs, immediate ? IMMEDIATE_BEHIND_MS : BEHIND_MS) };
  const effectiveAt = index === 0 ? toIso(atMs - random.below(5 * DAY_MS)) : momentNear(life, atMs);
  switch (said) {
    case 'joiner':
      return { ...base, type: 'joiner', effectiveAt, attributes: joinerAttributes(life) };
    case 'mover':
      return { ...base, type: 'mover', effectiveAt, attributes: { department: random.pick(DEPARTMENTS) } };
    case 'extension':
      return { ...base, type: 'mover', effectiveAt, attributes: { endsAt: endOf(life) } };
    case 'kind':
      return { ...base, type: 'mover', effectiveAt, attributes: otherKind(life) };
    case 'leaver':
      return { ...base, type: 'leaver', effectiveAt, immediate };
    case 'suspension':
    case 'return':
      return { ...base, type: said, effectiveAt };
    case 'rescind':
      return { ...base, type: 'rescind', rescinds: told.length > 0 ? random.pick(told).factId : 'acme-hr:never-said' };
    default:
      return said satisfies never;
  }
}

/** Most clocks are right; some run ahead by minutes, some sources say what they recorded long ago. */
function baseOf({ random, identityId }: Life, index: number, atMs: number, behindMs: number): FactBase {
  const source = random.pick(SOURCES);
  const skewMs = random.chance(0.7) ? 0 : random.pick([random.below(AHEAD_MS), -random.below(behindMs)]);
  const sourceEventId = `${identityId}-${index}`;
  const factId = factIdOf(source, sourceEventId);
  return { factId, identityId, source, sourceEventId, recordedMs: atMs + skewMs, receivedMs: atMs };
}

/** From some days ago to a month ahead: mostly as HR says it, by date. */
function momentNear(life: Life, atMs: number): string {
  const { random } = life;
  const instantMs = atMs + random.between(-5 * DAY_MS, random.pick([HOUR_MS, DAY_MS, 30 * DAY_MS]));
  return random.chance(0.6) ? dateNear(life, instantMs) : toIso(instantMs);
}

function dateNear({ random, timeZone = '' }: Life, instantMs: number): string {
  const changes = CLOCK_CHANGES[timeZone] ?? [];
  return changes.length > 0 && random.chance(0.3)
    ? random.pick(changes)
    : toIso(instantMs).slice(0, 'yyyy-mm-dd'.length);
}

function endOf(life: Life): string {
  const { random, startMs, spanMs } = life;
  const instantMs = startMs + random.below(spanMs + 20 * DAY_MS);
  return random.chance(0.7) ? dateNear(life, instantMs) : toIso(instantMs);
}

function joinerAttributes(life: Life): SaidAttributes & { readonly kind: 'employee' | 'contractor' } {
  const { random, timeZone } = life;
  const isContractor = random.chance(0.6);
  return {
    kind: isContractor ? 'contractor' : 'employee',
    department: random.pick(DEPARTMENTS),
    ...(timeZone !== undefined && { timeZone }),
    ...(random.chance(0.5) && { location: random.pick(['Berlin', 'Hamburg']) }),
    ...((isContractor || random.chance(0.1)) && { endsAt: endOf(life) }),
  };
}

/** Who becomes a contractor is told until when; who becomes an employee stays, unless another end is named. */
function otherKind(life: Life): SaidAttributes {
  const { random } = life;
  if (random.chance(0.5)) return { kind: 'contractor', endsAt: endOf(life) };
  return { kind: 'employee', ...(random.chance(0.2) && { endsAt: endOf(life) }) };
}
