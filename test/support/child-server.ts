// Starts a real server as a child process and waits until it is ready; nothing outlives the test that started it.
import { type ChildProcess, spawn } from 'node:child_process';

// Generous: on a fresh machine Python compiles what it imports, while other servers start beside it.
const START_TIMEOUT_MS = 120_000;
const MAX_LOG_CHARACTERS = 20_000;

/** They end with us. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ChildServer {
  /** The ready line, e.g. the JSON the SCIM server prints. */
  readonly ready: string;
  stop(): Promise<void>;
}

export interface ChildServerOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to stdin, which then stays open until the server is stopped. */
  readonly input?: string;
  /** Recognises the line (of stdout or stderr) that says the server listens. */
  readonly isReady: (line: string) => boolean;
  /** @default 120_000 */
  readonly startTimeoutMs?: number;
}

/** @throws Error with the server's output when it ends or is silent for too long */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const child = spawn(options.command, options.arguments, {
    env: { ...process.env, ...options.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  if (options.input !== undefined) child.stdin.write(options.input);
  const ready = await readyLine(child, options).catch((error) => {
    child.kill('SIGKILL');
    running.delete(child);
    throw error;
  });
  return {
    ready,
    stop: async () => {
      running.delete(child);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function readyLine(child: ChildProcess, options: ChildServerOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string) =>
      reject(new Error(`${options.command} ${options.arguments.join(' ')} ${why}:\n${log}`));
    const { startTimeoutMs = START_TIMEOUT_MS } = options;
    const timer = setTimeout(() => fail(`did not start within ${startTimeoutMs} ms`), startTimeoutMs);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    const read = (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-MAX_LOG_CHARACTERS);
      const line = log.split('\n').find(options.isReady);
      if (line === undefined) return;
      clearTimeout(timer);
      resolve(line);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  });
}
