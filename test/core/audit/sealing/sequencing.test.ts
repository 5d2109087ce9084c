import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  commitsOf,
  MAXIMUM_COMMIT_BYTES,
  MAXIMUM_COMMIT_ENTRIES,
  type Positions,
  planCommit,
} from '../../../../lambdas/core/audit/sealing/sequencing.ts';
import { SEAL_AFTER_MS, wakesAt } from '../../../../lambdas/core/audit/sealing/wake.ts';

const candidate = (id: string, subject = 'identity#a', maximumBytes = 100): Candidate => ({
  id,
  subject,
  maximumBytes,
  toLeaf: (sequence) => new TextEncoder().encode(`${id} ${sequence}`),
});
const positions = (
  size: number,
  indexes: Record<string, number> = {},
  counts: Record<string, number> = {},
): Positions => ({
  head: { size },
  indexes: new Map(Object.entries(indexes)),
  counts: new Map(Object.entries(counts)),
});

describe('a commit', () => {
  it('numbers each subject’s entries on from what there is, in the order given', () => {
    const given = [candidate('x', 'identity#a'), candidate('y', 'operator#o'), candidate('z', 'identity#a')];
    const plan = planCommit(given, positions(7, {}, { 'identity#a': 4 }));
    expect(plan?.from).toBe(7);
    expect(plan?.leaves.map((leaf) => new TextDecoder().decode(leaf))).toEqual(['x 4', 'y 0', 'z 5']);
    expect(plan?.entryIds).toEqual(['x', 'y', 'z']);
    expect(plan?.counts).toEqual([
      { subject: 'identity#a', before: 4, after: 6 },
      { subject: 'operator#o', before: 0, after: 1 },
    ]);
  });

  it('leaves out what the log has, and what is named twice', () => {
    const given = ['x', 'y', 'y', 'z'].map((id) => candidate(id));
    expect(planCommit(given, positions(1, { x: 0 }, { 'identity#a': 1 }))?.entryIds).toEqual(['y', 'z']);
    expect(planCommit(given, positions(3, { x: 0, y: 1, z: 2 }))).toBeUndefined();
    expect(planCommit([], positions(3))).toBeUndefined();
  });
});

describe('many entries', () => {
  const sizesOf = (candidates: readonly Candidate[]) => commitsOf(candidates).map(({ length }) => length);

  it('are committed as many at a time as a transaction takes', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => candidate(`${index}`));
    expect(sizesOf([])).toEqual([]);
    expect(sizesOf(many(MAXIMUM_COMMIT_ENTRIES))).toEqual([MAXIMUM_COMMIT_ENTRIES]);
    expect(sizesOf(many(MAXIMUM_COMMIT_ENTRIES + 1))).toEqual([MAXIMUM_COMMIT_ENTRIES, 1]);
    // Each of another subject, with the head and the batch: DynamoDB takes 100 items.
    expect(2 * MAXIMUM_COMMIT_ENTRIES + 2).toBeLessThanOrEqual(100);
  });

  it('are committed as large together as an item may be', () => {
    const half = MAXIMUM_COMMIT_BYTES / 2;
    const large = (bytes: number) => candidate(`${bytes}`, 'identity#a', bytes);
    expect(sizesOf([large(half), large(half), large(1)])).toEqual([2, 1]);
    expect(sizesOf([large(half), large(half + 1), large(1)])).toEqual([1, 2]);
    expect(sizesOf([large(MAXIMUM_COMMIT_BYTES + 1), large(1)])).toEqual([1, 1]);
  });
});

describe('sealing', () => {
  it.each([
    ['nothing was asked for', undefined, 1_000 + SEAL_AFTER_MS],
    ['what was asked for is to come', 1_001, undefined],
    ['what was asked for is due by now', 1_000, 1_000 + SEAL_AFTER_MS],
    ['a clock far ahead asked for it', 1_001 + SEAL_AFTER_MS, 1_000 + SEAL_AFTER_MS],
  ])('is asked for, or not, when %s', (_, wakeMs, expected) => {
    expect(wakesAt({ size: 1, wakeMs }, 1_000)).toBe(expected);
  });
});
