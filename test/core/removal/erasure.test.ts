// When what is known of somebody may be destroyed: each reason against it by itself, at its bound.
import { describe, expect, it } from 'vitest';
import type { IdentityRecord } from '../../../lambdas/core/access/identity-record.ts';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import {
  type ErasureQuestion,
  erasureSchema,
  remainsAfter,
  tracesOf,
  whyNotErased,
} from '../../../lambdas/core/removal/erasure.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-28T12:00:00Z');
const LEFT = NOW - 10 * DAY_MS;
const base = (id: string, recordedMs: number) => ({
  factId: `hr:${id}`,
  identityId: 'E1',
  source: 'hr',
  sourceEventId: id,
  recordedMs,
  receivedMs: recordedMs,
});
const JOINER: Fact = {
  ...base('a', NOW - 100 * DAY_MS),
  type: 'joiner',
  effectiveAt: '2026-09-01',
  attributes: { kind: 'employee', email: 'Ada@Example.com' },
};
const LEAVER: Fact = { ...base('b', LEFT), type: 'leaver', effectiveAt: '2026-11-18T12:00:00Z', immediate: false };
const chat = (deleteAfterDays?: number): Application => ({
  id: 'chat',
  name: 'Chat',
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: [],
  ...(deleteAfterDays !== undefined && { retention: { deleteAfterDays } }),
});

/** Somebody who left ten days ago, of whom everything is proven and settled. */
function asked({
  facts = [JOINER, LEAVER],
  header = {},
  accounts = [],
  tasks = [],
  nowMs = NOW,
  ...rest
}: {
  facts?: readonly Fact[];
  header?: Partial<IdentityRecord['header']>;
  accounts?: readonly object[];
  tasks?: readonly object[];
  nowMs?: number;
  owned?: number;
  isHeld?: boolean;
  applications?: readonly Application[];
} = {}): ErasureQuestion {
  const removal = { version: 2, startedMs: LEFT, provenMs: LEFT + 1_000 };
  const settled = {
    identityId: 'E1',
    version: 2,
    settledVersion: 2,
    epoch: 1,
    failedPasses: 0,
    clockMs: LEFT,
    removal,
  };
  const timeline = buildTimeline(facts);
  const record = {
    header: { ...settled, ...header },
    facts,
    accounts,
    tasks,
    effects: [],
  } as unknown as IdentityRecord;
  const state = identityAt(timeline, nowMs);
  return { record, timeline, state, nowMs, owned: 0, isHeld: false, applications: [chat()], ...rest };
}
const closed = { applicationId: 'chat', readMs: LEFT, revision: 1, closedMs: LEFT, account: { accountId: 'a1' } };
const why = (changes: Parameters<typeof asked>[0] = {}) => whyNotErased(asked(changes))?.reason;

