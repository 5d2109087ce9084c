// `tenure audit evidence` over a folder. The proofs are checked by the reference's own tree, and the files by hand.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import { encodeLogEntry, type LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { openNote, parseNoteText, verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import { logEntry, pseudonym } from '../support/log-entries.ts';
import { ORIGIN, rotatedLog, sealedLog, sealingKey, VKEY, writeObjects } from '../support/sealed-log.ts';

const [ADA, BOB] = [pseudonym('ada'), pseudonym('bob')];
let folder: string;
let log: string;

const about = (subject: string, sequence: number, event: LogEntry['event'], rest: Partial<LogEntry> = {}) =>
  logEntry({ subject: { kind: 'identity', id: subject }, sequence, event, ...rest });

const change = { type: 'access-changed', applicationId: 'chat', callId: 'c1' };
const ENTRIES = [
  about(ADA, 0, { type: 'fact-recorded', factType: 'joiner' }),
  about(ADA, 1, {
    ...change,
    step: {
      action: 'grant',
      grant: '<b>=1+1',
      entitlement: 'member',
      privileged: false,
      reasons: [{ profile: 'sales' }],
    },
  }),
  about(BOB, 0, { type: 'fact-recorded', factType: 'leaver' }, { version: 4 }),
  about(BOB, 1, { ...change, step: { action: 'disable-account' } }),
  about(BOB, 2, { type: 'escalated', failed: [{ applicationId: '<script>' }] }),
  about(ADA, 2, { type: 'fact-recorded', factType: 'leaver' }, { version: 2 }),
  about(ADA, 3, { type: 'removal-proven', applications: ['chat'] }, { version: 2 }),
];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-evidence-'));
  log = join(folder, 'log');
  const more = Array.from({ length: 293 }, (_, index) =>
    about(pseudonym('others'), index, { type: 'converged', openTasks: 0 }),
  );
  writeObjects(log, await sealedLog([...ENTRIES, ...more].map(encodeLogEntry), [100, 300]));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const streams = { out: (text: string) => void out.push(text), error: (text: string) => void error.push(text) };
  const code = await runCommand(['audit', 'evidence', ...args], streams);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

const OUT = () => join(folder, 'evidence');
const NOVEMBER = ['--from', '2026-11-01', '--until', '2026-12-01', '--seed', 'auditor-7'] as const;
const evidence = (...args: readonly string[]) => run('--log', log, '--key', VKEY, '--out', OUT(), ...NOVEMBER, ...args);
const read = (name: string) => readFileSync(join(OUT(), name), 'utf8');
const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 9162 section 2.1.3.2, for a tree of 300 entries: which of the two a sibling is follows from the index. */
function rootFrom(index: number, size: number, leaf: Buffer, proof: readonly Buffer[]): Buffer {
  let [fn, sn, hash] = [index, size - 1, sha256(Buffer.of(0), leaf)];
  for (const sibling of proof) {
    const isRight = fn % 2 === 1 || fn === sn;
    hash = isRight ? sha256(Buffer.of(1), sibling, hash) : sha256(Buffer.of(1), hash, sibling);
    if (isRight) while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return hash;
}

/** NIST's own, of which test/vendor/oscal/README.md says where it is from. Its patterns are of characters, not of units. */
const OSCAL = JSON.parse(readFileSync(join(import.meta.dirname, '../vendor/oscal/1.2.3-complete.json'), 'utf8'));
const isOscal = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: true }).compile(OSCAL);

