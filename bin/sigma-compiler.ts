// pySigma, in a Python environment of its own below .local/, installed by its hashes when a rule is compiled for the first time.
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { askableColumns, type SigmaSource } from '../lib/sigma/sigma-rules.ts';
import { CommandError } from './command-error.ts';

const run = promisify(execFile);
const COMPILER = fileURLToPath(new URL('../lib/sigma/compile.py', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('../lib/sigma/requirements.txt', import.meta.url));
const ENVIRONMENT = fileURLToPath(new URL('../.local/sigma', import.meta.url));
/** pySigma takes none before 3.11. */
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];
const PROBE = 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)';
const TIMEOUT_MS = 300_000;
const FLAGS = ['--disable-pip-version-check', '--no-input', '--quiet', '--require-hashes'];

const answersSchema = z.array(
  z.union([z.strictObject({ condition: z.string().min(1) }), z.strictObject({ faults: z.array(z.string()).min(1) })]),
);
export type CompiledRule = z.infer<typeof answersSchema>[number];

/** In the same order. Throws CommandError where there is no compiler */
export async function compileRules(
  sources: readonly Pick<SigmaSource, 'path' | 'text'>[],
  onInstall: () => void,
): Promise<readonly CompiledRule[]> {
  const python = await ensureCompiler(onInstall);
  const child = spawn(python, [COMPILER], { stdio: ['pipe', 'pipe', 'inherit'], timeout: TIMEOUT_MS });
  const rules = sources.map(({ path, text }) => ({ file: path, text }));
  child.stdin.end(JSON.stringify({ rules, columns: askableColumns() }));
  const answers = answersSchema.safeParse(await json(child.stdout).catch(() => undefined));
  if (!answers.success || answers.data.length !== sources.length)
    throw new CommandError('the compiler gave no answer: see what it said above');
  return answers.data;
}

/** The interpreter that has it. */
async function ensureCompiler(onInstall: () => void): Promise<string> {
  const python = join(ENVIRONMENT, 'bin', 'python');
  const stamp = join(ENVIRONMENT, '.requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  onInstall();
  const interpreter = await findInterpreter();
  try {
    await run(interpreter, ['-m', 'venv', '--clear', ENVIRONMENT], { timeout: TIMEOUT_MS });
    await run(python, ['-m', 'pip', 'install', ...FLAGS, '--requirement', REQUIREMENTS], { timeout: TIMEOUT_MS });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new CommandError(`pySigma could not be installed into .local/sigma:\n${said.slice(-1_000)}`);
  }
  writeFileSync(stamp, wanted);
  return python;
}

async function findInterpreter(): Promise<string> {
  for (const candidate of CANDIDATES) {
    const isOne = await run(candidate, ['-c', PROBE]).then(
      () => true,
      () => false,
    );
    if (isOne) return candidate;
  }
  throw new CommandError(
    'sigma compile needs Python 3.11 or newer, with its modules venv and ensurepip (python3-venv)',
  );
}
