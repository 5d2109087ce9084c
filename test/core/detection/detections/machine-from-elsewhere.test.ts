import { describe, expect, it } from 'vitest';
import { machineFromElsewhere as detection } from '../../../../lambdas/core/detection/detections/machine-from-elsewhere.ts';
import { activity, findingOf, usualDays } from '../../../support/watched-company.ts';

const usual = {
  by: 'pipeline',
  action: 'use' as const,
  network: { ip: '192.0.2.1', asn: 100 },
  client: { family: 'boto3' },
};
const elsewhere = { ip: '198.51.100.1', asn: 200 };

describe('fires', () => {
  it.each([
    ['on a new network', activity({ ...usual, network: elsewhere }), 'medium'],
    ['on a new client', activity({ ...usual, client: { family: 'curl' } }), 'medium'],
    ['above all on both', activity({ ...usual, network: elsewhere, client: { family: 'curl' } }), 'high'],
  ])('%s', (_, record, severity) => {
    expect(findingOf(detection, record, { memory: usualDays(usual) })).toMatchObject({ severity, response: 'alert' });
  });
});

describe('does not fire', () => {
  it.each([
    ['on what is usual', activity(usual)],
    ['on another address of the same operator', activity({ ...usual, network: { ip: '203.0.113.9', asn: 100 } })],
    ['where nothing is told', activity({ ...usual, network: {}, client: undefined })],
    ['on what failed', activity({ ...usual, network: elsewhere, outcome: 'failure' })],
    ['on a person', activity({ ...usual, by: 'ada', network: elsewhere })],
  ])('%s', (_, record) => {
    expect(findingOf(detection, record, { memory: usualDays(usual) })).toBeUndefined();
  });

  it('until it was watched for two weeks', () => {
    const record = activity({ ...usual, network: elsewhere });
    expect(findingOf(detection, record, { memory: usualDays(usual, 13) })).toBeUndefined();
    expect(findingOf(detection, record, { memory: usualDays(usual, 14) })).toBeDefined();
  });

  it('from an egress that is known', () => {
    const world = { memory: usualDays(usual), settings: { egressNetworks: ['198.51.100.0/24'] } };
    expect(findingOf(detection, activity({ ...usual, network: elsewhere }), world)).toBeUndefined();
  });
});
