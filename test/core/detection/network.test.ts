import { describe, expect, it } from 'vitest';
import { clientFamily } from '../../../lambdas/core/detection/client-family.ts';
import {
  distanceKm,
  isWithin,
  networkKey,
  readCountry,
  readIp,
  readNetwork,
} from '../../../lambdas/core/detection/network.ts';
import { momentOf } from '../../../lambdas/core/detection/reading-records.ts';

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:443', '192.0.2.1'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['AWS Internal', undefined],
    ['s3.amazonaws.com', undefined],
    ['192.0.2.256', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1::2::3', undefined],
    [{}, undefined],
  ])('%j is read as %j', (value, expected) => {
    expect(readIp(value)).toBe(expected);
  });

  it('is within blocks of its own kind', () => {
    expect(isWithin('192.0.2.255', ['192.0.2.0/24'])).toBe(true);
    expect(isWithin('192.0.3.0', ['192.0.2.0/24'])).toBe(false);
    expect(isWithin('::ffff:192.0.2.7', ['192.0.2.0/24'])).toBe(true);
    expect(isWithin('2001:db8:1::1', ['2001:db8::/32'])).toBe(true);
    expect(isWithin('2001:db9::1', ['2001:db8::/32'])).toBe(false);
    expect(isWithin('192.0.2.1', ['0.0.0.0/0'])).toBe(true);
    for (const wrong of ['', '192.0.2.0/33', '192.0.2.0/x', 'nowhere/8'])
      expect(isWithin('192.0.2.1', [wrong])).toBe(false);
  });

  it('is of one network with those about it, unless an operator is told', () => {
    expect(networkKey({ ip: '192.0.2.1' })).toBe(networkKey({ ip: '192.0.99.1' }));
    expect(networkKey({ ip: '192.0.2.1' })).not.toBe(networkKey({ ip: '192.1.2.1' }));
    expect(networkKey({ ip: '192.0.2.1', asn: 64500 })).toBe('as64500');
    expect(networkKey({})).toBeUndefined();
  });
});

it.each([
  ['Germany', 'DE'],
  ['de', 'DE'],
  ['United States', 'US'],
  ['Nowhere', undefined],
  [7, undefined],
])('the country %j is %j', (value, expected) => {
  expect(readCountry(value)).toBe(expected);
});

it('takes no place that is none', () => {
  expect(readNetwork({ latitude: 91, longitude: 0 })).not.toHaveProperty('latitude');
  expect(readNetwork({ latitude: 0, longitude: 0 })).not.toHaveProperty('latitude');
  expect(readNetwork({ latitude: '52.5', longitude: '13.4' })).toMatchObject({ latitude: 52.5, longitude: 13.4 });
});

it('measures on a globe', () => {
  const [berlin, tokyo] = [
    { latitude: 52.52, longitude: 13.405 },
    { latitude: 35.68, longitude: 139.69 },
  ];
  // By the great circle calculator of the GeographicLib, to a hundredth.
  expect(distanceKm(berlin, tokyo)).toBeGreaterThan(8_850);
  expect(distanceKm(berlin, tokyo)).toBeLessThan(9_000);
});

it.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    'chrome/windows',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0',
    'edge/windows',
  ],
  ['aws-cli/2.30.0 Python/3.13.0', 'aws-cli'],
  ['Boto3/1.26.2 Python/3.10.8', 'boto3'],
  ['python-requests/2.28.0', 'python-requests'],
  ['<script>', 'other'],
])('the client %j is %j, whatever its version', (userAgent, family) => {
  expect(clientFamily(userAgent)).toBe(family);
});

it.each([
  ['2026-06-15T12:00:00Z', Date.UTC(2026, 5, 15, 12)],
  ['2026-06-15 12:00:00.123456789', Date.UTC(2026, 5, 15, 12, 0, 0, 123)],
  ['2026-06-15T12:00:00.1234567+02:00', Date.UTC(2026, 5, 15, 10, 0, 0, 123)],
  [1781524800, 1781524800000],
  [1781524800000, 1781524800000],
  ['1781524800', 1781524800000],
  ['soon', undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['2026-13-45T99:00:00Z', undefined],
])('the moment %j is %j', (value, expected) => {
  expect(momentOf(value)).toBe(expected);
});
