// The code of one function: its bundle, as an asset of the CDK.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type Bundle, HANDLERS, handlerBundles } from './bundling/bundles.ts';

/** A folder beside a function's code, which is built when it is needed. */
export interface FolderBeside {
  readonly name: string;
  /** Of all that it is built from: by it CDK's cache tells one build from another. */
  readonly hash: string;
  /** Returns the path of the folder. */
  readonly build: () => string;
}

/**
 * The handler of that stem as `index.mjs`, with further files (name → content) and a folder beside it.
 * Nothing is built for stacks that the context key `aws:cdk:bundling-stacks` leaves out.
 */
export function bundledHandler(
  stem: string,
  files: Readonly<Record<string, string>> = {},
  folder?: FolderBeside | undefined,
): Code {
  return Code.fromAsset(HANDLERS, {
    // The hash of what comes out: a change elsewhere in the source leaves this function as it is.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: tryBundle always succeeds or throws. The command tells CDK's cache one handler from another.
      image: DockerImage.fromRegistry('none'),
      command: [stem, ...Object.entries(files).flat(), ...(folder ? [folder.name, folder.hash] : [])],
      local: {
        tryBundle(directory) {
          for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
          for (const [name, content] of bundleOf(stem).files) writeFileSync(join(directory, name), content);
          if (folder !== undefined) cpSync(folder.build(), join(directory, folder.name), { recursive: true });
          return true;
        },
      },
    },
  });
}

function bundleOf(stem: string): Bundle {
  const bundle = handlerBundles().get(stem);
  if (bundle === undefined) throw new Error(`no file under lambdas/handlers/ exports the handler ${stem}`);
  return bundle;
}
