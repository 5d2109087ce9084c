// `tenure export` against the real handler of its route, and `tenure plan` on what that gave; twice as a command of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { exportPopulation } from '../../lambdas/handlers/identity/export-population.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { answer, apiDependencies, requestAs } from '../support/api-requests.ts';
import { accessGranted, joiner, leaver, suspension } from '../support/facts.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL = join(ROOT, 'access-model');

let folder: string;
let server: Server;
let api: string;
/** What the next requests are answered instead. */
const failing: number[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-cli-'));
  cpSync(MODEL, join(folder, 'changed'), { recursive: true });
  const commercial = join(folder, 'changed/profiles/commercial.yaml');
  writeFileSync(commercial, readFileSync(commercial, 'utf8').replace('      - crm:sales-user\n', ''));
  writeFileSync(join(folder, 'token'), 'a-token\n');
  const dependencies = apiDependencies();
  const options = { payloadHash: 'x', actor: { type: 'hr-source', id: 'acme-hr' } } as const;
  const tell = (identityId: string, fact: Fact) => appendFact(dependencies, { ...fact, identityId }, options);
  for (let number = 1; number <= 130; number += 1) {
    const department = number <= 3 ? 'Sales' : 'Engineering';
    const title = department === 'Sales' ? 'Account Executive' : 'Software Engineer';
    await tell(`E${number}`, joiner('2026-11-01', { department, title, email: `e${number}@acme.example` }));
  }
  await tell('E2', suspension('2026-11-20'));
  await tell('E130', leaver('2026-11-20'));
  await tell('E129', leaver('2030-01-01'));
  const decided = { recorded: '2026-11-10T00:00:00Z' };
  await tell('E128', accessGranted('crm:sales-user', '2026-11-10T00:00:00Z', '2099-01-01T00:00:00Z', decided));
  server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const status = failing.shift();
    const allowed = request.headers.authorization === 'Bearer a-token' && url.pathname === '/population';
    const query = Object.fromEntries(url.searchParams);
    const asked = requestAs(allowed ? ['security'] : ['hr'], 'E900', { query });
    const answered = status === undefined ? await answer(exportPopulation(dependencies), asked) : { status, body: {} };
    response.writeHead(answered.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answered.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(
    join(folder, 'population.jsonl'),
    (await run('export', '--api', api, '--token-file', file('token'))).out,
  );
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);

async function run(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const code = await runCommand(args, { out: (text) => void out.push(text), error: (text) => void error.push(text) });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

const plan = (...args: readonly string[]) =>
  run('plan', '--population', file('population.jsonl'), '--before', MODEL, '--after', file('changed'), ...args);

describe('tenure export', () => {
  const lines = () =>
    readFileSync(file('population.jsonl'), 'utf8')
      .split('\n')
      .map((line) => JSON.parse(line));

  it('writes everybody who is employed once, page by page, and says first what it is', () => {
    const [head, ...people] = lines();
    expect(head).toMatchObject({
      format: 'tenure-population',
      version: 1,
      withheld: ['givenName', 'familyName', 'email', 'purpose'],
    });
    expect(people).toHaveLength(129);
    expect(new Set(people.map(({ identityId }) => identityId)).size).toBe(129);
    expect(people.find(({ identityId }) => identityId === 'E2')).toEqual({
      identityId: 'E2',
      status: 'suspended',
      attributes: { kind: 'employee', department: 'Sales', title: 'Account Executive' },
    });
    expect(people.map(({ identityId }) => identityId)).not.toContain('E130');
    expect(people.flatMap(({ granted }) => granted ?? [])).toEqual(['crm:sales-user']);
  });

  it('writes names and addresses when asked to', async () => {
    const { out } = await run('export', '--api', `${api}/`, '--token-file', file('token'), '--with-names');
    expect(out).toContain('e7@acme.example');
    expect(readFileSync(file('population.jsonl'), 'utf8')).not.toContain('@');
  });

  it('tries again what was throttled or failed, and writes nothing rather than half of it', async () => {
    failing.push(429, 503);
    expect(await run('export', '--api', api, '--token-file', file('token'))).toMatchObject({ code: 0, error: '' });
    writeFileSync(file('wrong'), 'another');
    const refused = await run('export', '--api', api, '--token-file', file('wrong'));
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.error).toMatch(/answered 403: expected the token of somebody in the group security or auditor/);
    failing.push(400);
    expect(await run('export', '--api', api, '--token-file', file('token'))).toMatchObject({ code: 2, out: '' });
    expect((await run('export', '--api', api, '--token-file', file('none'))).error).toMatch(
      /none cannot be read: ENOENT/,
    );
    expect((await run('export', '--api', 'nowhere', '--token-file', file('token'))).error).toMatch(
      /--api: expected a URL/,
    );
  });
});

describe('tenure plan', () => {
  it('names by id who would lose what, and why', async () => {
    const { code, out } = await plan();
    expect(code).toBe(0);
    expect(out).toMatch(
      /for 129 identities\.\n3 would lose something, 0 of them all they have\. 0 would gain something\./,
    );
    expect(out).toMatch(
      /Loses crm:sales-user \(sales-user\), 3 identities\n {2}profile sales no longer gives it: E1 E2 E3/,
    );
    expect(out).toContain('Accounts that would close: crm 3');
  });

  it('is a comment on a pull request, and an object for programs', async () => {
    expect((await plan('--format', 'markdown')).out).toContain(
      '| **loses** | crm:sales-user (sales-user) | profile sales no longer gives it | 3 | E1 E2 E3 |',
    );
    const planned = JSON.parse((await plan('--format', 'json')).out);
    expect(planned).toMatchObject({ format: 'tenure-plan', version: 1, plan: { population: 129, losing: 3 } });
    const same = await run('plan', '--population', file('population.jsonl'), '--before', MODEL, '--after', MODEL);
    expect(same.out).toContain('Nothing changes for anybody.');
  });

  it('exits with 3 beyond what may be taken, and prints the plan all the same', async () => {
    for (const [limit, code] of [
      ['3', 0],
      ['2', 3],
      ['0', 3],
      ['2.4%', 0],
      ['2%', 3],
      ['100%', 0],
    ] as const) {
      expect([limit, (await plan('--max-removals', limit)).code]).toEqual([limit, code]);
    }
    const { out, error } = await plan('--max-removals', '2');
    expect(out).toContain('E1 E2 E3');
    expect(error).toMatch(/3 identities would lose something: more than the 2 of --max-removals 2/);
  });

  it('exits with 2 when it cannot tell, and says what was expected and where', async () => {
    const wrong = async (expected: RegExp, ...args: readonly string[]) => {
      const { code, out, error } = await run(...args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(error).toMatch(expected);
    };
    const population = ['plan', '--population', file('population.jsonl')];
    await wrong(/no command/);
    await wrong(/unknown command "constructor"/, 'constructor');
    await wrong(/--population is missing/, 'plan');
    await wrong(/--before is missing/, ...population);
    await wrong(/'--nonsense'/, ...population, '--nonsense');
    await wrong(/there is no such folder/, ...population, '--before', file('nowhere'));
    await wrong(/expected a commit, branch or tag/, ...population, '--before', 'git:--output=x');
    await wrong(/git:no-such-branch: /, ...population, '--before', 'git:no-such-branch');
    await wrong(/--format xml: expected text, markdown, json/, ...population, '--before', MODEL, '--format', 'xml');
    for (const limit of ['-1', '101%', '2.5', 'few', '']) {
      await wrong(
        /expected a whole number of identities, or a share/,
        ...population,
        '--before',
        MODEL,
        `--max-removals=${limit}`,
      );
    }
    writeFileSync(join(folder, 'changed/profiles/broken.yaml'), 'profiles: 7\n');
    await wrong(/profiles\/broken\.yaml:1:11/, ...population, '--before', MODEL, '--after', file('changed'));
    rmSync(join(folder, 'changed/profiles/broken.yaml'));
  });

  it('reads nothing but a population, and says of each line what is wrong with it', async () => {
    const [head = '', first = '', second = ''] = readFileSync(file('population.jsonl'), 'utf8').split('\n');
    const read = async (...lines: readonly string[]) => {
      writeFileSync(file('other.jsonl'), lines.join('\n'));
      return (await run('plan', '--population', file('other.jsonl'), '--before', MODEL, '--after', MODEL)).error;
    };
    expect(await read(head, first, second, '')).toBe('');
    expect(await read()).toMatch(/it is empty|expected an object/);
    expect(await read('{"items":[]}')).toMatch(/other\.jsonl:1 {2}/);
    expect(await read(head, first, first)).toMatch(/other\.jsonl:3 {2}identityId: E\d+ was named before/);
    expect(await read(head, first.replace('"employee"', '"robot"'))).toMatch(
      /other\.jsonl:2 {2}attributes\.kind: .*"employee"/,
    );
    expect(await read(head, first.replace('"active"', '"departed"'))).toMatch(/other\.jsonl:2 {2}status: /);
    expect(await read(head, `${first.slice(0, -1)},"salary":1}`)).toMatch(/salary/);
    expect(await read(head, 'x'.repeat(70_000))).toMatch(/other\.jsonl:2 {2}expected an object in JSON on one line/);
    expect((await run('plan', '--population', file('none'), '--before', MODEL)).error).toMatch(
      /none cannot be read: ENOENT/,
    );
  });

  it('does not judge by what the file leaves out', async () => {
    const commercial = join(folder, 'changed/profiles/by-address.yaml');
    const profile = {
      id: 'by-address',
      name: 'By address',
      when: { email: [{ suffix: '@x.example' }] },
      entitlements: ['chat:sales'],
    };
    writeFileSync(commercial, JSON.stringify({ profiles: [profile] }));
    const { code, error } = await plan();
    rmSync(commercial);
    expect(code).toBe(2);
    expect(error).toMatch(
      /leaves out what profiles ask about \(by-address asks about email\): export it with --with-names/,
    );
  });

  it('compares with the model at a commit, as a command of its own', () => {
    const clone = file('clone');
    cpSync(MODEL, join(clone, 'access-model'), { recursive: true });
    cpSync(join(ROOT, 'cdk.json'), join(clone, 'cdk.json'));
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
        cwd: clone,
        stdio: 'pipe',
      });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'The model before');
    cpSync(file('changed'), join(clone, 'access-model'), { recursive: true });
    const args = ['plan', '--population', file('population.jsonl'), '--before', 'git:HEAD', '--max-removals', '2'];
    const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/tenure-cli.mjs'), ...args], {
      cwd: clone,
      encoding: 'utf8',
    });
    expect(stdout).toContain('profile sales no longer gives it: E1 E2 E3');
    expect(status).toBe(3);
  }, 60_000);
});

describe('tenure audit query', () => {
  it('says what it has to say, and nothing about the version of Node', () => {
    const args = ['audit', 'query', 'access-at', '--application', 'github'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/tenure-cli.mjs'), ...args], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'x',
        AWS_SECRET_ACCESS_KEY: 'x',
        AWS_MAX_ATTEMPTS: '1',
      },
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Athena: .*\n$/);
  }, 60_000);
});
