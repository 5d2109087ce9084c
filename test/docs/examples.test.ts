// The examples of docs/contributing, as somebody would copy them: each is put where its page says into a tree that is
// otherwise this repository, compiled and linted there with the repository's own settings, and run if it is a test.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = join(ROOT, 'docs/contributing');
const BINARIES = join(ROOT, 'node_modules/.bin');
const FENCE = /^```ts file=(\S+)\n([\s\S]*?)^```$/gm;
const TIMEOUT_MS = 300_000;

interface Example {
  readonly page: string;
  readonly file: string;
  readonly text: string;
}

const examples = readdirSync(PAGES).flatMap((page): readonly Example[] =>
  [...readFileSync(join(PAGES, page), 'utf8').matchAll(FENCE)].map(([, file = '', text = '']) => ({
    page,
    file,
    text,
  })),
);
const files = examples.map(({ file }) => file);
const tests = files.filter((file) => file.endsWith('.test.ts'));

describe('the examples of docs/contributing', () => {
  let tree: string;
  beforeAll(() => {
    // Within the repository, so that whatever looks upwards for its settings finds them.
    mkdirSync(join(ROOT, '.local'), { recursive: true });
    tree = mkdtempSync(join(ROOT, '.local', 'examples-'));
    linkAllBut(tree, '', new Set(files));
    for (const { file, text } of examples) writeFileSync(join(tree, file), text);
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('are one on each page, none of them a file that there is', () => {
    expect(new Set(examples.map(({ page }) => page)).size).toBe(readdirSync(PAGES).length);
    expect(new Set(files).size).toBe(files.length);
  });

  it('compile with the settings of this repository', { timeout: TIMEOUT_MS }, async () => {
    const settings = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
    writeFileSync(join(tree, 'tsconfig.examples.json'), JSON.stringify({ ...settings, include: undefined, files }));
    await expectSuccess('tsc', ['--project', 'tsconfig.examples.json']);
  });

  it('are formatted and linted', { timeout: TIMEOUT_MS }, async () => {
    await expectSuccess('biome', ['check', '--error-on-warnings', '--vcs-enabled=false', ...files]);
  });

  it('pass, where they are tests', { timeout: TIMEOUT_MS }, async () => {
    const config = "export default { test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 } };\n";
    writeFileSync(join(tree, 'vitest.examples.config.mjs'), config);
    const report = join(tree, 'report.json');
    const reporting = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
    await expectSuccess('vitest', ['run', '--config', 'vitest.examples.config.mjs', ...reporting, ...tests]);
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    expect(testResults).toHaveLength(tests.length);
    expect(numPassedTests).toBeGreaterThan(20);
  });

  async function expectSuccess(program: string, options: readonly string[]): Promise<void> {
    const outcome = await run(join(BINARIES, program), options, { cwd: tree, maxBuffer: 10_000_000 }).then(
      () => 'success',
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}\n${stderr}`,
    );
    expect(outcome).toBe('success');
  }
});

/** Folders that get a file are made; everything beside those files is a link to the real one. */
function linkAllBut(tree: string, folder: string, own: ReadonlySet<string>): void {
  mkdirSync(join(tree, folder), { recursive: true });
  const inside = (name: string) =>
    [...own].some((file) => dirname(file).split('/').slice(0, depth(name)).join('/') === name);
  for (const entry of readdirSync(join(ROOT, folder))) {
    if (folder === '' && ['.git', '.local', 'cdk.out', 'coverage'].includes(entry)) continue;
    const name = folder === '' ? entry : `${folder}/${entry}`;
    if (own.has(name)) throw new Error(`${name} is there already: an example must not pose as it`);
    if (inside(name)) linkAllBut(tree, name, own);
    else symlinkSync(join(ROOT, name), join(tree, name));
  }
}

function depth(path: string): number {
  return path.split('/').length;
}
