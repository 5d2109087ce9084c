// Whoever follows a link arrives: every relative link of every page, anchors included.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const MOST_LINES = 120;
const TOP = ['README.md', 'LICENSE', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const PAGES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((name) => name !== '' && existsSync(join(ROOT, name)));

describe.each(PAGES)('%s', (page) => {
  const text = withoutCode(read(page));

  it('links to what there is', () => {
    const links = [...text.matchAll(/\[(?:[^\]]*)\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
    expect(links.filter((link) => !/^[a-z]+:/.test(link)).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });
});

describe('the README', () => {
  const text = read('README.md');

  it(`has at most ${MOST_LINES} lines`, () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });

  it('leads, in a step or two, to every page of docs', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) for (const next of pagesLinkedFrom(page)) reached.add(next);
    expect(PAGES.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });
});

it('has what people look for at the top of a repository', () => {
  for (const name of TOP) expect(read(name).length, name).toBeGreaterThan(500);
  const { license } = JSON.parse(read('package.json'));
  expect(license).toBe('Apache-2.0');
  expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0, January 2004[\s\S]+END OF TERMS AND CONDITIONS/);
});

it('names only scripts that there are', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = PAGES.flatMap((page) => [...read(page).matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name ?? ''));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

describe('paths in backticks', () => {
  it.each(PAGES)('of %s are there', (page) => {
    const paths = [
      ...withoutFences(read(page)).matchAll(/`((?:bin|docs|lib|lambdas|local|statemachines|test)\/[\w./-]*)`/g),
    ];
    expect(paths.map(([, path]) => path ?? '').filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('are every folder in the table of the architecture, and every capability of core is in it', () => {
    const folders = [...read('docs/architecture.md').matchAll(/^\| `([\w./-]+\/)` \|/gm)].map(
      ([, folder]) => folder ?? '',
    );
    expect(folders.length).toBeGreaterThan(15);
    expect(folders.filter((folder) => !isFolder(folder))).toEqual([]);
    const tracked = execFileSync(
      'git',
      ['ls-files', 'lambdas', 'bin', 'lib', 'local', 'statemachines', 'access-model'],
      {
        cwd: ROOT,
        encoding: 'utf8',
      },
    );
    const capabilities = new Set(
      tracked
        .split('\n')
        .flatMap((name) => /^(lambdas\/core\/[\w-]+\/|lambdas\/[\w-]+\/|(?!lambdas)[\w-]+\/)/.exec(name)?.[1] ?? []),
    );
    expect([...capabilities].filter((folder) => !folders.includes(folder))).toEqual([]);
  });
});

function pagesLinkedFrom(page: string): readonly string[] {
  if (!page.endsWith('.md') || !existsSync(join(ROOT, page))) return [];
  const links = [...withoutCode(read(page)).matchAll(/\]\(([^)#\s]+)/g)].map(([, link]) => link ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link)).map((link) => relative(ROOT, join(ROOT, dirname(page), link)));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

/** As GitHub makes them: lower case, without punctuation, spaces as hyphens. */
function anchorsOf(markdown: string): readonly string[] {
  return [...withoutFences(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));
}

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8');
}

function isFolder(name: string): boolean {
  return existsSync(join(ROOT, name)) && statSync(join(ROOT, name)).isDirectory();
}
