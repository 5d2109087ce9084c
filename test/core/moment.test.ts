// What a moment stands for, and which ones are taken in: at each bound and past it.
import { describe, expect, it } from 'vitest';
import {
  EARLIEST_MS,
  isDateTime,
  isOpenEnd,
  isWithinBounds,
  LATEST_MS,
  resolveMoment,
  toIso,
} from '../../lambdas/core/moment.ts';

describe('a moment', () => {
  it.each([
    ['2026-12-01T08:00:00Z', 'Asia/Tokyo', '2026-12-01T08:00:00.000Z', '2026-12-01T08:00:00.000Z'],
    ['2026-12-01t08:00:00.5z', 'Asia/Tokyo', '2026-12-01T08:00:00.500Z', '2026-12-01T08:00:00.500Z'],
    ['2026-12-01T08:00:00+02:00', 'UTC', '2026-12-01T06:00:00.000Z', '2026-12-01T06:00:00.000Z'],
    ['2026-12-01', 'UTC', '2026-12-01T00:00:00.000Z', '2026-12-02T00:00:00.000Z'],
    ['2026-12-01', 'Asia/Tokyo', '2026-11-30T15:00:00.000Z', '2026-12-01T15:00:00.000Z'],
    ['2026-12-01', 'America/New_York', '2026-12-01T05:00:00.000Z', '2026-12-02T05:00:00.000Z'],
    // A day of 25 hours.
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
  ])('%s in %s begins at %s and ends at %s', (moment, zone, begins, ends) => {
    expect(toIso(resolveMoment(moment, zone, 'start-of-day'))).toBe(begins);
    expect(toIso(resolveMoment(moment, zone, 'end-of-day'))).toBe(ends);
  });

  it.each(['IST', 'ist', 'PST', 'Europe/Nowhere', ''])('is read in UTC where the zone is "%s"', (zone) => {
    expect(toIso(resolveMoment('2026-12-01', zone, 'start-of-day'))).toBe('2026-12-01T00:00:00.000Z');
  });

  it('is never beyond the bounds, whatever was once taken in', () => {
    expect(resolveMoment('9999-12-31T23:59:59Z', 'UTC', 'end-of-day')).toBe(LATEST_MS);
    expect(resolveMoment('9999-12-31', 'UTC', 'end-of-day')).toBe(LATEST_MS);
    expect(resolveMoment('1000-01-01', 'UTC', 'start-of-day')).toBe(EARLIEST_MS);
  });

  it('is a date-time in either spelling of its T', () => {
    expect(['2026-12-01T08:00:00Z', '2026-12-01t08:00:00z', '2026-12-01'].map(isDateTime)).toEqual([true, true, false]);
  });
});

describe('the bounds', () => {
  it.each([
    ['1900-01-02', true],
    ['1900-01-01', false],
    ['1900-01-02T00:00:00Z', true],
    ['1900-01-01T23:59:59.999Z', false],
    ['2199-12-30', true],
    ['2199-12-31', false],
    ['2199-12-30T23:59:59.999Z', true],
    ['2199-12-31T00:00:00Z', false],
    ['no moment', true],
  ])('take %s: %s', (moment, isTaken) => {
    expect(isWithinBounds(moment)).toBe(isTaken);
  });

  it('leave nothing between the last moment and an open end', () => {
    for (const moment of ['2199-12-31', '2200-01-01', '9999-12-31', '9999-12-31T23:59:59Z']) {
      expect([isWithinBounds(moment), isOpenEnd(moment)]).toEqual([false, true]);
    }
    for (const moment of ['2199-12-30', '2199-12-30T23:59:59.999Z', '2026-12-01']) {
      expect([isWithinBounds(moment), isOpenEnd(moment)]).toEqual([true, false]);
    }
  });
});
