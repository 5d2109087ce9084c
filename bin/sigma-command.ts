// `tenure sigma compile`: writes the SQL of each rule beside it, so that whoever deploys needs no Python. With --check nothing is
// written, and it exits with 3 where what is there is not what the rules compile to.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AccessModelError } from '../lib/access-model/access-model-error.ts';
import { readSigmaFolder, SIGMA_FOLDER, sqlOf } from '../lib/sigma/sigma-rules.ts';
import { CommandError } from './command-error.ts';
import { readOptions, type Streams } from './read-options.ts';
import { compileRules } from './sigma-compiler.ts';

const DIFFERS = 3;

export async function runSigma([name = '', ...rest]: readonly string[], streams: Streams): Promise<number> {
  if (name !== 'compile')
    throw new CommandError(`sigma: ${name === '' ? 'no command' : `unknown command "${name}"`}: expected compile`);
  const options = readOptions(rest, ['model'], ['check']);
  const directory = options.model ?? 'access-model';
  const wanted = await compiledIn(directory, streams);
  const { compiled } = readSigmaFolder(directory);
  const stale = [...wanted].filter(([file, sql]) => !existsSync(file) || readFileSync(file, 'utf8') !== sql);
  const orphans = compiled.map((each) => fileOf(directory, each)).filter((file) => !wanted.has(file));
  if (options['check'] === true) {
    for (const [file] of stale) streams.error(`${file}  it is not what its rule compiles to`);
    for (const file of orphans) streams.error(`${file}  there is no rule for it`);
    return stale.length + orphans.length > 0 ? DIFFERS : 0;
  }
  for (const [file, sql] of stale) writeFileSync(file, sql);
  for (const file of orphans) rmSync(file);
  streams.out(`${wanted.size} rules: ${stale.length} written, ${orphans.length} taken away`);
  return 0;
}

/** File → SQL. Throws AccessModelError for what cannot be compiled; nothing is written then */
async function compiledIn(directory: string, { error }: Streams): Promise<ReadonlyMap<string, string>> {
  const { sources } = readSigmaFolder(directory);
  if (sources.length === 0) return new Map();
  const answers = await compileRules(sources, () => error('Installing pySigma into .local/sigma, once ...'));
  const faults = answers.flatMap((answer, at) =>
    'faults' in answer
      ? answer.faults.map((message) => ({ file: sources[at]?.path ?? '', line: 1, column: 1, message }))
      : [],
  );
  if (faults.length > 0) throw new AccessModelError(faults);
  return new Map(
    sources.map((source, at) => {
      const answer = answers[at];
      const condition = answer !== undefined && 'condition' in answer ? answer.condition : '';
      return [fileOf(directory, source.name), sqlOf(source, condition)];
    }),
  );
}

function fileOf(directory: string, name: string): string {
  return join(directory, SIGMA_FOLDER, `${name}.sql`);
}
