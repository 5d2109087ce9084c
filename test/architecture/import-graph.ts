// Who imports whom, read from the source as text: imports of types count as much as those of values, since a reader
// follows both.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A file's path from the checkout's root → the files it imports, in the same form. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** What a deployment and its documentation are made of; tests may import anything. */
const FOLDERS = ['bin', 'docs', 'lambdas', 'lib', 'local'];
/** `import … from`, `export … from`, `import '…'` and `import('…')` of a relative path, at the beginning of a statement. */
const IMPORT = /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"](\.[^'"]+)['"]|\bimport\s*\(?\s*['"](\.[^'"]+)['"]/g;

/** @param root of a checkout */
export function readImports(root: string): ImportGraph {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ).filter((file) => file.endsWith('.ts'));
  return new Map(files.sort().map((file) => [file, importsIn(readFileSync(join(root, file), 'utf8'), file)]));
}

export function importsIn(source: string, file: string): readonly string[] {
  const paths = [...source.matchAll(IMPORT)].flatMap(([, from, bare]) => from ?? bare ?? []);
  return [...new Set(paths.map((path) => normalize(join(dirname(file), path))))].sort();
}

/** Every way round: groups in which each node leads to each other. A node alone is no circle. */
export function circlesIn(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reaches = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, node)]));
  const circles = new Map<string, readonly string[]>();
  for (const [node, reached] of reaches) {
    if (!reached.has(node)) continue;
    const circle = [...reached].filter((other) => reaches.get(other)?.has(node)).sort();
    circles.set(circle.join(), circle);
  }
  return [...circles.values()];
}

function reachableFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return reached;
}

/** The graph between rooms: `roomOf` names the room of a file, or none. */
export function between(graph: ImportGraph, roomOf: (file: string) => string | undefined): Map<string, string[]> {
  const rooms = new Map<string, Set<string>>();
  for (const [file, imports] of graph) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const arrows = rooms.get(room) ?? new Set();
    for (const other of imports.map(roomOf)) if (other !== undefined && other !== room) arrows.add(other);
    rooms.set(room, arrows);
  }
  return new Map([...rooms].map(([room, arrows]) => [room, [...arrows].sort()]));
}

/** What stands directly in a folder: its files, and its folders as a whole. */
export function roomsOf(folder: string): (file: string) => string | undefined {
  return (file) => (file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0] : undefined);
}
