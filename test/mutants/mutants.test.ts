// The table of planted mistakes fits the code, and the measure can fail: it takes nothing for a catch that is none.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Mutant, plant } from './mutant.ts';
import { type Result, sampleOf, scoreOf } from './score.ts';
import { MUTANTS } from './table.ts';
import { ROOT, staleIn } from './tree-copy.ts';
import { type TestedCase, type TestedFile, verdictOfLate, verdictOfSimulator, verdictOfTests } from './verdict.ts';

describe('the table', () => {
  it('fits the code as it stands', () => {
    expect(staleIn(MUTANTS)).toEqual([]);
    expect(staleIn([{ ...(MUTANTS[0] as Mutant), id: 'old', find: 'never written' }])[0]).toContain('of old');
    expect(staleIn([{ ...(MUTANTS[0] as Mutant), id: 'old', file: 'gone.ts' }])[0]).toContain('gone.ts is gone');
  });

  it('has at least 120 mistakes, in every layer, each with a name of its own and suites that exist', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(120);
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
    const layers = ['core', 'handlers', 'stores', 'api', 'middleware', 'outbound', 'connectors', 'hr-sources'];
    for (const layer of layers) {
      expect(MUTANTS.filter(({ file }) => file.startsWith(`lambdas/${layer}/`)).length, layer).toBeGreaterThan(10);
    }
    const suites = new Set(MUTANTS.flatMap((mutant) => mutant.suites));
    expect([...suites].filter((suite) => suite !== 'simulate' && !existsSync(join(ROOT, suite)))).toEqual([]);
    expect(MUTANTS.filter(({ suites, find, replace }) => suites.length === 0 || find === replace)).toEqual([]);
  });

  it('does not outlive the code: a text that is gone, or there twice, is named', () => {
    const mutant: Mutant = { id: 'm', file: 'f.ts', find: 'a < b', replace: 'a <= b', breaks: '', suites: [] };
    expect(plant('if (a < b) {}', mutant)).toBe('if (a <= b) {}');
    expect(() => plant('if (a > b) {}', mutant)).toThrow(/the table is stale: of m, .* is not there in f\.ts/);
    expect(() => plant('a < b || a < b', mutant)).toThrow(/is there 2 times/);
  });
});

describe('a verdict', () => {
  const test = (state: string, name?: string, message = ''): TestedCase => ({
    fullName: 'says what it does',
    state,
    ...(name !== undefined && { error: { name, message } }),
  });
  const file = (state: string, ...tests: readonly TestedCase[]): TestedFile => ({ state, errors: [], tests });
  const failing = (name: string, message: string) => [file('failed', test('passed'), test('failed', name, message))];

  it('is that a failing test caught the mistake', () => {
    const caught = { kind: 'caught', by: 'says what it does' };
    expect(verdictOfTests(failing('AssertionError', 'expected 1 to be 2'))).toEqual(caught);
    expect(verdictOfTests(failing('TypeError', 'x is not a function'))).toEqual(caught);
    expect(verdictOfTests([file('passed', test('passed'), test('skipped'))])).toEqual({ kind: 'passed' });
  });

  it.each<[string, readonly TestedFile[], (readonly string[])?]>([
    ['does not load', [{ state: 'failed', errors: ['Cannot find module'], tests: [] }]],
    ['fails in a hook', [{ state: 'failed', errors: ['Hook failed'], tests: [test('skipped')] }]],
    ['does not compile', failing('ReferenceError', 'a is not defined')],
    ['runs out of time', failing('Error', 'Test timed out in 30000ms.')],
    ['fails outside its tests', [file('passed', test('passed'))], ['Unhandled rejection']],
    ['is not there', []],
    ['has no test that ran', [file('passed', test('skipped'))]],
  ])('is never that, when a suite %s', (_what, files, outside) => {
    expect(verdictOfTests(files, outside).kind).toBe('broken');
  });

  it('is that it was caught by running out of time only where the mistake makes something hang', () => {
    const late = failing('Error', 'Test timed out in 30000ms.');
    expect(verdictOfTests(late, [], true).kind).toBe('caught');
    expect([verdictOfLate(true).kind, verdictOfLate().kind]).toEqual(['caught', 'broken']);
    expect(verdictOfTests([{ state: 'failed', errors: ['x'], tests: [] }], [], true).kind).toBe('broken');
  });

  it('of the simulator is a violation with its seed', () => {
    const output = '200 histories, 1 violations\n\nseed 7: a leaver was granted something\n  npm run simulate\n';
    const ended = (code: number | undefined, said = '') => ({ code, output: said });
    const by = 'seed 7: a leaver was granted something';
    expect(verdictOfSimulator(ended(1, output))).toEqual({ kind: 'caught', by });
    expect(verdictOfSimulator(ended(0, '200 histories, 0 violations')).kind).toBe('passed');
    expect(verdictOfSimulator(ended(1, 'TypeError')).kind).toBe('broken');
    expect(verdictOfSimulator(ended(undefined)).kind).toBe('broken');
  });
});

describe('the score', () => {
  const caught: Result = { kind: 'caught', suite: 's', by: 't' };
  const survived: Result = { kind: 'survived' };
  const some = (count: number, result: Result, more: Partial<Mutant> = {}) =>
    Array.from({ length: count }, () => ({ mutant: { ...(MUTANTS[0] as Mutant), ...more }, result }));

  it('is enough from 95 % on', () => {
    expect(scoreOf([...some(95, caught), ...some(5, survived)]).isEnough).toBe(true);
    expect(scoreOf([...some(94, caught), ...some(6, survived)]).isEnough).toBe(false);
    expect(scoreOf([...some(94, caught), ...some(6, { kind: 'broken', why: '' })]).isEnough).toBe(false);
    expect(scoreOf([]).isEnough).toBe(false);
  });

  it('leaves out what is named equivalent, and fails where such a one was caught', () => {
    const equal = { equivalent: 'nobody can tell' };
    expect(scoreOf([...some(1, caught), ...some(9, survived, equal)])).toMatchObject({
      caught: 1,
      of: 1,
      isEnough: true,
    });
    expect(scoreOf([...some(9, caught), ...some(1, caught, equal)]).isEnough).toBe(false);
  });

  it('is of a sample that its seed chooses', () => {
    expect(sampleOf(MUTANTS, 20, 7)).toEqual(sampleOf(MUTANTS, 20, 7));
    expect(sampleOf(MUTANTS, 20, 8)).not.toEqual(sampleOf(MUTANTS, 20, 7));
    const known = MUTANTS.filter(({ uncaught }) => uncaught === undefined);
    expect(new Set(sampleOf(MUTANTS, 10_000, 7))).toEqual(new Set(known));
  });
});
