import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitmentTo, openPersonalPart, sealPersonalPart } from '../../../lambdas/core/audit/personal-part.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER = new Uint8Array(32).fill(8);

describe('a personal part', () => {
  it('is opened by its key for its entry, and is the same each time', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.string(), (value, entryId) => {
        const part = JSON.parse(JSON.stringify(value)) as unknown;
        const sealed = sealPersonalPart(KEY, entryId, part);
        expect(sealPersonalPart(KEY, entryId, part)).toBe(sealed);
        expect(openPersonalPart(KEY, entryId, sealed)).toEqual(part);
      }),
    );
  });

  it('is not opened by another key, for another entry, or when a bit of it was flipped', () => {
    const sealed = sealPersonalPart(KEY, 'entry', { name: 'Ada' });
    expect(() => openPersonalPart(OTHER, 'entry', sealed)).toThrow();
    expect(() => openPersonalPart(KEY, 'other', sealed)).toThrow();
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => openPersonalPart(KEY, 'entry', flipped.toString('base64url')), `bit ${bit}`).toThrow();
    }
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => openPersonalPart(KEY, 'entry', bytes.subarray(0, length).toString('base64url'))).toThrow();
    }
  });

  it('never has the iv of another text, entry or key: with one iv twice the key stream would be known', () => {
    const ivOf = (key: Uint8Array, entryId: string, part: unknown) => sealPersonalPart(key, entryId, part).slice(0, 16);
    const ivs = [
      ivOf(KEY, 'a', 'x'),
      ivOf(KEY, 'a', 'y'),
      ivOf(KEY, 'b', 'x'),
      ivOf(OTHER, 'a', 'x'),
      // Where the entry ends and the text begins is part of it.
      ivOf(KEY, 'a\n"x', 1),
    ];
    expect(new Set(ivs).size).toBe(ivs.length);
  });

  it('needs a whole key', () => {
    expect(() => sealPersonalPart(KEY.subarray(1), 'entry', {})).toThrow(/32 bytes/);
    expect(() => commitmentTo(new Uint8Array(0), 'text')).toThrow(/32 bytes/);
  });
});
