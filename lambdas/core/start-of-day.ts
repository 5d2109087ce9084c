// The first instant of a day where somebody works, daylight saving included. The engine knows the zones (Intl) but not
// the way back from a wall clock to an instant; Temporal does, and its polyfill weighs more than this system's rules.

const DAY_MS = 86_400_000;
/** Zones are named in any upper and lower case; the tz database has some 600. */
const MAXIMUM_CLOCKS = 2_000;
const MAXIMUM_STARTS = 10_000;

/**
 * Names that ICU, and so Intl, still reads from Java's early days. Most mean several places (IST: India, Israel,
 * Ireland), none is in the IANA database, and Temporal refuses them.
 */
const LEGACY_ZONES: ReadonlySet<string> = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
);

const clocks = new Map<string, Intl.DateTimeFormat>();
/** A timeline is read again and again, and asking Intl takes some 20 microseconds. */
const starts = new Map<string, number>();

/**
 * @param date RFC 3339 full-date
 * @param addDays to the date, before it is looked up
 * @returns milliseconds since the epoch: midnight, the first of two where clocks go back over it, or the instant at which
 *   clocks leap over it
 * @throws RangeError when there is no such date or zone
 */
export function startOfDayMs(date: string, timeZone: string, addDays: number): number {
  return remembered(starts, MAXIMUM_STARTS, `${date} ${addDays} ${timeZone}`, () =>
    findStartMs(parseDateMs(date) + addDays * DAY_MS, timeZone),
  );
}

function findStartMs(midnightMs: number, timeZone: string): number {
  const before = midnightMs - DAY_MS;
  const after = midnightMs + DAY_MS;
  const offsets = [offsetMs(before, timeZone), offsetMs(after, timeZone)] as const;
  if (offsets[0] === offsets[1]) return midnightMs - offsets[0];
  // By the greater offset the wall clock shows midnight first.
  for (const offset of [Math.max(...offsets), Math.min(...offsets)]) {
    const instantMs = midnightMs - offset;
    if (offsetMs(instantMs, timeZone) === offset) return instantMs;
  }
  return changeMs(before, after, timeZone);
}

/** As a wall clock in UTC would show it. */
function parseDateMs(date: string): number {
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(midnightMs) || !new Date(midnightMs).toISOString().startsWith(date)) {
    throw new RangeError(`there is no date ${date}`);
  }
  return midnightMs;
}

/** The instant between the two from which the offset is another one. */
function changeMs(before: number, after: number, timeZone: string): number {
  const offset = offsetMs(before, timeZone);
  let unchanged = before;
  let changed = after;
  while (changed - unchanged > 1) {
    const middle = Math.floor((unchanged + changed) / 2);
    if (offsetMs(middle, timeZone) === offset) unchanged = middle;
    else changed = middle;
  }
  return changed;
}

/** How far the wall clock is ahead of UTC. */
function offsetMs(instantMs: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const year = part('era') === 'BC' ? 1 - Number(part('year')) : Number(part('year'));
  const wall = new Date(0);
  wall.setUTCFullYear(year, Number(part('month')) - 1, Number(part('day')));
  wall.setUTCHours(Number(part('hour')), Number(part('minute')), Number(part('second')));
  return wall.getTime() - Math.floor(instantMs / 1_000) * 1_000;
}

/** Whether the IANA database has a zone of that name, in any upper and lower case. */
export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError when there is no such zone */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  if (LEGACY_ZONES.has(timeZone.toUpperCase())) throw new RangeError(`there is no zone ${timeZone}`);
  return remembered(clocks, MAXIMUM_CLOCKS, timeZone, () => {
    const numeric = 'numeric';
    const date = { era: 'short', year: numeric, month: numeric, day: numeric } as const;
    const time = { hour: numeric, minute: numeric, second: numeric, hourCycle: 'h23' } as const;
    return new Intl.DateTimeFormat('en-US', { timeZone, ...date, ...time });
  });
}

function remembered<Value>(map: Map<string, Value>, maximum: number, key: string, find: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const found = find();
  if (map.size >= maximum) map.clear();
  map.set(key, found);
  return found;
}