describe('tenure audit evidence', () => {
  it.each([
    ['controls', ['--control', 'cc6.2,PS-4,A.5.18,CC6.1'], 'joiners'],
    ['one identity', ['--identity', ADA], 'given'],
  ])('tells the same as OSCAL for %s, by the schema that NIST published', async (_, asked, population) => {
    expect(await evidence(...asked, '--oscal')).toMatchObject({ code: 0 });
    const told = JSON.parse(read('assessment-results.json'));
    expect(isOscal(told) ? [] : isOscal.errors).toEqual([]);
    const { results, 'back-matter': back, 'import-ap': plan } = told['assessment-results'];
    const resources = new Map(back.resources.map((one: { uuid: string }) => [`#${one.uuid}`, one]));
    // Every file that it names is there, by its hash where it has one.
    for (const { rlinks } of back.resources)
      for (const { href, hashes = [] } of rlinks)
        for (const { value } of hashes) expect(sha256(readFileSync(join(OUT(), href))).toString('hex')).toBe(value);
    expect(resources.has(plan.href)).toBe(true);
    const [{ observations, 'reviewed-controls': reviewed }] = results;
    for (const { 'relevant-evidence': evidences } of observations)
      for (const { href } of evidences) expect(resources.has(href)).toBe(true);
    const summary = JSON.parse(read('evidence.json'));
    const found = observations.find(({ title }: { title: string }) => title === population);
    const rows = found.props.find(({ name }: { name: string }) => name === 'rows').value;
    expect(Number(rows)).toBe(summary.populations.find(({ name }: { name: string }) => name === population).rows);
    expect(observations.at(-1)).toMatchObject({ title: 'missing', props: [{ value: String(summary.missing) }] });
    const selections = reviewed['control-selections'];
    const ids = selections.flatMap((each: { 'include-controls'?: object[] }) => each['include-controls'] ?? []);
    expect(ids).toEqual(
      asked[0] === '--identity' ? [] : ['CC6.2', 'CC6.1', 'ps-4', 'A.5.18'].map((id) => ({ 'control-id': id })),
    );
    expect(isOscal({ 'assessment-results': { ...told['assessment-results'], results: [] } })).toBe(false);
  });

  it('tells no OSCAL where nobody asks for it', async () => {
    await evidence('--control', 'PS-4');
    expect(readdirSync(OUT())).not.toContain('assessment-results.json');
  });

  it('writes complete populations with their hashes, and says what is missing and why', async () => {
    const { code, out, error } = await evidence('--control', 'cc6.2,PS-4');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain('joiners 1, leavers 2, given 1, taken 1, proven 1, escalated 1, tasks 0; 1 missing');
    const summary = JSON.parse(read('evidence.json'));
    expect(summary).toMatchObject({
      format: 'tenure-evidence',
      controls: [{ id: 'CC6.2' }, { id: 'PS-4' }],
      period: { from: '2026-11-01T00:00:00.000Z', until: '2026-12-01T00:00:00.000Z' },
      log: { size: 300, keys: [VKEY], ownKey: false },
      entries: 300,
      modelHashes: ['a1b2'],
      missing: 1,
    });
    for (const { file, sha256: told, rows } of summary.populations) {
      const content = readFileSync(join(OUT(), file));
      expect(told).toBe(createHash('sha256').update(content).digest('hex'));
      expect(content.toString().split('\r\n')).toHaveLength(rows + 2);
    }
    expect(read('missing.csv')).toBe(
      `index,at,subject,expected,because\r\n2,2026-11-28T17:00:00.000Z,${BOB},a removal that is proven,"escalated, entry 4"\r\n`,
    );
  });

  it('is made of a log whose key was followed by another, with what announced it', async () => {
    const second = sealingKey(2);
    const leaves = Array.from({ length: 300 }, (_, index) =>
      encodeLogEntry(about(pseudonym('others'), index, { type: 'converged', openTasks: 0 })),
    );
    rmSync(log, { recursive: true });
    writeObjects(log, await rotatedLog(leaves, [100, 300], [{ after: 100, key: second }]));
    expect((await evidence('--control', 'CC6.2')).code).toBe(0);
    const next = verifierKey(ORIGIN, second.publicKey);
    expect(JSON.parse(read('evidence.json')).log).toMatchObject({
      keys: [VKEY],
      announcedKeys: [
        { key: VKEY, after: 0 },
        { key: next, after: 100 },
      ],
    });
    expect(read('keys-0002')).toBe(readFileSync(join(log, 'keys', '0002'), 'utf8'));
    expect(openNote(read('checkpoint'), [next]).verifiedBy).toEqual([next]);
    expect(read('index.html')).toContain(`${next} for what comes after the first 100 entries`);
  });

  it('proves each entry of a sample to be in the log, by the checkpoint beside it', async () => {
    await evidence('--control', 'A.5.18', '--sample', '1');
    const { verifiedBy, text } = openNote(read('checkpoint'), [VKEY]);
    expect(verifiedBy).toEqual([VKEY]);
    const { root, size } = parseNoteText(text);
    const samples = readdirSync(OUT()).filter((name) => name.startsWith('sample-'));
    const lines = samples.flatMap((name) =>
      read(name)
        .split('\n')
        .filter((line) => line !== ''),
    );
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      const { index, leaf, proof, id } = JSON.parse(line);
      const bytes = Buffer.from(leaf, 'base64');
      expect(JSON.parse(bytes.toString())).toMatchObject({ id });
      const path = proof.map((hash: string) => Buffer.from(hash, 'base64'));
      expect(rootFrom(index, size, bytes, path)).toEqual(Buffer.from(root));
    }
  });

  it('leaves the one folder that was asked for, also where its parent was not there, with the largest sample', async () => {
    const deep = join(folder, 'a/b');
    const asked = ['--log', log, '--key', VKEY, ...NOVEMBER, '--control', 'CC6.1', '--sample', '10000'];
    expect((await run(...asked, '--out', join(deep, 'evidence'))).code).toBe(0);
    expect(readdirSync(deep)).toEqual(['evidence']);
    expect(readdirSync(join(deep, 'evidence'))).toContain('index.html');
  });

  it('says that it cannot write, and leaves nothing', async () => {
    writeFileSync(join(folder, 'file'), '');
    const asked = ['--log', log, '--key', VKEY, ...NOVEMBER, '--control', 'CC6.1'];
    const { code, error } = await run(...asked, '--out', join(folder, 'file/evidence'));
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('cannot be written: ') });
    expect(readdirSync(folder).sort()).toEqual(['file', 'log']);
  });

  it('tells of one identity alone, when asked for it', async () => {
    expect((await evidence('--identity', BOB)).out).toContain('3 entries in the period');
    expect(read('population-leavers.csv')).not.toContain(ADA);
  });

  it('shows as text whatever a system calls its grants, and loads nothing', async () => {
    await evidence('--control', 'CC6.1');
    expect(read('population-given.csv')).toContain(',<b>=1+1,');
    await run('--log', log, '--key', VKEY, '--out', `${OUT()}-2`, ...NOVEMBER, '--control', 'PS-4');
    const page = readFileSync(join(`${OUT()}-2`, 'index.html'), 'utf8');
    expect(page).not.toContain('<script>');
    expect(page).toContain("default-src 'none'");
  });

  it('warns on its page when the key is the copy’s own', async () => {
    await run('--log', log, '--out', OUT(), ...NOVEMBER, '--control', 'CC6.1');
    expect(read('index.html')).toContain("The key is the copy's own");
  });

  it('makes nothing of a log that does not verify', async () => {
    writeFileSync(join(log, 'tile/0/001.p/44'), Buffer.alloc(44 * 32));
    const { code, error } = await evidence('--control', 'CC6.1');
    expect(code).toBe(3);
    expect(error).toContain('nothing of it is evidence');
    expect(() => readdirSync(OUT())).toThrow('ENOENT');
  });

  it.each([
    [['--control', 'CC9.9'], '--control CC9.9: expected CC6.1'],
    [[], 'expected --control with a control, or --identity'],
    [['--control', 'CC6.1', '--from', 'yesterday'], '--from yesterday: expected a day'],
    [['--control', 'CC6.1', '--from', '2026-13-01'], '--from 2026-13-01: expected a day'],
    [['--control', 'CC6.1', '--until', '2026-10-01'], '--until: expected a time after --from'],
    [['--control', 'CC6.1', '--sample', '10001'], '--sample 10001: expected a number up to 10000'],
    [['--identity', 'E1001'], '--identity E1001: expected a pseudonym'],
    [['--control', 'CC6.1', '--seed', ''], '--seed is missing'],
  ])('says what was expected in place of %j', async (args, said) => {
    const { code, error } = await evidence(...args);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(said) });
  });

  it('never writes into a folder that is there', async () => {
    const { code, error } = await run('--log', log, '--key', VKEY, '--out', log, ...NOVEMBER, '--control', 'CC6.1');
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('is there already') });
  });
});
