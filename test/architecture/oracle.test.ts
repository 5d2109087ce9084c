// Whoever judges may not ask the accused: the reference model and the oracle of the simulator know the shapes of what
// lambdas/ keeps, and none of what it decides.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const ORACLE = ['test/reference', 'test/simulation/oracle', 'test/simulation/invariants.ts'];
/** What the simulated world is set to: how far it may go wrong, and what was there before. */
const BOUNDS = ['test/simulation/fate.ts', 'test/simulation/setting.ts'];
/** Nobody's here: random facts, and the hash that the world agrees on. */
const GIVEN = ['fast-check', 'node:crypto'];

const STATEMENT = /^(?:import\s*|(?:import|export)\s+(?<what>[^'";]*?)\s+from\s*)['"](?<path>[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](?<path>[^'"]+)['"]\s*\)/g;

/** What a file imports to run, and not only to be checked; paths of this repository from its root. */
function runsWith(source: string, file: string): readonly string[] {
  const named = [...source.matchAll(STATEMENT)].flatMap(({ groups: { what = '', path = '' } = {} }) =>
    isOfTypes(what) ? [] : path,
  );
  const dynamic = [...source.matchAll(DYNAMIC)].flatMap(({ groups }) => groups?.['path'] ?? []);
  return [...named, ...dynamic].map((path) => (path.startsWith('.') ? normalize(join(dirname(file), path)) : path));
}

function isOfTypes(what: string): boolean {
  if (what.startsWith('type ')) return true;
  const names = /^\{(?<names>[^}]*)\}$/.exec(what)?.groups?.['names']?.split(',') ?? [];
  const said = names.map((name) => name.trim()).filter((name) => name !== '');
  return said.length > 0 && said.every((name) => name.startsWith('type '));
}

function filesOf(place: string): readonly string[] {
  if (place.endsWith('.ts')) return [place];
  const names = readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).map((name) => join(place, name));
}

describe('the oracle', () => {
  const files = ORACLE.flatMap(filesOf);

  it.each(files)('%s runs without what it judges', (file) => {
    const foreign = runsWith(readFileSync(join(ROOT, file), 'utf8'), file).filter(
      (path) => !files.includes(path) && !BOUNDS.includes(path) && !GIVEN.includes(path),
    );
    expect(foreign).toEqual([]);
  });

  it('is read whole', () => {
    expect(files.length).toBeGreaterThanOrEqual(11);
    const source = `import { a } from '../../lambdas/core/a.ts';
import type { B } from '../../lambdas/core/b.ts';
import {
  type C,
  type D,
} from '../../lambdas/core/c.ts';
import { type E, f } from '../../lambdas/core/f.ts';
export { g } from './g.ts';
import './h.ts';
const i = await import('./i.ts');
`;
    expect(runsWith(source, 'test/reference/x.ts')).toEqual([
      'lambdas/core/a.ts',
      'lambdas/core/f.ts',
      'test/reference/g.ts',
      'test/reference/h.ts',
      'test/reference/i.ts',
    ]);
  });
});
