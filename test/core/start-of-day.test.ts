// Days begin where Temporal says they do: each zone of the tz database, around each of its changes, and far from any.
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { startOfDayMs } from '../../lambdas/core/start-of-day.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
/** Whose changes are all looked at. */
const YEAR = 2026;

const expected = (date: string, timeZone: string, addDays: number) =>
  Temporal.PlainDate.from(date).add({ days: addDays }).toZonedDateTime(timeZone).epochMilliseconds;

describe('the first instant of a day', () => {
  it('is midnight by the wall clock, whatever the offset changes to that day', () => {
    const wrong = ZONES.flatMap((zone) =>
      daysAroundChanges(zone)
        .filter((date) => startOfDayMs(date, zone, 0) !== expected(date, zone, 0))
        .map((date) => `${date} in ${zone}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is known of any day', () => {
    const days = fc.integer({ min: 0, max: 3_652_058 });
    fc.assert(
      fc.property(days, fc.constantFrom(...ZONES), fc.constantFrom(0, 1), (day, zone, addDays) => {
        const date = Temporal.PlainDate.from('0001-01-01').add({ days: day }).toString();
        expect(startOfDayMs(date, zone, addDays)).toBe(expected(date, zone, addDays));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['where clocks go forward over midnight', '2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
    ['where midnight comes twice', '2024-11-03', 'America/Havana', '2024-11-03T04:00:00.000Z'],
    ['where clocks go back to the day before', '2018-02-18', 'America/Sao_Paulo', '2018-02-18T03:00:00.000Z'],
    ['where the day does not exist', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ])('is the first there is %s', (_what, date, zone, instant) => {
    expect(new Date(startOfDayMs(date, zone, 0)).toISOString()).toBe(instant);
  });

  it.each([
    ['2026-02-30', 'UTC'],
    ['2026-13-01', 'UTC'],
    ['tomorrow', 'UTC'],
    ['2026-01-01', 'Europe/Nowhere'],
    ['2026-01-01', 'IST'],
    ['2026-01-01', 'ist'],
  ])('does not exist for %s in %s', (date, zone) => {
    expect(() => startOfDayMs(date, zone, 0)).toThrow(RangeError);
  });
});

function daysAroundChanges(zone: string): string[] {
  const days: string[] = [];
  let at = Temporal.ZonedDateTime.from(`${YEAR}-01-01[${zone}]`);
  for (;;) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.year > YEAR) return days;
    days.push(...[-1, 0, 1, 2].map((offset) => next.toPlainDate().add({ days: offset }).toString()));
    at = next;
  }
}
