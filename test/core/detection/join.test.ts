import { describe, expect, it } from 'vitest';
import {
  clueKey,
  clueOf,
  cluesOfAccount,
  MAXIMUM_CLUE_LENGTH,
  matchParty,
} from '../../../lambdas/core/detection/join.ts';

const clue = (by: Parameters<typeof clueOf>[0], value: unknown, applicationId?: string) => {
  const made = clueOf(by, value, applicationId);
  if (made === undefined) throw new Error('no clue');
  return made;
};

describe('a clue', () => {
  it('is the same in another case where people sign in by it, and for a GUID', () => {
    expect(clue('user-name', ' Ada@Acme.Example ', 'crm')).toEqual(clue('user-name', 'ada@acme.example', 'crm'));
    expect(clue('email', 'A\u0308da@x.example')).toEqual(clue('email', '\u00e4da@x.example'));
    expect(clue('account', '26BE570A-AE82-4189-B4E2-A37C6808512D')).toEqual(
      clue('account', '26be570a-ae82-4189-b4e2-a37c6808512d'),
    );
    expect(clue('account', '00u1ADA')).not.toEqual(clue('account', '00u1ada'));
  });

  it('is none without anything to compare, or longer than any id', () => {
    for (const nothing of [undefined, null, '', '  ', {}, 'x'.repeat(MAXIMUM_CLUE_LENGTH + 1)])
      expect(clueOf('account', nothing)).toBeUndefined();
    expect(clueOf('account', 'x'.repeat(MAXIMUM_CLUE_LENGTH))).toBeDefined();
    expect(clueOf('account', 1001)).toEqual({ by: 'account', value: '1001' });
  });

  it('has a key that tells applications apart, but of an address', () => {
    expect(clueKey(clue('account', 'x', 'crm'))).not.toBe(clueKey(clue('account', 'x', 'mail')));
    expect(clueKey(clue('email', 'x', 'crm'))).toBe(clueKey(clue('email', 'x')));
  });
});

it('leads from what a system told of an account', () => {
  const account = {
    accountId: '00u1',
    userName: 'Ada',
    enabled: true,
    grants: [],
    credentials: [{ credentialId: 'AKIA1', kind: 'access-key' as const }],
  };
  const keys = cluesOfAccount({ applicationId: 'aws', account }).map(clueKey);
  expect(keys).toEqual(['account/aws/00u1', 'key/aws/AKIA1', 'user-name/aws/ada']);
  const role = { accountId: 'arn:aws:iam::111122223333:role/deploy', userName: 'deploy', enabled: true, grants: [] };
  expect(cluesOfAccount({ applicationId: 'aws', account: role }).map(clueKey)).toContain(
    'session/aws/arn:aws:iam::111122223333:role/deploy',
  );
  expect(cluesOfAccount({ applicationId: 'aws' })).toEqual([]);
});

describe('whose it was', () => {
  const account = clue('account', '1', 'crm');
  const name = clue('user-name', 'ada', 'crm');
  const address = clue('email', 'ada@x.example');

  it('is told by the surest clue that leads to anybody', () => {
    const found = [
      { clue: address, identityIds: ['E3'] },
      { clue: name, identityIds: ['E2'] },
      { clue: account, identityIds: ['E1'] },
    ];
    expect(matchParty(found)).toEqual({ found: 'one', by: 'account', identityId: 'E1' });
    expect(matchParty(found.slice(0, 2))).toEqual({ found: 'one', by: 'user-name', identityId: 'E2' });
    expect(
      matchParty([
        { clue: account, identityIds: [] },
        { clue: address, identityIds: ['E3'] },
      ]),
    ).toMatchObject({ by: 'email' });
  });

  it('is nobody’s in particular where the surest leads to several', () => {
    expect(
      matchParty([
        { clue: account, identityIds: ['E2', 'E1'] },
        { clue: name, identityIds: ['E1'] },
      ]),
    ).toEqual({ found: 'several', identityIds: ['E1', 'E2'] });
    expect(matchParty([])).toEqual({ found: 'none' });
  });
});
