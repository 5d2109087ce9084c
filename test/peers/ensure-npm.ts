// `npm ci` in test/peers, once, before the first test that needs one of its packages; in a folder of its own for a server
// that brings more than a few.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function setup(): Promise<void> {
  return ensureNpm(import.meta.dirname);
}

/** Takes minutes where something is compiled: other servers start meanwhile, and their output has to be read. */
export async function ensureNpm(folder: string): Promise<void> {
  if (isCurrent(folder)) return;
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}`);
}

/** npm writes down what it has installed. */
function isCurrent(folder: string): boolean {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (path: string) => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, { version?: string }> };
    return Object.entries(packages).filter(([name]) => name !== '');
  };
  const wanted = versions(join(folder, 'package-lock.json'));
  const present = new Map(versions(installed));
  // Packages for other platforms are in the lock file only.
  return wanted.every(([name, { version }]) => !present.has(name) || present.get(name)?.version === version);
}
