import { describe, expect, it } from 'vitest';
import { type KnownCheckpoints, startOfSealing } from '../../../../lambdas/core/audit/sealing/checkpoint.ts';

const known = (parts: Partial<KnownCheckpoints>): KnownCheckpoints => ({
  published: { size: 5, root: 'r5' },
  fixedRoot: 'r5',
  sealed: { size: 5, root: 'r5' },
  logSize: 9,
  ...parts,
});

describe('the log is grown', () => {
  it.each([
    ['from what is published', known({}), 5],
    ['from what is published, though nobody noted it', known({ sealed: undefined }), 5],
    ['from nothing', known({ published: undefined, fixedRoot: undefined, sealed: undefined }), undefined],
  ])('%s', (_, checkpoints, size) => {
    const { from, isReplayed } = startOfSealing(checkpoints);
    expect([from?.size, isReplayed]).toEqual([size, false]);
  });

  it.each([
    ['an old one was put back', known({ published: { size: 2, root: 'r2' }, fixedRoot: 'r2' })],
    ['it was taken away', known({ published: undefined, fixedRoot: undefined })],
  ])('from the latest that was published, which is published anew, where %s', (_, checkpoints) => {
    expect(startOfSealing(checkpoints)).toEqual({ from: { size: 5, root: 'r5' }, isReplayed: true });
  });
});

describe('the log is not grown where what is published', () => {
  it.each([
    ['has another root than was fixed', known({ fixedRoot: 'other' }), /5 entries is not one of this log/],
    ['has a size that was never fixed', known({ fixedRoot: undefined }), /5 entries is not one of this log/],
    ['covers more than there is', known({ logSize: 4 }), /has 5 entries, the log has 4/],
  ])('%s', (_, checkpoints, message) => {
    expect(() => startOfSealing(checkpoints)).toThrow(message);
    expect(() => startOfSealing(checkpoints)).toThrow(expect.objectContaining({ name: 'LogTamperedError' }));
  });
});
