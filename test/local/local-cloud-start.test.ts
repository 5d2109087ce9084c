// `npm start` as its users know it: what it prints, how it ends, and what it leaves behind.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch } from '../../local/hr-client.ts';
import { OperatorsApi } from '../../local/operators-api.ts';
import { hrSourceOf, type Outputs, outputsSchema } from '../../local/outputs.ts';
import { readTargets } from '../../local/read-targets.ts';
import { aliveProcesses } from '../support/alive-processes.ts';
import { findLeaks, type Place } from '../support/leak-search.ts';
import { convergedAt, leaver } from '../support/local-cloud-events.ts';
import { startScimServer } from '../support/scim-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = [process.execPath, '--import', 'tsx', 'local/start.ts'];
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

function start(command: readonly string[], flags: readonly string[], cwd = ROOT): Started {
  const outputsFile = join(folder, `${Math.random()}.json`);
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
async function isUp({ output, ended }: Started): Promise<string> {
  const endedEarly = ended.then((code): never => {
    throw new Error(`it ended with ${code}:\n${output()}`);
  });
  const up = vi.waitFor(
    () => {
      const run = /Logs: (.*)\/logs/.exec(output())?.[1];
      expect(run, output()).toBeDefined();
      return run ?? '';
    },
    { timeout: TIMEOUT_MS, interval: 100 },
  );
  return Promise.race([up, endedEarly]);
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
    [['--access-model', 'no-such'], '--access-model no-such: there is no such directory'],
  ])('refuses %j with a word on how to call it', async (flags, said) => {
    const started = start(NODE, flags);
    expect(await started.ended).toBe(2);
    expect(started.output()).toContain(said);
    expect(started.output()).toContain('Usage: npm start');
  });

  it('tells all that is wrong with model and settings before it starts anything', async () => {
    const model = join(folder, 'faulty-model');
    mkdirSync(join(model, 'applications'), { recursive: true });
    const application = 'name: CRM\nconnector: okta\nowner: E1\nentitlements: [{ id: user, name: User }]\n';
    writeFileSync(join(model, 'applications/crm.yaml'), application);
    const started = start(NODE, ['--access-model', model]);
    expect(await started.ended).toBe(1);
    expect(started.output()).toContain('owners.yaml:1:1  missing: it names who may own applications');
    expect(started.output()).toContain('crm: there is no sample server for okta: give its settings (');
    expect(started.output()).not.toContain('Starting');
    expect(existsSync(started.outputsFile)).toBe(false);
  });

  it('prints its options with --help', async () => {
    const started = start(NODE, ['--help']);
    expect(await started.ended).toBe(0);
    expect(started.output()).toMatch(/^Usage: npm start.*--access-model DIR.*--settings FILE/s);
  });

  it('plays the feed with --once, and succeeds when everything has converged', async () => {
    const started = start(NODE, ['--once']);
    expect(await started.ended, started.output()).toBe(0);
    const output = started.output();
    expect(output).toMatch(/45 of 45 identities have the access of their position/);
    expect(output).toMatch(/Ben Okafor moves from Sales to Engineering .* granted, .* revoked/);
    expect(output).toMatch(/E1015 .* last access possible .* proven clean .* certificate E1015\./);
    expect(output).toMatch(/9 leavers in one delivery: accepted, and held by the mass-error guard/);
    expect(output).toMatch(/Operations drops them: nobody loses anything \(hold .*, dropped\)/);
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

  it('runs an own model, calls what is called where it is, and leaves nothing behind when npm is killed outright', async () => {
    const own = await startOwnApplication();
    const started = start(['npm', '--prefix', ROOT, 'start', '--'], writeOwnModel(own.target), folder);
    const run = await isUp(started);
    const outputs = outputsSchema.parse(JSON.parse(readFileSync(started.outputsFile, 'utf8')));
    expect([Object.keys(outputs.hrSources), Object.keys(outputs.targets)]).toEqual([['my-hr'], ['wiki']]);
    const accounts = async () => {
      const found = await readTargets({ ...outputs, targets: { ...outputs.targets, crm: own.target } }, NO_CENTERS);
      return found.map(({ applicationId, identityId, enabled, grants }) => {
        return `${identityId} ${applicationId} ${grants.join()}${enabled ? '' : ' disabled'}`;
      });
    };

    // As README and `npm start` tell.
    const posted = await postByHand(started.outputsFile, ['joiner', 'E1', 'name=Ada Lovelace', 'department=Sales']);
    expect(posted).toMatch(/E1 +Ada Lovelace +active +crm user \| wiki reader\nevery system agrees/);
    expect((await accounts()).sort()).toEqual(['E1 crm CRM Users', 'E1 wiki reader']);

    // Who HR's file names in addition joins; nobody is missing from it.
    await putPopulation(outputs, ['E1', ...OTHERS]);
    const api = new OperatorsApi(outputs.apiUrl, () => outputs.tokens);
    await Promise.all(OTHERS.map((id) => convergedAt({ api }, id)));
    const before = (await accounts()).sort();
    expect(before).toHaveLength(2 * (1 + OTHERS.length));

    // The mass-error guard has its defaults: so many leavers at once are held, and nobody loses anything.
    const hr = hrSourceOf(outputs);
    const burst = await postBatch(
      hr,
      OTHERS.map((id) => ({ ...leaver(id), source: '/hr/my-hr' })),
    );
    expect(new Set(burst.map(({ held }) => held))).toEqual(new Set([expect.stringMatching(/\.my-hr\.1$/)]));
    const alone = await postByHand(started.outputsFile, ['leaver', 'E1']);
    expect(alone).toMatch(/held by the mass-error guard/);
    expect((await accounts()).sort()).toEqual(before);

    expectNowhere(own.target.token, run, [started.output(), posted, readFileSync(started.outputsFile, 'utf8')]);
    started.child.kill('SIGKILL');
    await expectNothingIsLeft(run, started.outputsFile);
  });
});

