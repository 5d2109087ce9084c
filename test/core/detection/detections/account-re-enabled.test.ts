import { describe, expect, it } from 'vitest';
import { accountReEnabled as detection } from '../../../../lambdas/core/detection/detections/account-re-enabled.ts';
import { activity, findingOf } from '../../../support/watched-company.ts';

describe('fires', () => {
  it.each([
    ['on an account of whoever has left', activity({ on: 'cy', action: 'account-enable' }), 'high'],
    ['on a password that was reset for them', activity({ on: 'cy', action: 'account-recover' }), 'high'],
    ['on an account of whoever is on leave', activity({ on: 'dee', action: 'account-enable' }), 'high'],
    ['on an account that no reason holds up', activity({ on: 'bob', in: 'crm', action: 'account-enable' }), 'medium'],
    ['whoever did it, known or not', activity({ by: 'nobody', on: 'cy', action: 'account-enable' }), 'high'],
    ['where the source names nobody beside', activity({ by: 'cy', action: 'account-recover' }), 'high'],
  ])('%s', (_, record, severity) => {
    expect(findingOf(detection, record)).toMatchObject({ severity });
  });
});

describe('does not fire', () => {
  it.each([
    ['on whoever is at work and has a reason', activity({ on: 'ada', action: 'account-enable' })],
    ['on a help desk that resets the password of somebody at work', activity({ on: 'ada', action: 'account-recover' })],
    ['on what failed', activity({ on: 'cy', action: 'account-enable', outcome: 'failure' })],
    ['on an account that is disabled', activity({ on: 'cy', action: 'account-disable' })],
    ['on somebody unknown', activity({ on: 'nobody', action: 'account-enable' })],
  ])('%s', (_, record) => {
    expect(findingOf(detection, record)).toBeUndefined();
  });

  it('on what Tenure does itself', () => {
    const record = activity({ by: 'tenure', on: 'cy', action: 'account-enable' });
    expect(findingOf(detection, record, { settings: { ownAccounts: ['crm:tenure'] } })).toBeUndefined();
  });

  it('on whoever is let in a little early, and is back by the time that it is judged', () => {
    const record = activity({ on: 'gus', action: 'account-enable', timeMs: Date.parse('2026-06-09T22:00:00Z') });
    expect(findingOf(detection, record)).toBeUndefined();
    expect(findingOf(detection, record, { nowMs: record.timeMs })).toMatchObject({ severity: 'high' });
  });
});
