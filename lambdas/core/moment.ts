// Effective times: a date means a day where the identity works, so it becomes an instant only with a time zone.
import { isTimeZone, startOfDayMs } from './start-of-day.ts';

export type DayEdge = 'start-of-day' | 'end-of-day';

/** The zone of an identity about which nothing is known. */
export const DEFAULT_TIME_ZONE = 'UTC';

/**
 * Every moment that is taken in lies from the first to just before the second. Beyond the year 9999 text no longer sorts
 * as time does, and AWS refuses it; nothing that HR has to say is that far away.
 */
export const EARLIEST_MS = Date.UTC(1900, 0, 1);
export const LATEST_MS = Date.UTC(2200, 0, 1);
/** A day on either side: a date becomes an instant where the identity works. */
const DAY_MS = 86_400_000;

/** Whether the moment is within the bounds, in whichever time zone it is read. What is no moment is not judged here. */
export function isWithinBounds(moment: string): boolean {
  const instantMs = Date.parse(moment);
  return !(instantMs - DAY_MS < EARLIEST_MS || instantMs + DAY_MS >= LATEST_MS);
}

/** From 2200 on: what HR systems write where there is no end, 9999-12-31 as a rule. */
export function isOpenEnd(moment: string): boolean {
  return Date.parse(moment) + DAY_MS >= LATEST_MS;
}

/**
 * The instant, in milliseconds since the epoch, that an RFC 3339 date-time or date stands for.
 * The end of a day is the first instant of the next one: access that ends then lasts until just before it.
 */
export function resolveMoment(moment: string, timeZone: string, edge: DayEdge): number {
  if (isDateTime(moment)) return clamp(Date.parse(moment));
  return clamp(startOf(moment, timeZone, edge === 'start-of-day' ? 0 : 1));
}

/** A zone that intake would refuse today, in a fact from before it did, is read as if none were known. */
function startOf(date: string, timeZone: string, addDays: number): number {
  return startOfDayMs(date, isTimeZone(timeZone) ? timeZone : DEFAULT_TIME_ZONE, addDays);
}

function clamp(instantMs: number): number {
  return Math.min(Math.max(instantMs, EARLIEST_MS), LATEST_MS);
}

export function isDateTime(moment: string): boolean {
  return moment.includes('T') || moment.includes('t');
}

/** RFC 3339 in UTC with milliseconds, so that text sorts as time does. */
export function toIso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
