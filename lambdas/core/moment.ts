// Effective times: a date means a day where the identity works, so it becomes an instant only with a time zone.
// Temporal does the calendar arithmetic, daylight saving included.
import { Temporal } from 'temporal-polyfill';

export type DayEdge = 'start-of-day' | 'end-of-day';

/** The zone of an identity about which nothing is known. */
export const DEFAULT_TIME_ZONE = 'UTC';

/**
 * The instant, in milliseconds since the epoch, that an RFC 3339 date-time or date stands for.
 * The end of a day is the first instant of the next one: access that ends then lasts until just before it.
 */
export function resolveMoment(moment: string, timeZone: string, edge: DayEdge): number {
  if (isDateTime(moment)) return Date.parse(moment);
  const day = Temporal.PlainDate.from(moment);
  const boundary = edge === 'start-of-day' ? day : day.add({ days: 1 });
  return boundary.toZonedDateTime(timeZone).epochMilliseconds;
}

export function isDateTime(moment: string): boolean {
  return moment.includes('T') || moment.includes('t');
}

/** RFC 3339 in UTC with milliseconds, so that text sorts as time does. */
export function toIso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
