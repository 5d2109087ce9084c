// Given what is on record of other systems, then what waits.
import { describe, expect, it } from 'vitest';
import type { AccountRecord } from '../../../lambdas/core/access/account-record.ts';
import { type BarringInput, barredBy, barsIn, unreadOthers } from '../../../lambdas/core/access/barred-grants.ts';
import type { DutyRule } from '../../../lambdas/core/access-model/duty-rule.ts';
import { MODEL } from '../../simulation/access-model.ts';

const rule: DutyRule = {
  id: 'r',
  name: 'R',
  severity: 'high',
  mode: 'prevent',
  sides: [
    { name: 'builds', entitlements: ['chat:engineering-room'], profiles: [] },
    { name: 'bills', entitlements: ['cloud:billing', 'chat:sales-room'], profiles: [] },
  ],
  exceptions: [],
};
const NOW = 1_000;
const desired = {
  accounts: [{ applicationId: 'chat', entitlements: [{ entitlement: 'engineering-room', reasons: [] }] }],
};
const input = (accounts: readonly AccountRecord[], changes: Partial<BarringInput> = {}): BarringInput => ({
  model: { ...MODEL, duties: [rule] },
  whom: { identityId: 'E1', nowMs: NOW },
  desired,
  accounts,
  tasks: [],
  ...changes,
});
const read: AccountRecord = { applicationId: 'cloud', readMs: 1, revision: 1 };
const holding = (...grants: string[]): AccountRecord => {
  return { ...read, account: { accountId: 'a', userName: 'e1', enabled: true, grants } };
};
const remembered = { grant: 'billing', entitlement: 'billing', privileged: false, sinceMs: 1 };
const byProfile = (profiles: readonly string[]): Partial<BarringInput> => {
  const sides = [
    rule.sides[0] ?? { name: '', entitlements: [], profiles: [] },
    { name: 's', entitlements: [], profiles },
  ];
  return { model: { ...MODEL, duties: [{ ...rule, sides }] } };
};

describe('a grant on a side of a rule', () => {
  it.each<[string, readonly AccountRecord[], Partial<BarringInput>, readonly string[]]>([
    ['waits where nobody has ever looked', [], {}, ['cloud']],
    ['may be given where there was no account', [read], {}, []],
    ['may be given where the other side is not held', [holding('developer')], {}, []],
    ['waits where the other side was held when it was last read', [holding('billing')], {}, ['cloud']],
    ['waits where the other side may have been granted', [{ ...read, granted: [remembered] }], {}, ['cloud']],
    ['waits where the first reading failed', [{ ...read, lastError: '409' }], {}, ['cloud']],
    ['does not wait for what else goes wrong there', [{ ...holding('developer'), lastError: '503' }], {}, []],
    [
      'of a profile waits for what a reason once held up',
      [{ ...read, granted: [remembered] }],
      byProfile(['sales']),
      ['cloud'],
    ],
    ['of a profile does not wait for what was never given', [holding('billing')], byProfile(['sales']), []],
    ['of a profile does not wait where nobody has looked', [], byProfile(['sales']), []],
    [
      'waits while people are asked to give the other side',
      [read],
      {
        tasks: [
          {
            taskId: 't',
            identityId: 'E1',
            applicationId: 'cloud',
            status: 'open',
            steps: [{ action: 'grant', grant: 'billing', privileged: false, reasons: [] }],
            assignee: 'it',
            instructions: '',
            openedMs: 1,
            dueMs: 2,
          },
        ],
      },
      ['cloud'],
    ],
  ])('%s', (_, accounts, changes, elsewhere) => {
    const bars = barsIn('chat', input(accounts, changes));
    const own = bars.find(({ entitlement }) => entitlement === 'engineering-room');
    expect(own?.elsewhere).toEqual(elsewhere);
  });

  it('waits for what is read in the same system', () => {
    const application = MODEL.applications[0] ?? expect.fail();
    const bars = barsIn('chat', input([read]));
    const barred = (grants: readonly string[]) =>
      barredBy(bars, application, { account: { grants } }).map(({ entitlement }) => entitlement);
    expect(barred(['everyone'])).toEqual([]);
    expect(barred(['sales-room'])).toEqual(['engineering-room']);
    expect(barred(['engineering-room'])).toEqual(['sales-room']);
  });

  it('waits no longer than until a call to the same system can take effect no more', () => {
    const own: AccountRecord = { ...read, applicationId: 'chat', granted: [{ ...remembered, grant: 'sales-room' }] };
    const untilMs = NOW + 60_000;
    const doubts = (accounts: readonly AccountRecord[]) =>
      barsIn('chat', input(accounts)).find(({ entitlement }) => entitlement === 'engineering-room')?.doubtUntilMs;
    expect(doubts([read, { ...own, doubtUntilMs: untilMs }])).toBe(untilMs);
    expect(doubts([read, own])).toBeUndefined();
  });

  it('does not wait where it is only to be told, nor while an exception is in force', () => {
    const detecting = { model: { ...MODEL, duties: [{ ...rule, mode: 'detect' as const }] } };
    expect(barsIn('chat', input([], detecting))).toEqual([]);
    const exceptions = [{ identityId: 'E1', owner: 'E2', reason: 'r', untilMs: NOW + 1 }];
    const excepted = { model: { ...MODEL, duties: [{ ...rule, mode: 'require-exception' as const, exceptions }] } };
    expect(barsIn('chat', input([], excepted))).toEqual([]);
    expect(barsIn('chat', input([], { ...excepted, whom: { identityId: 'E1', nowMs: NOW + 1 } }))).not.toEqual([]);
  });

  it('has somebody look where nobody has', () => {
    expect([...unreadOthers(input([]))]).toEqual(['cloud', 'chat']);
    expect([...unreadOthers(input([read]))]).toEqual(['chat']);
    expect([...unreadOthers(input([], { desired: { accounts: [] } }))]).toEqual([]);
  });
});
