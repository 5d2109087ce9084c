// Python packages that real servers come from: one virtual environment under .local/, as pip would have it anyway.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { oneAtATime } from '../support/one-at-a-time.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '..', '..', '.local', 'peers');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const INSTALL_TIMEOUT_MS = 300_000;

/** Installs what is missing of requirements.txt, by its hashes, and returns the folder of its commands. */
export const ensurePython = oneAtATime(async (): Promise<string> => {
  const commands = join(FOLDER, 'bin');
  const options = { timeout: INSTALL_TIMEOUT_MS };
  if (!existsSync(join(commands, 'pip'))) await run('python3', ['-m', 'venv', '--clear', FOLDER], options);
  // Looks nothing up when all of it is there.
  const flags = ['--quiet', '--no-input', '--disable-pip-version-check', '--require-hashes'];
  await run(join(commands, 'python'), ['-m', 'pip', 'install', ...flags, '--requirement', REQUIREMENTS], options);
  return commands;
});
