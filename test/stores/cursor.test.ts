// A page's cursor is what its own listing gave out, and nothing else. That each store refuses those of others is in its
// contract.
import { expect, it } from 'vitest';
import { InvalidInputError } from '../../lambdas/core/errors.ts';
import { decodeCursor, encodeCursor } from '../../lambdas/stores/cursor.ts';

const LISTING = { pk: 'E1', sk: undefined };
const encoded = (text: string) => Buffer.from(text).toString('base64url');

it('leads back to where the page ended', () => {
  const key = { pk: 'E1', sk: 'FACT#1' };
  expect(decodeCursor(encodeCursor(key), LISTING)).toEqual(key);
  expect(decodeCursor(encodeCursor({ ...key, sk: 7 }), LISTING)).toEqual({ ...key, sk: 7 });
  expect(encodeCursor(undefined)).toBeUndefined();
  expect(decodeCursor(undefined, LISTING)).toBeUndefined();
});

it.each([
  ['has another partition', '{"pk":"E2","sk":"a"}'],
  ['has a part too many', '{"pk":"E1","sk":"a","more":"b"}'],
  ['lacks a part', '{"pk":"E1"}'],
  ['has a part under another name', '{"pk":"E1","toString":"a"}'],
  ['has a part that is no key', '{"pk":"E1","sk":{"a":1}}'],
  ['has a part that is nothing', '{"pk":"E1","sk":null}'],
  ['is a list', '["E1","a"]'],
  ['is no JSON', '{'],
])('is refused when it %s', (_what, text) => {
  expect(() => decodeCursor(encoded(text), LISTING)).toThrow(InvalidInputError);
});

it('is read up to 2,000 characters', () => {
  const ofLength = (length: number) => encoded(`{"pk":"E1",${' '.repeat((length / 4) * 3 - 20)}"sk":"a"}`);
  expect(ofLength(2_000)).toHaveLength(2_000);
  expect(decodeCursor(ofLength(2_000), LISTING)).toEqual({ pk: 'E1', sk: 'a' });
  expect(() => decodeCursor(ofLength(2_004), LISTING)).toThrow(InvalidInputError);
});
