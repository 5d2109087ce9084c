// What the local cloud starts must end with it, whatever way it ends; and what it needs must be there or be named.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LocalCloudError } from '../../local/local-cloud-error.ts';
import { claimPorts } from '../../local/ports.ts';
import { baseEnvironment, Processes } from '../../local/processes.ts';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';
import { aliveProcesses } from '../support/alive-processes.ts';

let folder: string;
let mark: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-processes-'));
  mark = `mark-${folder.split('-').at(-1)}`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server that starts another process, which starts a third; all carry the mark on their command line. */
const FAMILY = `
const { spawn } = require('node:child_process');
const [, mark, depth] = process.argv;
if (Number(depth) > 0) spawn(process.execPath, ['-e', process.env.FAMILY, mark, String(depth - 1)], { stdio: 'ignore' });
setInterval(() => {}, 1000);
`;

function family(isReady: () => Promise<boolean>) {
  return {
    name: 'Family',
    command: process.execPath,
    arguments: ['-e', FAMILY, mark, '2'],
    environment: { ...baseEnvironment(), FAMILY },
    timeoutMs: 20_000,
    isReady,
  };
}

describe('the processes of a local cloud', () => {
  const allThree = async () => aliveProcesses(mark).filter((line) => !line.includes('lifeline.sh')).length === 3;

  it('are gone after a stop, with all that they started', async () => {
    const processes = new Processes(folder, () => {});
    await processes.start(family(allThree));
    await processes.stop();
    await vi.waitFor(() => expect(aliveProcesses(mark)).toEqual([]));
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'are gone when whoever started them ends by %s',
    async (signal) => {
      const starter = join(import.meta.dirname, '../support/start-a-family.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', starter, folder, FAMILY], {
        env: { ...process.env, MARK: mark },
        stdio: 'ignore',
      });
      await vi.waitFor(async () => expect(await allThree()).toBe(true), { timeout: 20_000 });
      child.kill(signal);
      await vi.waitFor(() => expect(aliveProcesses(mark)).toEqual([]), { timeout: 5_000 });
    },
  );

  it('name what failed, show the end of its log and say where the whole of it is', async () => {
    const processes = new Processes(folder, () => {});
    const failing = processes.run({
      name: 'Some tool',
      command: process.execPath,
      arguments: ['-e', 'console.error("no such thing"); process.exit(3)'],
      environment: baseEnvironment(),
      timeoutMs: 10_000,
    });
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LocalCloudError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Some tool failed \(3\)\.\n {2}\| no such thing$/),
      hint: `The whole log: ${join(folder, 'some-tool.log')}`,
    });
    await processes.stop();
  });

  it('are given up when they are not ready in time', async () => {
    const processes = new Processes(folder, () => {});
    const never = { ...family(async () => false), timeoutMs: 300 };
    await expect(processes.start(never)).rejects.toThrow('Family was not ready within 0.3 s');
    await processes.stop();
    await vi.waitFor(() => expect(aliveProcesses(mark)).toEqual([]));
  });

  it('are missed when they end by themselves', async () => {
    const lost: Error[] = [];
    const processes = new Processes(folder, (error) => lost.push(error));
    const short = { ...family(async () => true), arguments: ['-e', 'setTimeout(() => process.exit(7), 300)'] };
    await processes.start(short);
    await vi.waitFor(() => expect(lost).toHaveLength(1), { timeout: 10_000 });
    expect(lost[0]?.message).toContain('Family ended unexpectedly (7)');
    await processes.stop();
  });

  it('get none of the credentials of whoever starts them', () => {
    vi.stubEnv('AWS_PROFILE', 'production');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'real');
    expect(Object.keys(baseEnvironment()).filter((name) => name.startsWith('AWS_'))).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe('ports', () => {
  it('are never given to two', async () => {
    const claims = await Promise.all(Array.from({ length: 5 }, () => claimPorts()));
    const ports = claims.flatMap(({ ministack, moto, scim }) => [ministack, moto, scim]);
    expect(new Set(ports).size).toBe(ports.length);
    await Promise.all(claims.map((claim) => claim.release()));
  });

  it('are refused, and named, when a fixed one is in use', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    await expect(claimPorts(port - 1)).rejects.toThrow(`The ports ${port - 1} to ${port + 2} are not all free.`);
    server.close();
  });
});

describe('the Python environment', () => {
  /** A program that stands for an interpreter. */
  const interpreter = (name: string, script: string) => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  };
  const ensure = async (candidates: readonly string[]) => {
    const processes = new Processes(join(folder, 'logs'), () => {});
    try {
      return await ensurePythonEnvironment(processes, { folder: join(folder, 'python'), candidates });
    } finally {
      await processes.stop();
    }
  };

  it('says what to install when there is no Python', async () => {
    const error = await ensure(['no-such-python', interpreter('old', 'exit 1')]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'Python 3.10 or newer was not found.',
      hint: expect.stringContaining('sudo apt install python3 python3-venv'),
    });
  });

  it('says what to install when Python cannot make virtual environments', async () => {
    const bare = interpreter('bare', 'echo "new enough"; exit 1');
    await expect(ensure([bare])).rejects.toMatchObject({ hint: expect.stringContaining('python3-venv') });
  });

  it('says what may be wrong when nothing can be downloaded, and installs at the next start', async () => {
    mkdirSync(join(folder, 'python/bin'), { recursive: true });
    const python = join(folder, 'python/bin/python');
    writeFileSync(python, '#!/bin/sh\necho "Could not find a version that satisfies the requirement"; exit 1', {
      mode: 0o755,
    });
    const error = await ensure([]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: expect.stringContaining('Could not find a version'),
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
    writeFileSync(python, '#!/bin/sh\nexit 0', { mode: 0o755 });
    expect(await ensure([])).toBe(python);
    // From now on nothing is run at all.
    writeFileSync(python, '#!/bin/sh\nexit 1', { mode: 0o755 });
    expect(await ensure([])).toBe(python);
  });

  it('is installed once when several start at the same time', async () => {
    const count = join(folder, 'count');
    mkdirSync(join(folder, 'python/bin'), { recursive: true });
    writeFileSync(join(folder, 'python/bin/python'), `#!/bin/sh\nsleep 0.2; echo once >> ${count}`, { mode: 0o755 });
    await Promise.all([ensure([]), ensure([]), ensure([])]);
    expect(readFileSync(count, 'utf8')).toBe('once\n');
    expect(readdirSync(folder)).not.toContain('python.lock');
  });

  it('takes over from an installation that died', async () => {
    const dead = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    writeFileSync(join(folder, 'python.lock'), dead);
    mkdirSync(join(folder, 'python/bin'), { recursive: true });
    writeFileSync(join(folder, 'python/bin/python'), '#!/bin/sh\nexit 0', { mode: 0o755 });
    await ensure([]);
  });
});
