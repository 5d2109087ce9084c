// The code of one function. The handlers are built by one run of esbuild, the SDK included: a run per function would
// make every synthesis ten seconds slower. Only those that load one of many client libraries are built on their own.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const HANDLERS = join(ROOT, 'lambdas', 'handlers');
/** The Node that functions run on, in the local cloud as well (local/requirements.in). */
export const RUNTIME = Runtime.NODEJS_24_X;
/** The same in esbuild's words: `nodejs24.x` is `node24`. */
const TARGET = RUNTIME.name.replace(/^nodejs(\d+)\.x$/, 'node$1');
/** Some packages inside are CommonJS, which an ES module has to be given `require` for. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Files by name: `index.mjs`, and beside it what is only loaded when it is asked for. */
type Bundle = ReadonlyMap<string, Uint8Array>;

/** Each loads one connector of many, and with it one client library. */
const LOADING_LATER: ReadonlySet<string> = new Set(['call-application']);

let built: ReadonlyMap<string, Bundle> | undefined;

/**
 * The handler of that stem as `index.mjs`, with further files (name → content) beside it.
 * Nothing is built for stacks that the context key `aws:cdk:bundling-stacks` leaves out.
 */
export function bundledHandler(stem: string, files: Readonly<Record<string, string>> = {}): Code {
  return Code.fromAsset(HANDLERS, {
    // The hash of what comes out: a change elsewhere in the source leaves this function as it is.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: tryBundle always succeeds or throws. The command tells CDK's cache one handler from another.
      image: DockerImage.fromRegistry('none'),
      command: [stem, ...Object.entries(files).flat()],
      local: {
        tryBundle(directory) {
          for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
          for (const [name, content] of bundleOf(stem)) writeFileSync(join(directory, name), content);
          return true;
        },
      },
    },
  });
}

function bundleOf(stem: string): Bundle {
  built ??= buildHandlers(findHandlers());
  const bundle = built.get(stem);
  if (bundle === undefined) throw new Error(`no file under lambdas/handlers/ exports the handler ${stem}`);
  return bundle;
}

/** The file of each function by its stem, wherever it is under lambdas/handlers/: those that export a `handler`. */
function findHandlers(): ReadonlyMap<string, string> {
  const files = readdirSync(HANDLERS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(HANDLERS, name))
    .filter((file) => /^export const handler\b/m.test(readFileSync(file, 'utf8')));
  const byStem = new Map(files.map((file) => [basename(file, '.ts'), file]));
  if (byStem.size < files.length) throw new Error('two handlers have one name: bundles are told apart by it');
  return byStem;
}

function buildHandlers(files: ReadonlyMap<string, string>): ReadonlyMap<string, Bundle> {
  const whole = build([...files].flatMap(([stem, file]) => (LOADING_LATER.has(stem) ? [] : [file])));
  const bundles = new Map(
    [...whole].map(([name, content]) => [basename(name, '.mjs'), new Map([['index.mjs', content]])]),
  );
  for (const stem of LOADING_LATER) {
    const file = files.get(stem);
    const chunks = file === undefined ? [] : [...build([file], { splitting: true })];
    const named = chunks.map(([name, content]) => [name === `${stem}.mjs` ? 'index.mjs' : name, content] as const);
    bundles.set(stem, new Map(named));
  }
  return bundles;
}

function build(entryPoints: readonly string[], options: { readonly splitting?: boolean } = {}): Bundle {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    outdir: 'bundles',
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: TARGET,
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    banner: { js: BANNER },
    // Identifiers are kept, so that a stack trace in the log can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'error',
    ...options,
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}
