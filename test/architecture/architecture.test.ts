// The house stays as docs/architecture.md draws it: layers outside, capabilities inside, and imports run one way.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { between, circlesIn, type ImportGraph, importsIn, readImports, roomsOf } from './import-graph.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const imports = readImports(ROOT);

/** From the top down. A layer imports those below it; of several in one line, none imports another. */
const LAYERS = [
  ['bin', 'local', 'docs'],
  ['lib'],
  ['lambdas/handlers'],
  ['lambdas/middleware'],
  // A route's definition names the operations of the stores that its function may use.
  ['lambdas/api'],
  ['lambdas/hr-sources', 'lambdas/activity-sources', 'lambdas/connectors', 'lambdas/stores'],
  ['lambdas/outbound'],
  ['lambdas/core'],
];

/** The capabilities of core from the bottom up: each imports those before it, and the files that stand in core itself. */
const CAPABILITIES = [
  'identity',
  'systems',
  'access-model',
  'duties',
  'access',
  'signals',
  'hr',
  'reconciliation',
  'audit',
  'removal',
  'requests',
  'reviews',
  'search',
  'detection',
] as const;

/** What several capabilities of a layer need: the only folder that its neighbours look into. */
const SHARED = 'shared';

function layerOf(file: string): number {
  return LAYERS.findIndex((folders) => folders.some((folder) => file.startsWith(`${folder}/`)));
}

function upwardImports(graph: ImportGraph): readonly string[] {
  const isAllowed = (from: string, to: string) =>
    layerOf(from) < layerOf(to) || folderOf(from) === folderOf(to) || layerOf(to) === -1;
  return arrowsThat(graph, (from, to) => !isAllowed(from, to));
}

function folderOf(file: string): string | undefined {
  return LAYERS.flat().find((folder) => file.startsWith(`${folder}/`));
}

function importsUpwardInCore(graph: ImportGraph): readonly string[] {
  const room = roomsOf('lambdas/core');
  // Files of core itself come before every capability: -1, as indexOf says.
  const rank = (file: string) => CAPABILITIES.indexOf(room(file) as (typeof CAPABILITIES)[number]);
  return arrowsThat(graph, (from, to) => {
    if (room(from) === undefined) return false;
    return room(to) === undefined || rank(to) > rank(from);
  });
}

function importsOfInsides(graph: ImportGraph): readonly string[] {
  const room = roomsOf('lambdas/handlers');
  return arrowsThat(graph, (from, to) => {
    if (room(from) === undefined || room(to) === undefined) return false;
    return room(to) !== room(from) && room(to) !== SHARED;
  });
}

function arrowsThat(graph: ImportGraph, isWrong: (from: string, to: string) => boolean): readonly string[] {
  return [...graph].flatMap(([from, targets]) =>
    targets.filter((to) => isWrong(from, to)).map((to) => `${from} → ${to}`),
  );
}

