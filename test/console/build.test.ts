// What is built of the console: small where people begin, and without anything that its policy would not let run.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { ICONS } from '../../console/vite.config.ts';
import { builtConsole } from '../../lib/bundling/console.ts';
import { contentSecurityPolicy } from '../../lib/console-policy.ts';

const MAXIMUM_FIRST_PAGE_BYTES = 240_000;
const CLOUDSCAPE = join(import.meta.dirname, '../../node_modules/@cloudscape-design/components');
const FIRST_PAGE = ['index.html', 'src/pages/home.tsx'];

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

let folder: string;
let chunks: Readonly<Record<string, Chunk>>;
beforeAll(() => {
  folder = builtConsole();
  chunks = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
});

describe('the built console', () => {
  it('has at most 240 kB, gzipped, for whoever opens it', () => {
    const files = [...filesOf(FIRST_PAGE), 'index.html', 'favicon.svg'];
    expect(files.length).toBeGreaterThan(5);
    const bytes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length);
    const sum = bytes.reduce((total, each) => total + each, 0);
    expect(sum).toBeGreaterThan(50_000);
    expect(sum).toBeLessThanOrEqual(MAXIMUM_FIRST_PAGE_BYTES);
  });

  it('loads each page when somebody goes there', () => {
    const pages = Object.keys(chunks).filter((name) => name.startsWith('src/pages/'));
    expect(pages.length).toBeGreaterThan(15);
    const atStart = new Set(filesOf(['index.html']));
    expect(pages.filter((page) => atStart.has(chunks[page]?.file ?? ''))).toEqual([]);
  });

  it('leaves out no icon that anything in it names, and no parser that anything in it needs', () => {
    const icons = readFileSync(join(CLOUDSCAPE, 'icon/generated/icons.js'), 'utf8');
    const all = [...icons.matchAll(/^ {4}"([a-z0-9-]+)": /gm)].map(([, name = '']) => name);
    expect(all.length).toBeGreaterThan(100);
    expect(all).toEqual(expect.arrayContaining([...ICONS]));
    const scripts = readdirSync(join(folder, 'assets')).filter((file) => file.endsWith('.js'));
    const code = scripts.map((file) => readFileSync(join(folder, 'assets', file), 'utf8')).join('\n');
    const named = (name: string) => ['"', "'", '`'].some((quote) => code.includes(`${quote}${name}${quote}`));
    expect(ICONS.filter((name) => !named(name))).toEqual([]);
    expect(all.filter((name) => !ICONS.includes(name) && named(name))).toEqual([]);
    const messages = JSON.parse(readFileSync(join(CLOUDSCAPE, 'i18n/messages/all.en.json'), 'utf8'));
    const components = Object.values<{ en: Record<string, object> }>(messages).flatMap(({ en }) => Object.values(en));
    const texts = components.flatMap((component) => Object.values(component));
    expect(texts.length).toBeGreaterThan(100);
    expect(texts.filter((text) => typeof text === 'string')).toEqual([]);
  });

  it('has no script and no style inline, and nothing from elsewhere', () => {
    const index = readFileSync(join(folder, 'index.html'), 'utf8');
    expect(index).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc="\/)[^>]*>/);
    expect(index.match(/(?:src|href)="(?!\/)/g)).toBeNull();
    const styles = filesOf(Object.keys(chunks)).filter((file) => file.endsWith('.css'));
    expect(styles.length).toBeGreaterThan(0);
    for (const file of styles) {
      const css = readFileSync(join(folder, file), 'utf8');
      expect(css.match(/@import|url\(\s*["']?(?:data:|https?:)/g), file).toBeNull();
    }
  });
});

it('the policy allows nothing inline, and no other origin than those that sign people in', () => {
  const policy = contentSecurityPolicy(['https://idp.example']);
  expect(policy).not.toMatch(/unsafe|\*|data:|blob:/);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self' https://idp.example");
  expect(policy).toContain("frame-ancestors 'none'");
});

/** What a browser loads for these, whatever loads it. */
function filesOf(names: readonly string[]): readonly string[] {
  const known = new Set<string>();
  const files = new Set<string>();
  const follow = (name: string): void => {
    const chunk = chunks[name];
    if (chunk === undefined || known.has(name)) return;
    known.add(name);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const imported of chunk.imports ?? []) follow(imported);
  };
  for (const name of names) follow(name);
  return [...files];
}
