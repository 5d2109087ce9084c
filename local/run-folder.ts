// Each run keeps its logs and its emulators' data in a folder of its own, `.local/runs/<time>-<pid>`, so that several
// can run in one checkout. The logs of the last few runs stay; what else a run wrote goes when the next one starts.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const LOCAL_FOLDER = fileURLToPath(new URL('../.local', import.meta.url));
const RUNS_FOLDER = join(LOCAL_FOLDER, 'runs');
const KEPT_RUNS = 5;

export async function createRunFolder(now: Date): Promise<string> {
  await tidyUp();
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const folder = join(RUNS_FOLDER, `${stamp}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Other runs of this checkout that are still there. */
export async function findOtherRuns(): Promise<readonly string[]> {
  const names = await readdir(RUNS_FOLDER).catch(() => []);
  return names
    .filter((name) => pidOf(name) !== process.pid && isAlive(pidOf(name)))
    .map((name) => join(RUNS_FOLDER, name));
}

function pidOf(name: string): number {
  return Number(name.split('-').at(-1));
}

async function tidyUp(): Promise<void> {
  const names = await readdir(RUNS_FOLDER).catch(() => []);
  const ended = names.filter((name) => !isAlive(pidOf(name))).sort();
  for (const name of ended.slice(0, -KEPT_RUNS)) await rm(join(RUNS_FOLDER, name), { recursive: true, force: true });
  for (const name of ended.slice(-KEPT_RUNS)) {
    for (const data of ['tmp', 'state', 's3']) {
      await rm(join(RUNS_FOLDER, name, data), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
