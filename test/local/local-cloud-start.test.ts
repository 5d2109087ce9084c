// `npm start` as its users know it: what it prints, and how it ends. What it leaves behind: npm-start.slow.test.ts.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';
import { outputsSchema } from '../../local/outputs.ts';
import { loadPlannedModel, planRun } from '../../local/plan.ts';
import { isUp, START_TIMEOUT_MS, start } from '../support/npm-start.ts';
import { expectQueriesAgree, JUDGES } from '../support/query-agreement.ts';

const NODE = [process.execPath, '--import', 'tsx', 'local/start.ts'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-start-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The names of grants and entitlements; where the sample servers are does not matter to them. */
const sampleModel = () => loadPlannedModel(planRun({}), 1);

// One after the other: then each finds the ports, and so the assembly, of the one before.
describe('npm start', { timeout: START_TIMEOUT_MS }, () => {
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

  it('plays the feed, and what it says afterwards of the log, the lake and the systems is so', async () => {
    expect(Object.keys(JUDGES).sort()).toEqual(namedQueries().map(({ name }) => name));
    const started = start(NODE, []);
    await isUp(started);
    const output = started.output();
    expect(output).toMatch(/45 of 45 identities have the access of their position/);
    expect(output).toMatch(/Ben Okafor moves from Sales to Engineering .* granted, .* revoked/);
    expect(output).toMatch(/E1015 .* last access possible .* proven clean .* certificate E1015\./);
    expect(output).toMatch(/9 leavers in one delivery: accepted, and held by the mass-error guard/);
    expect(output).toMatch(/Operations drops them: nobody loses anything \(hold .*, dropped\)/);
    expect(output).toMatch(/All 51 identities are as they must be/);
    expect(output).toMatch(/Read in the systems themselves: \d+ usable accounts, \d+ grants, each with a reason/);
    // The verifier's own words, of copies of the buckets.
    expect(output).toMatch(/The audit log, sealed \(npx tenure audit verify --log .*audit-log --lake .*audit-lake\)/);
    expect(output).toMatch(/Verified: \d{4} entries are what was sealed, and the lake has their rows\./);
    expect(output).toMatch(
      /\(npx tenure audit query leavers-time-to-revoke\)\n {2}subject +application +disabled_seconds/,
    );
    expect(output).toMatch(/\n {2}E1015 +chat +\d+(\.\d+)? +\d+(\.\d+)? +\d+(\.\d+)?\n/);
    expect(output).toMatch(
      /\(npx tenure audit query access-at --application aws\)\n {2}subject +grant_name +entitlement/,
    );
    expect(output).not.toContain('\u001B[');
    const outputs = outputsSchema.parse(JSON.parse(readFileSync(started.outputsFile, 'utf8')));
    await expectQueriesAgree(outputs, sampleModel(), folder);
    started.child.kill('SIGINT');
    expect(await started.ended).toBe(130);
  });
});
