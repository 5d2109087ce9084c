// The code of one function. All handlers are built by one run of esbuild, the SDK included: a run per function would
// make every synthesis ten seconds slower.
import { writeFileSync } from 'node:fs';
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

let built: ReadonlyMap<string, Uint8Array> | undefined;

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
          writeFileSync(join(directory, 'index.mjs'), bundleOf(stem));
          return true;
        },
      },
    },
  });
}

function bundleOf(stem: string): Uint8Array {
  built ??= buildHandlers();
  const bundle = built.get(stem);
  if (bundle === undefined) throw new Error(`there is no handler lambdas/handlers/${stem}.ts`);
  return bundle;
}

function buildHandlers(): ReadonlyMap<string, Uint8Array> {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: ['lambdas/handlers/*.ts'],
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
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path, '.mjs'), contents]));
}
