import { describe, expect, it } from 'vitest';
import {
  advanced,
  BETWEEN_PASSES_MS,
  type CatchUp,
  dueCatchUp,
  isOverdue,
  STILL_IN_STREAM_MS,
} from '../../../../lambdas/core/audit/sealing/catching-up.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const walk: CatchUp = { revision: 3, pass: 1, passStartedMs: NOW, isThrough: false, after: 'x' };

describe('the walk through the audit table', () => {
  it('begins at once, and goes on where it was', () => {
    expect(dueCatchUp(undefined, NOW)).toEqual({ revision: 0, pass: 1, passStartedMs: NOW, isThrough: false });
    expect(dueCatchUp(walk, NOW + 10 * BETWEEN_PASSES_MS)).toEqual(walk);
    expect(advanced(walk, 'y')).toEqual({ ...walk, revision: 4, after: 'y' });
  });

  it('ends with the last page, and begins anew some hours after it began', () => {
    const through = advanced(walk, undefined);
    expect(through).toEqual({ revision: 4, pass: 1, passStartedMs: NOW, isThrough: true });
    expect(dueCatchUp(through, NOW + BETWEEN_PASSES_MS - 1)).toBeUndefined();
    const again = NOW + BETWEEN_PASSES_MS;
    expect(dueCatchUp(through, again)).toEqual({ revision: 4, pass: 2, passStartedMs: again, isThrough: false });
  });

  it('leaves to the stream what it may still bring', () => {
    const at = (ageMs: number) => new Date(NOW - ageMs).toISOString();
    expect(isOverdue(at(STILL_IN_STREAM_MS), NOW)).toBe(true);
    expect(isOverdue(at(STILL_IN_STREAM_MS - 1), NOW)).toBe(false);
    expect(isOverdue('whenever', NOW)).toBe(true);
  });
});
