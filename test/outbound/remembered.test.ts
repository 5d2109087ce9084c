// What one connection remembers: answers, never that there was none.
import { expect, it } from 'vitest';
import { Remembered } from '../../lambdas/outbound/remembered.ts';

it('asks once for each key, however many want to know at a time', async () => {
  const remembered = new Remembered<string>();
  const asked: string[] = [];
  const nameOf = (id: string) =>
    remembered.get(id, async () => {
      asked.push(id);
      return `name of ${id}`;
    });
  expect(await Promise.all([nameOf('1'), nameOf('1'), nameOf('2')])).toEqual(['name of 1', 'name of 1', 'name of 2']);
  expect(await nameOf('1')).toBe('name of 1');
  expect(asked).toEqual(['1', '2']);
});

it.each([
  ['a failure', () => Promise.reject(new Error('down'))],
  ['"not there"', () => Promise.resolve(undefined)],
])('asks again after %s', async (_what, first) => {
  const remembered = new Remembered<string>();
  await remembered.get('1', first).catch(() => {});
  expect(await remembered.get('1', async () => 'now it is')).toBe('now it is');
});
