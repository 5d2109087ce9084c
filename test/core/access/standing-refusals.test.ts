// When what a system refuses for good is tried again.
import { describe, expect, it } from 'vitest';
import type { Escalation } from '../../../lambdas/core/access/identity-record.ts';
import { escalationOf, retryAfterMs } from '../../../lambdas/core/access/standing-refusals.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const policy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const gone = { applicationId: 'crm', error: 'PermanentError: there is no group support' };
const down = { applicationId: 'chat', error: 'RetryableError: 503' };

/** Each try fails at once. @returns the waits, in minutes */
function waits(tries: number, of: Partial<Parameters<typeof escalationOf>[0]> = {}, givesOnly = true) {
  let before: Escalation | undefined;
  let nowMs = NOW_MS;
  return Array.from({ length: tries }, () => {
    before = escalationOf({ failed: [gone], version: 3, modelHash: 'a', ...of, before, nowMs });
    const waitMs = retryAfterMs(before, { givesOnly, nowMs, policy });
    nowMs += waitMs;
    return waitMs / MINUTE_MS;
  });
}

describe('what is refused for good', () => {
  it('is tried as long after that as it has been refused so far, and once a day at least', () => {
    expect(waits(12)).toEqual([30, 30, 60, 120, 240, 480, 960, 1_440, 1_440, 1_440, 1_440, 1_440]);
  });

  it('is tried as often as ever where something is to be taken away, or a system may come back by itself', () => {
    expect(waits(5, {}, false)).toEqual([30, 30, 30, 30, 30]);
    expect(waits(5, { failed: [gone, down] })).toEqual([30, 30, 30, 30, 30]);
  });

  it.each([
    ['more was said of the identity', { version: 4 }],
    ['the access model is another', { modelHash: 'b' }],
  ])('begins anew when %s', (_, changed) => {
    const told = { failed: [gone], version: 3, modelHash: 'a' };
    const first = escalationOf({ ...told, before: undefined, nowMs: NOW_MS });
    const waitMs = (escalation: Escalation) =>
      retryAfterMs(escalation, { givesOnly: true, nowMs: NOW_MS + 8 * HOUR_MS, policy });
    const again = { before: first, nowMs: NOW_MS + 8 * HOUR_MS };
    expect(waitMs(escalationOf({ ...told, ...again }))).toBe(8 * HOUR_MS);
    expect(waitMs(escalationOf({ ...told, ...again, ...changed }))).toBe(30 * MINUTE_MS);
  });

  it('begins now where a version before kept no more than when it was told', () => {
    const before = { atMs: NOW_MS - 9 * HOUR_MS, failed: [gone] };
    expect(escalationOf({ before, failed: [gone], version: 3, modelHash: 'a', nowMs: NOW_MS }).sinceMs).toBe(NOW_MS);
    expect(retryAfterMs(before, { givesOnly: true, nowMs: NOW_MS, policy })).toBe(30 * MINUTE_MS);
  });
});
