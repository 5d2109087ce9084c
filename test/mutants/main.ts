// npm run mutants: plants mistakes in copies of the code, one at a time, and shows which test catches each. Fails when
// fewer than 95 % are caught. `--sample 20 --seed 7` tries some of them; `--only stores,path-climbs` those of these
// names, or in folders and files of these names; `--minutes 10` begins no further one after that; `--workers 1` leaves a
// core to others.
import '../support/node-20.ts';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup as ensurePython } from '../support/ensure-python.ts';
import type { Mutant } from './mutant.ts';
import { type Result, sampleOf, scoreOf, type Tried } from './score.ts';
import { SuiteRunner } from './suite-runner.ts';
import { MUTANTS } from './table.ts';
import { staleIn, TreeCopy } from './tree-copy.ts';

/** For one suite over one mutant: they take seconds. */
const SUITE_LIMIT_MS = 180_000;
const CONTROL_LIMIT_MS = 1_200_000;
const MINUTE_MS = 60_000;

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    workers: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '60' },
  },
});

interface Worker {
  readonly copy: TreeCopy;
  readonly runner: SuiteRunner;
}

process.exit(await main());

async function main(): Promise<number> {
  const startedMs = Date.now();
  const mutants = chosen();
  const stale = staleIn(MUTANTS);
  if (stale.length > 0) {
    console.log(stale.join('\n'));
    return 2;
  }
  // The copies have it by a link.
  await ensurePython();
  const workers = Array.from({ length: wholeNumber('workers', values.workers) }, newWorker);
  const control = await controlOf(workers[0] as Worker, mutants);
  if (control !== undefined) {
    console.log(`void: without any mistake, ${control}`);
    return 2;
  }
  console.log(`${mutants.length} mistakes; without them all suites pass (${secondsSince(startedMs)} s)\n`);
  const deadlineMs = startedMs + wholeNumber('minutes', values.minutes) * MINUTE_MS;
  const tried = await tryAll(mutants, workers, deadlineMs);
  return conclude(tried, mutants.length, startedMs);
}

function newWorker(): Worker {
  const copy = new TreeCopy();
  return { copy, runner: new SuiteRunner(copy.folder) };
}

function chosen(): readonly Mutant[] {
  if (values.only !== undefined) {
    const chosenBy = ({ id, file }: Mutant, name: string) => id === name || file.split('/').includes(name);
    const names = values.only.split(',');
    const unknown = names.filter((name) => !MUTANTS.some((mutant) => chosenBy(mutant, name)));
    if (unknown.length > 0)
      refuse(`--only: no mistake and no file or folder with one is called: ${unknown.join(', ')}`);
    return MUTANTS.filter((mutant) => names.some((name) => chosenBy(mutant, name)));
  }
  if (values.sample === undefined) return MUTANTS;
  console.log(`seed ${values.seed}`);
  return sampleOf(MUTANTS, wholeNumber('sample', values.sample), wholeNumber('seed', values.seed));
}

/** What is wrong with the suites before any mistake; undefined: nothing. */
async function controlOf({ runner }: Worker, mutants: readonly Mutant[]): Promise<string | undefined> {
  const suites = [...new Set(mutants.flatMap((mutant) => mutant.suites))];
  const verdict = await runner.control(suites, CONTROL_LIMIT_MS);
  if (verdict.kind === 'passed') return undefined;
  return verdict.kind === 'caught' ? `this fails: ${verdict.by}` : `the suites do not run: ${verdict.why}`;
}

async function tryAll(
  mutants: readonly Mutant[],
  workers: readonly Worker[],
  deadlineMs: number,
): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  const waiting = mutants.values();
  const work = async (worker: Worker) => {
    for (const mutant of waiting) {
      if (Date.now() > deadlineMs) return;
      const startedMs = Date.now();
      const result = await ask(worker, mutant);
      tried.push({ mutant, result });
      console.log(`${describe(mutant, result)}  (${secondsSince(startedMs)} s)`);
    }
  };
  await Promise.all(workers.map(work));
  return tried;
}

async function ask({ copy, runner }: Worker, mutant: Mutant): Promise<Result> {
  const { file, suites, hangs } = mutant;
  const changed = [join(copy.folder, file)];
  let broken: Result | undefined;
  return copy.withMistake(mutant, async (): Promise<Result> => {
    for (const suite of suites) {
      const verdict = await runner.run(suite, { limitMs: SUITE_LIMIT_MS, changed, hangs });
      if (verdict.kind === 'caught') return { kind: 'caught', suite, by: verdict.by };
      if (verdict.kind === 'broken') broken ??= { kind: 'broken', why: `${suite} ${verdict.why}` };
    }
    return broken ?? { kind: 'survived' };
  });
}

function describe({ id, file, breaks, equivalent }: Mutant, result: Result): string {
  const name = id.padEnd(34);
  if (result.kind === 'caught') return `caught    ${name} ${result.suite}: ${result.by.slice(0, 120)}`;
  if (equivalent !== undefined) return `equal     ${name} ${equivalent}`;
  const why = result.kind === 'broken' ? `; ${result.why}` : '';
  return `${result.kind.toUpperCase().padEnd(9)} ${name} ${file}: ${breaks}${why}`;
}

function conclude(tried: readonly Tried[], chosenCount: number, startedMs: number): number {
  const { caught, of, notEquivalent, isEnough } = scoreOf(tried);
  if (tried.length < chosenCount) console.log(`\nthe time was up: ${chosenCount - tried.length} were not tried`);
  for (const { id } of notEquivalent) console.log(`${id} is named equivalent, and was caught: it is not`);
  const share = of === 0 ? 0 : Math.floor((1000 * caught) / of) / 10;
  console.log(`\n${caught} of ${of} planted mistakes caught (${share} %) in ${secondsSince(startedMs)} s`);
  return isEnough ? 0 : 1;
}

function secondsSince(startedMs: number): string {
  return ((Date.now() - startedMs) / 1_000).toFixed(1);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  return refuse(`--${name}: expected a whole number from 1, got "${text}"`);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
