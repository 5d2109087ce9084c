// When a grant was last held: by its own id where it has one, and by nothing that was not read.
import { describe, expect, it } from 'vitest';
import { endOfAccess, rememberGone } from '../../../lambdas/core/access/gone-grants.ts';

const account = (grants: readonly string[], grantIds?: readonly { grant: string; grantId: string }[]) => ({
  accountId: 'a',
  userName: 'a',
  enabled: true,
  grants,
  grantIds,
});
const at = { readMs: 5_000, residualSeconds: 2 };

describe('what an account held and holds no more', () => {
  it('has gone when it was read, and is possible for as long as is declared', () => {
    expect(rememberGone({ account: account(['a', 'b']) }, account(['b']), at)).toEqual([
      { grant: 'a', goneMs: 5_000, possibleUntilMs: 7_000 },
    ]);
    expect(rememberGone({ account: account(['a']) }, undefined, { readMs: 5_000 })).toMatchObject([{ grant: 'a' }]);
  });

  it('is not what is called otherwise by now, in the system or in the model', () => {
    const known = { account: account(['a'], [{ grant: 'a', grantId: '1' }]) };
    expect(rememberGone(known, account(['b'], [{ grant: 'b', grantId: '1' }]), at)).toBeUndefined();
    const granted = [{ grant: 'word', grantId: '1', entitlement: 'e', privileged: false, sinceMs: 0 }];
    expect(rememberGone({ ...known, granted }, account([]), at)).toMatchObject([{ grant: 'word', grantId: '1' }]);
  });

  it('is kept with what went before, the last hundred of it', () => {
    const gone = Array.from({ length: 100 }, (_, index) => ({ grant: `g${index}`, goneMs: index }));
    const all = rememberGone({ account: account(['a']), gone }, account([]), at) ?? [];
    expect(all).toHaveLength(100);
    expect(all.at(-1)).toMatchObject({ grant: 'a' });
    expect(all[0]).toMatchObject({ grant: 'g1' });
    expect(rememberGone({ account: account([]), gone }, account([]), at)).toHaveLength(100);
  });
});

describe('what is remembered to be gone', () => {
  it('tells of an end that came before it was read, and of none after', () => {
    const gone = [{ grant: 'a', goneMs: 3_000, possibleUntilMs: 4_000 }];
    // Held again since, and read so.
    const record = { readMs: 5_000, account: account(['a']), gone };
    expect(endOfAccess(record, 'a', 3_000)).toEqual({ readBackMs: 3_000, possibleUntilMs: 4_000 });
    expect(endOfAccess(record, 'a', 3_001)).toBeUndefined();
  });
});

describe('a record of before, which remembers nothing', () => {
  const record = { applicationId: 'x', readMs: 5_000, revision: 1, account: account(['b']) };
  it('tells of a reading without it that came after the end, and of no other', () => {
    expect(endOfAccess(record, 'a', 5_000)).toEqual({ readBackMs: 5_000, possibleUntilMs: undefined });
    expect(endOfAccess(record, 'a', 5_001)).toBeUndefined();
    expect(endOfAccess(record, 'b', 5_000)).toBeUndefined();
    expect(endOfAccess({ ...record, lastError: 'no answer' }, 'a', 5_000)).toBeUndefined();
    expect(endOfAccess({ ...record, openCallId: 'c' }, 'a', 5_000)).toBeUndefined();
  });
});
