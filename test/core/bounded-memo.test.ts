// What is remembered stays within its bound, whatever comes; and what is asked for often is still there afterwards.
import { describe, expect, it } from 'vitest';
import { BoundedMemo } from '../../lambdas/core/bounded-memo.ts';

const weighed = (weight: number) => ({ weight });
const memoOf = (maximumWeight: number) =>
  new BoundedMemo<string, { readonly weight: number }>(maximumWeight, (value, key) => value.weight + key.length);

describe('a bounded memo', () => {
  it('gives back what it remembers, and undefined for what it never knew', () => {
    const memo = memoOf(100);
    const value = weighed(9);
    memo.remember('a', value);
    expect(memo.get('a')).toBe(value);
    expect(memo.get('b')).toBeUndefined();
    expect(memo.weight).toBe(10);
  });

  it('remembers everything up to its bound, and forgets the older half past it', () => {
    // A memo for each question: what is asked for counts as young again.
    const left = (keys: string) =>
      [...keys].filter((key) => {
        const memo = memoOf(100);
        for (const each of keys) memo.remember(each, weighed(9));
        expect(memo.weight).toBe(keys.length === 10 ? 100 : 60);
        return memo.get(key) !== undefined;
      });
    expect(left('abcdefghij').join('')).toBe('abcdefghij');
    expect(left('abcdefghijk').join('')).toBe('fghijk');
  });

  it('keeps what is asked for while ten thousand others come and go', () => {
    const memo = memoOf(1_000);
    const often = weighed(9);
    memo.remember('o', often);
    for (let index = 0; index < 10_000; index += 1) {
      memo.remember(`${index}`, weighed(9));
      if (index % 20 === 0) expect(memo.get('o')).toBe(often);
      expect(memo.weight).toBeLessThanOrEqual(1_000);
    }
  });

  it('does not let one entry push out all others', () => {
    const memo = memoOf(100);
    memo.remember('a', weighed(9));
    memo.remember('b', weighed(49));
    memo.remember('c', weighed(50));
    expect(memo.get('b')).toBeDefined();
    expect(memo.get('c')).toBeUndefined();
    expect(memo.get('a')).toBeDefined();
  });
});
