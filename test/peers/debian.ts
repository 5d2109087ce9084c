// Debian packages that real servers come from. Installed when missing and when this process may; never started by the
// system: a test starts its own server, in a folder of its own, on loopback.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { oneAtATime } from '../support/one-at-a-time.ts';

const run = promisify(execFile);
/** See dpkg-query(1). */
// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's placeholder
const FORMAT = '${db:Status-Status}';
const INSTALL_TIMEOUT_MS = 600_000;

/**
 * Servers that start side by side install one after the other: apt's lists are locked as its database is.
 *
 * @throws Error that names what is missing and how to install it, where that cannot be done from here
 */
export const ensurePackages = oneAtATime(async (names: readonly string[]): Promise<void> => {
  const missing = await missingOf(names);
  if (missing.length === 0) return;
  const byHand = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`Debian packages are missing. As root: ${byHand}`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = { env: environment, timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  const locked = ['-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', [...locked, 'update', '-qq'], options);
  await run('apt-get', [...locked, 'install', '-y', '--no-install-recommends', ...missing], options);
});

async function missingOf(names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map(isInstalled));
  return names.filter((_, index) => !found[index]);
}

async function isInstalled(name: string): Promise<boolean> {
  try {
    const { stdout } = await run('dpkg-query', ['-W', '-f', FORMAT, name]);
    return stdout === 'installed';
  } catch {
    return false;
  }
}
