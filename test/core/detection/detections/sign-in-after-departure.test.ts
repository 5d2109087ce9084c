import { describe, expect, it } from 'vitest';
import { signInAfterDeparture as detection } from '../../../../lambdas/core/detection/detections/sign-in-after-departure.ts';
import { activity, DAY_MS, findingOf, MINUTE_MS, NOW_MS } from '../../../support/watched-company.ts';

const LEFT_MS = Date.parse('2026-05-01T17:00:00Z');
const closed = { applicationId: 'crm', readMs: LEFT_MS, revision: 1, closedMs: LEFT_MS + MINUTE_MS };
const residual = { ...closed, residual: { what: 'access tokens already issued', untilMs: LEFT_MS + 60 * MINUTE_MS } };

describe('fires', () => {
  it('on whoever has left', () => {
    const finding = findingOf(detection, activity({ by: 'cy' }));
    expect(finding).toMatchObject({ severity: 'high', identityId: 'cy', applicationId: 'crm', response: 'suspend' });
    expect(finding?.evidence['endedBy']).toMatch(/^acme-hr:/);
  });

  it('above all where the account had been closed: somebody let it in again', () => {
    expect(findingOf(detection, activity({ by: 'cy' }), { accounts: [closed] })?.severity).toBe('critical');
  });

  it('on the use of a key as on a sign-in', () => {
    expect(findingOf(detection, activity({ by: 'cy', action: 'read', outcome: 'unknown' }))).toBeDefined();
  });

  it('on a new sign-in at a screen while tokens may still be valid', () => {
    const at = { by: 'cy', timeMs: LEFT_MS + 30 * MINUTE_MS };
    expect(findingOf(detection, activity({ ...at, interactive: true }), { accounts: [residual] })).toBeDefined();
  });

  it('on a record that comes a month late, by the time that it says', () => {
    expect(findingOf(detection, activity({ by: 'cy', timeMs: LEFT_MS + DAY_MS }), { nowMs: NOW_MS })).toBeDefined();
  });

  it('low where nobody here could know: the departure was dated back', () => {
    expect(findingOf(detection, activity({ by: 'fay', timeMs: LEFT_MS + DAY_MS }))?.severity).toBe('low');
    expect(findingOf(detection, activity({ by: 'fay' }))?.severity).toBe('high');
  });

  it('once a day and application', () => {
    const keys = [
      activity({ by: 'cy' }),
      activity({ by: 'cy' }),
      activity({ by: 'cy', in: 'mail' }),
      activity({ by: 'cy', timeMs: NOW_MS + DAY_MS }),
    ].map((record) => findingOf(detection, record)?.key);
    expect(new Set(keys).size).toBe(3);
  });
});

describe('does not fire', () => {
  it.each([
    ['on whoever is at work', activity()],
    ['on whoever is to leave', activity({ by: 'eve' })],
    ['on what failed', activity({ by: 'cy', outcome: 'failure' })],
    ['on a sign-in of which nobody knows whether it came in', activity({ by: 'cy', outcome: 'unknown' })],
    ['on what was done to them', activity({ by: 'ada', on: 'cy', action: 'account-disable' })],
    ['before they had left', activity({ by: 'cy', timeMs: LEFT_MS - 1 })],
    ['while systems still come to it', activity({ by: 'cy', timeMs: LEFT_MS + 15 * MINUTE_MS - 1 })],
    ['on somebody unknown', activity({ by: 'nobody' })],
  ])('%s', (_, record) => {
    expect(findingOf(detection, record)).toBeUndefined();
  });

  it('within the residual window of the account, and does past it', () => {
    const use = (timeMs: number) => activity({ by: 'cy', action: 'use', timeMs });
    expect(findingOf(detection, use(LEFT_MS + 60 * MINUTE_MS - 1), { accounts: [residual] })).toBeUndefined();
    expect(findingOf(detection, use(LEFT_MS + 60 * MINUTE_MS), { accounts: [residual] })).toBeDefined();
  });
});
