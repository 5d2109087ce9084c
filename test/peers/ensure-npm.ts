// `npm ci` in test/peers, once, before the first test that needs one of its packages.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;

export function setup(): void {
  if (!isCurrent()) execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: 'inherit' });
}

/** npm writes down what it has installed. */
function isCurrent(): boolean {
  const installed = join(FOLDER, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const versions = (path: string) => {
    const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, { version?: string }> };
    return Object.entries(packages).filter(([name]) => name !== '');
  };
  const wanted = versions(join(FOLDER, 'package-lock.json'));
  const present = new Map(versions(installed));
  // Packages for other platforms are in the lock file only.
  return wanted.every(([name, { version }]) => !present.has(name) || present.get(name)?.version === version);
}
