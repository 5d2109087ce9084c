// The judge of a burst sees what it is there to see.
import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { connectorSettingsSchemas } from '../../lambdas/connectors/registry.ts';
import { loadAccessModel } from '../../lib/access-model/load-access-model.ts';
import type { FoundAccount } from '../../local/read-targets.ts';
import { immediateLeaver, joiner, mover } from '../support/local-cloud-events.ts';
import { convergedTwice, faultsIn, percentile, statesAfter, type Told, timesOf } from './burst-outcome.ts';
import { burstSize } from './local-burst.ts';
import { callsIn, ownCapacityMs, unpacedModel } from './own-capacity.ts';

const MODEL = loadAccessModel('access-model', connectorSettingsSchemas(), { aws: { identityStoreId: 'd-1234567890' } });
const READABLE = ['chat', 'crm', 'directory', 'data-warehouse'];
const STATES = statesAfter([
  joiner('J', { department: 'Sales' }),
  joiner('M', { department: 'Sales' }),
  mover('M', { department: 'Support' }),
  joiner('L', { department: 'Sales' }),
  immediateLeaver('L'),
]);
const account = (
  applicationId: string,
  identityId: string,
  grants: readonly string[],
  enabled = true,
): FoundAccount => ({
  applicationId,
  identityId,
  userName: identityId,
  enabled,
  grants,
});
const RIGHT: readonly FoundAccount[] = [
  account('chat', 'J', ['member', 'sales']),
  account('crm', 'J', ['sales-user']),
  account('directory', 'J', ['member', 'staff']),
  account('chat', 'M', ['member', 'support']),
  account('crm', 'M', ['support-agent']),
  account('directory', 'M', ['member', 'staff']),
  account('chat', 'L', [], false),
];

describe('what the systems hold after a burst', () => {
  it('is as it should be, with the disabled account of a leaver', () => {
    expect(faultsIn(STATES, RIGHT, MODEL, READABLE)).toEqual([]);
  });

  it.each<[string, readonly FoundAccount[], readonly string[]]>([
    ['a lost account', RIGHT.slice(1), ['J in chat has no account']],
    ['a second account', [...RIGHT, account('chat', 'J', ['member', 'sales'])], ['J in chat has 2 accounts']],
    ['an account too many', [...RIGHT, account('data-warehouse', 'J', [])], ['J in data-warehouse is enabled']],
    ['a leaver let in', [...RIGHT.slice(0, -1), account('chat', 'L', [])], ['L in chat is enabled']],
    [
      'what a mover should have lost',
      [
        ...RIGHT.filter(({ applicationId, identityId }) => applicationId !== 'crm' || identityId !== 'M'),
        account('crm', 'M', ['sales-user', 'support-agent']),
      ],
      ['M in crm holds [sales-user,support-agent], not [support-agent]'],
    ],
    [
      'a group that a leaver kept',
      [...RIGHT.slice(0, -1), account('chat', 'L', ['sales'], false)],
      ['L in chat holds [sales], not []'],
    ],
  ])('shows %s', (_, found, faults) => {
    expect(faultsIn(STATES, found, MODEL, READABLE)).toEqual(faults);
  });
});

describe('what the audit log says of a burst', () => {
  const told = (identityId: string, second: number, type: string, version = 1) => ({
    identityId,
    version,
    trigger: 'a fact',
    at: new Date(second * 1_000).toISOString(),
    event: { type },
  });
  const entries = [
    told('A', 1, 'converged'),
    told('A', 3, 'converged'),
    told('B', 2, 'converged'),
    told('B', 4, 'converged', 2),
    told('C', 5, 'fact-recorded'),
    told('C', 6, 'fact-recorded'),
  ];

  it('names whoever converged twice at one version', () => {
    expect(convergedTwice(entries)).toEqual([
      'A at version 1: 1970-01-01T00:00:01.000Z by a fact, 1970-01-01T00:00:03.000Z by a fact',
    ]);
  });

  it('tells first and last times', () => {
    expect([...timesOf(entries, 'converged', 'last')]).toEqual([
      ['A', 3_000],
      ['B', 4_000],
    ]);
    expect([...timesOf(entries, 'fact-recorded', 'first')]).toEqual([['C', 5_000]]);
  });
});

describe('what the systems had to answer', () => {
  const told = (event: Told['event']): Told => ({ identityId: 'A', at: '2026-11-20T00:00:00Z', event });
  const visit = (applicationId: string, changes: number) => [
    told({ type: 'access-intended', applicationId }),
    ...Array.from({ length: changes }, () => told({ type: 'access-changed', applicationId })),
    told({ type: 'access-read-back', applicationId, answered: true }),
  ];
  const silent = told({ type: 'access-read-back', applicationId: 'crm' });
  const entries = [...visit('chat', 3), ...visit('chat', 1), ...visit('crm', 3), silent, told({ type: 'converged' })];

  it('is counted by what was found, changed and read back', () => {
    expect([...callsIn(entries)]).toEqual([
      ['chat', 8],
      ['crm', 5],
    ]);
  });

  it('takes what the busiest takes, at the rate of each', () => {
    expect(ownCapacityMs(entries, MODEL)).toBe(400);
    const applications = MODEL.applications.map((each) =>
      each.id === 'crm' ? { ...each, rateLimit: { callsPerSecond: 0.5, concurrentCalls: 1 } } : each,
    );
    expect(ownCapacityMs(entries, { ...MODEL, applications })).toBe(10_000);
    expect(ownCapacityMs([], MODEL)).toBe(0);
  });

  it('is nothing that holds anybody up where no pace is set', async () => {
    const folder = await unpacedModel();
    try {
      const { applications } = loadAccessModel(folder, connectorSettingsSchemas(), {
        aws: { identityStoreId: 'd-1234567890' },
      });
      expect(applications.map(({ id }) => id)).toEqual(MODEL.applications.map(({ id }) => id));
      expect(new Set(applications.map(({ rateLimit }) => rateLimit?.callsPerSecond))).toEqual(new Set([1_000]));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

it('takes a percentile by nearest rank, and knows when one is never', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0.5, 0.95, 1].map((share) => percentile(hundred, share))).toEqual([50, 95, 100]);
  expect(percentile([1, Number.POSITIVE_INFINITY], 1)).toBe(Number.POSITIVE_INFINITY);
  expect(percentile([], 0.5)).toBeNaN();
});

it('takes the size of a burst as it is told, and refuses what is none', () => {
  expect(burstSize(['300', '150', '60'])).toEqual({ joiner: 300, mover: 150, leaver: 60 });
  expect(burstSize(['9000', '0', '0'])).toEqual({ joiner: 9_000, mover: 0, leaver: 0 });
  for (const wrong of [
    ['9000', '1', '0'],
    ['0', '0', '0'],
    ['1', '2'],
    ['1', '2', '3', '4'],
    ['1', '-2', '3'],
    ['1', '', '3'],
  ]) {
    expect(() => burstSize(wrong), wrong.join()).toThrow('expected how many');
  }
});
