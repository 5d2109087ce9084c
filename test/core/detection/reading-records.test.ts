import { expect, it } from 'vitest';
import { at, flagAt, listAt, numberAt, textAt, textsAt } from '../../../lambdas/core/detection/reading-records.ts';

it('reads members that were said, and none that objects have of themselves', () => {
  expect(at({ a: { b: 1 } }, 'a', 'b')).toBe(1);
  expect(at({ alpha: 1 }, 'Alpha')).toBe(1);
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) expect(at({}, name)).toBeUndefined();
  expect(at([], 'length')).toBe(0);
  expect(at('text', 'length')).toBeUndefined();
});

it('says undefined of what is of another type, or too long to be looked through', () => {
  expect(textAt({ a: ' x\u0000y ' }, ['a'])).toBe('x y');
  expect(textAt({ a: 'x'.repeat(600) }, ['a'])).toHaveLength(512);
  expect([textAt({ a: [] }, ['a']), textAt({ a: '' }, ['a']), textAt({ a: Number.NaN }, ['a'])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([numberAt({ a: '7' }, 'a'), numberAt({ a: '' }, 'a'), numberAt({ a: 'x' }, 'a')]).toEqual([
    7,
    undefined,
    undefined,
  ]);
  expect([flagAt({ a: 'true' }, 'a'), flagAt({ a: 'False' }, 'a'), flagAt({ a: 1 }, 'a')]).toEqual([
    true,
    false,
    undefined,
  ]);
  expect(listAt({ a: Array(200).fill(1) }, ['a'])).toHaveLength(100);
  expect(listAt({ a: { length: 3 } }, ['a'])).toEqual([]);
  expect(textsAt({ a: 'x, y z' }, ['a'])).toEqual(['x', 'y', 'z']);
  expect(textsAt({ a: ['x', 7, null] }, ['a'])).toEqual(['x', '7']);
});
