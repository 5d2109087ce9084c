// A full day: 100,000 records, with misuse of every kind planted among them. The plants know their own records, and nothing
// of how they are found.
import { describe, expect, it } from 'vitest';
import { DETECTIONS } from '../../../lambdas/core/detection/detections/all.ts';
import { watchDay } from './watched-day.ts';

describe('a day of the simulated company', () => {
  it('has every planted misuse found, and few that were none', { timeout: 300_000 }, () => {
    const day = watchDay(4_711);
    expect(day.records).toBeGreaterThan(100_000);
    expect(day.refused).toBe(0);
    const kinds = new Set(day.planted.map(({ detection }) => detection));
    expect(DETECTIONS.map(({ id }) => id).filter((id) => !kinds.has(id))).toEqual([]);
    expect(day.missed.map(({ detection, what }) => `${detection}: ${what}`)).toEqual([]);

    const falseAlarms = day.falseAlarms.map(({ finding }) => `${finding.detection} of ${finding.identityId}`).sort();
    // What nobody can tell from misuse without asking: three lost telephones, a relay of one's own, a planned rotation of a
    // certificate, a planned move of a service. Anything else is a fault of a detection.
    expect(falseAlarms).toEqual([
      'factor-reset-then-gain of P022',
      'factor-reset-then-gain of P172',
      'factor-reset-then-gain of P322',
      'federation-changed of P360',
      'impossible-travel of P330',
      'machine-from-elsewhere of S021',
    ]);
    expect(day.onlyRecorded.length).toBeLessThan(20);
  });
});