describe('the house', () => {
  it('is read whole', () => {
    expect(imports.size).toBeGreaterThan(250);
    const unknown = [...imports].flatMap(([from, targets]) =>
      targets.filter((to) => to.endsWith('.ts') && !imports.has(to)).map((to) => `${from} → ${to}`),
    );
    expect(unknown).toEqual([]);
    expect([...imports.keys()].filter((file) => layerOf(file) === -1)).toEqual([]);
  });

  it('has no circle among its files', () => {
    expect(circlesIn(imports)).toEqual([]);
  });

  it.each(['lambdas', 'lambdas/core', 'lambdas/handlers', 'lambdas/stores', 'lambdas/connectors', 'lib/constructs'])(
    'has no circle among the rooms of %s',
    (folder) => {
      expect(circlesIn(between(imports, roomsOf(folder)))).toEqual([]);
    },
  );

  it('imports downward only', () => {
    expect(upwardImports(imports)).toEqual([]);
  });

  it('has every capability of core above what it imports', () => {
    expect(importsUpwardInCore(imports)).toEqual([]);
    const rooms = new Set([...imports.keys()].flatMap((file) => roomsOf('lambdas/core')(file) ?? []));
    expect([...rooms].filter((room) => !room.endsWith('.ts')).sort()).toEqual([...CAPABILITIES].sort());
  });

  it('has no folder of handlers that looks into another, but for what they share', () => {
    expect(importsOfInsides(imports)).toEqual([]);
  });

  it('shares among handlers only what two folders need', () => {
    const room = roomsOf('lambdas/handlers');
    const lonely = [...imports.keys()]
      .filter((file) => file.startsWith(`lambdas/handlers/${SHARED}/`))
      .filter((file) => {
        const users = [...imports].filter(([, targets]) => targets.includes(file)).map(([user]) => room(user) ?? user);
        const used = new Set(users);
        return used.size < 2 && !used.has(SHARED);
      });
    expect(lonely).toEqual([]);
  });

  it('calls a capability by one name in every layer', () => {
    const foldersOf = (folder: string) =>
      [...new Set([...imports.keys()].flatMap((file) => roomsOf(folder)(file) ?? []))].filter(
        (room) => !room.endsWith('.ts'),
      );
    const known = new Set<string>([...CAPABILITIES, 'api', SHARED]);
    for (const folder of ['lambdas/handlers', 'lib/constructs']) {
      expect(
        foldersOf(folder).filter((room) => !known.has(room)),
        folder,
      ).toEqual([]);
    }
  });
});

describe('the watch over it', () => {
  const graph = (arrows: Record<string, readonly string[]>): ImportGraph => new Map(Object.entries(arrows));

  it('sees a circle, of any length', () => {
    expect(circlesIn(graph({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] }))).toEqual([['a', 'b', 'c']]);
    expect(circlesIn(graph({ a: ['a'] }))).toEqual([['a']]);
    expect(circlesIn(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toEqual([]);
  });

  it('sees an import upward, and one sideways', () => {
    expect(upwardImports(graph({ 'lambdas/core/a.ts': ['lambdas/stores/b.ts'] }))).toHaveLength(1);
    expect(upwardImports(graph({ 'lambdas/hr-sources/a.ts': ['lambdas/connectors/b.ts'] }))).toHaveLength(1);
    expect(upwardImports(graph({ 'lambdas/stores/a.ts': ['lambdas/core/b.ts', 'lambdas/stores/c.ts'] }))).toEqual([]);
  });

  it('sees a capability of core that imports what is not below it', () => {
    expect(importsUpwardInCore(graph({ 'lambdas/core/access/a.ts': ['lambdas/core/removal/b.ts'] }))).toHaveLength(1);
    expect(importsUpwardInCore(graph({ 'lambdas/core/errors.ts': ['lambdas/core/identity/b.ts'] }))).toHaveLength(1);
    expect(importsUpwardInCore(graph({ 'lambdas/core/access/a.ts': ['lambdas/core/errors.ts'] }))).toEqual([]);
  });

  it("sees a handler that imports another folder's inside", () => {
    expect(importsOfInsides(graph({ 'lambdas/handlers/hr/a.ts': ['lambdas/handlers/access/b.ts'] }))).toHaveLength(1);
    expect(importsOfInsides(graph({ 'lambdas/handlers/hr/a.ts': ['lambdas/handlers/shared/b.ts'] }))).toEqual([]);
  });

  it('reads every form of import', () => {
    const source = `import a from './a.ts';
import { type B,
  c } from '../c.ts';
import type { D } from "./d.ts";
export { e } from './e.ts';
import './f.ts';
const g = await import('./g.ts');
import h from 'package';
`;
    expect(importsIn(source, 'lib/x.ts')).toEqual(['c.ts', 'lib/a.ts', 'lib/d.ts', 'lib/e.ts', 'lib/f.ts', 'lib/g.ts']);
  });
});
