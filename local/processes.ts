// The processes of one local cloud. Each is the leader of its own group, and whatever way this process ends (Ctrl-C, a
// crash, kill -9), the groups end with it: an orderly stop kills them, and lifeline.sh sees to the rest.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalCloudError } from './local-cloud-error.ts';

const LIFELINE = fileURLToPath(new URL('./lifeline.sh', import.meta.url));
const POLL_MS = 50;
const STOP_TIMEOUT_MS = 5_000;
/** Of a log, shown when its process failed. */
const SHOWN_LINES = 15;

export interface Command {
  /** For people; its slug names the log file. */
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** The whole environment: nothing is inherited unasked. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly timeoutMs: number;
}

export interface Server extends Command {
  /** Asked again and again until it says yes. */
  readonly isReady: () => Promise<boolean>;
}

interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly log: string;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

export class Processes {
  readonly #logFolder: string;
  readonly #onLost: (error: LocalCloudError) => void;
  readonly #running = new Set<Running>();
  readonly #killAll = () => {
    for (const { child } of this.#running) killGroup(child);
  };
  #stopping = false;

  /** @param onLost told when a server ends that should not have */
  constructor(logFolder: string, onLost: (error: LocalCloudError) => void) {
    this.#logFolder = logFolder;
    this.#onLost = onLost;
    mkdirSync(logFolder, { recursive: true });
    process.once('exit', this.#killAll);
  }

  /** Starts a server and waits until it is ready. @throws LocalCloudError with the end of its log */
  async start(server: Server): Promise<void> {
    const running = this.#spawn(server);
    const state: { ended?: number | string } = {};
    void running.ended.then((ended) => {
      state.ended = ended;
    });
    const deadline = Date.now() + server.timeoutMs;
    while (!(await server.isReady().catch(() => false))) {
      if (state.ended !== undefined) throw failure(running, `ended with ${state.ended} before it was ready`);
      if (Date.now() > deadline) throw failure(running, `was not ready within ${server.timeoutMs / 1000} s`);
      await sleep(POLL_MS);
    }
    void running.ended.then((ended) => {
      if (!this.#stopping) this.#onLost(failure(running, `ended unexpectedly (${ended})`));
    });
  }

  /** Runs a command to its end. @throws LocalCloudError with the end of its log */
  async run(command: Command): Promise<void> {
    const running = this.#spawn(command);
    const timer = setTimeout(() => killGroup(running.child), command.timeoutMs);
    const ended = await running.ended;
    clearTimeout(timer);
    if (ended === 'SIGKILL' && !this.#stopping) throw failure(running, `took more than ${command.timeoutMs / 1000} s`);
    if (ended !== 0) throw failure(running, `failed (${ended})`);
  }

  /** Ends everything at once: there is nothing in it that would have to be saved. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const running = [...this.#running];
    this.#killAll();
    await Promise.race([
      Promise.all(running.map(({ ended }) => ended)),
      sleep(STOP_TIMEOUT_MS, undefined, { ref: false }),
    ]);
    process.off('exit', this.#killAll);
  }

  #spawn({ name, command, arguments: rest, environment, folder }: Command): Running {
    if (this.#stopping) throw new LocalCloudError('The local cloud is being stopped.');
    const log = join(this.#logFolder, `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.log`);
    const descriptor = openSync(log, 'a');
    const child = spawn('sh', [LIFELINE, command, ...rest], {
      cwd: folder,
      env: { ...environment },
      detached: true,
      stdio: ['pipe', descriptor, descriptor],
    });
    closeSync(descriptor);
    child.stdin?.on('error', () => {});
    const ended = new Promise<number | string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
    const running = { name, child, log, ended };
    this.#running.add(running);
    void ended.then(() => {
      // Whoever it started and did not wait for.
      killGroup(child);
      this.#running.delete(running);
    });
    return running;
  }
}

/** What every child gets of our own environment: enough to find programs, homes, proxies and certificates. */
export function baseEnvironment(): Record<string, string> {
  const passed =
    /^(?:PATH|HOME|LANG|LC_.*|TZ|TERM|(?:HTTPS?|NO|ALL)_PROXY|(?:https?|no|all)_proxy|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|REQUESTS_CA_BUNDLE|PIP_.*|PYENV_.*)$/;
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => {
    return entry[1] !== undefined && passed.test(entry[0]);
  });
  return Object.fromEntries(entries);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

function failure({ name, log }: Running, what: string): LocalCloudError {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES);
  const shown = lines.map((line) => `  | ${line}`).join('\n');
  return new LocalCloudError(`${name} ${what}.\n${shown}`, `The whole log: ${log}`);
}