const NO_CENTERS: AccessModel = { hash: '', applications: [], profiles: [] };
/** More than the guard lets go at once, however small the company is. */
const OTHERS = ['E2', 'E3', 'E4', 'E5', 'E6', 'E7'];

/** A system that was there before, with a token of its own. */
async function startOwnApplication() {
  const token = randomBytes(24).toString('base64url');
  const server = await startScimServer({ crm: { token, groups: ['CRM Users'] } });
  onTestFinished(server.stop);
  return { target: { connector: 'scim', baseUrl: server.baseUrls['crm'] ?? '', token } as const };
}

/** What to start with, relative to the test's folder. */
function writeOwnModel({ baseUrl, token }: { readonly baseUrl: string; readonly token: string }): readonly string[] {
  const write = (file: string, lines: readonly string[], mode = 0o644) =>
    writeFileSync(join(folder, file), `${lines.join('\n')}\n`, { mode });
  mkdirSync(join(folder, 'model/applications'), { recursive: true });
  write('model/owners.yaml', ['owners:', '  - { id: E1, name: Ada Lovelace, contact: ada@example.com }']);
  const application = (name: string, entitlement: string) => {
    return [`name: ${name}`, 'connector: scim', 'owner: E1', 'entitlements:', `  - ${entitlement}`];
  };
  write('model/applications/crm.yaml', application('CRM', '{ id: user, name: User, grant: CRM Users }'));
  write('model/applications/wiki.yaml', application('Wiki', '{ id: reader, name: Reader }'));
  write('model/baseline.yaml', ['kinds:', '  employee: [crm:user, wiki:reader]']);
  const settings = {
    hrSources: ['my-hr'],
    applicationSettings: { crm: { baseUrl } },
    secrets: { crm: { token } },
  };
  write('settings.json', [JSON.stringify(settings, null, 2)], 0o600);
  return ['--access-model', 'model', '--settings', 'settings.json'];
}

/** `npm run event`, without npm. */
async function postByHand(outputsFile: string, args: readonly string[]): Promise<string> {
  const post = promisify(execFile);
  const { stdout } = await post(process.execPath, ['--import', 'tsx', 'local/post-event.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, TENURE_OUTPUTS: outputsFile },
  });
  return stdout;
}

async function putPopulation({ aws }: Outputs, identityIds: readonly string[]): Promise<void> {
  const { endpoint, region, buckets } = aws;
  const rows = identityIds.map((id) => `${id},2026-01-01,employee,Given,Family${id},${id}@example.com,Sales`);
  await new S3Client({ endpoint, region, credentials: CREDENTIALS, forcePathStyle: true }).send(
    new PutObjectCommand({
      Bucket: buckets['population'],
      Key: 'my-hr/today.csv',
      Body: ['identityId,effectiveAt,kind,givenName,familyName,email,department', ...rows, ''].join('\n'),
    }),
  );
}

/** Neither printed, nor on a command line, nor in any file of the run. */
function expectNowhere(secret: string, run: string, said: readonly string[]): void {
  const files = readdirSync(run, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(10);
  const places: Place[] = [
    ...files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return { kind: 'file', name: file, content: existsSync(file) ? readFileSync(file) : Buffer.alloc(0) };
    }),
    ...said.map((text, index) => ({ kind: 'said', name: String(index), content: Buffer.from(text) })),
  ];
  expect(findLeaks(places, [{ name: 'the secret', text: secret }])).toEqual([]);
  expect(aliveProcesses(secret)).toEqual([]);
}
