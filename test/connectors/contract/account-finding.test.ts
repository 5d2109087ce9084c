// Whose an account is, as every connector that keeps the identity's id asks it: what a system takes for the same, and
// what is nobody's, is sorted out here, so that no connector can forget it.
import { describe, expect, it } from 'vitest';
import { findOwnAccount } from '../../../lambdas/connectors/contract/account-finding.ts';
import type { AccountKey } from '../../../lambdas/connectors/contract/connector.ts';
import { ConflictError } from '../../../lambdas/core/errors.ts';

interface Account {
  readonly id: string;
  readonly name: string;
  readonly owner?: string;
  readonly reserved?: boolean;
}

/** A system that compares without case, as directories do. */
function find(accounts: readonly Account[], key: AccountKey): Promise<Account | undefined> {
  const isSame = (one: string | undefined, other: string) => one?.toLowerCase() === other.toLowerCase();
  return findOwnAccount<Account>(key, {
    system: 'Directory',
    carriedIn: 'employeeNumber',
    byId: async (accountId) => accounts.find(({ id }) => id === accountId),
    byIdentity: async (identityId) => accounts.filter(({ owner }) => isSame(owner, identityId)),
    byUserName: async (userName) => accounts.find(({ name }) => isSame(name, userName)),
    identityOf: ({ owner }) => owner,
    isReserved: async ({ reserved = false }) => reserved,
  });
}

const HERS: Account = { id: '1', name: 'ada', owner: 'E1001' };

describe('an id that differs by case alone', () => {
  it('is another identity’s: its account is not found', async () => {
    expect(await find([HERS], { identityId: 'e1001', userName: 'bob' })).toBeUndefined();
  });

  it('is another identity’s: its user name is refused', async () => {
    await expect(find([HERS], { identityId: 'e1001', userName: 'ADA' })).rejects.toBeInstanceOf(ConflictError);
  });

  it('is another identity’s: a link to its account is refused', async () => {
    const key = { accountId: '1', identityId: 'e1001', userName: 'bob' };
    await expect(find([HERS], key)).rejects.toBeInstanceOf(ConflictError);
  });

  it('keeps nobody from their own account', async () => {
    const his = { id: '2', name: 'bob', owner: 'e1001' };
    expect(await find([HERS, his], { identityId: 'e1001', userName: 'bob' })).toBe(his);
    expect(await find([HERS, his], { identityId: 'E1001', userName: 'ada' })).toBe(HERS);
  });
});

describe('an account of the system’s own, or of Tenure’s', () => {
  const own: Account = { id: '9', name: 'tenure', reserved: true };

  it('is not matched by its name, and says so', async () => {
    await expect(find([own], { identityId: 'tenure', userName: 'tenure' })).rejects.toBeInstanceOf(ConflictError);
  });

  it('is let go where it had been taken before: neither its link nor its mark counts', async () => {
    const taken = { ...own, owner: 'tenure' };
    expect(await find([taken], { accountId: '9', identityId: 'tenure' })).toBeUndefined();
    const theirs = { id: '3', name: 'tenure@acme.example', owner: 'tenure' };
    expect(await find([taken, theirs], { accountId: '9', identityId: 'tenure' })).toBe(theirs);
  });
});

it('matches nothing by name where none is given', async () => {
  const unclaimed = { id: '4', name: 'eve' };
  expect(await find([unclaimed], { identityId: 'E4' })).toBeUndefined();
  expect(await find([unclaimed], { identityId: 'E4', userName: 'eve' })).toBe(unclaimed);
});

it('chooses none of two accounts that carry the identity: a person must say which is right', async () => {
  const two = ['5', '6'].map((id) => ({ id, name: `ada-${id}`, owner: 'E5' }));
  await expect(find(two, { identityId: 'E5', userName: 'ada-5' })).rejects.toBeInstanceOf(ConflictError);
  // The link of an earlier pass has said so.
  expect(await find(two, { accountId: '6', identityId: 'E5', userName: 'ada-5' })).toBe(two[1]);
});
