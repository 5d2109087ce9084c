// What is too long for an item of DynamoDB: kept as it was said, refused where even that is too much.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../lambdas/core/errors.ts';
import { packed, unpacked } from '../../lambdas/stores/packed-items.ts';
import { namesOf } from './identities/examples.ts';

const KEY = { pk: 'E1', sk: 'ACCOUNT#chat', revision: 3, lookupKey: 'ACCOUNT#chat#hash' };
/** So many characters that nothing can be left out of, but that each is one of 64: three quarters of that. */
const noise = (length: number) => {
  const hashes = Array.from({ length: Math.ceil(length / 44) }, (_, index) =>
    createHash('sha256').update(String(index)).digest('base64'),
  );
  return hashes.join('').slice(0, length);
};
const sizeOf = (item: Record<string, unknown>) =>
  Object.values(item).reduce<number>((sum, value) => sum + (value instanceof Uint8Array ? value.length : 0), 0);

describe('an item', () => {
  it('that was always taken lies as it always did', () => {
    const item = { ...KEY, account: { grants: namesOf(900) } };
    expect(packed(item, 'it')).toBe(item);
    expect(unpacked(item)).toBe(item);
  });

  it('that was not is as it was once it is read, with the keys in the clear', () => {
    const item = { ...KEY, account: { grants: namesOf(5_000) }, unreviewed: namesOf(5_000), closedMs: undefined };
    const kept = packed(item, 'it');
    expect(kept).toMatchObject(KEY);
    expect(Object.keys(kept).sort()).toEqual(['brotli', 'closedMs', ...Object.keys(KEY)].sort());
    expect(sizeOf(kept)).toBeLessThan(100_000);
    expect(unpacked(kept)).toEqual(item);
  });

  it('costs little more where it says the same three times', () => {
    const grants = namesOf(5_000);
    const once = sizeOf(packed({ ...KEY, grants }, 'it'));
    const thrice = sizeOf(packed({ ...KEY, grants, unreviewed: grants, granted: grants }, 'it'));
    expect(thrice).toBeLessThan(1.5 * once);
  });

  it('is refused by name where even that is too much, and only there', () => {
    const within = packed({ ...KEY, text: noise(455_000) }, 'the record of the account in chat');
    expect(sizeOf(within)).toBeGreaterThan(330_000);
    expect(sizeOf(within)).toBeLessThanOrEqual(350_000);
    const beyond = () => packed({ ...KEY, text: noise(475_000) }, 'the record of the account in chat');
    expect(beyond).toThrow(PermanentError);
    expect(beyond).toThrow(
      /^the record of the account in chat is too large to be kept: \d+ bytes when compressed, of at most 350000$/,
    );
  });

  it('that is no such thing is not read as one', () => {
    expect(() => unpacked({ ...KEY, brotli: new Uint8Array([1, 2, 3]) })).toThrow();
    expect(unpacked({ ...KEY, brotli: 'a name' })).toEqual({ ...KEY, brotli: 'a name' });
  });
});
