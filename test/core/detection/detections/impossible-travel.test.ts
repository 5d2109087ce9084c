import { describe, expect, it } from 'vitest';
import { impossibleTravel as detection } from '../../../../lambdas/core/detection/detections/impossible-travel.ts';
import { activity, findingOf, HOUR_MS, MINUTE_MS, NOW_MS, rememberAll } from '../../../support/watched-company.ts';

const BERLIN = { ip: '192.0.2.1', country: 'DE', asn: 100, latitude: 52.5, longitude: 13.4 };
const POTSDAM = { ip: '192.0.2.9', country: 'DE', asn: 101, latitude: 52.4, longitude: 13.1 };
const TOKYO = { ip: '198.51.100.1', country: 'JP', asn: 200, latitude: 35.7, longitude: 139.7 };
const at = (hoursAgo: number, network: object, more = {}) =>
  activity({ timeMs: NOW_MS - hoursAgo * HOUR_MS, network, ...more });
const was = (hoursAgo: number, network: object) => rememberAll([at(hoursAgo, network)]);

describe('fires', () => {
  it('on a sign-in that nobody can have travelled to', () => {
    const finding = findingOf(detection, at(0, TOKYO), { memory: was(2, BERLIN) });
    expect(finding).toMatchObject({
      severity: 'medium',
      evidence: { minutes: 120, country: 'JP', otherCountry: 'DE' },
    });
    expect(finding?.evidence['km']).toBeGreaterThan(8_000);
  });

  it('on one that is told late, by what came after it', () => {
    expect(findingOf(detection, at(2, TOKYO), { memory: was(0, BERLIN) })).toBeDefined();
  });

  it('though many sign-ins from a known egress came between', () => {
    const office = { ip: '203.0.113.1', country: 'DE', asn: 300, latitude: 52.5, longitude: 13.4 };
    const many = Array.from({ length: 50 }, (_, place) => at(1 - place / 100, office));
    const memory = rememberAll([at(2, BERLIN), ...many]);
    expect(findingOf(detection, at(0, TOKYO), { memory, settings: { egressNetworks: ['as300'] } })).toBeDefined();
  });

  it('on two countries within half an hour where nothing else is told', () => {
    const [one, other] = [
      { ip: '192.0.2.1', country: 'DE' },
      { ip: '198.51.100.1', country: 'JP' },
    ];
    const memory = rememberAll([activity({ timeMs: NOW_MS - 29 * MINUTE_MS, network: one })]);
    expect(findingOf(detection, at(0, other), { memory })).toBeDefined();
    expect(findingOf(detection, at(1 / 60 - 1, other), { memory })).toBeUndefined();
  });
});

describe('does not fire', () => {
  it.each([
    ['where there was time to fly', at(0, TOKYO), was(12, BERLIN), {}],
    ['where the places are near', at(0, POTSDAM), was(0.01, BERLIN), {}],
    ['on what failed', at(0, TOKYO, { outcome: 'failure' }), was(2, BERLIN), {}],
    ['on a known VPN', at(0, TOKYO), was(2, BERLIN), { egressNetworks: ['198.51.100.0/24'] }],
    ['on a known operator', at(0, TOKYO), was(2, BERLIN), { egressNetworks: ['AS200'] }],
    ['on a relay that the source knows', at(0, { ...TOKYO, anonymous: true }), was(2, BERLIN), {}],
    ['where the other was a known VPN', at(0, TOKYO), was(2, BERLIN), { egressNetworks: ['as100'] }],
    ['on a machine', at(0, TOKYO, { who: activity({ by: 'pipeline' }).who }), was(2, BERLIN), {}],
    ['on a clock that cannot be', at(0, TOKYO, { clockDoubted: true }), was(2, BERLIN), {}],
    ['on what is no sign-in', at(0, TOKYO, { action: 'use' }), was(2, BERLIN), {}],
    ['where nothing is told of where', at(0, {}), was(2, BERLIN), {}],
  ])('%s', (_, record, memory, settings) => {
    expect(findingOf(detection, record, { memory, settings })).toBeUndefined();
  });
});
