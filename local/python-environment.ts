// The Python in which the emulators run: a virtual environment under .local/, shared by every run of this checkout and
// installed once. Python itself is the one thing that must be there already, so what is missing is said in full.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalCloudError } from './local-cloud-error.ts';
import { baseEnvironment, type Processes } from './processes.ts';

const DEFAULT_FOLDER = fileURLToPath(new URL('../.local/python', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('./requirements.txt', import.meta.url));

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const PROBE = `import sys
assert sys.version_info >= (3, 10)
print("new enough")
import venv, ensurepip`;
const PROBE_TIMEOUT_MS = 20_000;
const VENV_TIMEOUT_MS = 60_000;
const PIP_TIMEOUT_MS = 300_000;
const LOCK_POLL_MS = 250;
/** A lock without a holder's id in it is one just being written, or left so by a crash. */
const NAMELESS_LOCK_MS = 5_000;

const VENV_HINT = 'On Debian or Ubuntu: sudo apt install python3-venv. Then run this again.';
const PYTHON_HINT =
  'Install it: sudo apt install python3 python3-venv (Debian, Ubuntu), sudo dnf install python3 (Fedora), brew install python (macOS). Then run this again.';
const PIP_HINT =
  'pip downloads about 150 MB from https://pypi.org: check the connection; behind a proxy set HTTPS_PROXY or PIP_INDEX_URL. Then run this again.';

export interface PythonEnvironmentOptions {
  /** @default `.local/python` of this checkout */
  readonly folder?: string;
  /** Told before anything is installed. */
  readonly onInstall?: () => void;
  /** Interpreters to try, in this order. @default python3, python3.14, ... python */
  readonly candidates?: readonly string[];
}

/** Returns the path of the interpreter. @throws LocalCloudError that says what to install */
export async function ensurePythonEnvironment(
  processes: Processes,
  { folder = DEFAULT_FOLDER, onInstall, candidates = CANDIDATES }: PythonEnvironmentOptions = {},
): Promise<string> {
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, '.requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  const isCurrent = () => existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted;
  if (isCurrent()) return python;
  await mkdir(dirname(folder), { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (isCurrent()) return python;
    onInstall?.();
    // The interpreter it was made with may be gone: the link then leads nowhere.
    if (!existsSync(python)) await createEnvironment(processes, folder, candidates);
    await installRequirements(processes, python);
    await writeFile(stamp, `${wanted}\n`);
    return python;
  });
}

async function createEnvironment(processes: Processes, folder: string, candidates: readonly string[]): Promise<void> {
  await runOrHint(VENV_HINT, processes, {
    name: 'Python venv',
    command: await findInterpreter(candidates),
    arguments: ['-m', 'venv', '--clear', folder],
    environment: baseEnvironment(),
    timeoutMs: VENV_TIMEOUT_MS,
  });
}

async function installRequirements(processes: Processes, python: string): Promise<void> {
  const flags = ['--disable-pip-version-check', '--no-input', '--quiet', '--progress-bar', 'off', '--require-hashes'];
  await runOrHint(PIP_HINT, processes, {
    name: 'pip install',
    command: python,
    arguments: ['-m', 'pip', 'install', ...flags, '--requirement', REQUIREMENTS],
    environment: baseEnvironment(),
    timeoutMs: PIP_TIMEOUT_MS,
  });
}

async function runOrHint(hint: string, processes: Processes, command: Parameters<Processes['run']>[0]): Promise<void> {
  try {
    await processes.run(command);
  } catch (error) {
    throw error instanceof LocalCloudError ? new LocalCloudError(error.message, hint) : error;
  }
}

/** The first that is new enough and can make virtual environments. */
async function findInterpreter(candidates: readonly string[]): Promise<string> {
  let incomplete: string | undefined;
  for (const candidate of candidates) {
    const { succeeded, output } = await probe(candidate);
    if (succeeded) return candidate;
    if (output.startsWith('new enough')) incomplete ??= candidate;
  }
  if (incomplete === undefined) throw new LocalCloudError('Python 3.10 or newer was not found.', PYTHON_HINT);
  throw new LocalCloudError(`${incomplete} is there, but lacks its modules venv and ensurepip.`, VENV_HINT);
}

function probe(interpreter: string): Promise<{ succeeded: boolean; output: string }> {
  const options = { env: baseEnvironment(), timeout: PROBE_TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(interpreter, ['-c', PROBE], options, (error, output) => resolve({ succeeded: error === null, output }));
  });
}

/** One installs, others that start at the same time wait for it. A lock whose holder is dead is nobody's. */
async function withLock<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  while (!(await tryLock(path))) {
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await sleep(LOCK_POLL_MS);
  }
  try {
    return await run();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  if (holder > 0) return !isAlive(holder);
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > NAMELESS_LOCK_MS;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
