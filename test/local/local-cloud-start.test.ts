// `npm start` as its users know it: what it prints, how it ends, and what it leaves behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { outputsSchema } from '../../local/outputs.ts';
import { aliveProcesses } from '../support/alive-processes.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = [process.execPath, '--import', 'tsx', 'local/start.ts'];
const NPM = ['npm', 'start', '--'];
const TIMEOUT_MS = 300_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-start-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly outputsFile: string;
  output(): string;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

function start(command: readonly string[], flags: readonly string[]): Started {
  const outputsFile = join(folder, `${Math.random()}.json`);
  const [program = '', ...rest] = command;
  const child = spawn(program, [...rest, ...flags], {
    cwd: ROOT,
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
async function isUp({ output, ended }: Started): Promise<string> {
  void ended.then((code) => {
    if (!output().includes('Logs: ')) throw new Error(`it ended with ${code}:\n${output()}`);
  });
  return vi.waitFor(
    () => {
      const run = /Logs: (.*)\/logs/.exec(output())?.[1];
      expect(run, output()).toBeDefined();
      return run ?? '';
    },
    { timeout: TIMEOUT_MS, interval: 100 },
  );
}

/** The emulators carry no folder on their command line, but their ports. */
function leftovers(run: string, outputsFile: string): readonly string[] {
  const { endpoint, identityStoreEndpoint } = outputsSchema.parse(JSON.parse(readFileSync(outputsFile, 'utf8'))).aws;
  const moto = `moto_server.py -H 127.0.0.1 -p ${new URL(identityStoreEndpoint).port}`;
  const scim = `scim-server.ts --port ${Number(new URL(endpoint).port) + 2}`;
  return [run, moto, scim].flatMap(aliveProcesses);
}

async function expectNothingIsLeft(run: string, outputsFile: string): Promise<void> {
  await vi.waitFor(() => expect(leftovers(run, outputsFile)).toEqual([]), { timeout: 10_000 });
  const { endpoint } = outputsSchema.parse(JSON.parse(readFileSync(outputsFile, 'utf8'))).aws;
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
}

// One after the other: then each finds the ports, and so the assembly, of the one before.
describe('npm start', { timeout: TIMEOUT_MS }, () => {
  it.each([
    [['--onze'], "Unknown option '--onze'"],
    [['--port', 'many'], '--port many: expected a number'],
    [['--once', '--empty'], '--once ends after the feed, and --empty has none'],
  ])('refuses %j with a word on how to call it', async (flags, said) => {
    const started = start(NODE, flags);
    expect(await started.ended).toBe(2);
    expect(started.output()).toContain(said);
    expect(started.output()).toContain('Usage: npm start');
  });

  it('plays the feed with --once, and succeeds when everything has converged', async () => {
    const started = start(NODE, ['--once']);
    expect(await started.ended, started.output()).toBe(0);
    const output = started.output();
    expect(output).toMatch(/45 of 45 identities have the access of their position/);
    expect(output).toMatch(/Ben Okafor moves from Sales to Engineering .* granted, .* revoked/);
    expect(output).toMatch(/E1015 .* last access possible .* proven clean .* certificate E1015\./);
    expect(output).toMatch(/All 51 identities are as they must be/);
    expect(output).toMatch(/Read in the systems themselves: \d+ usable accounts, \d+ grants, each with a reason/);
    expect(output).not.toContain('\u001B[');
  });

  it('stays up with --empty, writes its outputs, and leaves nothing behind on Ctrl-C', async () => {
    const started = start(NODE, ['--empty']);
    const run = await isUp(started);
    const outputs = outputsSchema.parse(JSON.parse(readFileSync(started.outputsFile, 'utf8')));
    const authorization = `Bearer ${outputs.tokens.auditor}`;
    const response = await fetch(`${outputs.apiUrl}/identities`, { headers: { authorization } });
    expect(await response.json()).toEqual({ items: [] });
    expect(leftovers(run, started.outputsFile)).not.toEqual([]);
    started.child.kill('SIGINT');
    expect(await started.ended).toBe(130);
    await expectNothingIsLeft(run, started.outputsFile);
  });

  it('leaves nothing behind when npm is killed outright', async () => {
    const started = start(NPM, ['--empty']);
    const run = await isUp(started);
    started.child.kill('SIGKILL');
    await expectNothingIsLeft(run, started.outputsFile);
  });
});
