// A copy of the log's bucket in a folder. What is neither a file nor a folder, a link for instance, counts as absent.
import { createHash } from 'node:crypto';
import { closeSync, type Dirent, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import type { LogCopy } from '../lambdas/core/audit/verify/log-copy.ts';
import { CommandError } from './command-error.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Deeper than any path of a log. */
const MAXIMUM_DEPTH = 12;

export function copyIn(folder: string): LogCopy {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new CommandError(`${folder} is not a folder`);
  return {
    list: () => pathsIn(folder, '', 0),
    read: async (path, maximumBytes) => readSmallFile(`${folder}/${path}`, maximumBytes),
    digest: async (path) => withFile(`${folder}/${path}`, digestOf),
  };
}

/** Undefined when there is no such file, or when it is larger. */
export function readSmallFile(path: string, maximumBytes: number): Uint8Array | undefined {
  return withFile(path, (file) => (fstatSync(file).size > maximumBytes ? undefined : readFileSync(file)));
}

async function* pathsIn(folder: string, under: string, depth: number): AsyncGenerator<string> {
  if (depth > MAXIMUM_DEPTH) throw new CommandError(`${folder}/${under} lies deeper than anything of a log`);
  for (const entry of entriesIn(`${folder}/${under}`)) {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) yield* pathsIn(folder, path, depth + 1);
    else if (entry.isFile()) yield path;
  }
}

function entriesIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function withFile<Read>(path: string, read: (file: number) => Read): Read | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return fstatSync(file).isFile() ? read(file) : undefined;
  } catch (error) {
    // A key stands in the place of a path, and may be longer than one.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function digestOf(file: number): { readonly sha256: string; readonly bytes: number } {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
    hash.update(chunk.subarray(0, read));
    bytes += read;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Not to be read is not to be absent: there is no answer then. */
function unreadable(path: string, error: unknown): CommandError {
  return new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
}
