// Go programs that verify what Tenure wrote, built from the pinned modules of their folder into .local/.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oneAtATime } from '../support/one-at-a-time.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..', '..', '.local', 'peers', 'go');
/** What go.mod asks for is a year younger than Debian's: where it is usually unpacked, if it is not on the path. */
const USUAL = '/usr/local/go/bin/go';
/** Compiling counts here, and fetching modules. */
const BUILD_TIMEOUT_MS = 1_500_000;

/**
 * The program's path. Nothing is built again whose sources are the same: Go's own cache sees to that.
 *
 * @throws Error that says what is missing, where there is no Go
 */
export const buildGo = oneAtATime(async (module: string, pack: string, name: string): Promise<string> => {
  mkdirSync(FOLDER, { recursive: true });
  const program = join(FOLDER, name);
  // -mod=readonly: what go.sum does not name is refused.
  const flags = ['build', '-mod=readonly', '-buildvcs=false', '-o', program, pack];
  await run(await findGo(), flags, { cwd: module, timeout: BUILD_TIMEOUT_MS });
  return program;
});

async function findGo(): Promise<string> {
  try {
    await run('go', ['version']);
    return 'go';
  } catch {
    if (existsSync(USUAL)) return USUAL;
    throw new Error(`Go is missing: put a Go as new as go.mod names on the path, or in ${USUAL}`);
  }
}
