// `tenure insight` as a command of its own, in a repository: each diff that it prints is taken by git, the model still compiles,
// and a plan says that it does what was said.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { populationLines } from '../../bin/population-file.ts';
import { planModelChange } from '../../lambdas/core/access/model-plan.ts';
import type { Person } from '../../lambdas/core/access/person.ts';
import { loadAccessModel } from '../../lib/access-model/load-access-model.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILES = {
  'owners.yaml': 'owners:\n  - { id: E1, name: Ada, contact: ada@acme.example }\n',
  'applications/crm.yaml': `name: CRM
connector: scim
owner: E1
settings: { baseUrl: https://crm.acme.example }
entitlements:
${['reader', 'writer', 'reports', 'export', 'archive', 'rooms', 'audit'].map((id) => `  - { id: ${id}, name: ${id} }`).join('\n')}
`,
  'profiles/company.yaml': `# What everybody has.
profiles:
  - id: everybody
    name: Everybody
    when:
      kind: [{ exists: true }]
    entitlements:
      - crm:reader

  # Closed years ago.
  - id: closed
    name: Closed
    when: { department: [Closed] }
    entitlements: [crm:archive]

  # Those who sell.
  - id: sales
    name: Sales
    when: { department: [Sales] }
    entitlements:
      - crm:writer   # to write

  - id: berlin
    name: Berlin
    when: { location: [Berlin] }
    entitlements:
      - crm:rooms
      - crm:writer
`,
  'profiles/single.yaml':
    'profiles:\n  - id: alone\n    name: Alone\n    when: { title: [Nobody] }\n    entitlements: [crm:reader]',
  'profiles/ruled.yaml':
    'profiles:\n  - id: ruled\n    name: Ruled\n    when: { title: [None] }\n    entitlements: [crm:audit]\n',
  'duties.yaml': `rules:
  - id: apart
    name: Apart
    severity: low
    mode: detect
    sides:
      - { name: one, profiles: [ruled] }
      - { name: other, entitlements: [crm:archive] }
`,
};
const many = (count: number, prefix: string, attributes: object, granted: readonly string[] = []): readonly Person[] =>
  Array.from({ length: count }, (_, index) => {
    return {
      identityId: `${prefix}${index}`,
      status: 'active',
      attributes: { kind: 'employee', ...attributes },
      granted,
    };
  });
const PEOPLE = [
  ...many(8, 'S', { department: 'Sales', location: 'Berlin', title: 'Seller' }),
  ...many(12, 'P', { department: 'Support "1st"', location: 'Hamburg', title: 'Agent' }, ['crm:reports', 'crm:export']),
  ...many(1, 'Q', { department: 'Support "1st"', location: 'Hamburg', title: 'Agent' }),
];

let folder: string;
let printed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-insight-'));
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(folder, 'access-model', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(folder, 'population.jsonl'), populationLines('2026-11-23T09:00:00Z', PEOPLE, false).join('\n'));
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=t', '-c', 'user.email=t@acme.example', 'commit', '-qm', 'model');
  const command = [join(ROOT, 'bin/tenure-cli.mjs'), 'insight', '--population', 'population.jsonl'];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  printed = stdout;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  return execFileSync('git', [...args], { cwd: folder, encoding: 'utf8' });
}

const load = () => loadAccessModel(join(folder, 'access-model'), new Map([['scim', z.unknown()]]));

/** What stands under a heading, up to the next. */
function under(heading: string): string {
  const [, after = ''] = printed.split(`### ${heading}\n`);
  return after.split(/\n##/)[0] ?? '';
}

/** Applies the diff under a heading, and takes it back. @returns what it changes for everybody */
function applied(heading: string) {
  const [, diff] = /```diff\n([\s\S]*?)\n```/.exec(under(heading)) ?? [];
  writeFileSync(join(folder, 'candidate.diff'), `${diff}\n`);
  const before = load();
  git('apply', 'candidate.diff');
  try {
    const after = load();
    const { changes, losing, gaining } = planModelChange(PEOPLE, before, after, 0);
    const gains = changes.map((one) => [
      `${one.applicationId}:${one.entitlement}`,
      one.because.flatMap(({ identityIds }) => identityIds),
    ]);
    const text = (name: string) => readFileSync(join(folder, 'access-model', name), 'utf8');
    return { ids: after.profiles.map(({ id }) => id), losing, gaining, gains, company: text('profiles/company.yaml') };
  } finally {
    git('checkout', '-q', '--', '.');
    git('clean', '-qfd', 'access-model');
  }
}

describe('a candidate', () => {
  it('takes out a profile that nobody has, with the comment on it and nothing else', () => {
    const { ids, losing, gaining, company } = applied('`closed`');
    expect(ids).toEqual(['alone', 'berlin', 'everybody', 'ruled', 'sales']);
    expect([losing, gaining]).toEqual([0, 0]);
    expect(company).toBe(
      FILES['profiles/company.yaml'].replace(/ {2}# Closed years ago\.[\s\S]*?\n\n(?= {2}# Those who sell)/, ''),
    );
  });

  it('takes the file along where nothing is left in it, whether or not its last line ends', () => {
    expect(applied('`alone`').ids).not.toContain('alone');
  });

  it('lets one profile give what several give to the same people', () => {
    const { ids, losing, gaining, company } = applied('`berlin`, `sales`');
    expect(ids).toEqual(['alone', 'berlin', 'closed', 'everybody', 'ruled']);
    expect([losing, gaining]).toEqual([0, 0]);
    expect(company).toContain('# Closed years ago.');
  });

  it('gives by attributes what people keep asking for, to those and to whom it said', () => {
    const { losing, gains } = applied('`crm:export`, `crm:reports`');
    expect(losing).toBe(0);
    expect(gains).toEqual([
      ['crm:export', ['Q0']],
      ['crm:reports', ['Q0']],
    ]);
    expect(under('`crm:export`, `crm:reports`')).toContain('They would gain it: Q0');
  });

  it('has no diff where a rule names the profile, and says which', () => {
    expect(under('`ruled`')).toContain('the rule `apart` of `duties.yaml` names `ruled`');
    expect(under('`ruled`')).not.toContain('```');
  });
});

it('names people by id alone', () => {
  expect(printed).toContain('# Role insight');
  expect(printed).not.toMatch(/Ada|acme\.example/);
});
