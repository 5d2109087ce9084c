// The console as files: built by Vite when the app is synthesised, as the functions are bundled. What a build gave is kept
// by a hash of all that went in, so that a synthesis builds it only when it has changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = join(ROOT, 'console');
/** What it has of the functions. */
const SHARED = [join(ROOT, 'lambdas', 'core', 'csv.ts')];
const VITE = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
const BUILDS = join(ROOT, '.local', 'console');
/** Says "hung": a build takes three seconds. */
const TIMEOUT_MS = 300_000;

/** Of all that a build is made from: the sources, and the packages by their lock file. */
export function consoleSourcesHash(): string {
  const hash = createHash('sha256').update(process.version);
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const file of [...files, ...SHARED, join(ROOT, 'package-lock.json')].sort())
    hash.update(`\0${file.slice(ROOT.length)}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/** The folder of the built console. */
export function builtConsole(): string {
  const folder = join(BUILDS, consoleSourcesHash());
  if (existsSync(folder)) return folder;
  mkdirSync(BUILDS, { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  const { PATH, HOME } = process.env;
  execFileSync(process.execPath, [VITE, 'build', SOURCES, '--outDir', unfinished, '--logLevel', 'error'], {
    cwd: ROOT,
    // Nothing of the deployer's environment goes into what everybody is served.
    env: { PATH, HOME, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: TIMEOUT_MS,
  });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another synthesis was faster.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
