import { expect, test } from 'vitest';
import { dueInHour } from '../../../lambdas/core/reconciliation/cadence.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2026-11-28T00:00:00Z');
const hourly = (hours: number) => Array.from({ length: hours }, (_, hour) => START_MS + hour * HOUR_MS);

test.each([1, 24, 720])('every %i hours each application has its turn once', (everyHours) => {
  const cadences = ['crm', 'directory', 'chat'].map((applicationId) => ({ applicationId, everyHours }));
  const begun = hourly(everyHours).flatMap((instantMs) => dueInHour(cadences, instantMs));
  expect(begun.toSorted()).toEqual(['chat', 'crm', 'directory']);
});

test('within the hour it does not matter when it is asked', () => {
  const cadences = Array.from({ length: 100 }, (_, index) => ({ applicationId: `app-${index}`, everyHours: 7 }));
  for (const instantMs of hourly(7)) {
    expect(dueInHour(cadences, instantMs + HOUR_MS - 1)).toEqual(dueInHour(cadences, instantMs));
  }
});

test('a thousand applications do not begin together', () => {
  const cadences = Array.from({ length: 1_000 }, (_, index) => ({ applicationId: `app-${index}`, everyHours: 24 }));
  for (const instantMs of hourly(24)) {
    const { length } = dueInHour(cadences, instantMs);
    expect(length).toBeGreaterThan(15);
    expect(length).toBeLessThan(80);
  }
});
