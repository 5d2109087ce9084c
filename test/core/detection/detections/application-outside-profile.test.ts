import { expect, it } from 'vitest';
import { applicationOutsideProfile as detection } from '../../../../lambdas/core/detection/detections/application-outside-profile.ts';
import { activity, findingOf, MINUTE_MS, NOW_MS, rememberPeers } from '../../../support/watched-company.ts';

it('fires where no reason gives anything, and no peer was seen', () => {
  const peers = rememberPeers([['eve', activity({ by: 'eve' })]]);
  expect(findingOf(detection, activity({ in: 'payroll' }), { peers })).toMatchObject({
    evidence: { application: 'payroll', peersSeenThere: 0, peersKnown: 1 },
  });
});

it('fires though whoever it is was seen there before', () => {
  expect(
    findingOf(detection, activity({ in: 'payroll' }), { peers: rememberPeers([['ada', activity({ in: 'payroll' })]]) }),
  ).toBeDefined();
});

it('does not fire where a peer was seen', () => {
  expect(
    findingOf(detection, activity({ in: 'payroll' }), { peers: rememberPeers([['eve', activity({ in: 'payroll' })]]) }),
  ).toBeUndefined();
});

it.each([
  ['where a reason gives something', activity()],
  ['in an application that the model does not know', activity({ in: 'wiki' })],
  ['on what failed', activity({ in: 'payroll', outcome: 'failure' })],
  ['on whoever has left: another detection does', activity({ by: 'cy', in: 'payroll' })],
  ['on somebody unknown', activity({ by: 'nobody', in: 'payroll' })],
])('does not fire %s', (_, record) => {
  expect(findingOf(detection, record)).toBeUndefined();
});

it('does not fire where access ended a moment ago', () => {
  const accounts = [{ applicationId: 'payroll', readMs: NOW_MS, revision: 1, closedMs: NOW_MS - 14 * MINUTE_MS }];
  expect(findingOf(detection, activity({ in: 'payroll' }), { accounts })).toBeUndefined();
});
