// Paths and bundles as C2SP tlog-tiles has them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBundle, encodeBundle } from '../../../../lambdas/core/audit/tlog/bundle.ts';
import { bundlePath, parseTilePath, pathOf, tilePath } from '../../../../lambdas/core/audit/tlog/paths.ts';

const EMPTY = new Uint8Array(0);

describe('a path', () => {
  it.each([
    [tilePath(0, 0), 'tile/0/000'],
    [tilePath(1, 999, 255), 'tile/1/999.p/255'],
    [tilePath(2, 1000, 1), 'tile/2/x001/000.p/1'],
    // The example of the specification.
    [tilePath(0, 1_234_067), 'tile/0/x001/x234/067'],
    [bundlePath(1_234_067, 256), 'tile/entries/x001/x234/067'],
    [bundlePath(67, 3), 'tile/entries/067.p/3'],
  ])('is %s', (path, expected) => {
    expect(path).toBe(expected);
  });

  it.each([
    [() => tilePath(-1, 0)],
    [() => tilePath(7, 0)],
    [() => tilePath(0.5, 0)],
    [() => tilePath(0, -1)],
    [() => tilePath(0, 2 ** 53)],
    [() => tilePath(0, 0, 0)],
    [() => tilePath(0, 0, 257)],
    [() => bundlePath(0, 1.5)],
    [() => bundlePath(Number.NaN)],
  ])('is refused outside its bounds: %s', (make) => {
    expect(make).toThrow(RangeError);
  });

  it('is read back, and there is no other for the same', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.nat(6));
    const name = fc.record({ level, index: fc.maxSafeNat(), width: fc.integer({ min: 1, max: 256 }) });
    fc.assert(fc.property(name, (each) => void expect(parseTilePath(pathOf(each))).toEqual(each)));
    const others = [
      'tile/0/x000/001',
      'tile/0/1',
      'tile/0/000.p/256',
      'tile/0/000.p/0',
      'tile/0/000.p/01',
      'tile/7/000',
    ];
    const foreign = ['', 'checkpoint', 'tile/0/x001', 'tile/0/000/', '/tile/0/000', 'tile/0/000\n', 'tile/entries/00a'];
    for (const path of [...others, ...foreign, `tile/0/${'x999/'.repeat(6)}999`]) {
      expect(parseTilePath(path), path).toBeUndefined();
    }
  });
});

describe('a bundle', () => {
  it('has each entry behind its length', () => {
    expect([...encodeBundle([Buffer.from('ab'), Buffer.from(''), Buffer.alloc(258)])].slice(0, 8)).toEqual([
      0, 2, 0x61, 0x62, 0, 0, 1, 2,
    ]);
  });

  it('is the same after encoding and decoding, up to its bounds', () => {
    const leaves = [new Uint8Array(65_535).fill(7), ...Array.from({ length: 255 }, (_, index) => Buffer.alloc(index))];
    const decoded = decodeBundle(encodeBundle(leaves));
    expect(decoded).toHaveLength(256);
    leaves.forEach((leaf, index) => void expect(Buffer.compare(decoded[index] ?? EMPTY, leaf)).toBe(0));
    expect(decodeBundle(encodeBundle([]))).toEqual([]);
  });

  it('is refused past its bounds', () => {
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(/65536 bytes/);
    const tooMany = Array.from({ length: 257 }, () => new Uint8Array(1));
    expect(() => encodeBundle(tooMany)).toThrow(/257 entries/);
    expect(() => decodeBundle(Buffer.concat([encodeBundle(tooMany.slice(1)), Buffer.of(0, 0)]))).toThrow(
      /more than 256/,
    );
  });

  it('is refused wherever it is cut, but between two entries', () => {
    const bytes = encodeBundle([Buffer.from('abc'), Buffer.from('de')]);
    for (let end = 1; end < bytes.length; end += 1) {
      if (end === 5) expect(decodeBundle(bytes.subarray(0, end))).toHaveLength(1);
      else expect(() => decodeBundle(bytes.subarray(0, end)), String(end)).toThrow(/cut/);
    }
  });
});
