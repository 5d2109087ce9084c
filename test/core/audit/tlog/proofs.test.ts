// Proofs against RFC 6962's recursive definition, and what a verifier must not accept.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, leafHash } from '../../../../lambdas/core/audit/tlog/hashing.ts';
import {
  consistencyProof,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../../../lambdas/core/audit/tlog/proofs.ts';
import { growTree } from '../../../../lambdas/core/audit/tlog/tree.ts';
import { auditPath, consistency, logObjects, treeHash } from '../../../reference/merkle.ts';

const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));
const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`entry ${index}`));
const readerOf = (leaves: readonly Uint8Array[]) => {
  const objects = logObjects(leaves);
  return async (path: string) => objects.get(path);
};
const ALL = leavesOf(700);
const ROOTS = ALL.map((_, size) => treeHash(ALL.slice(0, size)));
const rootOf = (size: number) => ROOTS[size] ?? EMPTY_ROOT;

/** A claim that is true, with one thing about it changed. */
function spoilt<Claim extends { proof: readonly Uint8Array[] }>(claim: Claim): readonly Claim[] {
  const { proof } = claim;
  const flipped = proof.map((hash, index) => proof.with(index, Buffer.from(hash.map((byte) => byte ^ 1))));
  const dropped = proof.map((_, index) => proof.toSpliced(index, 1));
  const swapped = proof.length < 2 ? [] : [proof.toReversed()];
  const added = [
    [...proof, EMPTY_ROOT],
    [EMPTY_ROOT, ...proof],
    [...proof, new Uint8Array(31)],
  ];
  return [...flipped, ...dropped, ...swapped, ...added].map((changed) => ({ ...claim, proof: changed }));
}

describe('an inclusion proof', () => {
  it('is that of RFC 6962, holds, and holds for nothing else', async () => {
    const sized = fc.integer({ min: 1, max: 699 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
    await fc.assert(
      fc.asyncProperty(sized, async ([size, index]) => {
        const leaves = ALL.slice(0, size);
        const proof = await inclusionProof(index, size, readerOf(leaves));
        expect(hex(proof)).toEqual(hex(auditPath(index, leaves)));
        const claim = { index, size, leafHash: leafHash(ALL[index] ?? EMPTY_ROOT), proof, root: rootOf(size) };
        expect(verifyInclusion(claim)).toBe(true);
        const others = [
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
          { ...claim, root: rootOf(size - 1) },
          { ...claim, size: size * 2 },
          { ...claim, leafHash: leafHash(Buffer.from('another')) },
          ...spoilt(claim),
        ];
        for (const other of others) expect(verifyInclusion(other)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  it('is that of RFC 6962 where the tree has a third level of tiles', async () => {
    const size = 65_537;
    const leaves = leavesOf(size);
    const grown = await growTree(0, leaves, async () => undefined);
    const objects = new Map(grown.objects.map(({ path, bytes }) => [path, bytes]));
    for (const index of [0, 40_000, 65_535, 65_536]) {
      const proof = await inclusionProof(index, size, async (path) => objects.get(path));
      const hash = leafHash(leaves[index] ?? EMPTY_ROOT);
      expect(verifyInclusion({ index, size, leafHash: hash, proof, root: grown.root })).toBe(true);
      if (index === 40_000) expect(hex(proof)).toEqual(hex(auditPath(index, leaves)));
    }
  });

  it('is not made for what is not in the tree, nor without a tile', async () => {
    const read = readerOf(ALL.slice(0, 5));
    for (const index of [-1, 5, 0.5]) await expect(inclusionProof(index, 5, read)).rejects.toThrow(RangeError);
    await expect(inclusionProof(0, 0, read)).rejects.toThrow(RangeError);
    await expect(inclusionProof(0, 6, read)).rejects.toThrow('tile/0/000.p/6 is missing');
  });

  it('is refused where its numbers are none', () => {
    const claim = { index: 0, size: 1, leafHash: EMPTY_ROOT, proof: [], root: EMPTY_ROOT };
    expect(verifyInclusion(claim)).toBe(true);
    const others = [{ index: 1 }, { index: -1 }, { index: 0.5 }, { size: 0 }, { size: 2 ** 53 }, { size: Number.NaN }];
    for (const other of others) expect(verifyInclusion({ ...claim, ...other })).toBe(false);
  });
});

describe('a consistency proof', () => {
  it('is that of RFC 6962, holds, and holds for nothing else', async () => {
    const sized = fc.integer({ min: 1, max: 699 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size)));
    await fc.assert(
      fc.asyncProperty(sized, async ([second, first]) => {
        const leaves = ALL.slice(0, second);
        const proof = await consistencyProof(first, second, readerOf(leaves));
        expect(hex(proof)).toEqual(hex(consistency(first, leaves)));
        const claim = { first, firstRoot: rootOf(first), second, secondRoot: rootOf(second), proof };
        expect(verifyConsistency(claim)).toBe(true);
        const foreign = leafHash(Buffer.from('another log'));
        const others = [{ ...claim, firstRoot: foreign }, ...spoilt(claim)];
        if (first > 0) others.push({ ...claim, secondRoot: foreign }, { ...claim, second: second * 2 });
        for (const other of others) expect(verifyConsistency(other)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('is neither made nor accepted from a larger tree to a smaller', async () => {
    await expect(consistencyProof(6, 5, readerOf(ALL.slice(0, 5)))).rejects.toThrow(RangeError);
    const claim = { first: 6, firstRoot: rootOf(6), second: 5, secondRoot: rootOf(5), proof: [] };
    expect(verifyConsistency(claim)).toBe(false);
  });

  it('does not take two roots of one size, nor an empty tree with another root than the empty one', () => {
    const claim = { first: 5, firstRoot: rootOf(5), second: 5, secondRoot: rootOf(4), proof: [] };
    expect(verifyConsistency(claim)).toBe(false);
    expect(verifyConsistency({ ...claim, secondRoot: rootOf(5) })).toBe(true);
    expect(verifyConsistency({ ...claim, first: 0 })).toBe(false);
    expect(verifyConsistency({ ...claim, first: 0, firstRoot: EMPTY_ROOT })).toBe(true);
  });
});
