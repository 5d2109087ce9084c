// Rules of one's own and what pySigma makes of them: what is committed is what it gives, each query is SQL to Trino's own parser,
// and what cannot be said is told by its file.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSigma } from '../../bin/sigma-command.ts';
import { compileRules } from '../../bin/sigma-compiler.ts';
import { loadSigmaRules } from '../../lib/sigma/sigma-rules.ts';
import { runJava } from './java.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'access-model');
const folder = mkdtempSync(join(tmpdir(), 'tenure-sigma-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const TIMEOUT = { timeout: 900_000 };

async function sigma(...args: readonly string[]) {
  const said: string[] = [];
  const streams = { out: (text: string) => void said.push(text), error: (text: string) => void said.push(text) };
  return { code: await runSigma(args, streams), said };
}
const compiled = async (detection: string, product = 'tenure') => {
  const text = `title: x\nid: c2c1b1f7-8d7c-4d5e-b7a5-3f1e0a6d9b07\nlogsource: { product: ${product} }\nlevel: low\n${detection}`;
  const [answer] = await compileRules([{ path: 'x.yml', text }], () => {});
  return answer;
};

// What is said the first time is that the compiler is installed.
beforeAll(async () => void (await compiled('detection:\n  s:\n    status: a\n  condition: s\n')), TIMEOUT.timeout);

describe('the rules of the access model', () => {
  it('are committed as pySigma compiles them', TIMEOUT, async () => {
    expect(await sigma('compile', '--check', '--model', MODEL)).toEqual({ code: 0, said: [] });
  });

  it('are SQL to Trino', TIMEOUT, async () => {
    const rules = loadSigmaRules(MODEL);
    const grammar = join(import.meta.dirname, 'athena-grammar');
    const answer = await runJava(grammar, 'Parse.java', [...rules.map(({ sql }) => sql), 'SELECT a = = b'].join('\0'));
    expect(answer.trimEnd().split('\n')).toEqual([...rules.map(() => 'ok'), expect.stringContaining('mismatched')]);
  });

  it('are written beside the rule, and taken away with it', TIMEOUT, async () => {
    mkdirSync(join(folder, 'sigma'));
    cpSync(join(MODEL, 'sigma', 'read-by-script.yml'), join(folder, 'sigma', 'one.yml'));
    writeFileSync(join(folder, 'sigma', 'gone.sql'), 'SELECT 1');
    expect((await sigma('compile', '--check', '--model', folder)).code).toBe(3);
    expect(await sigma('compile', '--model', folder)).toEqual({ code: 0, said: ['1 rules: 1 written, 1 taken away'] });
    expect(loadSigmaRules(folder)).toHaveLength(1);
  });

  it('that cannot be compiled are told by file, and nothing is written', TIMEOUT, async () => {
    const rule = readFileSync(join(MODEL, 'sigma', 'read-by-script.yml'), 'utf8');
    const other = rule.replace('c2c1b1f7', 'c2c1b1f8').replace('unmapped.action: read', 'unmaped.action: read');
    writeFileSync(join(folder, 'sigma', 'two.yml'), other);
    writeFileSync(join(folder, 'sigma', 'one.yml'), rule.replace('curl/', 'fetch/'));
    await expect(sigma('compile', '--model', folder)).rejects.toThrow(
      /^The access model has 1 fault:\n {2}sigma\/two\.yml:1:1 {2}field "unmaped\.action": there is no such column/,
    );
    expect(readFileSync(join(folder, 'sigma', 'one.sql'), 'utf8')).toContain('curl/');
  });
});

describe('a comparison', () => {
  it.each([
    ['of text, in any case', "status: 'Succ*'", "lower(status) LIKE 'succ%' ESCAPE '\\'"],
    ['of text, by case', "status|cased: 'Success'", "status = 'Success'"],
    ['of what SQL would take for its own', "status: 'a''b%c\\_d'", "lower(status) = 'a''b%c\\_d'"],
    ['of a part with a wildcard of SQL', "status|contains: '10%_'", "lower(status) LIKE '%10\\%\\_%' ESCAPE '\\'"],
    ['of a number', 'time|gte: 5', 'time >= 5'],
    ['of a list', 'privileges: admins', "any_match(privileges, one -> lower(one) = 'admins')"],
    ['of a flag', 'unmapped.administrator: true', "lower(CAST(unmapped.administrator AS varchar)) = 'true'"],
    ['of nothing', 'status: null', 'status IS NULL'],
    ['of the record as it came', 'raw.a.b: 7', `json_extract_scalar(raw_data, '$["a"]["b"]') = '7'`],
    ['of whether it is there', 'raw.a|exists: true', `json_extract(raw_data, '$["a"]') IS NOT NULL`],
    ['by a pattern', "status|re|i: '^a.*'", "regexp_like(status, '(?i)^a.*')"],
    ['of addresses', 'src_endpoint.ip|cidr: 10.0.0.0/8', "lower(src_endpoint.ip) LIKE '10.%' ESCAPE '\\'"],
  ])('%s', TIMEOUT, async (_what, asked, condition) => {
    expect(await compiled(`detection:\n  s:\n    ${asked}\n  condition: s\n`)).toEqual({ condition: `(${condition})` });
  });

  it('that is negated is true of what is not there', TIMEOUT, async () => {
    const detection = 'detection:\n  s:\n    status: a\n  f:\n    severity: b\n  condition: s and not f\n';
    const condition = "(lower(status) = 'a' AND NOT COALESCE(lower(severity) = 'b', false))";
    expect(await compiled(detection)).toEqual({ condition });
  });

  it.each([
    ['another field', 'status|fieldref: severity', /not supported/],
    ['an unknown modifier', 'status|foo: a', /Unknown modifier/],
    ['a list within the record', 'raw.a{}.b: a', /no lists/],
    ['a quote in a name', `'raw.a"] b': a`, /names with dots/],
    ['no such column', 'nothing: a', /there is no such column/],
    ['a placeholder', "status|expand: '%who%'", /placeholder/],
  ])('with %s is refused', TIMEOUT, async (_what, asked, expected) => {
    const answer = await compiled(`detection:\n  s:\n    ${asked}\n  condition: s\n`);
    expect(answer).toEqual({ faults: expect.arrayContaining([expect.stringMatching(expected)]) });
  });
});
