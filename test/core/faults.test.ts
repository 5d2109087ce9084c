// Where something is wrong, as callers are told it: a pointer that leads there (RFC 6901), and never the value.
import { expect, it } from 'vitest';
import * as z from 'zod';
import { faultsOf } from '../../lambdas/core/faults.ts';
import { valueAt } from '../../lambdas/outbound/json-pointer.ts';

const faults = (schema: z.ZodType, value: unknown, prefix = '') => {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : faultsOf(error, prefix);
};

it('points into the input, below where it stands', () => {
  const schema = z.strictObject({ list: z.array(z.strictObject({ name: z.string() })) });
  const value = { list: [{ name: 'a' }, { name: 7 }] };
  expect(faults(schema, value, '/3').map(({ pointer }) => pointer)).toEqual(['/3/list/1/name']);
});

it.each(['a/b', 'a~b', '~1', '~0', '/', '~01'])('leads to a member called "%s"', (name) => {
  const value = { [name]: 7 };
  const [wrong] = faults(z.record(z.string(), z.string()), value);
  expect(valueAt(wrong?.pointer ?? '', value)).toBe(7);
  const [unknown] = faults(z.strictObject({}), value);
  expect(unknown).toMatchObject({ detail: 'is not known here' });
  expect(valueAt(unknown?.pointer ?? '', value)).toBe(7);
});

it('says what is known at the top, where that is told', () => {
  const { error } = z.strictObject({ in: z.strictObject({}) }).safeParse({ in: { x: 1 }, y: 1 });
  const found = error === undefined ? [] : faultsOf(error, '', ['in']);
  expect(found.map(({ detail }) => detail).sort()).toEqual(['is not known here', 'is not known here: expected in']);
});

it('names each unknown member, shortened, and no value', () => {
  const value = { ['x'.repeat(200)]: 'Lovelace', other: 'Lovelace' };
  const found = faults(z.strictObject({}), value);
  expect(found.map(({ pointer }) => pointer)).toEqual([`/${'x'.repeat(100)}`, '/other']);
  expect(JSON.stringify(found)).not.toContain('Lovelace');
});
