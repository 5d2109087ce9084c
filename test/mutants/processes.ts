// Programs of their own, each with whatever it starts in a group that ends with it.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Ended } from './verdict.ts';

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) end(child);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Ends it and its group no later than this process ends. */
export function keep<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => {
    // What it started may have outlived it.
    end(child);
    running.delete(child);
  });
  return child;
}

export function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}

export interface RunOptions {
  readonly folder: string;
  readonly limitMs: number;
  /** Its output so far has said enough: it need not go on. */
  readonly isEnough: (output: string) => boolean;
}

/** Runs a program of Node.js to its end. */
export function run(args: readonly string[], { folder, limitMs, isEnough }: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = keep(
      spawn(process.execPath, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    let output = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end(child);
    }, limitMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (isEnough(output)) end(child);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: isLate ? undefined : (code ?? 1), output });
    });
  });
}
