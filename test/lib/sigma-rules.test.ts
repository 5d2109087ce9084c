// Rules of one's own as they are read when a deployment is synthesised: what is wrong with one is told by file and field.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSigmaRules, readSigmaFolder } from '../../lib/sigma/sigma-rules.ts';

const MODEL = join(import.meta.dirname, '..', '..', 'access-model');
const RULE = readFileSync(join(MODEL, 'sigma', 'read-by-script.yml'), 'utf8');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-sigma-'));
  mkdirSync(join(folder, 'sigma'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const put = (name: string, text: string) => writeFileSync(join(folder, 'sigma', name), text);
const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    return error instanceof Error
      ? error.message
          .split('\n')
          .slice(1)
          .map((line) => line.trim())
      : [];
  }
  return [];
};

describe('the rules of the access model', () => {
  it('are three, each with what follows from it', () => {
    expect(loadSigmaRules(MODEL).map(({ id, severity, response }) => [id, severity, response])).toEqual([
      ['sigma-cloudtrail-stopped', 'high', { people: 'alert', nonHuman: 'alert' }],
      ['sigma-okta-policy-removed', 'medium', { people: 'alert', nonHuman: 'alert' }],
      ['sigma-read-by-script', 'medium', { people: 'alert', nonHuman: 'record' }],
    ]);
  });

  it('are none where there is no folder', () => {
    rmSync(join(folder, 'sigma'), { recursive: true });
    expect(loadSigmaRules(folder)).toEqual([]);
  });

  it('are refused once they say something else than their SQL', () => {
    cpSync(join(MODEL, 'sigma'), join(folder, 'sigma'), { recursive: true });
    expect(loadSigmaRules(folder)).toHaveLength(3);
    put('read-by-script.yml', RULE.replace('curl/', 'wget2/'));
    rmSync(join(folder, 'sigma', 'okta-policy-removed.sql'));
    put('gone.sql', 'SELECT 1');
    expect(faultsOf(() => loadSigmaRules(folder))).toEqual([
      'sigma/gone.sql:1:1  there is no gone.yml: run `npx tenure sigma compile`',
      'sigma/okta-policy-removed.yml:1:1  it is not compiled: run `npx tenure sigma compile`',
      'sigma/read-by-script.sql:1:1  it is not what read-by-script.yml says now: run `npx tenure sigma compile`',
    ]);
  });
});

describe('a rule that is wrong', () => {
  const wrong = (change: (text: string) => string) => {
    put('wrong.yml', change(RULE));
    return faultsOf(() => readSigmaFolder(folder));
  };

  it.each([
    [
      'no level',
      (text: string) => text.replace('level: medium\n', ''),
      /^sigma\/wrong\.yml:1:1 {2}level: missing: .*expected one of/,
    ],
    [
      'an unknown level',
      (text: string) => text.replace('level: medium', 'level: grave'),
      /^sigma\/wrong\.yml:\d+:8 {2}level: /,
    ],
    ['no id', (text: string) => text.replace(/^id: .*$/m, 'id: one'), /^sigma\/wrong\.yml:2:5 {2}id: /],
    [
      'an unknown product',
      (text: string) => text.replace('product: tenure', 'product: windows'),
      /logsource\.product: /,
    ],
    [
      'another service',
      (text: string) => text.replace('product: tenure', 'product: aws\n  service: guardduty'),
      /logsource\.service: expected one of cloudtrail$/,
    ],
    [
      'a category',
      (text: string) => text.replace('product: tenure', 'product: tenure\n  category: process_creation'),
      /logsource\.category: expected product and service/,
    ],
    ['no condition', (text: string) => text.replace(/ {2}condition: .*\n/, ''), /detection\.condition: missing/],
    [
      'a correlation',
      (text: string) => `${text}correlation:\n  type: event_count\n`,
      /correlation: a correlation is not read/,
    ],
    [
      'an unknown member of our own',
      (text: string) => text.replace('nonHuman:', 'machines:'),
      /tenure\.machines: unknown key/,
    ],
    ['an unknown response', (text: string) => text.replace('nonHuman: record', 'nonHuman: fire'), /tenure\.nonHuman: /],
    ['no YAML', (text: string) => `${text}\n\t: [`, /^sigma\/wrong\.yml:\d+:\d+ {2}YAML: /],
  ])('has its file and field named: %s', (_what, change, expected) => {
    const faults = wrong(change);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toMatch(expected);
  });

  it('is not taken for another with the same id, nor under a name that is none', () => {
    put('one.yml', RULE);
    put('two.yml', RULE);
    put('Three Rules.yml', RULE.replace(/^id: .*$/m, 'id: c2c1b1f7-8d7c-4d5e-b7a5-3f1e0a6d9b08'));
    put('notes.txt', 'x');
    expect(faultsOf(() => readSigmaFolder(folder))).toEqual([
      expect.stringMatching(/^sigma\/Three Rules\.yml:1:1 {2}expected a name of small letters/),
      expect.stringMatching(/^sigma\/notes\.txt:1:1 {2}unexpected/),
      'sigma/two.yml:2:5  id: that of sigma/one.yml: expected one of its own',
    ]);
  });

  it('is one too many beyond fifty', () => {
    for (let index = 0; index < 51; index += 1) put(`r${index}.yml`, RULE.replace(/9b07$/m, String(1_000 + index)));
    expect(faultsOf(() => readSigmaFolder(folder))).toEqual([expect.stringContaining('51 rules: expected at most 50')]);
    rmSync(join(folder, 'sigma', 'r50.yml'));
    expect(faultsOf(() => readSigmaFolder(folder))).toEqual([]);
  });
});
