// Before any test: the Python environment of the local cloud, which tests that start moto or MiniStack rely on. The
// first time this takes as long as pip does; from then on it is a look at one file.
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCloudError } from '../../local/local-cloud-error.ts';
import { Processes } from '../../local/processes.ts';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';

export async function setup(): Promise<void> {
  const logs = mkdtempSync(join(tmpdir(), 'tenure-python-'));
  const processes = new Processes(logs, () => {});
  try {
    await ensurePythonEnvironment(processes, {
      onInstall: () => process.stdout.write('Installing the emulators into .local/python (once) ...\n'),
    });
  } catch (error) {
    throw error instanceof LocalCloudError ? new Error(`${error.message}\n${error.hint}`) : error;
  } finally {
    await processes.stop();
    await rm(logs, { recursive: true, force: true });
  }
}
