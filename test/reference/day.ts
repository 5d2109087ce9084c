// When a day begins where somebody works, by asking the calendar: try each quarter of an hour, from the earliest zone on
// earth to the latest, until the wall clock there shows the day.
const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EARLIEST_MS = 15 * HOUR_MS;
const known = new Map<string, number>();

/** @returns the first instant of the day, or of the one after (epoch ms) */
export function readDay(date: string, timeZone: string, edge: 'start' | 'end'): number {
  const asked = `${date} ${timeZone} ${edge}`;
  const found = known.get(asked) ?? search(date, timeZone, edge);
  known.set(asked, found);
  return found;
}

function search(date: string, timeZone: string, edge: 'start' | 'end'): number {
  const midnightMs = Date.parse(`${date}T00:00:00Z`) + (edge === 'end' ? DAY_MS : 0);
  const day = new Date(midnightMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
  const wallClock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  for (let instantMs = midnightMs - EARLIEST_MS; ; instantMs += QUARTER_MS) {
    if (wallClock.format(instantMs) >= day) return instantMs;
  }
}
