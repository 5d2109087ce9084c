// `tenure audit verify` over a folder, as an auditor has it.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import { verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import { checkpointPath, logLeaves, ORIGIN, sealedLog, sealingKey, VKEY, writeObjects } from '../support/sealed-log.ts';
import { cosignatureLine, keyIdOf, witnessVkey } from '../support/witness-server.ts';

let folder: string;
let log: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-audit-'));
  log = join(folder, 'log');
  writeObjects(log, await sealedLog(logLeaves(300), [200, 300]));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const streams = { out: (text: string) => void out.push(text), error: (text: string) => void error.push(text) };
  const code = await runCommand(['audit', ...args], streams);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

const verify = (...args: readonly string[]) => run('verify', '--log', log, '--key', VKEY, ...args);

describe('tenure audit verify', () => {
  it('answers 0 for a log as it was sealed, and says what was verified by what', async () => {
    const { code, out } = await verify();
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Verified: 300 entries are what was sealed.',
      '',
      `log         ${ORIGIN}`,
      expect.stringMatching(/^checkpoint {2}300 entries, root [A-Za-z0-9+/]{43}=$/),
      `key         ${VKEY}`,
      'checked     300 entries of 37 subjects, 3 checkpoints, 7 objects, 0 details',
    ]);
  });

  it('answers 3 for an altered one, and names the place', async () => {
    writeFileSync(join(log, 'tile/0/001.p/44'), Buffer.alloc(44 * 32));
    const { code, out } = await verify();
    expect(code).toBe(3);
    expect(out).toContain('NOT verified: 1 fault.');
    expect(out).toContain('FAULT       tile: tile/0/001.p/44: its hash 0 is not that of entry 256');
  });

  it('gives the same to programs', async () => {
    unlinkSync(join(log, 'tile/entries/000'));
    const { code, out } = await verify('--format', 'json');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual({
      format: 'tenure-audit-verification',
      version: 1,
      verified: false,
      keys: [VKEY],
      ownKey: false,
      checkpoint: { origin: ORIGIN, size: 300, root: expect.any(String), place: 'checkpoint', signed: true },
      checked: { entries: 300, checkpoints: 3, objects: expect.any(Number), subjects: 37, details: 0 },
      faultCount: 1,
      faults: [
        {
          kind: 'missing',
          path: 'tile/entries/000',
          entry: 0,
          lastEntry: 255,
          message: 'tile/entries/000 is missing: it holds entries 0 to 255',
        },
      ],
      remarks: [],
    });
  });

  it("takes the copy's own key only with the remark that it proves nothing", async () => {
    const { code, out } = await run('verify', '--log', log);
    expect(code).toBe(0);
    expect(out).toContain("the key is the copy's own log.vkey");
    expect(out).toContain('by itself it proves nothing');
    unlinkSync(join(log, 'log.vkey'));
    expect(await run('verify', '--log', log)).toMatchObject({ code: 2, error: expect.stringContaining('log.vkey') });
  });

  it('takes a file of keys, those of other logs among them, and no two of one that are not announced', async () => {
    const file = join(folder, 'keys');
    writeFileSync(file, `${verifierKey('other.tenure', sealingKey(9).publicKey)}\n${VKEY}\n`);
    expect((await run('verify', '--log', log, '--key', file)).code).toBe(0);
    writeFileSync(file, `${VKEY}\n${verifierKey(ORIGIN, sealingKey(9).publicKey)}\n`);
    expect(await run('verify', '--log', log, '--key', file)).toMatchObject({
      code: 3,
      out: expect.stringMatching(/key: the key acme\.tenure.* was given, and the copy does not announce it/),
    });
    writeFileSync(file, verifierKey(ORIGIN, sealingKey(9).publicKey));
    expect((await run('verify', '--log', log, '--key', file)).code).toBe(3);
  });

  it('takes witnesses, and says how far enough of them have seen the log', async () => {
    const [key, vkey] = [sealingKey(21), witnessVkey(sealingKey(21))];
    expect(await run('verify', '--log', log, '--key', VKEY, '--witness', vkey)).toMatchObject({
      code: 3,
      out: expect.stringContaining('no checkpoint has the cosignatures of 1 of the 1 witnesses given'),
    });
    const note = readFileSync(join(log, 'checkpoint'), 'utf8');
    const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
    const size = String(text.split('\n')[1]).padStart(20, '0');
    const seconds = Date.parse('2026-11-01T01:00:00Z') / 1_000;
    const path = `witnessed/${size}/${keyIdOf(key.publicKey).toString('hex')}`;
    writeObjects(log, new Map([[path, Buffer.from(note + cosignatureLine(text, key, seconds))]]));
    const file = join(folder, 'witnesses');
    writeFileSync(file, `${vkey}\n${witnessVkey(sealingKey(22))}\n`);
    const verified = await run('verify', '--log', log, '--key', VKEY, '--witness', file, '--quorum', '1');
    expect(verified).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /witnessed {3}the first \d+ entries, by 1 witness, enough of them at 2026-11-01T01:00:00.000Z/,
      ),
    });
    expect((await run('verify', '--log', log, '--key', VKEY, '--witness', file)).code).toBe(3);
    for (const wrong of [
      ['--witness', VKEY],
      ['--quorum', '1'],
      ['--witness', vkey, '--quorum', '2'],
      ['--witness', vkey, '--quorum', '0'],
    ])
      expect(await run('verify', '--log', log, '--key', VKEY, ...wrong)).toMatchObject({ code: 2 });
  });

  it('holds it against a checkpoint that was kept', async () => {
    const file = join(folder, 'kept');
    const forged = await sealedLog(
      logLeaves(300, (index) => (index === 7 ? { trigger: 'another' } : {})),
      [200],
    );
    writeFileSync(file, forged.get(checkpointPath(200)) ?? '');
    const { code, out } = await verify('--since', file);
    expect(code).toBe(3);
    expect(out).toContain(`fork: ${file} is of another history: its root is not that of the first 200 entries`);
    expect((await verify('--since', join(log, checkpointPath(200)))).code).toBe(0);
    expect((await verify('--since', '200')).code).toBe(0);
    expect((await verify('--since', '301')).code).toBe(3);
  });

  it('counts a link as absent, wherever it leads', async () => {
    const path = join(log, 'tile/entries/000');
    unlinkSync(path);
    symlinkSync(join(log, 'tile/entries/001.p/44'), path);
    expect((await verify()).out).toContain('missing: tile/entries/000 is missing');
  });

  it('spells out what a terminal would obey', async () => {
    mkdirSync(join(log, 'details'));
    writeFileSync(join(log, 'details', '\u001b[2J\u202e'), '');
    const { out } = await verify();
    expect(out).toContain('surplus: details/\\u001b[2J\\u202e: no object of a log has such a name');
  });

  it.each([
    ['no log', ['verify'], /--log is missing/],
    ['no folder', ['verify', '--log', '/nowhere'], /\/nowhere is not a folder/],
    ['another format', ['verify', '--log', '/', '--format', 'yaml'], /--format yaml: expected text, json/],
    ['a key that is none', ['verify', '--log', '/', '--key', 'x'], /--key x: neither a verifier key/],
    [
      'a file that has no checkpoint',
      ['verify', '--log', '/', '--key', VKEY, '--since', '/nowhere'],
      /--since \/nowhere/,
    ],
    ['an unknown option', ['verify', '--log', '/', '--lok', '/'], /lok/],
    ['an unknown command', ['burn'], /unknown command "burn": expected .*verify/],
    ['no command', [], /audit: no command/],
  ])('answers 2 with %s', async (_what, args, message) => {
    const { code, out, error } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(message);
  });

  it.skipIf(process.getuid?.() === 0)('answers 2 where it may not read: that is no answer', async () => {
    chmodSync(join(log, 'tile/entries/000'), 0o000);
    expect(await verify()).toMatchObject({ code: 2, out: '', error: expect.stringMatching(/cannot be read: EACCES/) });
  });

  it('answers 2 for a folder that lies deeper than any log', async () => {
    mkdirSync(join(log, 'x/'.repeat(20)), { recursive: true });
    expect(await verify()).toMatchObject({ code: 2, error: expect.stringMatching(/lies deeper/) });
  });
});
