// What is asked about a mistake is asked about no other: one that was planted before is gone, whichever file it was in.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SuiteRunner } from './suite-runner.ts';
import { ROOT } from './tree-copy.ts';

const SUITE = 'test/sum.test.ts';
const RIGHT = { 'one.ts': 'export const one = 1;\n', 'two.ts': 'export const two = 2;\n' };

let folder: string;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-suites-'));
  mkdirSync(join(folder, 'test'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  write('package.json', '{ "type": "module" }');
  for (const [name, text] of Object.entries(RIGHT)) write(name, text);
  write(
    SUITE,
    `import { expect, it } from 'vitest';
import { one } from '../one.ts';
import { two } from '../two.ts';
it('adds up', () => expect(one + two).toBe(3));
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('asks about the file as it is now, after a mistake in another', async () => {
  const runner = new SuiteRunner(folder);
  const verdictWith = async (name: keyof typeof RIGHT, text: string) => {
    write(name, text);
    const verdict = await runner.run(SUITE, { limitMs: 60_000, changed: [join(folder, name)] });
    write(name, RIGHT[name]);
    return verdict.kind;
  };
  expect((await runner.control([SUITE], 60_000)).kind).toBe('passed');
  expect(await verdictWith('one.ts', 'export const one = 9;\n')).toBe('caught');
  expect(await verdictWith('two.ts', 'export const two = 1 + 1;\n')).toBe('passed');
  expect(await verdictWith('two.ts', 'export const two = 9;\n')).toBe('caught');
  expect((await runner.run(SUITE, { limitMs: 60_000 })).kind).toBe('passed');
});
