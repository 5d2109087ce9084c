// `tenure simulate` over files: its answer, its exit code, and what it says of files that it cannot read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import { populationLines } from '../../bin/population-file.ts';
import type { Person } from '../../lambdas/core/access/person.ts';
import { leaverEvent, moverEvent } from '../support/hr-events.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PEOPLE = Array.from({ length: 30 }, (_, index): Person => {
  return { identityId: `E${index}`, status: 'active', attributes: { kind: 'employee', department: 'Sales' } };
});

async function simulate(...args: readonly string[]) {
  writeFileSync(join(folder, 'people.jsonl'), populationLines('2026-11-23T09:00:00.000Z', PEOPLE, false).join('\n'));
  const told: string[] = [];
  const wrong: string[] = [];
  const code = await runCommand(['simulate', '--population', join(folder, 'people.jsonl'), ...args], {
    out: (text) => told.push(text),
    error: (text) => wrong.push(text),
  });
  return { code, told: told.join('\n'), wrong: wrong.join('\n') };
}
function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const events = (list: readonly object[]) => list.map((event) => JSON.stringify(event)).join('\n');
const at = (event: object, subject: string) => ({ ...event, id: subject, subject });

it('says what events would do, of whom, and that nothing of it would be held', async () => {
  const file = put('one.jsonl', events([at(moverEvent({ department: 'Engineering' }), 'E1')]));
  const { code, told, wrong } = await simulate('--events', file, '--source', 'acme-hr');
  expect([code, wrong]).toEqual([0, '']);
  expect(told).toContain('1 would lose something');
  expect(told).toMatch(/The most affected:\n {2}E1 {2}.*-crm:sales-user.*\+code-hosting:developer/);
});

it('exits with 3 and says why where the mass-error guard would hold it', async () => {
  const gone = PEOPLE.map(({ identityId }) => at(leaverEvent(), identityId));
  const { code, told, wrong } = await simulate(
    '--events',
    put('all.json', JSON.stringify(gone)),
    '--source',
    'acme-hr',
    '--format',
    'json',
  );
  expect(code).toBe(3);
  expect(wrong).toContain('What HR says would be held: number, 30 identities, from 26 on somebody has to agree');
  expect(JSON.parse(told)).toMatchObject({ format: 'tenure-simulation', version: 1, held: { events: { count: 30 } } });
});

it.each([
  ['an event that is none', '{"specversion":"1.0"}', /one\.jsonl:1 {2}\//],
  ['what is not JSON', '{', /one\.jsonl:1 {2}expected an event in JSON/],
])('refuses %s, with its place', async (_, text, expected) => {
  const { code, told, wrong } = await simulate('--events', put('one.jsonl', text));
  expect([code, told]).toEqual([2, '']);
  expect(wrong).toMatch(expected);
});

const HEADER = 'identityId,kind,givenName,familyName,email,department';
const row = (id: string, department = 'Sales') => `${id},employee,Ada,${id},${id}@acme.example,${department}`;
const everybody = () => PEOPLE.map(({ identityId }) => row(identityId));

it('says what a file of everybody would do: who moves, who is new, and who is not in it any more', async () => {
  const rows = [...everybody().slice(2), row('E1', 'Engineering'), row('E99')];
  const { code, told, wrong } = await simulate('--people', put('people.csv', [HEADER, ...rows].join('\n')));
  expect([code, wrong]).toEqual([0, '']);
  expect(told).toContain('2 would lose something, 1 of them all they have. 2 would gain something.');
  expect(told).toMatch(/nobody employs them any more: E0\n/);
  expect(told).toMatch(/they are employed from now on: E99\n/);
  expect(told).toMatch(/\n {2}E1 {2}.*-crm:sales-user.*\+code-hosting:developer/);
});

it('names what is wrong with rows of it as the import does, leaves those out, and misses nobody whom they name', async () => {
  const rows = [
    ...everybody().slice(4),
    'E0,robot,Ada,E0,e0@acme.example,Sales',
    row('E1'),
    row('E1', 'Legal'),
    row('e2'),
  ];
  const file = put('people.csv', [HEADER, ...rows, row('E3')].join('\n'));
  const { code, told, wrong } = await simulate('--people', file, '--format', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(told)).toMatchObject({ people: [], plan: { losing: 0, gaining: 0 } });
  const faults: readonly string[] = JSON.parse(told).faults;
  expect(faults.map((fault) => fault.slice(file.length))).toEqual([
    expect.stringMatching(/^:28 {2}\/kind /),
    ':30  /identityId is in an earlier row, which counts',
    expect.stringMatching(/^:31 {2}\/identityId /),
  ]);
  expect(wrong).toContain('Left out, as the import would:');
  expect(wrong).toContain(faults[0]);
});

it('says that it would be held where whoever is missing may be in a row that cannot be read', async () => {
  const file = put('people.csv', [HEADER, ...everybody().slice(1), 'E0,"'].join('\n'));
  const { code, wrong } = await simulate('--people', file);
  expect(code).toBe(3);
  expect(wrong).toContain('What HR says would be held: unreadable-rows, 1 rows');
});

it.each([
  ['that lacks too many', 'people.csv', () => [HEADER, ...everybody().slice(16)].join('\n'), /lacks 16 of 30 people/],
  ['that names nobody', 'people.csv', () => HEADER, /names nobody/],
  ['without names of columns', 'people.csv', () => everybody().join('\n'), /expected a first line with identityId/],
  ['of another kind', 'people.xlsx', () => HEADER, /ends in \.csv, \.jsonl or \.ndjson/],
])('refuses a file of everybody %s', async (_, name, text, expected) => {
  const { code, told, wrong } = await simulate('--people', put(name, text()));
  expect([code, told]).toEqual([2, '']);
  expect(wrong).toMatch(expected);
});

it('refuses to simulate nothing, and a file that there is not', async () => {
  expect(await simulate()).toMatchObject({ code: 2, wrong: expect.stringContaining('nothing to simulate') });
  for (const option of ['--events', '--people']) {
    expect(await simulate(option, join(folder, 'none.csv'))).toMatchObject({
      code: 2,
      wrong: expect.stringContaining('there is no such file'),
    });
  }
});
