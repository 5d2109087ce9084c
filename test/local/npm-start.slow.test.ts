// `npm start` that stays up: without a feed, and with an access model, settings and a target system of its user's own.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { CREDENTIALS } from '../../local/emulators.ts';
import { postBatch } from '../../local/hr-client.ts';
import { OperatorsApi } from '../../local/operators-api.ts';
import { hrSourceOf, type Outputs, outputsSchema } from '../../local/outputs.ts';
import { readTargets } from '../../local/read-targets.ts';
import { aliveProcesses } from '../support/alive-processes.ts';
import { findLeaks, type Place } from '../support/leak-search.ts';
import { convergedAt, leaver } from '../support/local-cloud-events.ts';
import { expectNothingIsLeft, isUp, leftovers, ROOT, START_TIMEOUT_MS, start } from '../support/npm-start.ts';
import { startScimServer } from '../support/scim-server.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-own-model-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm start that stays up', { timeout: START_TIMEOUT_MS }, () => {
  it('without a feed writes its outputs, and leaves nothing behind on Ctrl-C', async () => {
    const started = start([process.execPath, '--import', 'tsx', 'local/start.ts'], ['--empty']);
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

  it('ends after the feed with --once, and with 0 when everything has converged', async () => {
    const started = start([process.execPath, '--import', 'tsx', 'local/start.ts'], ['--once']);
    expect(await started.ended, started.output()).toBe(0);
    expect(started.output()).toMatch(/All 51 identities are as they must be/);
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
