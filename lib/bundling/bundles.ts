// The handlers, bundled by one run of esbuild, the SDK included: a run per function would make every synthesis ten seconds
// slower. Only those that load one of many client libraries are built on their own.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..');
export const HANDLERS = join(ROOT, 'lambdas', 'handlers');
/** The Node that functions run on, in the local cloud as well (local/requirements.in). */
export const RUNTIME = Runtime.NODEJS_24_X;
/** The same in esbuild's words: `nodejs24.x` is `node24`. */
const TARGET = RUNTIME.name.replace(/^nodejs(\d+)\.x$/, 'node$1');
/** Some packages inside are CommonJS, which an ES module has to be given `require` for. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";
/** By stem: each loads one connector of many, and with it one client library. */
export const LOADING_LATER: ReadonlySet<string> = new Set(['call-application']);

const OPTIONS = {
  absWorkingDir: ROOT,
  outdir: 'bundles',
  entryNames: '[name]',
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: TARGET,
  mainFields: ['module', 'main'] as string[],
  outExtension: { '.js': '.mjs' },
  banner: { js: BANNER },
  alias: {
    '@aws-sdk/credential-provider-node': join(import.meta.dirname, 'environment-credentials.ts'),
    '@aws-sdk/middleware-endpoint-discovery': join(import.meta.dirname, 'no-endpoint-discovery.ts'),
    '@aws-sdk/signature-v4-multi-region': join(import.meta.dirname, 'no-multi-region-signing.ts'),
    '@smithy/core/event-streams': join(import.meta.dirname, 'no-event-streams.ts'),
  },
  // A stack trace in the log is read with `npm run trace`.
  minify: true,
  legalComments: 'none',
  sourcesContent: false,
  logLevel: 'error',
} as const satisfies BuildOptions;

export interface Bundle {
  /** `index.mjs`, and beside it what is only loaded when it is asked for. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of those, what a cold start loads. */
  readonly atStart: ReadonlySet<string>;
  /** The source files of which something is in what a cold start loads, from the top of the repository. */
  readonly sources: ReadonlySet<string>;
  /** Source maps by the name of their file; only where they were asked for. */
  readonly maps: ReadonlyMap<string, string>;
}

/** The file of each function by its stem, wherever it is under lambdas/handlers/: those that export a `handler`. */
export function findHandlers(): ReadonlyMap<string, string> {
  const files = readdirSync(HANDLERS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(HANDLERS, name))
    .filter((file) => /^export const handler\b/m.test(readFileSync(file, 'utf8')));
  const byStem = new Map(files.map((file) => [basename(file, '.ts'), file]));
  if (byStem.size < files.length) throw new Error('two handlers have one name: bundles are told apart by it');
  return byStem;
}

let built: ReadonlyMap<string, Bundle> | undefined;

/** All functions by their stems; built once. */
export function handlerBundles(): ReadonlyMap<string, Bundle> {
  built ??= bundleAll(findHandlers());
  return built;
}

/** The same with source maps, of one function. @throws Error when there is no handler of that stem */
export function bundleWithMaps(stem: string): Bundle {
  const files = findHandlers();
  const file = files.get(stem);
  const found =
    file === undefined ? undefined : bundle([file], { splitting: LOADING_LATER.has(stem), withMaps: true }).get(stem);
  if (found === undefined) throw new Error(`there is no handler ${stem}; there are ${[...files.keys()].join(', ')}`);
  return found;
}

function bundleAll(files: ReadonlyMap<string, string>): ReadonlyMap<string, Bundle> {
  const whole = [...files].filter(([stem]) => !LOADING_LATER.has(stem)).map(([, file]) => file);
  const apart = [...files].filter(([stem]) => LOADING_LATER.has(stem)).map(([, file]) => file);
  return new Map([...bundle(whole), ...apart.flatMap((file) => [...bundle([file], { splitting: true })])]);
}

/** @returns the bundles by the stems of their entry points */
export function bundle(
  entryPoints: readonly string[],
  { splitting = false, withMaps = false }: { readonly splitting?: boolean; readonly withMaps?: boolean } = {},
): ReadonlyMap<string, Bundle> {
  const { outputFiles, metafile } = buildSync({
    ...OPTIONS,
    entryPoints: [...entryPoints],
    splitting,
    // Made of split bundles in any case: the names of their files depend on whether they are.
    sourcemap: splitting || withMaps ? 'external' : false,
  });
  const built: Built = {
    contents: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
    outputs: new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output])),
  };
  return new Map(
    entryPoints.map((file) => {
      const stem = basename(file, '.ts');
      const entry = `${stem}.mjs`;
      const names = splitting ? [...built.contents.keys()].filter((name) => name.endsWith('.mjs')) : [entry];
      return [stem, bundleOf(entry, names, built)];
    }),
  );
}

/** What one run of esbuild made, by the names of files. */
interface Built {
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly outputs: ReadonlyMap<string, Metafile['outputs'][string]>;
}

function bundleOf(entry: string, names: readonly string[], { contents, outputs }: Built): Bundle {
  const loaded = [...importedBy(entry, outputs)];
  const nameOf = (name: string) => (name === entry ? 'index.mjs' : name);
  const sources = loaded.flatMap((name) => Object.entries(outputs.get(name)?.inputs ?? {}));
  const maps = names.flatMap((name) => {
    const map = contents.get(`${name}.map`);
    return map === undefined ? [] : [[nameOf(name), new TextDecoder().decode(map)] as const];
  });
  return {
    files: new Map(names.map((name) => [nameOf(name), contents.get(name) ?? new Uint8Array()])),
    atStart: new Set(loaded.map(nameOf)),
    sources: new Set(sources.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path)),
    maps: new Map(maps),
  };
}

function importedBy(name: string, outputs: Built['outputs'], known = new Set<string>()): ReadonlySet<string> {
  if (known.has(name) || !outputs.has(name)) return known;
  known.add(name);
  for (const { kind, path } of outputs.get(name)?.imports ?? []) {
    if (kind === 'import-statement') importedBy(basename(path), outputs, known);
  }
  return known;
}

/** In bytes, of what a cold start loads. */
export function sizeAtStart({ files, atStart }: Bundle): number {
  return [...atStart].reduce((sum, name) => sum + (files.get(name)?.byteLength ?? 0), 0);
}
