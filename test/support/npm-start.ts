// `npm start` as a process of its own, for tests of what it prints, how it ends and what it leaves behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { outputsSchema } from '../../local/outputs.ts';
import { aliveProcesses } from './alive-processes.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const START_TIMEOUT_MS = 1_200_000;

export interface Started {
  readonly child: ChildProcess;
  readonly outputsFile: string;
  output(): string;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

export function start(command: readonly string[], flags: readonly string[], cwd = ROOT): Started {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-outputs-'));
  const outputsFile = join(folder, 'outputs.json');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [program = '', ...rest] = command;
  const child = spawn(program, [...rest, ...flags], {
    cwd,
    env: { ...process.env, TENURE_OUTPUTS: outputsFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Whatever a test did not wait for: what was started in turn ends with it.
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
  });
  return { child, outputsFile, output: () => output, ended };
}

/** Its run folder, which is on the command line of everything it started or in it. */
export async function isUp({ output, ended }: Started): Promise<string> {
  const endedEarly = ended.then((code): never => {
    throw new Error(`it ended with ${code}:\n${output()}`);
  });
  const up = vi.waitFor(
    () => {
      const run = /Logs: (.*)\/logs/.exec(output())?.[1];
      expect(run, output()).toBeDefined();
      return run ?? '';
    },
    { timeout: START_TIMEOUT_MS, interval: 100 },
  );
  return Promise.race([up, endedEarly]);
}

/** The emulators carry no folder on their command line, but their ports. */
export function leftovers(run: string, outputsFile: string): readonly string[] {
  const { endpoint, identityStoreEndpoint } = outputsSchema.parse(JSON.parse(readFileSync(outputsFile, 'utf8'))).aws;
  const moto = `moto_server.py -H 127.0.0.1 -p ${new URL(identityStoreEndpoint).port}`;
  const scim = `scim-server.ts --port ${Number(new URL(endpoint).port) + 2}`;
  return [run, moto, scim].flatMap(aliveProcesses);
}

export async function expectNothingIsLeft(run: string, outputsFile: string): Promise<void> {
  await vi.waitFor(() => expect(leftovers(run, outputsFile)).toEqual([]), { timeout: 10_000 });
  const { endpoint } = outputsSchema.parse(JSON.parse(readFileSync(outputsFile, 'utf8'))).aws;
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
}
