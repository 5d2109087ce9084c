import { expect, it } from 'vitest';
import { newMethod as detection } from '../../../../lambdas/core/detection/detections/new-method.ts';
import { activity, findingOf, rememberPeers, usualDays } from '../../../support/watched-company.ts';

const memory = usualDays({ method: 'mfa' });
const peersBy = (method: string) =>
  rememberPeers(['eve', 'gil', 'hal'].map((by) => [by, activity({ by, method })] as const));

it('fires on a method that neither they nor peers used', () => {
  const finding = findingOf(detection, activity({ method: 'single-factor' }), { memory, peers: peersBy('mfa') });
  expect(finding).toMatchObject({ evidence: { method: 'single-factor', usual: 'mfa', peersKnown: 3 } });
});

it.each([
  ['on the usual method', activity({ method: 'mfa' }), memory, peersBy('mfa')],
  ['on one that a peer uses', activity({ method: 'passkey' }), memory, peersBy('passkey')],
  ['where nothing is told', activity(), memory, peersBy('mfa')],
  ['on what failed', activity({ method: 'passkey', outcome: 'failure' }), memory, peersBy('mfa')],
  ['on what is no sign-in', activity({ method: 'passkey', action: 'use' }), memory, peersBy('mfa')],
  [
    'until they were watched for two weeks',
    activity({ method: 'passkey' }),
    usualDays({ method: 'mfa' }, 13),
    peersBy('mfa'),
  ],
  [
    'where fewer than three peers are known',
    activity({ method: 'passkey' }),
    memory,
    rememberPeers([['eve', activity({ by: 'eve', method: 'mfa' })]]),
  ],
  ['where no method was ever told', activity({ method: 'passkey' }), usualDays(), peersBy('mfa')],
])('does not fire %s', (_, record, known, peers) => {
  expect(findingOf(detection, record, { memory: known, peers })).toBeUndefined();
});
