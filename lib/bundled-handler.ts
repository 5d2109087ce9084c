// The code of one function. The handlers are built by one run of esbuild, the SDK included: a run per function would
// make every synthesis ten seconds slower. Only those that load one of many client libraries are built on their own.
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');
const HANDLERS = join(ROOT, 'lambdas', 'handlers');
/** The oldest Node in package.json's `engines`. */
const TARGET = 'node20';
/** Some packages inside are CommonJS, which an ES module has to be given `require` for. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Files by name: `index.mjs`, and beside it what is only loaded when it is asked for. */
type Bundle = ReadonlyMap<string, Uint8Array>;

/** Each loads one connector of many, and with it one client library. */
const LOADING_LATER: ReadonlySet<string> = new Set(['converge-application']);

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
  built ??= buildHandlers();
  const bundle = built.get(stem);
  if (bundle === undefined) throw new Error(`there is no handler lambdas/handlers/${stem}.ts`);
  return bundle;
}

function buildHandlers(): ReadonlyMap<string, Bundle> {
  const stems = readdirSync(HANDLERS).flatMap((name) => /^(.*)\.ts$/.exec(name)?.[1] ?? []);
  const whole = build(stems.filter((stem) => !LOADING_LATER.has(stem)));
  const bundles = new Map(
    [...whole].map(([name, content]) => [basename(name, '.mjs'), new Map([['index.mjs', content]])]),
  );
  for (const stem of LOADING_LATER) {
    const files = [...build([stem], { splitting: true })];
    const named = files.map(([name, content]) => [name === `${stem}.mjs` ? 'index.mjs' : name, content] as const);
    bundles.set(stem, new Map(named));
  }
  return bundles;
}

function build(stems: readonly string[], options: { readonly splitting?: boolean } = {}): Bundle {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: stems.map((stem) => `lambdas/handlers/${stem}.ts`),
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
