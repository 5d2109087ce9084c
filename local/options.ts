// What may be written after `npm start --`, read and checked before anything is started.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm start [-- OPTIONS]

  --access-model DIR  your own applications and profiles instead of the sample's: a directory like access-model/
  --settings FILE     your own settings, JSON or YAML: what cdk.json has under "tenure", and under "secrets" what
                      applications are signed in to with; one whose address and secret are given is called where it is
  --feed              play the sample feed, which otherwise only the sample's own systems get
  --once              end after the feed, or as soon as all is up when there is none; exit 1 if anything did not converge
  --empty             start without the feed
  --port N            the first of four ports in a row (otherwise 4566, or the next block that is free)
  --help              print this

docs/local-cloud.md has the settings file's shape.`;

export interface Options {
  readonly help: boolean;
  readonly once: boolean;
  readonly empty: boolean;
  readonly feed: boolean;
  readonly firstPort: number | undefined;
  /** Absolute. */
  readonly accessModelFolder: string | undefined;
  /** Absolute. */
  readonly settingsFile: string | undefined;
}

/** The message says what was wrong with which option. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * @param folder what paths are relative to
 * @throws UsageError
 */
export function readOptions(args: readonly string[], folder: string): Options {
  const values = parse(args);
  const { help, once, empty, feed, port } = values;
  if (once && empty) throw new UsageError('--once ends after the feed, and --empty has none');
  if (feed && empty) throw new UsageError('--feed plays the feed, and --empty has none');
  return {
    help,
    once,
    empty,
    feed,
    firstPort: readPort(port),
    accessModelFolder: readPath('--access-model', values['access-model'], folder, 'directory'),
    settingsFile: readPath('--settings', values.settings, folder, 'file'),
  };
}

/** npm runs scripts in the package's own folder, and says by INIT_CWD where it was called. */
export function callersFolder(environment: NodeJS.ProcessEnv, workingFolder: string): string {
  const { INIT_CWD: initial, npm_lifecycle_event: script } = environment;
  return script === 'start' && initial !== undefined ? initial : workingFolder;
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'access-model': { type: 'string' },
        settings: { type: 'string' },
        feed: { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        empty: { type: 'boolean', default: false },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1024 && port <= 65_532) return port;
  throw new UsageError(`--port ${text}: expected a number from 1024 to 65532`);
}

function readPath(option: string, written: string | undefined, folder: string, kind: 'directory' | 'file') {
  if (written === undefined) return undefined;
  const path = resolve(folder, written);
  const found = statSync(path, { throwIfNoEntry: false });
  const isRight = kind === 'directory' ? found?.isDirectory() : found?.isFile();
  // An empty argument would name the caller's folder itself.
  if (isRight && written !== '') return path;
  throw new UsageError(`${option} ${written}: there is no such ${kind}${written === path ? '' : ` (${path})`}`);
}