describe('whoever left, and of whom nothing is open,', () => {
  it('may be erased', () => {
    expect(why()).toBeUndefined();
    expect(why({ accounts: [closed] })).toBeUndefined();
  });

  const merged = { ...base('m', LEFT), type: 'merged', into: 'E2', decidedBy: 'x', reason: '' } as Fact;
  const absorbed = {
    ...base('m', LEFT),
    type: 'absorbed',
    duplicate: 'E2',
    facts: [],
    decidedBy: 'x',
    reason: '',
  } as Fact;
  const held = { ...base('h', LEFT + 1), type: 'mover', effectiveAt: '2026-11-01', attributes: {}, held: 'h1' } as Fact;
  const dropped = { ...base('d', LEFT + 2), type: 'hold-dropped', hold: 'h1', decidedBy: 'x', reason: '' } as Fact;
  it.each([
    ['is employed', { facts: [JOINER] }, 'It is employed, or will be.'],
    ['is yet to come', { facts: [{ ...JOINER, effectiveAt: '2027-01-01' } as Fact] }, 'It is employed, or will be.'],
    [
      'comes back',
      { facts: [JOINER, LEAVER, { ...JOINER, ...base('c', NOW), effectiveAt: '2027-01-01' } as Fact] },
      'Something is still to take effect.',
    ],
    [
      'is merged into another',
      { facts: [JOINER, LEAVER, merged] },
      'It was merged into another: take the merge back first.',
    ],
    [
      'has others merged into it',
      { facts: [JOINER, LEAVER, absorbed] },
      'Others were merged into it: take that back first.',
    ],
    ['owns others', { owned: 2 }, 'It owns 2 identities: have them taken over first.'],
    ['is in a hold', { isHeld: true }, 'It waits in a hold that is not decided.'],
    ['has a fact in a hold', { facts: [JOINER, LEAVER, held] }, 'It waits in a hold that is not decided.'],
    ['has a task', { tasks: [{ status: 'open' }] }, 'It has open tasks.'],
    ['has no removal', { header: { removal: undefined } }, 'Its removal is not proven.'],
    ['is not proven', { header: { removal: { version: 2, startedMs: LEFT } } }, 'Its removal is not proven.'],
    ['has an account that is open', { accounts: [{ ...closed, closedMs: undefined }] }, 'Its removal is not proven.'],
    ['is not settled', { header: { settledVersion: 1 } }, 'Its access is not settled.'],
    [
      'is being worked on',
      { header: { lease: { holder: 'x', expiresMs: NOW } } },
      'Its access is being looked at right now.',
    ],
    [
      'has a call without an outcome',
      { accounts: [{ ...closed, openCallId: 'c' }] },
      'A call to a system may still take effect.',
    ],
    [
      'has a call that may be late',
      { accounts: [{ ...closed, doubtUntilMs: NOW + 1 }] },
      'A call to a system may still take effect.',
    ],
    [
      'has an account that is kept',
      { accounts: [closed], applications: [chat(30)] },
      'Its account in chat is kept, and will not be deleted before 2026-12-18T12:00:00.000Z.',
    ],
    [
      'has one that was to be deleted and is not',
      { accounts: [closed], applications: [chat(5)] },
      'Its account in chat is kept, and will not be deleted yet.',
    ],
  ] as const)('may not while it %s', (_, changes, reason) => {
    expect(why(changes)).toBe(reason);
  });

  it('may once what spoke against it is over', () => {
    expect(why({ facts: [JOINER, LEAVER, held, dropped] })).toBeUndefined();
    expect(why({ header: { lease: { holder: 'x', expiresMs: NOW - 1 } } })).toBeUndefined();
    expect(why({ accounts: [{ ...closed, doubtUntilMs: NOW }] })).toBeUndefined();
    expect(why({ accounts: [{ ...closed, account: undefined }], applications: [chat(30)] })).toBeUndefined();
    expect(why({ tasks: [{ status: 'done' }] })).toBeUndefined();
  });

  it('is called off for good by whoever is there again, and by nothing else', () => {
    expect(whyNotErased(asked({ facts: [JOINER] }))?.isFinal).toBe(true);
    expect(whyNotErased(asked({ tasks: [{ status: 'open' }] }))?.isFinal).toBe(false);
  });
});

it('the delay is from a day to ninety, and a week where nothing is said', () => {
  expect(erasureSchema.parse({})).toEqual({ delayDays: 7 });
  for (const delayDays of [1, 90]) expect(erasureSchema.safeParse({ delayDays }).success).toBe(true);
  for (const delayDays of [0, 91, 1.5]) expect(erasureSchema.safeParse({ delayDays }).success).toBe(false);
});

it('traces are found by what the facts say, each once', () => {
  const { record } = asked({ accounts: [closed] });
  expect(tracesOf(record, ['E1.1', 'E1.2'])).toEqual({
    identityId: 'E1',
    events: [
      { source: 'hr', sourceEventId: 'a' },
      { source: 'hr', sourceEventId: 'b' },
    ],
    addresses: ['ada@example.com'],
    certificateIds: ['E1.1', 'E1.2'],
    accounts: [{ applicationId: 'chat', accountId: 'a1' }],
    campaignIds: [],
  });
});

it('what remains ends, at the latest with the logs of the functions', () => {
  const until = Object.fromEntries(
    remainsAfter(NOW, { logRetentionDays: 400 }).map(({ where, untilMs }) => [where, (untilMs - NOW) / DAY_MS]),
  );
  expect(Object.values(until).sort((a, b) => a - b)).toEqual([7, 14, 35, 35, 35, 60, 90, 400]);
});
